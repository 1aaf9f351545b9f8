"""`polyvocal measure homogenization`, `items` and `refusals` on a run of the shipped fake backend."""

from __future__ import annotations

import pytest

from engine.cli.main import run
from tests.engine.cli.commands import parsed

GRID = [
    "--corpus",
    "demo",
    "--personas",
    "demo-strong",
    "--model",
    "fake",
    "--backend",
    "scripted",
    "--max-items",
    "25",
]


@pytest.fixture
def exact(capsys) -> str:
    return parsed(capsys, "run", "start", *GRID)["run_id"]


@pytest.fixture
def sampled(capsys) -> str:
    words = ("--mode", "sampled", "--temperatures", "0.5,1", "--repeats", "2")
    return parsed(capsys, "run", "start", *GRID, *words)["run_id"]


def test_homogenization_of_an_exact_run(capsys, exact):
    found = parsed(capsys, "measure", "homogenization", exact, "--resamples", "100", "-t", "0.5")
    assert found["temperature"] == 0.5
    panels = {(row["raters"], row["among"]): row for row in found["panels"]}
    strong, people = panels["strong", "all"], panels["people", "all"]
    assert strong["homogenization"] == pytest.approx(strong["alpha"] - people["alpha"])
    assert strong["n_items"] == people["n_items"] == 25
    assert found["signatures"]["strong"][0]["name"].startswith("alpha above 0.8")
    assert 1 <= found["effective_number"]["strong"]["distinct"]["value"] <= 12
    assert run(["measure", "homogenization", exact, "--resamples", "100"]) == 0
    assert "Failure signatures of the strong personas" in capsys.readouterr().out


def test_items_have_no_texts_unless_asked(capsys, exact):
    found = parsed(capsys, "measure", "items", exact, "--top", "3")
    rows = [*found["personas agree, people split"], *found["people agree, personas split"]]
    assert rows
    assert all("text" not in row for row in rows)
    assert all(row["gap"] > 0 for row in found["personas agree, people split"])
    assert all(row["gap"] < 0 for row in found["people agree, personas split"])
    texts = parsed(capsys, "measure", "items", exact, "--top", "3", "--texts")
    assert texts["personas agree, people split"][0]["text"]
    assert run(["measure", "items", exact]) == 0


def test_refusals_of_a_sampled_and_of_an_exact_run(capsys, sampled, exact):
    found = parsed(capsys, "measure", "refusals", sampled, "--resamples", "100")
    assert [row["policy"] for row in found["policies"]] == ["left out", "own category", "worst case"] * 2
    assert {row["by"] for row in found["rates"]} == {"all", "persona", "wording", "temperature"}
    total = found["rates"][0]
    assert total["n_answers"] == 12 * 25 * 2 * 2
    assert 0 <= total["low"] <= total["rate"] <= total["high"] <= 1
    assert parsed(capsys, "measure", "refusals", exact)["policies"] == []
    items = parsed(capsys, "measure", "refusals", sampled, "--resamples", "100", "--items", "500")["items"]
    whole = next(row for row in found["rates"] if row["by"] == "all")
    assert sum(row["n_answers"] for row in items) == whole["n_answers"]
    assert sum(row["rate"] * row["n_answers"] for row in items) / whole["n_answers"] == pytest.approx(whole["rate"])
    assert parsed(capsys, "measure", "refusals", exact, "--items", "1")["items"][0]["rate"] >= 0
    by_wording = parsed(capsys, "measure", "refusals", sampled, "--resamples", "100", "--by-wording")["policies"]
    assert {row["wording"] for row in by_wording} == {"", "plain"}
    by_persona = parsed(capsys, "measure", "refusals", sampled, "--resamples", "100", "--by-persona")["by_persona"]
    assert len({row["persona"] for row in by_persona}) == 12
    assert len(by_persona) == 12 * 2 * 3
    assert run(["measure", "refusals", sampled, "--resamples", "100", "--by-persona"]) == 0
    assert "Agreement of each persona with the others" in capsys.readouterr().out
    assert run(["measure", "refusals", sampled, "--resamples", "100"]) == 0


def test_a_corpus_that_does_not_belong_and_a_temperature_that_was_not_sampled_are_named(
    capsys, exact, sampled, tmp_path
):
    table = tmp_path / "mine.csv"
    table.write_text("item_id,text,annotator_id,label\n" + "".join(f"x{i},t{i},a,{i % 2}\n" for i in range(4)))
    assert run(["corpus", "import", str(table), "--name", "mine"]) == 0
    capsys.readouterr()
    assert run(["measure", "homogenization", exact, "--corpus", "mine"]) == 2
    assert "do not belong together" in capsys.readouterr().err
    assert run(["measure", "homogenization", sampled, "-t", "0.7"]) == 2
    assert "0.7 was asked for" in capsys.readouterr().err
