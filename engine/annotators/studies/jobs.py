"""Studies as processes of their own: started from a page or a terminal, they go on when that one ends."""

from __future__ import annotations

import time
from pathlib import Path

from engine import paths
from engine.annotators.studies.labels import checked
from engine.annotators.studies.manifest import StudyManifest
from engine.annotators.studies.results import wanted_results
from engine.annotators.studies.spec import StudySpec
from engine.annotators.studies.study_folder import LIVE, StudyFolder, list_studies, summarize
from engine.annotators.texts.encoder_files import encoder_at_hand
from engine.errors import InputError, PolyvocalError
from engine.jobs.folders import named_folder, remove_folder
from engine.jobs.lock import FolderLock
from engine.jobs.manifests import MANIFEST
from engine.jobs.processes import log_tail, start_process
from engine.jobs.stopping import cancel
from engine.runs.manifest import now


def start_study(spec: StudySpec, root: Path | None = None) -> str:
    """Start a study, or what is missing of it, as a process of its own, and return the study's id at once.

    The process survives the caller; it writes what it has to say to log.txt in the study's folder. Where a process
    already works on the study, or all its results are there, none is started.

    Args:
        spec: The study; runs may be named by the beginning of their ids.
        root: The folder of studies; the store's where None.

    Raises:
        InputError: the spec names something that does not exist or does not fit.
        PolyvocalError: the store cannot be written.
    """
    asked_at = time.time()
    spec = checked(spec)
    root = paths.studies_dir() if root is None else Path(root)
    study = StudyFolder(root / spec.study_id())
    if _is_whole(study, spec):
        return study.study_id
    encoder_at_hand(spec.encoder)
    _make(study)
    lock = FolderLock(study.path)
    if not lock.acquire_unless(study.says_at_work):
        return study.study_id
    with lock:
        manifest = _manifest_for(spec, study)
        manifest.state, manifest.error = "planned", ""
        study.write_manifest(manifest)
        # The process inherits the lock: whoever looks in between sees the study at work, and two starts make one.
        start_process(
            "engine.annotators.studies.worker", study.path,
            ["--asked-at", repr(asked_at), "--lock", str(lock.descriptor)], what=f"study {study.study_id!r}",
            descriptors=[lock.descriptor],
        )  # fmt: skip
    return study.study_id


def resume_study(study: str | Path, root: Path | None = None) -> str:
    """Start a process that does what is missing of a study, and return the study's id at once.

    Raises:
        InputError: there is no such study, its manifest is broken, or what it names is gone.
    """
    folder = find_study(study, root)
    spec = folder.manifest().spec
    if folder.study_id != spec.study_id():
        raise InputError(
            f"the folder {folder.path} was renamed: its study is {spec.study_id()!r}. Give it that name again to go on."
        )
    return start_study(spec, folder.path.parent)


def cancel_study(study: str | Path, root: Path | None = None) -> str:
    """Ask the process that works on a study to stop, and return the study's id at once.

    Finished trainings and results stay; `resume_study`, or starting the same spec, goes on from there.

    Raises:
        InputError: there is no such study, or nothing works on it.
    """
    folder = find_study(study, root)
    cancel(folder.path, what=f"study {folder.study_id!r}", state=folder.state(), live=LIVE)
    return folder.study_id


def delete_study(study: str | Path, root: Path | None = None) -> None:
    """Remove a study and its results; what was trained stays among the trainings, which other studies share.

    Raises:
        InputError: there is no such study, or a process works on it (cancel it first).
        PolyvocalError: it could not be removed.
    """
    found = find_study(study, root)
    what, cancel = f"study {found.study_id!r}", f"polyvocal study cancel {found.study_id}"
    remove_folder(found.path, at_work=found.says_at_work, what=what, cancel=cancel)


def find_study(study: str | Path, root: Path | None = None) -> StudyFolder:
    """Return a study by its id, by the beginning of one (if only one study begins so), or by its folder.

    Raises:
        InputError: there is none, or several; the message names them or the nearest.
    """
    root = paths.studies_dir() if root is None else Path(root)
    known = lambda: [found.study_id for found in list_studies(root)]  # noqa: E731
    return StudyFolder(named_folder(study, root, known, one="study", many="studies"))


def study_log_tail(study: str | Path, root: Path | None = None, *, lines: int = 40) -> str:
    """Return the last lines of what a study's own process wrote; '' where there was none.

    Raises:
        InputError: there is no such study.
    """
    return log_tail(find_study(study, root).path, lines)


def _is_whole(study: StudyFolder, spec: StudySpec) -> bool:
    """Return whether a study is finished and all its results are there."""
    found = summarize(study)
    return found.state == "finished" and set(wanted_results(spec)) <= set(found.results)


def _make(study: StudyFolder) -> None:
    try:
        study.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PolyvocalError(
            f"the store of studies {study.path.parent} cannot be written ({error.strerror or error}). Make it "
            "writable, or set POLYVOCAL_HOME to a folder you may write to. Nothing was begun yet."
        ) from error


def _manifest_for(spec: StudySpec, study: StudyFolder) -> StudyManifest:
    """Return the study's manifest, a new one where there is none or where it is broken. For the holder of the lock."""
    fresh = StudyManifest(study_id=study.study_id, spec=spec, created=now())
    try:
        return study.manifest()
    except InputError as error:
        if (study.path / MANIFEST).exists():
            (study.path / MANIFEST).replace(study.path / "manifest.broken.json")
            first = str(error).splitlines()[0]
            fresh.notes.append(f"the manifest could not be read and was written anew ({first})")
        return fresh
