"""All commands of `polyvocal annotators`: tables, strict JSON, figures, interruption, and what goes wrong."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from engine.annotators.training.trainer import Trainer
from engine.cli.annotators import app
from engine.cli.main import run
from tests.engine.cli.annotator_store import imported, quick
from tests.engine.cli.commands import refused, strict

ROOT = Path(__file__).resolve().parents[3]
TWO = ["--models", "text only,user token"]
CALLS = {
    "sides": [["EXACT", *TWO], ["SAMPLED", "-t", "1", *TWO, "--no-shuffled", "--equal-size"]],
    "conditions": [["EXACT", *TWO], ["EXACT", "--by", "temperature", "--temperatures", "0,1", *TWO],
                   ["SAMPLED", "--by", "temperature", *TWO, "--shuffled"], ["EXACT", "--by", "set", *TWO]],
    "encodings": [["EXACT"], ["demo", "--encoding", "group"]],
    "cross": [["EXACT", "--min-labels", "3"], ["SAMPLED", "-t", "0", "--model", "majority", "--min-labels", "3"]],
    "curve": [["demo", *TWO, "--labels-each", "8,16", "--annotators", "none"],
              ["EXACT", *TWO, "--labels-each", "none", "--annotators", "2,12"]],
    "map": [["EXACT", "--space", space] for space in ("composite", "labels", "tokens", "descriptions")] + [["demo"]],
}  # fmt: skip
"""What each command is called with; EXACT and SAMPLED stand for the ids of runs."""
NAMES = [command.name for command in app.registered_commands if command.name != "predict"]


def parameters(name: str) -> set[str]:
    (callback,) = (command.callback for command in app.registered_commands if command.name == name)
    return set(inspect.signature(callback).parameters)


def called(name: str, words: list[str], named: dict[str, str]) -> list[str]:
    """The command line, with what makes it quick."""
    options = quick(named)
    if "resamples" not in parameters(name):
        options = [*options[: options.index("--resamples")], "--replicates", "3", "--null-draws", "9"]
    return ["annotators", name, *(named.get(word, word) for word in words), *options]


def test_every_command_is_called() -> None:
    assert set(CALLS) == set(NAMES)


@pytest.mark.parametrize("name", CALLS)
def test_json_is_strict_and_names_its_labels(capsys, named, name):
    for words in CALLS[name]:
        status = run([*called(name, words, named), "--json"])
        out, err = capsys.readouterr()
        assert status == 0, err
        found = strict(out)
        assert named.get(words[0], words[0]) in str(found)


@pytest.mark.parametrize("name", CALLS)
def test_tables_are_printed_and_drawn(capsys, named, name, tmp_path):
    for number, words in enumerate(CALLS[name]):
        page = tmp_path / f"{number}.html"
        figure = ["--figure", str(page)] if "figure" in parameters(name) else []
        assert run([*called(name, words, named), *figure]) == 0
        out, _ = capsys.readouterr()
        assert "nan" not in out.split()
        if figure:
            assert f"wrote {page}" in out
            assert 'class="plotly-graph-div"' in page.read_text()


def test_sides_tell_gains_and_the_signature_of_both(capsys, named):
    assert run([*called("sides", ["EXACT", *TWO], named), "--json"]) == 0
    found = strict(capsys.readouterr().out)
    (row,) = found["table"]
    assert row["difference"] == pytest.approx(row["people"] - row["personas"])
    assert set(found["signatures"]) == {"people", "personas"}
    assert {gain["labels"] for gain in found["gains"]} == {"as given", "names shuffled"}


def test_the_map_marks_personas_people_and_pairs(capsys, named):
    assert run([*called("map", ["EXACT", "--space", "labels"], named), "--json"]) == 0
    found = strict(capsys.readouterr().out)
    assert {point["source"] for point in found["points"]} == {"people", "personas"}
    assert len(found["pairs"]) == 12
    assert run([*called("map", ["EXACT", "--space", "labels", "--no-people"], named), "--json"]) == 0
    assert {point["source"] for point in strict(capsys.readouterr().out)["points"]} == {"personas"}


def test_a_kept_model_can_be_asked_about_everybody(capsys, named, tmp_path):
    folder, table = tmp_path / "models", tmp_path / "said.parquet"
    words = ["--models", "user token", "--save", str(folder), *quick(named, seeds=1)]
    assert run(["train", "demo", *words]) == 0
    model = str(folder / "user-token" / "seed-0")
    assert run(["annotators", "predict", model, "demo", "--out", str(table)]) == 0
    out = capsys.readouterr().out
    assert "4,320 rows of 'user token'" in out
    assert "unknown" not in out
    found = pd.read_parquet(table)
    assert list(found.columns) == ["item_id", "annotator", "known", "predicted", "p_0", "p_1"]
    np.testing.assert_allclose(found["p_0"] + found["p_1"], 1, atol=1e-5)
    assert (found["predicted"] == np.where(found["p_0"] >= found["p_1"], "0", "1")).all()
    assert run(["annotators", "predict", model, named["EXACT"], "--out", str(tmp_path / "said.csv"), "--json"]) == 0
    told = strict(capsys.readouterr().out)
    assert (told["rows"], told["unknown_annotators"]) == (60 * 12, 12), "personas are nobody it knows"
    assert pd.read_csv(tmp_path / "said.csv").groupby("item_id")["p_0"].nunique().max() == 1
    facts = folder / "user-token" / "seed-0" / "model.json"
    known = json.loads(facts.read_text("utf-8"))
    facts.write_text(json.dumps(known | {"identity": "0" * 64}), "utf-8")
    err = refused(capsys, "annotators", "predict", model, "demo", "--out", str(table))
    assert "is not the one that" in err, "another encoder of the same name gives vectors of another meaning"
    facts.write_text(json.dumps({key: value for key, value in known.items() if key != "identity"}), "utf-8")
    assert run(["annotators", "predict", model, "demo", "--out", str(table)]) == 0, "kept before this was written down"


def test_a_broken_folder_of_a_kept_model(capsys, named, tmp_path):
    out = ["--out", str(tmp_path / "said.csv")]
    assert "holds no annotator model" in refused(capsys, "annotators", "predict", str(tmp_path), "demo", *out)
    folder = tmp_path / "models" / "text-only" / "seed-0"
    words = ["--models", "text only", "--save", str(tmp_path / "models"), *quick(named, seeds=1)]
    assert run(["train", "demo", *words]) == 0
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    err = refused(capsys, "annotators", "predict", str(folder), "demo", *out)
    assert "holds no annotator model that can be read" in err
    assert "polyvocal train --save" in err
    assert "End it in .csv" in refused(capsys, "annotators", "predict", str(folder), "demo", "--out", "said.xls")


@pytest.mark.parametrize("name", ["sides", "conditions", "encodings", "cross", "curve"])
def test_ctrl_c_shows_what_has_finished_and_the_same_command_goes_on(capsys, named, name, monkeypatch):
    """Ctrl-C while the fourth training of this command runs; its seed makes all of them new."""
    words = [*called(name, CALLS[name][0], named), "--split-seed", "7"]
    fit, made = Trainer.fit, []

    def interrupted(self, kind, train, dev, seed, **more):  # type: ignore[no-untyped-def]
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(kind)
        return fit(self, kind, train, dev, seed, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "fit", interrupted)
        assert run([*words, "--json"]) == 130
    out, err = capsys.readouterr()
    assert "polyvocal: stopped at " in err
    assert "Traceback" not in err
    assert strict(out)["stopped_at"]
    monkeypatch.setattr(Trainer, "fit", lambda self, *a, **more: made.append(a[0]) or fit(self, *a, **more))
    assert run([*words, "--json"]) == 0
    assert strict(capsys.readouterr().out)["stopped_at"] is None
    n_all = len(made)
    assert run([*words, "--json"]) == 0
    assert len(made) == n_all, "everything is kept: the third call trains nothing"


@pytest.mark.parametrize("name", ["map", "predict"])
def test_ctrl_c_ends_what_has_no_parts_and_does_not_begin_it_again(capsys, named, name, tmp_path, monkeypatch):
    calls = []

    def interrupted(*_args, **_more):  # type: ignore[no-untyped-def]
        calls.append(name)
        raise KeyboardInterrupt

    words = called("map", ["EXACT"], named)
    if name == "predict":
        assert run(["train", "demo", "--models", "text only", "--save", str(tmp_path), *quick(named, seeds=1)]) == 0
        folder = str(tmp_path / "text-only" / "seed-0")
        words = ["annotators", "predict", folder, "demo", "--out", str(tmp_path / "said.csv")]
        monkeypatch.setattr("engine.annotators.models.saving.predict_all", interrupted)
    else:
        monkeypatch.setattr("engine.annotators.map.annotator_map", interrupted)
    assert run(words) in (1, 130)
    assert calls == [name]
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sides", "nowhere"], "'nowhere'"),
        (["sides", "EXACT", "--models", "text"], "'text' is no annotator model"),
        (["sides", "EXACT", "--models", "text only"], "show no gain"),
        (["sides", "EXACT", "--personas", "demo-week"], "'demo-week'"),
        (["sides", "SAMPLED"], "was sampled at 0, 1"),
        (["conditions", "EXACT", "--by", "kinds"], "--by"),
        (["conditions", "EXACT", "--temperatures", "0,1"], "--by temperature"),
        (["conditions", "EXACT", "--by", "temperature", "-t", "1"], "--temperatures 0,1"),
        (["conditions", "EXACT", "--by", "temperature", "--temperatures", "1"], "at least two"),
        (["conditions", "EXACT", "--personas", "demo-strong"], "--by set"),
        (["conditions", "EXACT", "--by", "set", "--personas", "demo-strong"], "at least two"),
        (["encodings", "EXACT", "--encoding", "colour"], "'colour' is no encoding"),
        (["cross", "EXACT", "--model", "user token"], "cannot be cross-evaluated"),
        (["cross", "EXACT", "--min-labels", "10000"], "fewer than 10,000"),
        (["curve", "demo", "--labels-each", "many"], "whole numbers"),
        (["curve", "demo", "--labels-each", "0"], "below 1"),
        (["curve", "demo", "--labels-each", "none", "--annotators", "none"], "no point"),
        (["curve", "demo", "--annotators", "900"], "900 annotators"),
        (["map", "nowhere"], "no corpus or run"),
        (["map", "demo", "--space", "descriptions"], "is a corpus"),
        (["map", "demo", "--figure", "map.png"], "End it in .html"),
    ],
)
def test_mistakes_are_told(capsys, named, words, expected):
    command, name, *more = words
    options = ["--encoder", named["ENCODER"], "--setting", "epochs=1", "--seeds", "1"]
    assert expected in refused(capsys, "annotators", command, named.get(name, name), *more, *options)


@pytest.mark.parametrize("name", ["sides", "cross", "map"])
def test_a_corpus_without_common_items(capsys, named, tmp_path, name):
    imported(tmp_path, f"other-{name}", [(f"x{i}", "a", str(i % 2), "") for i in range(6)])
    err = refused(capsys, "annotators", name, named["EXACT"], "--corpus", f"other-{name}", "--encoder",
                  named["ENCODER"])  # fmt: skip
    assert "none of its 60 items" in err


def test_help_starts_light():
    heavy = ("numpy", "pandas", "xarray", "pyarrow", "scipy", "torch", "vllm", "sentence_transformers", "plotly")
    code = (
        "import sys; from engine.cli.main import run; run(['annotators', '--help']); run(['train', '--help'])\n"
        f"sys.exit(str([name for name in {heavy} if name in sys.modules] or ''))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False, env=dict(os.environ)
    )
    assert done.stderr.strip() == ""


def test_the_manual_names_every_command():
    manual = (ROOT / "docs" / "annotator-models.md").read_text(encoding="utf-8")
    assert [name for name in [*NAMES, "predict"] if f"polyvocal annotators {name}" not in manual] == []
    assert "polyvocal train" in manual
