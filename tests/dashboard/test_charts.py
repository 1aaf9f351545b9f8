"""Every chart of every page: title, names of axes, N and interval on hovering, words for readers who do not see it, and
its table."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dashboard
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener
from tests.dashboard.study_worlds import store_study

EXACT, SAMPLED, PAIRS, STUDY = "exact", "sampled", "pairs", "study"
"""Runs of the world below."""
MODELS = ("model-gains", "scores-people", "scores-run-0", "model-contrasts")
CHARTS: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("corpus", "", {"corpus": "small"}, ("how-people-split",)),
    ("corpus", "", {"corpus": "undirected"}, ("how-people-split",)),
    ("story", EXACT, {"step": "People"}, ("people-0",)),
    ("story", EXACT, {"step": "Personas"}, ("personas-0",)),
    ("story", EXACT, {"step": "Temperature"}, ("temperature-0",)),
    ("story", SAMPLED, {"step": "Temperature"}, ("temperature-0",)),
    ("story", EXACT, {"step": "Noise"}, ("noise-0",)),
    ("story", EXACT, {"step": "Represented"}, ("represented-0",)),
    ("temperature", EXACT, {}, ("agreement-by-temperature", "noise-0")),
    ("personas", EXACT, {"look": "Side by side"}, ("label-rates",)),
    ("personas", PAIRS, {"look": "Side by side", "persona": "p"}, ("label-rates", "drivers")),
    ("alignment", EXACT, {}, ("alignment-cells",)),
    ("alignment", EXACT, {"by": "Group"}, ("alignment-cells",)),
    ("alignment", EXACT, {"part_of_alignment": "Own persons"}, ("own-person",)),
    ("alignment", EXACT, {"part_of_alignment": "Stand-ins"}, ("stand-ins", "margins", "deciding-items")),
    ("alignment", EXACT, {"part_of_alignment": "Alternative annotators"}, ("alternative",)),
    ("stability", EXACT, {"part_of_stability": "Variance"}, ("variance-strong",)),
    ("stability", EXACT, {"part_of_stability": "Signal"}, ("signal",)),
    ("stability", EXACT, {"part_of_stability": "Failures"}, ("failure-modes",)),
    ("stability", EXACT, {"part_of_stability": "Wording"}, ("sensitivity",)),
    ("stability", SAMPLED, {"part_of_stability": "Repeats"}, ("retest", "assignments", "repeats")),
    ("stability", EXACT, {"part_of_stability": "Calibration"}, ("calibration",)),
    ("stability", EXACT, {"part_of_stability": "Abstention"}, ("abstention",)),
    ("attributes", PAIRS, {"part_of_attributes": "By attribute"}, ("attributes",)),
    ("attributes", PAIRS, {"part_of_attributes": "By value"}, ("values",)),
    ("attributes", PAIRS, {"part_of_attributes": "All at once"}, ("factorial",)),
    ("refusals", EXACT, {}, ("rates-persona",)),
    ("refusals", SAMPLED, {"rates_by": "Temperature"}, ("rates-temperature",)),
    ("refusals", SAMPLED, {"part_of_refusals": "Agreement"}, ("policies", "personas")),
    ("refusals", SAMPLED, {"part_of_refusals": "Cells"}, ("grid-item",)),
    ("models", STUDY, {"part_of_models": "Models"}, MODELS),
    ("models", STUDY, {"part_of_models": "Each annotator"}, ("annotators-people", "annotators-run-0")),
    ("models", STUDY, {"part_of_models": "Alignment gaps"}, ("alignment-gaps",)),
    ("models", STUDY, {"part_of_models": "Map"}, ("annotator-map",)),
)
"""Page, run, choices of the address, and the keys of the charts that stand there."""
COUNTED = {"how-people-split", "people-0", "personas-0", "deciding-items", "assignments", "grid-item", "annotator-map"}
"""Charts whose marks are counts, single answers or shares of a whole, not estimates: they have no interval."""
INTERVAL = re.compile(r"\[(%\{|[-−+]?\d|nan)|undefined")
AMOUNT = re.compile(r"\b(items?|answers|labelled|cells|labels|levels|personas?|people|annotators|raters)\b")
YARDSTICK = re.compile(r"asked again|^One half of|^Shuffled personas|chance \d")
"""Of marks that an estimate is held against: what chance, a ceiling or the same rater asked again gives."""


def hovers(trace: dict[str, Any]) -> Iterator[str]:
    """Return what each mark of a trace says when a reader hovers over it, numbers left as places in the template."""
    template = trace["hovertemplate"]
    column = next((name for name in ("customdata", "hovertext", "text") if f"%{{{name}}}" in template), None)
    cells = [""] if column is None else _flat(trace[column])
    yield from (template.replace(f"%{{{column}}}", cell) for cell in cells if cell or column is None)


def _flat(cells: Any) -> list[str]:
    return [words for cell in cells for words in (_flat(cell) if isinstance(cell, list) else [str(cell)])]


def axes(layout: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the axes whose ticks a reader sees."""
    shown = (axis for name, axis in layout.items() if name[1:5] == "axis" and axis.get("visible", True))
    return (axis for axis in shown if axis.get("showticklabels", True))


