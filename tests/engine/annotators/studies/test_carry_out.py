"""What a study leaves: results that are read without torch, states, and the reason where it failed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from engine.annotators.annotations import annotations_of_people
from engine.annotators.comparison import train_models
from engine.annotators.scores.scores import differences
from engine.annotators.studies import StudyFolder, list_studies, parts, read_result, start_study
from engine.annotators.studies.carry_out import carry_out
from engine.annotators.studies.labels import labels_digest
from engine.annotators.studies.size import study_splits
from engine.annotators.training.trainer import Trainer
from engine.corpora import load_corpus
from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import FolderLock
from engine.jobs.stopping import Stop, ask_to_stop
from engine.runs.run_folder import RunFolder
from tests.engine.annotators.studies.small import fill, made, spec_of


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunFolder, Path, StudyFolder]:
    """A store with a study that was carried out in this process."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(folder))
        run, encoder = fill(folder)
        study = made(spec_of(run, encoder), folder / "studies")
        with FolderLock(study.path):
            carry_out(study, Stop(study.path))
    return folder, run, encoder, study


@pytest.fixture
def known(
    home: tuple[Path, RunFolder, Path, StudyFolder], store: Path, monkeypatch: pytest.MonkeyPatch
) -> SimpleNamespace:
    folder, run, encoder, study = home
    monkeypatch.setenv("POLYVOCAL_HOME", str(folder))
    return SimpleNamespace(home=folder, run=run, encoder=encoder, study=study)


def test_a_finished_study_tells_what_it_read_and_made(known: SimpleNamespace) -> None:
    manifest = known.study.manifest()
    assert (known.study.state(), manifest.error) == ("finished", "")
    assert known.study.results() == ["comparison", "gaps-0", "map-0"]
    assert manifest.done == manifest.planned > 20
    assert manifest.work.trained > 0
    assert manifest.people is not None
    assert manifest.people.digest == labels_digest(annotations_of_people(load_corpus("tiny")))
    assert (manifest.people.n_annotators, manifest.people.n_labels, manifest.people.synthetic) == (2, 120, True)
    assert [(r.run_id, r.backend, r.n_annotators) for r in manifest.personas] == [(known.run.run_id, "scripted", 3)]
    progress = known.study.progress()
    assert (progress.phase, progress.done, progress.planned) == ("ended", manifest.done, manifest.planned)


def test_numbers_are_those_of_the_experiments_themselves(known: SimpleNamespace) -> None:
    spec = known.study.manifest().spec
    people = annotations_of_people(load_corpus("tiny"))
    trainer = Trainer(encoder=spec.encoder, settings=spec.settings, only_finished=True)
    found = train_models(people, spec.models, spec.seeds, splits=study_splits(spec, people), trainer=trainer)
    expected = differences(found.predictions, resamples=spec.resamples, seed=spec.seed).set_index("model")
    stored = read_result(known.study.path, "comparison")
    gains = stored.tables["gains"]
    of_people = gains[(gains["condition"] == "people") & (gains["labels"] == "as given")].set_index("model")
    for column in ("value", "low", "high"):
        assert of_people.loc["user token", column] == pytest.approx(expected.loc["user token", column])
    assert isinstance(gains["dropped"].iloc[0], dict)
    assert set(stored.facts["signatures"]["as given"]) == {"people", known.run.run_id}
    assert set(stored.tables["contrasts"]["reference"]) == {"people"}
    assert set(stored.tables["scores"]["condition"]) == {"people", known.run.run_id}


def test_a_map_knows_who_everybody_is_and_what_they_said(known: SimpleNamespace) -> None:
    stored = read_result(known.study.path, "map-0")
    points, who, rates = (stored.tables[name] for name in ("points", "who", "rates"))
    assert list(zip(who["source"], who["name"], strict=True)) == list(
        zip(points["source"], points["name"], strict=True)
    )
    assert set(points["name"]) == {"ann-0", "ann-1", "p0", "p1", "p2"}
    assert who.set_index("name").loc["p1", "description"] == "You are person 1."
    assert who.set_index("name").loc["p1", "person"] == "ann-1"
    corpus = load_corpus("tiny")
    said = corpus.annotations[corpus.annotations["annotator_id"] == "ann-0"]["label"]
    row = rates[(rates["name"] == "ann-0") & (rates["label"] == "yes")].iloc[0]
    assert row["rate"] == pytest.approx((said == "yes").mean())
    assert row["n"] == len(said)
    near = stored.tables["neighbours"]
    assert len(near[near["name"] == "p0"]) == 4
    assert stored.facts["pairing"]["sentence"]
    assert stored.facts["trust"]["sentence"]
    json.dumps(stored.facts, allow_nan=False)


def test_gaps_hold_every_cell_and_what_they_say_together(known: SimpleNamespace) -> None:
    stored = read_result(known.study.path, "gaps-0")
    cells = stored.tables["cells"]
    assert set(cells["persona"]) == {"p0", "p1", "p2", "all personas"}
    assert {"ann-0", "ann-1", "g0", "g1"} == set(cells["target"])
    assert stored.facts["own"]["n_raters"] == 3
    assert (stored.facts["run"], stored.facts["score"]) == (known.run.run_id, "macro_f1")


