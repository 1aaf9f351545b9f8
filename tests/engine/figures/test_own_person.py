"""Own person as drawn: every contrast with its interval, in the order of the most specific, with what is left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import own_person
from engine.figures.own_person import DRAWN
from engine.measures import own_person as measured
from tests.engine.figures.results import QUICK, both

FOUND = measured(*both(), **QUICK)


def test_every_contrast_is_drawn_the_most_specific_on_top() -> None:
    figure = own_person(FOUND)
    line, *kinds = figure.data
    assert set(line.x) == {0.0}
    table = FOUND.table.sort_values("specific", ascending=False)
    for trace, (contrast, name) in zip(kinds, DRAWN.items(), strict=True):
        assert trace.name == name
        np.testing.assert_allclose(trace.x, table[contrast])
        np.testing.assert_allclose(trace.x + trace.error_x.array, table[f"{contrast}_high"])
        np.testing.assert_allclose(trace.x - trace.error_x.arrayminus, table[f"{contrast}_low"])
        hollow = ~((table[f"{contrast}_low"] > 0) | (table[f"{contrast}_high"] < 0)).to_numpy()
        assert [colour == "#FFFFFF" for colour in trace.marker.color] == list(hollow)
    first = table.iloc[0]
    hover = kinds[0].customdata[0]
    assert first["verdict"] in hover
    assert f"its person: {first['own']:.3f}  [{first['own_low']:.3f}" in hover
    assert "60 items" in hover


def test_long_tables_say_what_is_left_out_and_the_caption_has_the_chance() -> None:
    figure = own_person(FOUND, longest=5)
    (caption,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]
    assert "5 of 12 personas are drawn, the most specific first; 7 are left out." in caption
    assert "(chance 8%" in caption
    assert len(figure.layout.yaxis.ticktext) == 5


def test_a_run_without_nobody_has_crosses_with_the_reason() -> None:
    told, said = both()
    alone = measured(told.of_kind("strong"), said, **QUICK)
    crosses = [t for t in own_person(alone).data if t.name == "than nobody is: undefined"]
    assert len(crosses[0].x) == 12
    assert "no control or empty persona" in crosses[0].customdata[0].replace("<br>", " ")


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="specific_low"):
        own_person(dataclasses.replace(FOUND, table=FOUND.table.drop(columns="specific_low")))
