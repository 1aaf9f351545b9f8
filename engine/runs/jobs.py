"""Runs as processes of their own: started from a page or a script, they go on when that one ends."""

from __future__ import annotations

import time
from pathlib import Path

from engine.errors import InputError
from engine.jobs.lock import FolderLock
from engine.jobs.processes import log_tail, start_process
from engine.jobs.stopping import cancel
from engine.runs.attempt import open_manifest
from engine.runs.execute import run_folder
from engine.runs.manifest import CostEstimate
from engine.runs.plan import make_plan
from engine.runs.run_folder import LIVE
from engine.runs.spec import RunSpec
from engine.runs.store import find_run


def start_job(spec: RunSpec, root: Path | None = None, *, estimate: CostEstimate | None = None) -> str:
    """Start a run, or what is missing of it, as a process of its own, and return the run's id at once.

    The process survives the caller; it writes what it has to say to log.txt in the run's folder. Where a process
    already works on the run, none is started.

    Args:
        spec: The run.
        root: The folder of runs; the store's where None.
        estimate: What `estimate(spec)` said, to be kept beside what the run will have cost.

    Raises:
        InputError: the spec names something that does not exist or does not fit.
        PolyvocalError: the store cannot be written.
    """
    asked_at = time.time()
    plan = make_plan(spec)
    run = run_folder(spec, root)
    lock = FolderLock(run.path)
    if not lock.acquire_unless(run.says_at_work):
        return run.run_id
    with lock:
        manifest = open_manifest(plan, run)
        manifest.estimate = estimate or manifest.estimate
        manifest.state, manifest.error = "planned", ""
        run.write_manifest(manifest)
        # The process inherits the lock: whoever looks in between sees the run at work, and two starts make one.
        start_process(
            "engine.runs.worker", run.path, ["--asked-at", repr(asked_at), "--lock", str(lock.descriptor)],
            what=f"run {run.run_id!r}", descriptors=[lock.descriptor],
        )  # fmt: skip
    return run.run_id


def resume_run(run: str | Path, root: Path | None = None) -> str:
    """Start a process that asks what is missing of a run, and return the run's id at once.

    Raises:
        InputError: there is no such run, its manifest is broken, or what it names has changed since.
    """
    folder = find_run(run, root)
    spec = folder.manifest().spec
    if folder.run_id != spec.run_id():
        raise InputError(
            f"the folder {folder.path} was renamed: its run is {spec.run_id()!r}. Give it that name again to go on."
        )
    return start_job(spec, folder.path.parent)


def cancel_run(run: str | Path, root: Path | None = None) -> str:
    """Ask the process that works on a run to stop after the batch in flight, and return the run's id at once.

    What was answered stays; `resume_run`, or starting the same spec, goes on from there.

    Raises:
        InputError: there is no such run, or nothing works on it.
    """
    folder = find_run(run, root)
    cancel(folder.path, what=f"run {folder.run_id!r}", state=folder.state(), live=LIVE)
    return folder.run_id


def run_log_tail(run: str | Path, root: Path | None = None, *, lines: int = 40) -> str:
    """Return the last lines of what a run's own process wrote; '' where there was none.

    Raises:
        InputError: there is no such run.
    """
    return log_tail(find_run(run, root).path, lines)
