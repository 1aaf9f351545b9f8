"""The store of runs: what runs there are, finding one by name, removing one. `RunFolder` is one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from engine import paths
from engine.errors import PolyvocalError
from engine.jobs.folders import job_folders, last_changed, named_folder, remove_folder
from engine.runs.manifest import State
from engine.runs.run_folder import RunFolder

__all__ = ["RunFolder", "RunSummary", "delete_run", "find_run", "list_runs", "summarize"]


@dataclass(frozen=True)
class RunSummary:
    """One line of a list of runs."""

    run_id: str
    path: Path
    state: State | Literal["broken"]
    """broken: the folder's manifest cannot be read; `problem` says why."""
    created: datetime
    name: str = ""
    """As the spec has it; '' where nobody named the run."""
    corpus: str = ""
    model: str = ""
    backend: str = ""
    mode: str = ""
    temperatures: tuple[float, ...] = ()
    repeats: int = 1
    n_personas: int = 0
    n_items: int = 0
    planned: int = 0
    done: int = 0
    """Responses stored; while a run goes on, as of a second ago."""
    by_status: Mapping[str, int] = field(default_factory=dict)
    synthetic: bool = False
    """True where the corpus's texts were made by a script."""
    problem: str = ""
    """Why the run is broken or failed."""


def list_runs(root: Path | None = None) -> list[RunSummary]:
    """Return every run of the store (or of `root`), newest first; a broken one is listed as such. Never raises."""
    root = paths.runs_dir() if root is None else Path(root)
    found = (summarize(RunFolder(folder)) for folder in job_folders(root))
    return sorted(found, key=lambda s: (s.created, s.run_id), reverse=True)


def summarize(run: RunFolder) -> RunSummary:
    """Return the summary of one run; a broken folder is told as such."""
    try:
        manifest = run.manifest()
        state = run.true_state(manifest)
        if state != manifest.state:  # where it has just ended, its counts are new too
            manifest = run.manifest()
    except (PolyvocalError, OSError) as error:
        return RunSummary(run.run_id, run.path, "broken", last_changed(run.path), problem=str(error))
    spec, counts = manifest.spec, manifest.counts
    done, by_status = counts.done, counts.by_status
    if state in ("running", "interrupted") and (progress := run.progress()) is not None and progress.done > done:
        done, by_status = progress.done, dict(progress.by_status)
    return RunSummary(
        run_id=run.run_id,
        path=run.path,
        state=state,
        created=manifest.created,
        name=spec.name,
        corpus=manifest.corpus.name,
        model=spec.model,
        backend=spec.backend,
        mode=spec.mode,
        temperatures=spec.temperatures,
        repeats=spec.repeats,
        n_personas=len(manifest.personas),
        n_items=len(manifest.item_ids),
        planned=counts.planned,
        done=done,
        by_status=by_status,
        synthetic=manifest.corpus.synthetic,
        problem=manifest.error,
    )


def find_run(run: str | Path, root: Path | None = None) -> RunFolder:
    """Return a run by its id, by the beginning of one (if only one run begins so), or by its folder.

    Raises:
        InputError: there is none, or several; the message names them or the nearest.
    """
    root = paths.runs_dir() if root is None else Path(root)
    return RunFolder(named_folder(run, root, lambda: [s.run_id for s in list_runs(root)], one="run", many="runs"))


def delete_run(run: str | Path, root: Path | None = None) -> None:
    """Remove a run and all its responses.

    Raises:
        InputError: there is no such run, or a process works on it (cancel it first).
        PolyvocalError: it could not be removed.
    """
    found = find_run(run, root)
    what, cancel = f"run {found.run_id!r}", f"polyvocal run cancel {found.run_id}"
    remove_folder(found.path, at_work=found.says_at_work, what=what, cancel=cancel)