@pytest.mark.parametrize(
    ("page", "run", "choices", "keys"), CHARTS, ids=[f"{part[0]}-{'-'.join(part[3])}" for part in CHARTS]
)
def test_every_chart_can_be_read(
    open_page: Opener, page: str, run: str, choices: dict[str, str], keys: tuple[str, ...]
) -> None:
    small = worlds.store_corpus(worlds.small_corpus(n_items=32))
    if choices.get("corpus") == "undirected":
        undirected = small.task.model_copy(update={"positive": None})
        worlds.store_corpus(replace(small, name="undirected", task=undirected))
    if run == EXACT:
        worlds.let_play(worlds.store_run(small, controls=("c1", "c2")), small)
    elif run == SAMPLED:
        worlds.let_play(worlds.store_run(small, mode="sampled", controls=("c1", "c2")), small)
    elif run == PAIRS:
        worlds.with_attributes(worlds.store_run(small, personas=tuple(worlds.PAIRS), controls=("c1",)), worlds.PAIRS)
    elif run == STUDY:
        store_study(small, worlds.let_play(worlds.store_run(small), small))
    app = open_page(page, **choices)
    assert not app.exception
    for key in keys:  # their tables are open
        app.session_state[f"table-{key}"] = True
    app.run()
    assert not app.exception
    shown = {next((key for key in keys if chart.proto.id.endswith(f"-{key}")), chart.proto.id): chart.proto
             for chart in app.get("plotly_chart")}  # fmt: skip
    assert tuple(shown) == keys
    for key, chart in shown.items():
        check(key, json.loads(chart.spec), chart.alt)
    captions = [caption.value for caption in app.caption if "trust" in caption.value]
    assert len(captions) == len(keys), "each chart says how to read it, and when not to trust it"
    tables = [part for part in app.expander if part.label == "As a table"]
    assert len(tables) == len(keys)
    for table in tables:
        assert len(table.dataframe[0].value), "a table is empty"
        assert len(table.get("download_button")) == 1


def check(key: str, spec: dict[str, Any], alt: str) -> None:
    """Fail where a chart lacks what a reader needs."""
    layout = spec["layout"]
    assert layout["title"]["text"], "a chart has a title"
    assert len(alt) > 30, "and words for those who do not see it"
    for axis in axes(layout):
        assert axis.get("title", {}).get("text"), f"{key}: an axis has no name: {axis}"
    told = [trace for trace in spec["data"] if trace.get("hoverinfo") != "skip"]
    assert any(not YARDSTICK.search(words) for trace in told for words in hovers(trace)), (
        f"{key}: hovering tells nothing"
    )
    for trace in told:
        for words in hovers(trace):
            if YARDSTICK.search(words):
                continue
            assert AMOUNT.search(words), f"{key}: no N in {words!r}"
            assert key in COUNTED or INTERVAL.search(words), f"{key}: no interval in {words!r}"


def test_no_chart_goes_past_the_exhibits() -> None:
    """But the story's while it is presented, whose caption and table stand on the same page without `present`, and one
    exhibit of a report, whose caption and table are the report's own."""
    callers = {
        path.name
        for path in Path(dashboard.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in ("chart", "plotly_chart")
    }
    assert callers <= {"ui.py", "exhibit.py", "story.py", "report_exhibits.py"}
