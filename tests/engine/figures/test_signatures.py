"""Failure signatures as drawn: verdict and evidence above each number, shade where it would be found."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import failure_signatures
from engine.measures import Estimate, Signature
from tests.engine.figures.results import signatures

FOUND = signatures()


def texts(figure: object) -> str:
    return " ".join(a.text for a in figure.layout.annotations if a.text)  # type: ignore[attr-defined]


def test_numbers_bounds_and_verdicts_of_the_three() -> None:
    figure = failure_signatures(FOUND)
    marks = [trace for trace in figure.data if trace.mode == "markers"]
    assert len(marks) == 3
    assert marks[0].x[0] == FOUND[0].value.value
    assert marks[0].x[0] + marks[0].error_x.array[0] == pytest.approx(FOUND[0].value.high)
    for sign, mark in zip(FOUND, marks, strict=True):
        assert f"<b>{sign.verdict}</b>: {sign.name}" in texts(figure)
        assert sign.verdict in mark.customdata[0]
    assert {shape.x0 for shape in figure.layout.shapes} == {sign.bound for sign in FOUND}


def test_the_shade_lies_above_the_first_bound_and_below_the_others() -> None:
    known = [dataclasses.replace(sign, value=Estimate(0.3, 0.2, 0.4)) for sign in FOUND]
    shades = [trace for trace in failure_signatures(known).data if trace.name == "found here"]
    assert [min(shade.x) == sign.bound for shade, sign in zip(shades, known, strict=True)] == [True, False, False]
    assert [max(shade.x) == sign.bound for shade, sign in zip(shades, known, strict=True)] == [False, True, True]


def test_an_undefined_number_is_a_cross_without_shade_and_keeps_its_verdict() -> None:
    nothing = Signature("alpha <i>", "found", Estimate(np.nan, np.nan, np.nan, note="unanimous"), 0.8, "One label.")
    figure = failure_signatures([nothing, *FOUND[1:]])
    first = figure.data[0]
    assert (first.mode, first.marker.symbol) == ("markers", "x-thin")
    assert "unanimous" in first.customdata[0]
    assert "<b>found</b>: alpha &lt;i&gt;" in texts(figure)


def test_other_lists_are_refused() -> None:
    with pytest.raises(InputError, match="there are 2 signatures"):
        failure_signatures(FOUND[:2])
