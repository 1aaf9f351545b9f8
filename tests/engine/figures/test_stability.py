"""Figures of stability: they show the table they are given, and nothing undefined."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures.stability import persona_failures, variance_shares
from engine.measures import failure_modes, variance_components
from engine.measures.voices import voices
from tests.engine.measures import arrays


def told(n_wordings: int = 1) -> object:
    p = np.random.default_rng(1).dirichlet(np.ones(2), (6, 30, n_wordings))
    return voices(arrays.exact(p[:, :, :, None]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bars_are_the_components_from_the_top(theme: str) -> None:
    table = variance_components(told(2), resamples=100).table
    bar = variance_shares(table, theme=theme, title="x").data[0]
    assert list(bar.x) == list(table["variance"])[::-1]
    assert list(bar.x + bar.error_x.array) == pytest.approx(list(table["high"])[::-1])
    assert bar.y[-1] == "item"


def test_an_undefined_component_is_a_cross_with_its_reason_and_no_bar() -> None:
    table = variance_components(told(), resamples=100).table
    table.loc[0, ["variance", "note"]] = [np.nan, "one item <i>"]
    figure = variance_shares(table)
    bar, cross = figure.data
    assert "item" not in bar.y
    assert list(cross.y) == ["item"]
    assert cross.customdata[0] == "<br>one item &lt;i&gt;"
    assert figure.layout.yaxis.categoryarray[-1] == "item", "it keeps its place"
    assert figure.layout.yaxis.ticktext[-1] == "item"


def test_undefined_personas_are_named() -> None:
    speakers = dataclasses.replace(told(), kinds=("strong", "strong", "strong", "control", "control", "empty"))
    table = failure_modes(speakers, resamples=100)
    table.loc[0, ["mode", "shift", "persona"]] = ["undefined", np.nan, "<i>p</i>"]
    figure = persona_failures(table)
    assert sum(len(trace.x) for trace in figure.data) == 2
    assert [a.text for a in figure.layout.annotations] == ["undefined: &lt;i&gt;p&lt;/i&gt;"]


def test_every_persona_is_one_mark_under_its_mode() -> None:
    speakers = dataclasses.replace(told(), kinds=("strong", "strong", "strong", "control", "control", "empty"))
    table = failure_modes(speakers, resamples=100)
    marks = persona_failures(table, theme="dark").data
    assert sum(len(trace.x) for trace in marks) == 3
    assert {trace.name for trace in marks} == {"no failure" if m == "none" else m for m in table["mode"]}


def test_another_table_is_refused() -> None:
    with pytest.raises(InputError, match="variance table lacks"):
        variance_shares(pd.DataFrame({"component": []}))