def test_studies_are_listed_and_read_without_torch(known: SimpleNamespace) -> None:
    code = (
        "import sys\nfrom engine.annotators.studies import list_studies, read_result, start_study\n"
        "(found,) = [s for s in list_studies() if s.state == 'finished']\n"
        "for name in found.results: read_result(found.path, name)\n"
        "heavy = {'torch', 'umap', 'transformers', 'sentence_transformers', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_a_finished_study_starts_nothing_and_a_result_that_is_gone_is_made_again(
    known: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    monkeypatch.setattr("engine.annotators.studies.jobs.start_process", lambda *a, **k: started.append("process"))
    spec = known.study.manifest().spec
    before = known.study.manifest().model_dump()
    assert start_study(spec) == known.study.study_id
    assert not started
    assert known.study.manifest().model_dump() == before
    facts = known.study.path / "results" / "map-0" / "facts.json"
    text = facts.read_text()
    facts.write_text("{ no json")
    with pytest.raises(InputError, match="Remove this folder, then resume the study"):
        read_result(known.study.path, "map-0")
    facts.unlink()
    with pytest.raises(InputError, match="no result 'map-0' yet"):
        read_result(known.study.path, "map-0")
    start_study(spec)
    assert started == ["process"]
    assert known.study.state() == "interrupted", "the process of this test never began"
    facts.write_text(text)
    known.study.write_manifest(known.study.manifest().model_copy(update={"state": "finished"}))


def test_people_alone_have_a_comparison_and_a_map(known: SimpleNamespace, tmp_path: Path) -> None:
    study = made(spec_of(None, known.encoder, space="tokens"), tmp_path)
    with FolderLock(study.path):
        carry_out(study, Stop(study.path))
    manifest = study.manifest()
    assert (study.state(), study.results()) == ("finished", ["comparison", "map-0"])
    assert manifest.done == manifest.planned == 2 * (2 * 2 + 1)
    comparison = read_result(study.path, "comparison")
    assert comparison.tables["contrasts"].empty
    assert set(comparison.tables["gains"]["labels"]) == {"as given", "names shuffled"}
    assert read_result(study.path, "map-0").facts["run"] == ""


def test_what_cannot_be_done_ends_as_failed_with_its_reason(known: SimpleNamespace, tmp_path: Path) -> None:
    study = made(spec_of(known.run, known.encoder, min_labels=1000, parts=("gaps",)), tmp_path)
    with FolderLock(study.path), pytest.raises(PolyvocalError, match="Lower min_labels"):
        carry_out(study, Stop(study.path))
    assert study.state() == "failed"
    assert "Lower min_labels" in study.manifest().error


def test_a_bug_ends_as_failed_and_is_not_hidden(
    known: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(parts, "comparison", broken)
    study = made(spec_of(known.run, known.encoder), tmp_path)
    with FolderLock(study.path), pytest.raises(ZeroDivisionError):
        carry_out(study, Stop(study.path))
    assert (study.state(), study.manifest().error) == ("failed", "ZeroDivisionError: oops")


def test_a_request_to_stop_leaves_a_study_cancelled_and_it_goes_on(known: SimpleNamespace, tmp_path: Path) -> None:
    study = made(spec_of(known.run, known.encoder, seeds=3), tmp_path)
    stop = Stop(study.path)
    ask_to_stop(study.path)
    with FolderLock(study.path):
        carry_out(study, stop)
    assert study.state() == "cancelled"
    assert study.results() == []
    with FolderLock(study.path):
        carry_out(study, Stop(study.path))
    assert study.state() == "finished"
    assert study.manifest().starts == 2


def test_an_encoder_that_is_not_here_is_told_before_a_study_is_made(known: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'no/such-encoder' cannot be found"):
        start_study(spec_of(known.run, Path("no/such-encoder")), tmp_path)
    assert list_studies(tmp_path) == []


def test_runs_that_do_not_fit_are_refused(known: SimpleNamespace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run is called 'gone'"):
        start_study(spec_of(None, known.encoder, runs=("gone",)), tmp_path)
    with pytest.raises(InputError, match="has no persona set 'nobody'"):
        start_study(spec_of(known.run, known.encoder, persona_sets=("nobody",)), tmp_path)
    manifest = known.run.manifest()
    known.run.write_manifest(manifest.model_copy(update={"state": "cancelled"}))
    try:
        with pytest.raises(InputError, match="is cancelled: what its personas say is not whole"):
            start_study(spec_of(known.run, known.encoder), tmp_path)
    finally:
        known.run.write_manifest(manifest)


def test_broken_studies_are_listed_with_their_problem(known: SimpleNamespace, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "manifest.json").write_text("{ no json")
    (tmp_path / "empty").mkdir()
    found = {study.study_id: study for study in list_studies(tmp_path)}
    assert {study.state for study in found.values()} == {"broken"}
    assert "manifest.json" in found["broken"].problem
    assert "it has no manifest.json" in found["empty"].problem


def test_label_rates_of_nobody_are_undefined(known: SimpleNamespace) -> None:
    people = annotations_of_people(load_corpus("tiny"))
    silent = people.where(people.annotator == 0)
    points = read_result(known.study.path, "map-0").tables["points"]
    rates = parts.rates((silent,), points).set_index(["name", "label"])["rate"]
    assert np.isnan(rates["ann-1", "yes"])
    assert rates["ann-0", "yes"] + rates["ann-0", "no"] == pytest.approx(1)
