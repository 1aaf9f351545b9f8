"""StudyFolder: one study as it is stored. Reading it loads no torch; only the process of the study writes into it.

A study's folder holds manifest.json (replaced as a whole), progress.json, log.txt, `cancel` while a stop is asked for,
`lock`, and one folder a result under results/ (engine.annotators.studies.results).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from engine import paths
from engine.annotators.studies.manifest import State, StudyManifest, read_manifest, write_manifest
from engine.annotators.studies.progress import StudyProgress, read_progress
from engine.annotators.studies.results import RESULTS, result_names
from engine.errors import InputError, PolyvocalError
from engine.jobs.folders import job_folders, last_changed
from engine.jobs.lock import is_locked
from engine.jobs.manifests import MANIFEST


class StudyFolder:
    """One study as it is stored. Cheap to make; every method looks at the disk again."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    def __repr__(self) -> str:
        return f"StudyFolder({str(self.path)!r})"

    @property
    def study_id(self) -> str:
        """The folder's name."""
        return self.path.name

    def manifest(self) -> StudyManifest:
        """Return the manifest.

        Raises:
            InputError: it is missing or broken; the message says what to do.
        """
        return read_manifest(self.path)

    def write_manifest(self, manifest: StudyManifest) -> None:
        """Replace the manifest.

        Raises:
            PolyvocalError: it could not be written; the one before still stands.
        """
        write_manifest(self.path, manifest)

    def state(self) -> State:
        """Return the state as it is: a study that is not over while nobody holds its lock was interrupted.

        Raises:
            InputError: the manifest is missing or broken.
        """
        state = self.manifest().state
        if state not in LIVE or is_locked(self.path):
            return state
        state = self.manifest().state  # it may have ended between the two looks
        return "interrupted" if state in LIVE else state

    def says_at_work(self) -> bool:
        """Return whether the manifest says that a process works on it; one that is not there yet is just being made."""
        try:
            return self.manifest().state in LIVE
        except InputError:
            return True

    def progress(self) -> StudyProgress | None:
        """Return what the process that works on the study (or last did) told of its progress, if anything."""
        return read_progress(self.path)

    def results(self) -> list[str]:
        """Return the names of the results that are there."""
        return result_names(self.path)

    def stamp(self) -> str:
        """Return a text that changes with the manifest and the results; reading it is cheap. For caches."""
        seen = []
        for path in (self.path / MANIFEST, self.path / RESULTS):
            try:
                at = path.stat()
                seen.append(f"{at.st_mtime_ns}-{at.st_size}-{at.st_ino}")
            except OSError:
                seen.append("none")
        return " ".join(seen)


LIVE: tuple[State, ...] = ("planned", "running")
"""States in which a process works on the study, or waits for its turn."""


@dataclass(frozen=True)
class StudySummary:
    """One line of a list of studies."""

    study_id: str
    path: Path
    state: State | Literal["broken"]
    """broken: the folder's manifest cannot be read; `problem` says why."""
    created: datetime
    manifest: StudyManifest | None = None
    """None where it is broken."""
    done: int = 0
    """Trainings made or found; while a study goes on, as of a moment ago."""
    planned: int = 0
    results: tuple[str, ...] = ()
    problem: str = ""
    """Why the study is broken or failed."""


def summarize(study: StudyFolder) -> StudySummary:
    """Return the summary of one study; a broken folder is told as such."""
    try:
        state, manifest = study.state(), study.manifest()
    except (PolyvocalError, OSError) as error:
        return StudySummary(study.study_id, study.path, "broken", last_changed(study.path), problem=str(error))
    done, planned = manifest.done, manifest.planned
    if state != "finished" and (progress := study.progress()) is not None and progress.planned:
        done, planned = progress.done, progress.planned
    return StudySummary(
        study.study_id, study.path, state, manifest.created, manifest, done, planned, tuple(study.results()),
        manifest.error,
    )  # fmt: skip


def list_studies(root: Path | None = None) -> list[StudySummary]:
    """Return every study of the store (or of `root`), newest first; a broken one is listed as such. Never raises."""
    root = paths.studies_dir() if root is None else Path(root)
    found = (summarize(StudyFolder(folder)) for folder in job_folders(root))
    return sorted(found, key=lambda s: (s.created, s.study_id), reverse=True)
