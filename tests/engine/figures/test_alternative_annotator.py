"""The alternative-annotator test as drawn: rates, advantages, who passes, and who could be compared with nobody."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import alternative_annotator
from engine.figures.theme import PALETTES
from engine.measures import alternative_annotator as measured
from tests.engine.figures.results import QUICK, both

FOUND = measured(*both(), epsilon=0.1, **QUICK)


def test_rates_and_advantages_of_all_personas_the_best_on_top() -> None:
    figure = alternative_annotator(FOUND)
    line, rate, advantage = figure.data
    assert set(line.x) == {0.5}
    table = FOUND.verdicts.sort_values(["winning_rate", "advantage"], ascending=False)
    np.testing.assert_allclose(rate.x, table["winning_rate"])
    np.testing.assert_allclose(advantage.x, table["advantage"])
    np.testing.assert_allclose(advantage.x + advantage.error_x.array, table["advantage_high"])
    hollow = [colour == PALETTES["light"].background for colour in rate.marker.color]
    assert hollow == [not passes for passes in table["passes"]]
    first = table.iloc[0]
    assert f"{first['n_raters']} people, {first['n_items']:,} labels" in rate.customdata[0]
    (caption,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]
    assert f"passes ({sum(map(bool, table['passes']))} of 14 personas)" in caption
    assert "ε = 0.1, 95% intervals." in caption


def test_personas_compared_with_nobody_are_crosses_with_the_reason() -> None:
    few = measured(*both(), min_items=1000, **QUICK)
    traces = {trace.name: trace for trace in alternative_annotator(few).data}
    cross = traces["Winning rate: undefined"]
    assert len(cross.x) == 14
    assert len(traces["Winning rate"].x) == 0
    assert "undefined" in cross.customdata[0]
    assert "no annotator with 1000 items" in cross.customdata[0].replace("<br>", " ")


def test_rows_are_cut_and_missing_columns_named() -> None:
    assert len(alternative_annotator(FOUND, longest=3).layout.yaxis.ticktext) == 3
    with pytest.raises(InputError, match="advantage_low"):
        alternative_annotator(dataclasses.replace(FOUND, verdicts=FOUND.verdicts.drop(columns="advantage_low")))
