"""Taking a run that was made elsewhere into the store: what was asked live and is worth keeping."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from engine import paths
from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import is_locked
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from engine.validation import explain


def adopt_run(folder: Path, name: str = "", root: Path | None = None) -> RunFolder:
    """Move a run's folder into the store under a name, and return it there; its answers stay as they are.

    Args:
        folder: of the run, on the store's file system.
        name: for people; the run's folder starts with it. '': it keeps the one it has.
        root: the folder of runs; the store's where None.

    Raises:
        InputError: it is no run, a process works on it, the name is none, or the store has this run.
        PolyvocalError: the store cannot be written; the folder stays where it is.
    """
    root = paths.runs_dir() if root is None else Path(root)
    run, spec = RunFolder(folder), check_adoption(folder, name, root)
    manifest, place = run.manifest(), root / spec.run_id()
    manifest.spec, manifest.run_id = spec, spec.run_id()
    try:
        root.mkdir(parents=True, exist_ok=True)
        run.write_manifest(manifest)
        folder.rename(place)  # one step, so that no reader meets half a run
    except OSError as error:
        raise PolyvocalError(
            f"run {run.run_id!r} could not be moved into {root} ({error.strerror or error}). Make the store writable, "
            "then save it again; its answers are kept."
        ) from error
    return RunFolder(place)


def check_adoption(folder: Path, name: str = "", root: Path | None = None) -> RunSpec:
    """Return the spec under which `adopt_run` would store a run.

    Raises:
        InputError: as of `adopt_run`.
    """
    run = RunFolder(folder)
    manifest = run.manifest()
    if is_locked(folder):
        raise InputError(f"run {run.run_id!r} is being worked on. Wait for its end, or cancel it, then save it.")
    try:
        spec = RunSpec.model_validate(manifest.spec.model_dump() | {"name": name or manifest.spec.name})
    except ValidationError as error:
        raise InputError(explain(error, "run", model=RunSpec)) from error
    place = (paths.runs_dir() if root is None else root) / spec.run_id()
    if place.exists():
        raise InputError(f"the store has the run {place.name!r} already. Look at it on the Runs page.")
    return spec
