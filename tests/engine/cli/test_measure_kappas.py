"""`polyvocal measure kappas`, sensitivity to temperature, and alignment by composite embeddings, on scripted runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import run
from tests.engine.annotators.tiny_encoder import write_tiny_encoder
from tests.engine.cli.commands import parsed

SETS = ["--personas", "demo-strong", "--personas", "control", "--personas", "empty"]
GRID = ["--corpus", "demo", *SETS, "--model", "fake", "--backend", "scripted", "--max-items", "20"]


def started(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    return str(parsed(capsys, "run", "start", *GRID, *more)["run_id"])


def test_kappas_of_every_panel_beside_its_alpha(capsys) -> None:
    run_id = started(capsys)
    found = parsed(capsys, "measure", "kappas", run_id, "--resamples", "100")
    panels = {(row["raters"], row["among"]): row for row in found["panels"]}
    assert {raters for raters, _ in panels} == {"people", "strong", "control"}
    people = panels["people", "all"]
    same = parsed(capsys, "measure", "homogenization", run_id, "--resamples", "100")["panels"][0]
    assert (people["alpha"], people["agreement"]) == (same["alpha"], same["agreement"])
    for name in ("alpha", "fleiss", "cohen"):
        assert people[name] == pytest.approx(people["alpha"], abs=0.1)
    assert people["cohen_low"] < people["cohen"] < people["cohen_high"]
    assert panels["people", "between groups"]["fleiss"] is None
    assert panels["people", "between groups"]["n_pairs"] + panels["people", "within groups"]["n_pairs"] == 66
    pairs = {(row["first"], row["second"]): row["value"] for row in found["between_sets"]}
    assert set(pairs) >= {("people", "strong"), ("people", "control"), ("strong", "control")}
    assert all(0 <= value <= 1 for value in pairs.values())
    assert run(["measure", "kappas", run_id, "--resamples", "100"]) == 0
    assert "mean Cohen's kappa" in capsys.readouterr().out


def test_stability_sets_temperature_beside_wording_and_persona(capsys) -> None:
    exact = started(capsys)
    found = parsed(capsys, "measure", "stability", exact, "--resamples", "100")
    assert found["sensitivity_at"] == [1.0, 0.0]
    assert found["sensitivity"]["temperature"]["value"] > 0
    assert parsed(capsys, "measure", "stability", exact, "-t", "0")["sensitivity_at"] == [0.0, 1.0]
    named = parsed(capsys, "measure", "stability", exact, "--beside-temperature", "1")
    assert named["sensitivity"]["temperature"]["value"] == 0
    sampled = started(capsys, "--mode", "sampled", "--temperatures", "0,0.5,1.5", "--repeats", "2")
    assert parsed(capsys, "measure", "stability", sampled, "-t", "0.5")["sensitivity_at"] == [0.5, 1.5]
    assert run(["measure", "stability", sampled, "-t", "0.5"]) == 0
    assert "temperature (0.5 beside 1.5)" in capsys.readouterr().out
    once = started(capsys, "--mode", "sampled", "--temperatures", "1")
    missing = parsed(capsys, "measure", "stability", once)["sensitivity"]["temperature"]
    assert (missing["value"], missing["note"]) == (None, "no second temperature")


def test_alignment_by_composite_embeddings(capsys, tmp_path: Path) -> None:
    run_id, encoder = started(capsys), str(write_tiny_encoder(tmp_path))
    words = ("measure", "alignment", run_id, "--measure", "composite", "--encoder", encoder, "--resamples", "100")
    found = parsed(capsys, *words)
    assert found["measure"] == "composite"
    assert len(found["cells"]) == 25 * 12
    assert all(-1 <= cell["value"] <= 1 for cell in found["cells"])
    assert run([*words[:5], "--by", "group", *words[5:]]) == 0
    assert "composite, by group" in capsys.readouterr().out
    assert run(["measure", "alignment", run_id, "--encoder", encoder]) == 2
    assert "is for --measure composite" in capsys.readouterr().err
