"""Prototypical personas as drawn: probabilities a group, margins with intervals, the items that decide."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import deciding_items, stand_in_margins, stand_ins
from engine.figures.theme import PALETTES
from engine.measures import prototypes as measured
from tests.engine.figures.results import both, prototypes

FOUND = prototypes()
GROUPS = list(FOUND.best["group"])


def test_every_probability_stands_in_the_column_of_its_group() -> None:
    figure = stand_ins(FOUND)
    assert len(figure.data) == len(GROUPS)
    for trace, group in zip(figure.data, GROUPS, strict=True):
        own = FOUND.stand_ins[FOUND.stand_ins["group"] == group].set_index("persona")["probability_best"]
        assert sum(trace.x) == pytest.approx(1)
        assert sorted(trace.x) == pytest.approx(sorted(own))
        best = FOUND.best.set_index("group").loc[group, "persona"]
        strong = [i for i, colour in enumerate(trace.marker.color) if colour == PALETTES["light"].series[0]]
        assert [trace.x[i] for i in strong] == [own[best]]
        assert "best with probability" in trace.customdata[0]
        assert "60 items" in trace.customdata[0]
    top = FOUND.stand_ins.groupby("persona")["probability_best"].max()
    first = max(trace.x[0] for trace in figure.data)
    assert first == top.max()


def test_personas_that_are_left_out_are_said_with_their_highest_probability() -> None:
    figure = stand_ins(FOUND, longest=2)
    (caption,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]
    assert "2 of 12 personas are drawn, the most probable first (others: " in caption
    assert all(len(trace.x) == 2 for trace in figure.data)


def test_without_resamples_probabilities_are_crosses_and_not_zero() -> None:
    figure = stand_ins(measured(*both(), resamples=0))
    bars, crosses = figure.data[0], figure.data[1]
    assert len(bars.x) == 0
    assert crosses.name == "undefined"
    assert len(crosses.x) == 12
    assert "probability undefined" in crosses.customdata[0]


def test_margins_have_their_intervals_and_name_the_best() -> None:
    figure = stand_in_margins(FOUND)
    _, margin, control = figure.data
    np.testing.assert_allclose(margin.x, FOUND.best["margin"])
    np.testing.assert_allclose(margin.x - margin.error_x.arrayminus, FOUND.best["margin_low"])
    np.testing.assert_allclose(control.x + control.error_x.array, FOUND.best["control_margin_high"])
    assert "12 personas" in margin.customdata[0]
    remarks = [a.text for a in figure.layout.annotations if a.xshift]
    assert len(remarks) == len(GROUPS)
    assert all("persona" in text for text in remarks)


def test_items_stand_under_their_group_by_rank() -> None:
    figure = deciding_items(FOUND)
    _, *kinds = figure.data
    for trace, group in zip(kinds, GROUPS, strict=True):
        rows = FOUND.items[FOUND.items["group"] == group]
        np.testing.assert_allclose(trace.x, rows["influence"])
    assert sorted(int(y) for trace in kinds for y in trace.y) == list(range(len(FOUND.items)))
    cut = deciding_items(FOUND, longest=2 * len(GROUPS))
    assert [len(trace.x) for trace in cut.data[1:]] == [2] * len(GROUPS)


def test_nothing_to_draw_and_missing_columns() -> None:
    with pytest.raises(InputError, match="no stand-ins"):
        stand_ins(dataclasses.replace(FOUND, stand_ins=FOUND.stand_ins.head(0)))
    with pytest.raises(InputError, match="margin_low"):
        stand_in_margins(dataclasses.replace(FOUND, best=FOUND.best.drop(columns="margin_low")))
    with pytest.raises(InputError, match="influence"):
        deciding_items(dataclasses.replace(FOUND, items=FOUND.items.drop(columns="influence")))
