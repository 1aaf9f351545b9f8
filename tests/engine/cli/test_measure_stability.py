"""Signal, stability, retest and exact-check from the command line, on runs of the shipped fake."""

from __future__ import annotations

import pytest

from engine.cli.main import run
from tests.engine.cli.commands import QUICK, measured, parsed, refused

SETS = ["--personas", "demo-strong", "--personas", "control", "--personas", "empty"]
RUN = ["--corpus", "demo", *SETS, "--model", "fake", "--backend", "scripted", "--max-items", "20"]
SAMPLED = ["--mode", "sampled", "--temperatures", "0,1", "--repeats", "3"]


def started(capsys: pytest.CaptureFixture[str], *more: str) -> str:
    return str(parsed(capsys, "run", "start", *RUN, *more)["run_id"])


@pytest.fixture
def exact(store, capsys) -> str:
    return started(capsys, "--mode", "exact")


@pytest.fixture
def sampled(store, capsys) -> str:
    return started(capsys, *SAMPLED)


def test_signal_is_one_sentence_a_kind(capsys, exact, sampled):
    found = measured(capsys, "signal", exact, "--permutations", "99")
    assert [point["personas"] for point in found["points"]] == ["strong", "control"]
    assert found["points"][0]["sentence"].startswith("Persona signal is ")
    assert found["points"][0]["signal"]["n_raters"] == 12
    assert run(["measure", "signal", sampled, "-t", "1", *QUICK]) == 0
    assert "strong: Persona signal is " in capsys.readouterr().out


def test_stability_tells_components_modes_and_the_floor(capsys, exact, sampled):
    found = measured(capsys, "stability", exact)
    components = found["variance"][0]["components"]
    assert [row["component"] for row in components[:3]] == ["item", "persona", "persona x item"]
    assert len(found["modes"]) == 12
    drawn = measured(capsys, "stability", sampled, "-t", "1")
    assert [check["temperature"] for check in drawn["repeats"]] == [0, 1]
    assert run(["measure", "stability", sampled, "-t", "1", *QUICK]) == 0
    shown = capsys.readouterr().out
    assert "variance of answers" in shown
    assert "At temperature 0 two repeats of a cell differ" in shown


def test_exact_check_matches_two_runs(capsys, exact, sampled):
    found = measured(capsys, "exact-check", exact, sampled)
    assert [point["temperature"] for point in found["points"]] == [0, 1]
    assert len(found["points"][1]["items"]) == 20 * 2
    assert run(["measure", "exact-check", exact, sampled, *QUICK]) == 0
    assert "At temperature 1 exact and sampled" in capsys.readouterr().out
    assert "expected the exact run here" in refused(capsys, "measure", "exact-check", sampled, exact)


def test_retest_needs_repeats_or_a_second_run(capsys, exact, sampled):
    found = measured(capsys, "retest", sampled, "-t", "1", "--personas", "demo-strong")
    assert found["chance"] == pytest.approx(1 / 12)
    assert len(found["assignments"]) == 12
    assert 1 / 12 <= found["null_high"] <= 1
    assert run(["measure", "retest", sampled, "-t", "1", "--personas", "demo-strong", *QUICK]) == 0
    assert f"95% of permutations of the names reach {found['null_high']:.3f} at most" in capsys.readouterr().out
    itself = measured(capsys, "retest", exact, "--other", exact)
    assert itself["accuracy"]["value"] > 0.9
    assert "asked every cell once" in refused(capsys, "measure", "retest", exact)
