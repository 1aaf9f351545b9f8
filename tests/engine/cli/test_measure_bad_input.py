"""What a user gets wrong at `polyvocal measure`: one message on stderr that names both sides and what to do."""

from __future__ import annotations

import inspect
import json
from pathlib import Path

import pytest

from engine.cli.main import run
from engine.cli.measure import app

SETS = ["--personas", "demo-strong", "--personas", "control"]
GRID = ["--model", "fake", "--backend", "scripted", "--max-items", "12"]
DEMO = ["--corpus", "demo", *SETS, *GRID]
SAMPLED = ["--mode", "sampled", "--temperatures", "0,1"]
COMMANDS = {command.name: set(inspect.signature(command.callback).parameters) for command in app.registered_commands}
OF_ONE_RUN = [name for name in COMMANDS if name != "exact-check"]


def started(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(["run", "start", *words, "--json"]) == 0
    return str(json.loads(capsys.readouterr().out)["run_id"])


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What is said of a wrong command line: on stderr alone, a few lines, status 2."""
    capsys.readouterr()
    status = run(["measure", *words])
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), (words, out)
    assert err.startswith("polyvocal: ")
    assert "Traceback" not in err
    assert len(err.splitlines()) <= 3
    return err


def imported(capsys: pytest.CaptureFixture[str], folder: Path, name: str, labels: str, *more: str) -> None:
    """A corpus of 12 items x 3 people without groups, with labels 0 to `labels`."""
    table = folder / f"{name}.csv"
    rows = [f"{name}{i},text {i},a{a},{(i + a) % len(labels)}\n" for i in range(12) for a in range(3)]
    table.write_text("item_id,text,annotator_id,label\n" + "".join(rows))
    words = ["--name", name, "--labels", ",".join(labels), "--kind", "hate-speech", *more]
    assert run(["corpus", "import", str(table), *words]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_unknown_run(capsys, name) -> None:
    words = ["nowhere", "nowhere-either"] if name == "exact-check" else ["nowhere"]
    assert "'nowhere'" in refused(capsys, name, *words)


def test_an_unknown_persona_set_names_those_of_the_run(capsys) -> None:
    run_id = started(capsys, *DEMO)
    for name in (name for name in COMMANDS if "personas" in COMMANDS[name]):
        said = refused(capsys, name, run_id, "--personas", "demo-week", *(["--other", run_id] * (name == "retest")))
        assert run_id in said
        assert "'demo-week'" in said
        assert "demo-strong, control" in said


def test_a_temperature_outside_the_range(capsys) -> None:
    exact, sampled = started(capsys, *DEMO), started(capsys, *DEMO, *SAMPLED)
    for name in (name for name in OF_ONE_RUN if "temperature" in COMMANDS[name]):
        assert "--temperature" in refused(capsys, name, exact, "-t", "2.5")
        assert "--temperature" in refused(capsys, name, exact, "-t", "-0.1")
        assert "--temperature" in refused(capsys, name, exact, "-t", "warm")
        if name != "retest":
            # not sampled there, and not said where, but for the command that shows all temperatures
            for words in (["-t", "0.7"], *([[]] if name != "curves" else [])):
                said = refused(capsys, name, sampled, *words)
                assert f"run {sampled!r} was sampled at 0, 1" in said
                assert "--temperature" in said
    assert f"run {sampled!r} was sampled at 0, 1; 0.7" in refused(capsys, "exact-check", exact, sampled, "-t", "0.7")
    assert "--beside-temperature" in refused(capsys, "stability", exact, "--beside-temperature", "3")
    said = refused(capsys, "stability", sampled, "-t", "1", "--beside-temperature", "0.7")
    assert "was sampled at 0, 1; 0.7 was asked for" in said


def test_a_run_without_repeats_has_no_test_retest(capsys) -> None:
    for mode in ([], [*SAMPLED]):
        run_id = started(capsys, *DEMO, *mode)
        said = refused(capsys, "retest", run_id, *(["-t", "1"] if mode else []))
        assert run_id in said
        assert "asked every cell once" in said
        assert "--other" in said
        assert "--repeats" in said


def test_a_corpus_that_the_run_does_not_belong_to(capsys, tmp_path: Path) -> None:
    imported(capsys, tmp_path, "mine", "01")
    imported(capsys, tmp_path, "graded", "0123", "--level", "ordinal")
    run_id = started(capsys, *DEMO)
    for name in (name for name in COMMANDS if "corpus" in COMMANDS[name]):
        for corpus, why in (("mine", "none of its 12 items"), ("graded", "['0', '1', '2', '3']")):
            said = refused(capsys, name, run_id, "--corpus", corpus)
            assert run_id in said
            assert f"'{corpus}'" in said
            assert why in said
            assert "--corpus demo" in said
        assert "'nothing'" in refused(capsys, name, run_id, "--corpus", "nothing")


def test_two_runs_of_different_corpora_or_without_common_items(capsys, tmp_path: Path) -> None:
    imported(capsys, tmp_path, "mine", "01")
    demo = started(capsys, *DEMO)
    mine = started(capsys, "--corpus", "mine", "--personas", "control", *GRID)
    drawn = started(capsys, "--corpus", "mine", "--personas", "control", *GRID, *SAMPLED)
    for said in (refused(capsys, "retest", demo, "--other", mine), refused(capsys, "exact-check", demo, drawn)):
        assert "'demo'" in said
        assert "'mine'" in said
        assert "do not belong together" in said
    strong, control = (started(capsys, "--corpus", "demo", "--personas", p, *GRID) for p in ("demo-strong", "control"))
    said = refused(capsys, "retest", strong, "--other", control)
    assert f"runs {strong!r} and {control!r} share 0 personas and 12 items" in said
    few = started(capsys, "--corpus", "demo", *SETS, *GRID[:-1], "1", "--seed", "1")
    other = started(capsys, "--corpus", "demo", *SETS, *GRID[:-1], "1", "--seed", "3", *SAMPLED)
    assert "share no items" in refused(capsys, "exact-check", few, other)


def test_runs_of_the_wrong_mode(capsys) -> None:
    exact, sampled = started(capsys, *DEMO), started(capsys, *DEMO, *SAMPLED)
    for words, wrong in (((sampled, exact), sampled), ((exact, exact), exact), ((sampled, sampled), sampled)):
        said = refused(capsys, "exact-check", *words)
        assert wrong in said
        assert "Write EXACT, then SAMPLED" in said


def test_measures_that_the_task_or_corpus_has_no_meaning_for(capsys, tmp_path: Path) -> None:
    imported(capsys, tmp_path, "graded", "0123", "--level", "ordinal")
    graded = started(capsys, "--corpus", "graded", *SETS, *GRID)
    said = refused(capsys, "attributes", graded, "--factorial")
    assert graded in said
    assert "positive label" in said
    for words in (["attributes", graded], ["attributes", graded, "--exchanged"]):
        said = refused(capsys, *words)
        assert graded in said
        assert "persona counterfactual" in said
    for words in (["alignment", graded, "--by", "group"], ["prototypes", graded]):
        said = refused(capsys, *words)
        assert graded in said
        assert "'graded'" in said
        assert "--group-column" in said
    said = refused(capsys, "own-person", graded)
    assert graded in said
    assert "none has a person of its own" in said
    control = started(capsys, "--corpus", "demo", "--personas", "control", *GRID)
    said = refused(capsys, "attributes", control, "--factorial")
    assert control in said
    assert "attributes" in said


def test_options_that_contradict_or_do_not_exist(capsys) -> None:
    run_id = started(capsys, *DEMO)
    assert "--factorial" in refused(capsys, "attributes", run_id, "--interactions")
    assert "name a sampled run" in refused(capsys, "refusals", run_id, "--by-wording")
    assert "Leave --by-persona out" in refused(capsys, "refusals", run_id, "--by-persona")
    assert "--measure composite" in refused(capsys, "alignment", run_id, "--encoder", "x")
    assert "--resamples" in refused(capsys, "signal", run_id, "--resamples", "3")
    assert "--confidence" in refused(capsys, "signal", run_id, "--confidence", "1")
    assert "measure signal --help" in refused(capsys, "signal", run_id, "--corpora", "demo")
    assert "likeness" in refused(capsys, "alignment", run_id, "--measure", "likeness")
    assert "measure signal --help" in refused(capsys, "signal")
