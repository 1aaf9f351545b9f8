"""Carrying out a run: from the spec to a folder of responses, resumable at every moment.

One process at a time works on a run; it holds the folder's lock. A second one that starts the same spec waits, and
takes over what is missing when the first has ended, however it ended. docs/runs.md tells the rules.
"""

from __future__ import annotations

import time
from pathlib import Path

from engine import paths
from engine.corpora.corpus import Corpus
from engine.errors import PolyvocalError
from engine.inference.backend import Backend
from engine.jobs.lock import FolderLock
from engine.jobs.stopping import Stop
from engine.runs.asking import RetryPolicy
from engine.runs.attempt import OnProgress, RunningAttempt
from engine.runs.manifest import CostEstimate
from engine.runs.plan import make_plan
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec


def execute(
    spec: RunSpec,
    *,
    backend: Backend | None = None,
    corpus: Corpus | None = None,
    on_progress: OnProgress | None = None,
    root: Path | None = None,
    estimate: CostEstimate | None = None,
    retries: RetryPolicy | None = None,
    asked_at: float | None = None,
    lock: FolderLock | None = None,
) -> RunFolder:
    """Carry out a run, or what is missing of it, and return its folder.

    Returns when every request has a response or a recorded failure (state 'finished'), or after a stop was asked for
    by Ctrl-C, SIGTERM or `cancel_run` ('cancelled'). Where another process works on the same run, waits for it first.

    Args:
        spec: The run.
        backend: What answers; opened from the spec, and closed again, where None.
        corpus: What the spec's corpus is, where it is not stored (yet); loaded by its name where None.
        on_progress: Called with the progress, at most ten times a second.
        root: The folder of runs; the store's where None.
        estimate: What `estimate(spec)` said, to be kept beside what the run will have cost; where None, a few
            requests from all over the run are asked first and serve as the pilot.
        retries: How patiently failed requests are asked again.
        asked_at: When the start was asked for (seconds since 1970); requests to stop from before do not count.
        lock: Of the run's folder, where the caller holds it already; it is let go at the end.

    Raises:
        InputError: the spec names something that does not exist or does not fit, or what it names has changed since.
        BackendError: nothing can be answered.
        PolyvocalError: responses could not be stored; what was stored before is kept.
    """
    plan = make_plan(spec, corpus)
    run = run_folder(spec, root)
    stop = Stop(run.path, asked_at)
    with stop.listening():
        lock = lock or FolderLock(run.path)
        try:
            if not lock.held:
                lock.acquire(on_wait=lambda: _wait_turn(run, stop, on_progress))
        except _StoppedWaiting:
            return run
        with lock:
            return RunningAttempt(plan, run, stop, backend, on_progress, estimate, retries).carry_out()


def run_folder(spec: RunSpec, root: Path | None = None) -> RunFolder:
    """Return the folder of a spec's run; it is made where there is none.

    Raises:
        PolyvocalError: the store is not writable.
    """
    root = paths.runs_dir() if root is None else Path(root)
    folder = root / spec.run_id()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PolyvocalError(
            f"the run store {root} cannot be written ({error.strerror or error}). Make it writable, or set "
            "POLYVOCAL_HOME to a folder you may write to. Nothing was asked yet."
        ) from error
    return RunFolder(folder)


class _StoppedWaiting(Exception):
    """A stop was asked for while another process worked on the run."""


def _wait_turn(run: RunFolder, stop: Stop, on_progress: OnProgress | None) -> None:
    if stop.asked():
        raise _StoppedWaiting
    if on_progress is not None:
        message = "another process works on this run; this one goes on when that one ends"
        on_progress(Progress(run.run_id, "waiting", message=message, updated=time.time()))
