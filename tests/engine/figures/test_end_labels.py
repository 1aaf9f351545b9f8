"""Names at the ends of lines never overlap."""

from __future__ import annotations

import itertools

import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.figures.end_labels import EndLabel, add_end_labels, spread

HEIGHTS = st.lists(st.floats(-0.1, 1), max_size=12).map(sorted)


@given(wanted=HEIGHTS)
def test_names_keep_their_order_and_their_distance(wanted: list[float]) -> None:
    placed = spread(wanted, 0.06, -0.1, 1.0)
    assert len(placed) == len(wanted)
    assert all(b - a >= 0.06 - 1e-9 for a, b in itertools.pairwise(placed))
    assert all(-0.1 - 1e-9 <= height <= 1 + 1e-9 for height in placed)


def test_names_with_room_stay_where_they_are() -> None:
    assert spread([0.1, 0.5, 0.9], 0.06, 0, 1) == [0.1, 0.5, 0.9]


def test_names_that_collide_move_apart_by_half_each() -> None:
    assert spread([0.5, 0.5], 0.06, 0, 1) == pytest.approx([0.47, 0.53])


def test_too_many_names_keep_their_distance() -> None:
    placed = spread([0.5] * 40, 0.06, 0, 1)
    assert placed[0] == 0
    assert all(b - a >= 0.06 - 1e-9 for a, b in itertools.pairwise(placed))


def test_a_leader_joins_each_name_to_its_line_and_the_margin_holds_the_longest() -> None:
    figure = go.Figure()
    add_end_labels(figure, [EndLabel("b", 0.5, "#000000"), EndLabel("a long name", 0.49, "#111111")], 0, 1)
    lower, upper = figure.layout.annotations
    assert (lower.text, lower.y) == ("<b>a long name</b>", 0.49)
    assert upper.ay - lower.ay >= 0.06
    assert lower.font.color == "#111111"
    assert figure.layout.margin.r > 100
