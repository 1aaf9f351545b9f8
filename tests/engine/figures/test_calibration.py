"""Calibration scores as drawn: pooled first, the floor as a band, undefined ones as crosses."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import calibration_scores
from engine.figures.calibration import TITLES
from engine.measures import calibration_scores as measured
from engine.measures.calibration_terms import SCORES
from tests.engine.figures.results import QUICK, both

TABLE = measured(*both(), floors=20, **QUICK)


def test_every_score_of_the_measure_has_its_axis() -> None:
    assert set(TITLES) == {*SCORES, "calibration_error"}


@pytest.mark.parametrize("score", ["total_variation", "error_rate"])
def test_the_pooled_score_is_first_then_the_best_persona(score: str) -> None:
    figure = calibration_scores(TABLE, score=score)
    band, line, points = figure.data
    rows = TABLE[TABLE["score"] == score].set_index("who")
    names = list(figure.layout.yaxis.ticktext)
    assert names[0] == "(pooled)"
    assert ("(own persona)" in names) == (score == "error_rate")
    assert points.x[0] == rows.loc["(pooled)", "value"]
    assert points.x[0] + points.error_x.array[0] == pytest.approx(rows.loc["(pooled)", "high"])
    ranked = points.x[2 if score == "error_rate" else 1 :]
    assert list(ranked) == sorted(ranked)
    assert set(line.x) == {rows.loc["(pooled)", "floor"]}
    assert set(band.x) == {rows.loc["(pooled)", "floor_low"], rows.loc["(pooled)", "floor_high"]}
    assert "60 items" in points.customdata[0]


def test_without_floors_there_is_no_line_and_undefined_scores_are_crosses() -> None:
    table = TABLE.assign(floor=np.nan)
    table.loc[(table["who"] == "(pooled)"), ["value", "low", "high", "note"]] = [np.nan, np.nan, np.nan, "no item"]
    points, cross = calibration_scores(table).data
    assert list(cross.y) == [0]
    assert "no item" in cross.customdata[0]
    assert 0 not in points.y


def test_an_unknown_score_names_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"has no score 'wasserstein'\. It has: cross_entropy, jensen_shannon"):
        calibration_scores(TABLE, score="wasserstein")
    with pytest.raises(InputError, match="floor_low"):
        calibration_scores(TABLE.drop(columns="floor_low"))
