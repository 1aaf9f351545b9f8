"""A small store for studies: corpus 'tiny' with a finished run, and a text encoder that is made in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil

from engine.annotators.annotations import annotations_of_people
from engine.annotators.studies import StudyFolder, StudySpec
from engine.annotators.studies.jobs import _make, _manifest_for
from engine.annotators.training.trainer import Trainer
from engine.corpora import load_corpus
from engine.runs.execute import execute
from engine.runs.run_folder import RunFolder
from tests.engine.annotators.tiny_encoder import write_tiny_encoder
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store

QUICK: dict[str, Any] = {"settings": {"epochs": 2, "hidden": 4}, "resamples": 50, "replicates": 3, "null_draws": 3,
                         "min_labels": 3, "seeds": 2, "models": ("text only", "user token", "majority")}  # fmt: skip


def fill(home: Path, **run: Any) -> tuple[RunFolder, Path]:
    """Fill the store of POLYVOCAL_HOME; return a finished run and the encoder's folder."""
    fill_store(n_items=60, n_personas=3)
    encoder = write_tiny_encoder(home / "tiny-encoder", hidden=16)
    # embedded here, where all is loaded already: a study's process then needs no encoder, which takes long to load
    Trainer(encoder=str(encoder)).embeddings(annotations_of_people(load_corpus("tiny")))
    return execute(exact_spec(**run), backend=FakeBackend()), encoder


def spec_of(run: RunFolder | None, encoder: Path, **more: Any) -> StudySpec:
    """A study that takes a blink."""
    runs = () if run is None else (run.run_id,)
    return StudySpec.model_validate({"corpus": "tiny", "runs": runs, "encoder": str(encoder)} | QUICK | more)


def made(spec: StudySpec, root: Path) -> StudyFolder:
    """Return the folder of a study as a start leaves it to its process."""
    study = StudyFolder(root / spec.study_id())
    _make(study)
    study.write_manifest(_manifest_for(spec, study))
    return study


def workers_of(study: StudyFolder) -> list[psutil.Process]:
    """Return the processes that work on a study."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if "-m" in words and str(study.path.resolve()) in words:
            found.append(process)
    return found
