"""What the pages say in one line of corpora, runs and curves."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from dashboard import curve_sentences, sentences, text
from engine.corpora.corpus import Item, Task
from engine.measures.result import Estimate
from engine.runs.store import RunSummary
from tests.dashboard.worlds import TASK


def test_fields_are_masked_one_by_one_and_a_lone_one_has_no_name() -> None:
    item = Item("1", {"prev_turns": "a b", "text": "c"})
    assert sentences.item_lines(item, revealed=False) == [
        ("Prev turns", "Hidden text · 2 words"), ("Text", "Hidden text · 1 word"),
    ]  # fmt: skip
    assert sentences.item_lines(Item("1", {"text": "c"}), revealed=True) == [("", "c")]


def test_what_was_left_out_is_said() -> None:
    line = sentences.agreement_line("People", Estimate(0.5, 0.4, 0.6, n_items=10, n_raters=3, dropped={"one label": 7}))
    assert "left out: 7 one label" in line
    assert "10 items" in line


def curve_row(alpha: float, low: float, high: float) -> pd.Series:
    return pd.Series({"alpha": alpha, "low": low, "high": high})


def test_the_verdict_says_no_more_than_the_intervals_allow() -> None:
    human = Estimate(0.4, 0.35, 0.45)
    rows = [
        ("above", curve_row(0.9, 0.8, 0.95), human), ("near", curve_row(0.46, 0.41, 0.5), human),
        ("below", curve_row(0.1, 0.0, 0.2), human), ("also above", curve_row(0.5, 0.46, 0.55), human),
        ("none", curve_row(math.nan, math.nan, math.nan), human),
    ]  # fmt: skip
    assert curve_sentences.verdict(rows, 0.7) == (
        "At temperature 0.70, the personas of above and also above agree more than the people: fewer voices; "
        "the personas of near agree neither clearly more nor clearly less than the people; "
        "the personas of below agree less than the people; "
        "the personas of none have no interval to compare with the people's."
    )


def test_the_verdict_compares_each_line_with_its_own_people() -> None:
    row = curve_row(0.5, 0.46, 0.55)
    rows = [("a", row, Estimate(0.4, 0.35, 0.45)), ("b", row, Estimate(0.7, 0.6, 0.8))]
    said = curve_sentences.verdict(rows, 1.0)
    assert "a agree more than the people" in said
    assert "b agree less than the people" in said
    one = curve_sentences.verdict(rows[:1], 0.7)
    assert one == "At temperature 0.70, the personas of a agree more than the people: fewer voices."


def test_which_items_are_compared_is_one_line() -> None:
    assert curve_sentences.items_line(60, 60, []) == "Compared on the same 60 items; none is left out."
    assert curve_sentences.items_line(60, 360, ["x", "y"]) == (
        "Compared on the 60 items that all share; 300 others are left out, because x or y has no labels for them."
    )
    assert curve_sentences.items_line(1, 2, ["the people"]) == (
        "Compared on the 1 item that all share; 1 other is left out, because the people have no labels for it."
    )


def summary(run_id: str, model: str, mode: str = "exact", corpus: str = "c", name: str = "") -> RunSummary:
    return RunSummary(
        run_id, Path(run_id), "finished", datetime.now(UTC), corpus=corpus, model=model, mode=mode, name=name
    )


def test_titles_are_unique_and_no_longer_than_needed() -> None:
    runs = [
        summary("r-1", "/models/demo-voices/"), summary("r-2", "demo-chorus"),
        summary("r-3", "demo-voices", "sampled"), summary("r-4", "org/demo-chorus", corpus="d"),
    ]  # fmt: skip
    assert sentences.titles(runs) == {
        "r-1": "demo-voices", "r-2": "demo-chorus, c", "r-3": "demo-voices, sampled", "r-4": "demo-chorus, d",
    }  # fmt: skip
    twins = [summary("r-aaa", "m"), summary("r-bbb", "m"), summary("r-ccc", "m", corpus="d")]
    assert sentences.titles(twins) == {"r-aaa": "m, c, aaa", "r-bbb": "m, c, bbb", "r-ccc": "m, d"}


def test_a_runs_own_name_is_its_title_with_the_model_in_the_details() -> None:
    runs = [
        summary("mine-1", "m", name="mine"), summary("mine-2", "n", name="mine"), summary("x-3", "o", name="x"),
        summary("y-4", "", name=""),
    ]  # fmt: skip
    assert sentences.titles(runs) == {"mine-1": "mine, m", "mine-2": "mine, n", "x-3": "x", "y-4": "y-4"}
    assert sentences.run_line(runs[2]).startswith("model o")
    assert "model" not in sentences.run_line(summary("r-1", "m"))


def test_a_line_bears_its_models_name_unless_two_have_it() -> None:
    runs = {"a": ("org/m", "first"), "b": ("m", "second"), "c": ("n", "third")}
    assert curve_sentences.line_names(runs) == {"a": "first", "b": "second", "c": "n"}


def test_counts_are_in_words_largest_first() -> None:
    assert sentences.counts_line({"0": 2, "1": 4}, TASK) == f"4 × yes{text.DOT}2 × no"
    stars = Task(name="t", kind="k", labels=("1", "2"), level="ordinal")
    assert sentences.counts_line({"1": 1, "2": 3}, stars) == f"3 × “2”{text.DOT}1 × “1”"
    assert sentences.counts_line({}, Task(name="t", kind="k", labels=("a", "b"))) == "no labels"
