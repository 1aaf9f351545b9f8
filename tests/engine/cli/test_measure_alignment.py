"""Alignment, own person, alternative annotator and prototypes from the command line, on a run of the shipped fake."""

from __future__ import annotations

import pytest

from engine.cli.main import run
from engine.measures import ALIGNMENT_COLUMNS
from engine.measures.alternative_annotator import COMPARISON_COLUMNS, VERDICT_COLUMNS
from engine.measures.own_person import OWN_PERSON_COLUMNS
from engine.measures.prototypes import BEST_COLUMNS
from tests.engine.cli.commands import QUICK, measured, parsed

SETS = ["--personas", "demo-strong", "--personas", "empty"]
RUN = ["--corpus", "demo", *SETS, "--model", "fake", "--backend", "scripted", "--max-items", "40"]


@pytest.fixture
def run_id(capsys: pytest.CaptureFixture[str]) -> str:
    return str(parsed(capsys, "run", "start", *RUN)["run_id"])


def test_alignment_gives_every_cell(capsys, run_id):
    found = measured(capsys, "alignment", run_id, "--measure", "kappa")
    assert (found["measure"], found["by"], found["temperature"]) == ("kappa", "annotator", 1.0)
    assert len(found["cells"]) == 13 * 12
    assert tuple(found["cells"][0]) == ALIGNMENT_COLUMNS
    assert sum(cell["own"] for cell in found["cells"]) == 12
    groups = measured(capsys, "alignment", run_id, "--by", "group", "--personas", "demo-strong")
    assert len(groups["cells"]) == 12 * 3
    assert groups["cells"][0]["target_ceiling"] is not None


def test_own_person_alternative_and_prototypes(capsys, run_id):
    own = measured(capsys, "own-person", run_id)
    assert len(own["personas"]) == 12
    assert tuple(own["personas"][0]) == OWN_PERSON_COLUMNS
    assert own["chance"] == pytest.approx(1 / 12)
    assert {"value", "low", "high", "n_items"} <= set(own["specific"])
    test = measured(capsys, "alternative", run_id, "--epsilon", "0.1", "-t", "0")
    assert tuple(test["personas"][0]) == VERDICT_COLUMNS
    assert tuple(test["comparisons"][0]) == COMPARISON_COLUMNS
    found = measured(capsys, "prototypes", run_id, "--items", "3")
    assert {row["group"] for row in found["best"]} == {"muslim-residents", "young-progressives", "older-conservatives"}
    assert tuple(found["best"][0]) == BEST_COLUMNS
    assert len(found["items"]) == 9


@pytest.mark.parametrize("topic", ["alignment", "own-person", "alternative", "prototypes"])
def test_people_get_a_table_that_names_the_run(capsys, run_id, topic):
    assert run(["measure", topic, run_id, *QUICK]) == 0
    out, _ = capsys.readouterr()
    assert out.startswith(run_id)
    assert len(out.splitlines()) > 5


def test_a_temperature_outside_the_range_is_refused(capsys, run_id):
    assert run(["measure", "alignment", run_id, "-t", "3"]) != 0
    assert "less than or equal to 2" in capsys.readouterr().err
