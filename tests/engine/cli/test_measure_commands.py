"""All commands of `polyvocal measure` at once: strict JSON, every measure within reach, every command in the manual."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import engine.cli
import engine.measures
from engine.cli.main import run
from engine.cli.measure import COMMANDS, app
from engine.measures import label_curves
from engine.runs import RunFolder, exact_labels, find_run, list_runs
from tests.engine.cli.commands import strict

ROOT = Path(__file__).resolve().parents[3]
GRID = ["--corpus", "demo", "--personas", "control", "--personas", "empty", "--model", "fake", "--backend", "scripted"]
SAMPLED = ["--mode", "sampled", "--temperatures", "0,1", "--repeats", "2"]
ARGUMENTS = {
    "attributes": [["EXACT", "--exchanged"], ["EXACT", "--factorial"]],
    "exact-check": [["EXACT", "SAMPLED"]],
    "personas": [["EXACT", "--persona", "control-01"], ["SAMPLED", "-t", "1", "--cell", "control-01", "a01"]],
    "retest": [["SAMPLED", "-t", "1"], ["EXACT", "--other", "EXACT"]],
}
"""What a command is called with, where it is not one run of each mode. EXACT and SAMPLED stand for their ids."""
NAMES = [command.name for command in app.registered_commands]
WITHIN = {
    "alpha": "human_agreement",
    "expected_alpha": "agreement_by_temperature",
    "persona_agreement": "agreement_by_temperature",
    "alpha_curve": "agreement_by_temperature",
    "sampled_curve": "sampled_agreement_by_temperature",
    "percent_agreement": "agreement_of_panels",
    "homogenization": "agreement_of_panels",
    "cohen_kappa": "kappas_of_panels",
    "fleiss_kappa": "kappas_of_panels",
    "item_disagreement": "item_table",
    "check_against_exact": "compare_with_exact",
    "expected_calibration_error": "calibration_scores",
    "answers": "representation",
    "cluster_order": "alignment",
    "at_temperature": "voices",
    "log_probability": "voices",
    "people": "beside",
    "common_items": "beside",
    "labelled_items": "beside",
}
"""Measures that no command calls by name -> the one that gives their numbers at the command line."""


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A store with an exact run (of counterfactual personas) and a sampled one, and their ids."""
    home, ids = tmp_path_factory.mktemp("home"), {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(home))
        assert run(["persona", "counterfactual", "demo-strong", "--attribute", "politics", "--exchange"]) == 0
        for name, more in (
            ("EXACT", ["--personas", "demo-strong-counterfactual", "--max-items", "15"]),
            ("SAMPLED", ["--personas", "demo-strong", "--max-items", "8", *SAMPLED]),
        ):
            assert run(["run", "start", *GRID, *more, "--name", name.lower()]) == 0
            ids[name] = next(r.run_id for r in list_runs() if r.run_id.startswith(name.lower()))
    return home, ids


@pytest.fixture
def runs(shared_store: tuple[Path, dict[str, str]], store: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The runs, in the store that they are in instead of the empty one that each test has."""
    monkeypatch.setenv("POLYVOCAL_HOME", str(shared_store[0]))
    return shared_store[1]


def calls_of(name: str) -> list[list[str]]:
    """How a command is called; one that is not listed is taken to want one run."""
    temperature = ["-t", "1"] if "temperature" in inspect.signature(callback(name)).parameters else []
    return ARGUMENTS.get(name, [["EXACT"], ["SAMPLED", *temperature]])


def callback(name: str):  # type: ignore[no-untyped-def]
    return next(command.callback for command in app.registered_commands if command.name == name)


@pytest.mark.parametrize("name", NAMES)
def test_json_of_every_command_is_strict_and_names_its_run(capsys, runs, name) -> None:
    for words in calls_of(name):
        named = [runs.get(word, word) for word in words]
        quick = ["--resamples", "100"] if "resamples" in inspect.signature(callback(name)).parameters else []
        status = run(["measure", name, *named, *quick, "--json"])
        out, err = capsys.readouterr()
        assert (status, err) == (0, ""), words
        assert runs[words[0]] in strict(out).values()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_prints_a_table_that_names_its_run(capsys, runs, name) -> None:
    for words in calls_of(name):
        assert run(["measure", name, *(runs.get(word, word) for word in words)]) == 0
        out, err = capsys.readouterr()
        assert out.startswith(runs[words[0]])
        assert not err
        assert "nan" not in out.split()


def test_a_run_that_is_not_whole_says_so_above_every_number(capsys, runs, monkeypatch) -> None:
    monkeypatch.setattr(RunFolder, "state", lambda self: "interrupted")
    assert run(["measure", "items", runs["EXACT"]]) == 0
    assert "note: the run is interrupted: only the responses that it has are measured" in capsys.readouterr().out
    assert run(["measure", "items", runs["EXACT"], "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_notes"][0].startswith("the run is interrupted")


def test_the_help_groups_all_commands(capsys) -> None:
    assert sorted(NAMES) == sorted(name for group in COMMANDS.values() for name in group)
    assert run(["measure", "--help"]) == 0
    shown = capsys.readouterr().out
    for question, commands in COMMANDS.items():
        assert question in shown
        assert all(f"│ {name} " in shown for name in commands)


def test_help_starts_light() -> None:
    heavy = ("numpy", "pandas", "xarray", "pyarrow", "scipy", "torch", "vllm")
    code = (
        "import sys; from engine.cli.main import run; run(['measure', '--help'])\n"
        f"sys.exit(str([name for name in {heavy} if name in sys.modules] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.stderr.strip() == ""


def test_every_measure_is_reached_from_the_command_line() -> None:
    imported = set()
    for path in Path(engine.cli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("engine.measures"):
                imported |= {alias.name for alias in node.names}
    functions = {name for name in engine.measures.__all__ if inspect.isfunction(getattr(engine.measures, name))}
    assert functions - imported - set(WITHIN) == set()
    assert set(WITHIN.values()) <= imported
    assert set(WITHIN) <= functions


def test_the_manual_names_every_command() -> None:
    manual = (ROOT / "docs" / "measures.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"polyvocal measure {name}`" not in manual] == []


def test_curves_are_those_of_the_measure(capsys, runs) -> None:
    labels = exact_labels(find_run(runs["EXACT"]))
    name = str(labels["item"].to_numpy()[2])
    wanted = label_curves(labels.isel(item=[2]), None, (0.3,))
    assert run(["measure", "curves", runs["EXACT"], "--item", name, "-t", "0.3", "--json"]) == 0
    points = json.loads(capsys.readouterr().out)["points"]
    assert [p["probability"] for p in points] == pytest.approx(wanted["probability"].to_list())
    assert {(p["item"], p["temperature"], p["n_draws"]) for p in points} == {(name, 0.3, 0)}
    assert run(["measure", "curves", runs["EXACT"], "--item", "nowhere"]) == 2
    assert "did not ask about item 'nowhere'" in capsys.readouterr().err
