"""Ranked effects: order, intervals, what counts as found, and the mark of mere rewording."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures import PALETTES, factorial_effects, ranked_effects
from tests.engine.figures.results import factorial


def effects(rewording: float = 0.05) -> pd.DataFrame:
    rows = [
        ("politics", "", 0.3, 0.0, 0.01), ("place", "", 0.06, 0.0, 0.9),
        ("politics", "left", 0.2, 0.2, 0.01), ("politics", "<b>right", 0.2, -0.2, 0.03),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["attribute", "value", "total_variation", "shift", "p_holm"])
    return frame.assign(
        found=frame["p_holm"] < 0.05,
        low=frame["total_variation"] - 0.02, high=frame["total_variation"] + 0.04, rewording=rewording,
        shift_low=frame["shift"] - 0.01, shift_high=frame["shift"] + 0.01, n_pairs=12, n_items=300,
    )  # fmt: skip


def test_the_largest_effect_is_on_top_and_found_ones_are_filled() -> None:
    figure = ranked_effects(effects())
    rewording, points = figure.data
    assert list(points.y) == ["place", "politics"]  # plotly draws upwards
    np.testing.assert_allclose(points.x, [0.06, 0.3])
    np.testing.assert_allclose(points.error_x.array, 0.04)
    np.testing.assert_allclose(points.error_x.arrayminus, 0.02)
    assert list(points.marker.color) == [PALETTES["light"].background, PALETTES["light"].series[0]]
    np.testing.assert_allclose(rewording.x, 0.05)
    assert figure.layout.showlegend


def test_values_are_drawn_by_their_signed_shift_and_names_stay_names() -> None:
    (points,) = ranked_effects(effects(), by_value=True).data
    assert list(points.y) == ["politics: &lt;b&gt;right", "politics: left"]
    np.testing.assert_allclose(points.x, [-0.2, 0.2])
    np.testing.assert_allclose(points.error_x.array, 0.01)


def test_without_wordings_there_is_no_mark_and_no_legend() -> None:
    figure = ranked_effects(effects(np.nan))
    assert len(figure.data) == 1
    assert not figure.layout.showlegend


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="rewording"):
        ranked_effects(effects().drop(columns="rewording"))


def test_terms_of_factorial_sets_main_effects_first_filled_where_found() -> None:
    table = factorial()
    figure = factorial_effects(table, longest=40)
    _, main, both = figure.data
    np.testing.assert_allclose(np.concatenate([main.x, both.x]), table["effect"])
    np.testing.assert_allclose(main.x + main.error_x.array, table.loc[table["order"] == 1, "high"])
    found = (table["p_holm"] < 0.05)[table["order"] == 1]
    assert [colour != PALETTES["light"].background for colour in main.marker.color] == list(found)
    assert "against" in main.customdata[0]
    assert "30 items, 6 personas" in main.customdata[0]
    assert len(factorial_effects(table, longest=2).layout.yaxis.ticktext) == 2


def test_terms_that_cannot_be_told_from_others_are_crosses() -> None:
    table = factorial()
    table.loc[1, ["effect", "low", "high", "p_holm", "note"]] = [np.nan, np.nan, np.nan, np.nan, "not told apart"]
    cross = factorial_effects(table).data[2]
    assert list(cross.y) == [1]
    assert "not told apart" in cross.customdata[0]


def test_an_unknown_scale_is_refused() -> None:
    with pytest.raises(InputError, match="'logit', 'probability'"):
        factorial_effects(factorial(), scale="odds")
