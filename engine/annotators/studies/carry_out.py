"""Carrying out a study in this process: labels, texts, trainings and results, resumable at every moment.

What was trained is kept by content (engine.annotators.training.store), so a process that takes a study up again reads
what an earlier one trained; results that are there are made again from it, which takes seconds.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata

from engine.annotators.annotations import on_common_items
from engine.annotators.studies import parts
from engine.annotators.studies.labels import StudyLabels, checked, read_labels
from engine.annotators.studies.manifest import StudyManifest
from engine.annotators.studies.progress import CountingTrainer, Tracker
from engine.annotators.studies.results import StoredResult, set_aside_leftovers, write_result
from engine.annotators.studies.size import planned_trainings
from engine.annotators.studies.study_folder import StudyFolder
from engine.errors import PolyvocalError
from engine.jobs.lock import FolderLock
from engine.jobs.stopping import Stop

log = logging.getLogger("polyvocal.study")
PACKAGES = ("torch", "sentence-transformers", "transformers", "umap-learn", "scikit-learn", "numpy", "pandas")


def carry_out(study: StudyFolder, stop: Stop) -> None:
    """Carry out a study whose lock this process holds, and leave its folder in the state that tells how it went.

    A request to stop, or Ctrl-C, leaves it cancelled at once. One study trains at a time: others wait.

    Args:
        study: with its manifest.
        stop: what asks for the end.

    Raises:
        PolyvocalError: the study cannot be carried out; its manifest says why.
    """
    tracker = Tracker(study.path, study.study_id)
    manifest = study.manifest()
    began, before = time.monotonic(), manifest.work.model_copy()

    def count() -> None:
        manifest.done = tracker.done
        work = manifest.work
        work.seconds = before.seconds + time.monotonic() - began
        work.trained = before.trained + tracker.trained
        work.training_seconds = before.training_seconds + tracker.training_seconds
        work.device = tracker.device or work.device

    try:
        with stop.interrupting(), _turn(study, tracker):
            began = time.monotonic()
            _all_parts(study, manifest, tracker, count)
        manifest.state = "finished"
    except KeyboardInterrupt:
        manifest.state = "cancelled"
    except BaseException as error:
        manifest.state = "failed"
        manifest.error = str(error) if isinstance(error, PolyvocalError) else f"{type(error).__name__}: {error}"
        raise
    finally:
        count()
        log.info("ended: %s, %d of %d trainings", manifest.state, manifest.done, manifest.planned)
        tracker.phase("ended", manifest.state)
        study.write_manifest(manifest)  # last: who reads in it that the study is over finds the rest complete


@contextmanager
def _turn(study: StudyFolder, tracker: Tracker) -> Iterator[None]:
    """Wait until no other study trains: two at once would take longer than one after the other."""
    turn = FolderLock(study.path.parent)
    if not turn.acquire(wait=False):
        tracker.phase("waiting", "another study is being trained; this one begins when that one ends")
        turn.acquire()
    with turn:
        yield


def _all_parts(study: StudyFolder, manifest: StudyManifest, tracker: Tracker, count: Callable[[], None]) -> None:
    """Read the labels, embed the texts, and make one result after the other."""
    manifest.state, manifest.error, manifest.starts = "running", "", manifest.starts + 1
    study.write_manifest(manifest)
    set_aside_leftovers(study.path)
    tracker.phase("reading")
    spec = checked(manifest.spec)
    labels = read_labels(spec)
    manifest.people, manifest.personas, manifest.notes = labels.about_people, labels.about_runs, labels.notes
    manifest.planned = planned_trainings(spec, labels)
    manifest.packages = {name: metadata.version(name) for name in PACKAGES}
    study.write_manifest(manifest)
    tracker.begin(manifest.planned)
    trainer = CountingTrainer(encoder=spec.encoder, settings=spec.settings, told=tracker.told, tracker=tracker)
    began = time.monotonic()
    _embed(labels, trainer)
    manifest.work.embedding_seconds += time.monotonic() - began
    for name, make in _makers(manifest, labels, trainer):
        log.info("%s", name)
        tracker.phase("training", name)
        write_result(study.path, make())
        count()
        study.write_manifest(manifest)


def _makers(
    manifest: StudyManifest, labels: StudyLabels, trainer: CountingTrainer
) -> Iterator[tuple[str, Callable[[], StoredResult]]]:
    """Yield what makes each result, with its name for people."""
    spec = manifest.spec
    if "comparison" in spec.wanted:
        yield "comparison of models", lambda: parts.comparison(spec, labels, trainer)
    for run in spec.runs:
        if "gaps" in spec.wanted:
            yield f"alignment gaps of {run}", lambda run=run: parts.gaps(spec, labels, run, trainer)  # type: ignore[misc]
    for run in spec.runs or ("",):
        if "map" in spec.wanted:
            yield f"map of {run or 'people'}", lambda run=run: parts.picture(spec, labels, run, trainer)  # type: ignore[misc]


def _embed(labels: StudyLabels, trainer: CountingTrainer) -> None:
    """Make the vectors of all texts that parts ask for; an encoder that is not there is told before any training."""
    for personas in labels.personas.values():
        trainer.embeddings(on_common_items(labels.people, personas)[0])
    if not labels.personas:
        trainer.embeddings(labels.people)
