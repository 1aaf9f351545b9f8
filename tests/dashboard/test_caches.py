"""What pages keep: renewed when a run or corpus changes, the same while it does not, and never more than so much."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest

from dashboard import alignments, loaders, warm_up
from dashboard import measured as measured_module
from dashboard.measured import measured
from dashboard.subject import Subject
from engine import paths
from engine.corpora.corpus import Corpus
from engine.measures import label_rates, voices
from engine.runs.run_folder import RunFolder
from engine.runs.store import summarize
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener
from tests.dashboard.servers import PATIENCE

PROJECT = Path(__file__).resolve().parents[2]


def subject_of(folder: RunFolder, temperature: float = 1.0) -> Subject:
    manifest = folder.manifest()
    return Subject(summarize(folder), manifest, "the run", tuple(p.persona_id for p in manifest.personas), temperature)


@pytest.fixture
def corpus(store: Path) -> Corpus:
    return worlds.store_corpus(worlds.small_corpus())


def append_rest(folder: RunFolder, whole: RunFolder) -> None:
    """Give a run what it lacks, as the process that works on it does: one more part, the manifest as it was."""
    there = set(folder.responses(["key"])["key"].to_pylist())
    rows = [row for row in whole.responses().to_pylist() if row["key"] not in there]
    folder.write_as("0002-b")
    folder.append(rows)


def test_a_run_that_grows_is_read_and_measured_anew(corpus: Corpus) -> None:
    whole = worlds.store_run(corpus, name="whole", spread=0.7)
    half = worlds.store_run(corpus, name="half", spread=0.7, share=0.5, state="running")
    before = measured(subject_of(half), "label_rates")
    assert measured(subject_of(half), "label_rates") is before, "nothing changed, so nothing is computed"
    assert int(loaders.labels(summarize(half))["probability"].notnull().any("label").sum()) == 60

    append_rest(half, whole)
    after = measured(subject_of(half), "label_rates")
    np.testing.assert_allclose(after["rate"], measured(subject_of(whole), "label_rates")["rate"])
    assert (after["n_items"] != before["n_items"]).any()


def test_a_manifest_that_changes_is_shown(corpus: Corpus) -> None:
    folder = worlds.store_run(corpus, state="running")
    run = summarize(folder)
    assert loaders.manifest(run).state == "running"
    folder.write_manifest(folder.manifest().model_copy(update={"state": "finished", "notes": ["a note"]}))
    assert loaders.manifest(run).notes == ["a note"]


def test_people_who_change_are_measured_anew(corpus: Corpus) -> None:
    folder = worlds.store_run(corpus)
    before = measured(subject_of(folder), "homogenization")
    other = worlds.small_corpus(seed=5)
    worlds.store_corpus(replace(other, name=corpus.name))
    after = measured(subject_of(folder), "homogenization")
    assert after.value != before.value


def test_every_persona_beside_every_person_is_kept_for_few_temperatures(corpus: Corpus) -> None:
    folder = worlds.store_run(corpus)

    def table(temperature: float) -> Any:
        return alignments.cells(subject_of(folder, temperature), "kappa", "annotator")

    first = table(0.0)
    assert table(0.0) is first
    for step in range(1, measured_module.MOST_LARGE + 1):
        last = table(step / 10)
    assert table(step / 10) is last
    assert table(0.0) is not first, "the oldest has made room"


def test_small_tables_leave_the_large_ones_their_room(corpus: Corpus) -> None:
    folder = worlds.store_run(corpus)
    temperatures = [step / 10 for step in range(measured_module.MOST_LARGE)]
    large = {}
    for temperature in temperatures:
        subject = subject_of(folder, temperature)
        large[temperature] = alignments.cells(subject, "kappa", "annotator")
        alignments.cells(subject, "kappa", "group")
        measured(subject.of_personas(subject.personas[:1]), "alignment", likeness="kappa", by="annotator")
    for temperature in temperatures:
        again = alignments.cells(subject_of(folder, temperature), "kappa", "annotator")
        assert again is large[temperature], "a reader who goes back finds it"


def test_measures_of_one_temperature_share_its_distributions(corpus: Corpus, monkeypatch: pytest.MonkeyPatch) -> None:
    subject = subject_of(worlds.store_run(corpus))
    made = []
    real = measured_module.measures.beside

    def counted(*given: Any) -> Any:
        made.append(given)
        return real(*given)

    monkeypatch.setattr(measured_module.measures, "beside", counted)
    for what in ("parting_items", "homogenization", "answers"):
        measured(subject, what)
    assert len(made) == 1
    expected = label_rates(voices(loaders.labels(subject.run), 1.0, subject.personas))
    np.testing.assert_allclose(measured(subject, "label_rates")["rate"], expected["rate"])


def test_what_other_pages_import_waits_for_the_first_page(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    warm = Event()
    monkeypatch.setattr(warm_up, "now", warm.set)
    monkeypatch.setattr(warm_up, "FIRST_PAGE", Event())
    thread = Thread(target=warm_up.beside_pages, args=(PATIENCE,), daemon=True)
    thread.start()
    assert not warm.is_set()
    open_page("home")
    thread.join(PATIENCE)
    assert warm.is_set()


def test_a_dashboard_that_nobody_opens_is_warm_too(monkeypatch: pytest.MonkeyPatch) -> None:
    warm = Event()
    monkeypatch.setattr(warm_up, "now", warm.set)
    monkeypatch.setattr(warm_up, "FIRST_PAGE", Event())
    warm_up.beside_pages(0.0)
    assert warm.is_set()


def test_the_run_that_pages_open_with_is_read_ahead(
    corpus: Corpus, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.store_run(corpus, name="opened")
    warm_up.read_ahead()

    def read(*_: Any) -> Any:
        raise AssertionError("the page reads the run again")

    monkeypatch.setattr("engine.runs.label_arrays.labels_of", read)
    monkeypatch.setattr("engine.runs.label_arrays.human_labels", read)
    assert not open_page("story").exception


def test_reading_ahead_bears_an_empty_store_and_a_corpus_that_is_gone(corpus: Corpus) -> None:
    warm_up.read_ahead()
    worlds.store_run(corpus)
    shutil.rmtree(paths.imported_dir() / corpus.name)
    warm_up.read_ahead()


def test_a_measure_has_one_thread() -> None:
    code = (
        "from dashboard import warm_up; warm_up.now(); from threadpoolctl import threadpool_info\n"
        "print([pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert set(json.loads(done.stdout)) == {1}


def test_large_blocks_are_the_systems_again_when_they_are_freed() -> None:
    code = (
        "import os, numpy, psutil; from dashboard.memory import return_what_is_freed as switch; print(switch())\n"
        "held = lambda: psutil.Process().memory_info().rss / 1e6\n"
        "blocks = [numpy.ones(2_500_000) for _ in range(3)]; del blocks\n"
        "before = held(); blocks = [numpy.ones(500_000) for _ in range(40)]; kept = blocks[-1]; del blocks\n"
        "print(held() - before < 40)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT
    ).stdout
    if not printed.startswith("True"):
        pytest.skip("another C library than glibc")
    assert printed.split() == ["True", "True"]
