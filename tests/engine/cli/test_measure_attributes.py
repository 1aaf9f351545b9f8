"""Counterfactual personas, their effects, calibration and abstention from the command line, on a scripted run."""

from __future__ import annotations

import pytest

from engine.cli.main import run
from tests.engine.cli.commands import parsed


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(words)
    out, err = capsys.readouterr()
    return status, out, err


def started(capsys: pytest.CaptureFixture[str], personas: str) -> str:
    grid = ["--corpus", "demo", "--model", "fake", "--backend", "scripted", "--max-items", "20"]
    return str(parsed(capsys, "run", "start", *grid, "--personas", personas)["run_id"])


def test_counterfactual_personas_and_the_effects_of_their_attributes(capsys, store):
    wanted = ["--attribute", "politics", "--attribute", "region"]
    made = parsed(capsys, "persona", "counterfactual", "demo-strong", *wanted)
    assert len(made["personas"]) == 36
    assert made["personas"][1]["persona_id"].endswith(" -politics")
    assert call(capsys, "persona", "counterfactual", "demo-strong", *wanted)[0] == 2
    exchanged = parsed(capsys, "persona", "counterfactual", "demo-strong", *wanted, "--exchange", "--replace")
    assert len(exchanged["personas"]) == 36 + 24 + 48
    run_id = started(capsys, made["name"])
    effects = parsed(capsys, "measure", "attributes", run_id)["effects"]
    assert {e["attribute"] for e in effects} == {"politics", "region"}
    whole = [e for e in effects if not e["value"]]
    assert {e["attribute"]: e["n_pairs"] for e in whole} == {"politics": 12 * 3, "region": 12 * 5}  # each value stated
    swapped = parsed(capsys, "measure", "attributes", run_id, "--exchanged")["effects"]
    assert any(" instead of " in e["value"] for e in swapped)
    terms = parsed(capsys, "measure", "attributes", run_id, "--factorial", "--interactions")["effects"]
    assert {t["order"] for t in terms} == {1, 2}
    found = parsed(capsys, "measure", "attributes", run_id, "--behind", "politics", "--top", "20")
    sizes = [item["total_variation"] for item in found["items"]]
    assert len(sizes) == 20
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) / 20 == pytest.approx(next(e["total_variation"] for e in whole if e["attribute"] == "politics"))
    status, out, _ = call(capsys, "measure", "attributes", run_id, "--behind", "politics", "--top", "2")
    assert status == 0
    assert "Items on which politics moves labels most" in out
    assert found["items"][0]["item_id"] in out
    status, _, err = call(capsys, "measure", "attributes", run_id, "--behind", "income")
    assert status == 2
    assert "'politics', 'region'" in err
    assert call(capsys, "measure", "attributes", run_id, "--behind", "politics", "--factorial")[0] == 2


def test_an_unknown_attribute_and_a_run_without_pairs_are_told(capsys, store):
    status, _, err = call(capsys, "persona", "counterfactual", "demo-strong", "--attribute", "politic")
    assert status == 2
    assert "Did you mean 'politics'" in err
    run_id = started(capsys, "demo-strong")
    status, _, err = call(capsys, "measure", "attributes", run_id)
    assert status == 2
    assert "persona counterfactual" in err
    assert call(capsys, "measure", "attributes", run_id, "--interactions")[0] == 2


def test_calibration_and_abstention_of_a_run(capsys, store):
    run_id = started(capsys, "demo-strong")
    scores = parsed(capsys, "measure", "calibration", run_id)["scores"]
    pooled = {s["score"]: s for s in scores if s["who"] == "(pooled)"}
    assert {"cross_entropy", "jensen_shannon", "manhattan", "error_rate", "calibration_error"} <= set(pooled)
    assert all(s["low"] <= s["value"] <= s["high"] for k, s in pooled.items() if k != "calibration_error")
    assert pooled["error_rate"]["n_raters"] == 12
    curve = parsed(capsys, "measure", "abstention", run_id, "--points", "4")["curve"]
    assert curve[-1]["coverage"] == 1
    assert curve[-1]["error"] == pytest.approx(pooled["error_rate"]["value"])
    for command in ("calibration", "abstention"):
        status, out, _ = call(capsys, "measure", command, run_id)
        assert status == 0
        assert run_id in out
