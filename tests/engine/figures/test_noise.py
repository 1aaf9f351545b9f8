"""Noise and signal as areas that add up."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import noise_and_signal
from tests.engine.figures.frames import TEMPERATURES, curve


def test_two_areas_stacked_are_the_disagreement() -> None:
    frame = curve()
    noise, signal = noise_and_signal(frame).data
    assert noise.stackgroup == signal.stackgroup
    assert list(noise.x) == list(TEMPERATURES)
    np.testing.assert_allclose(noise.y + signal.y, frame["disagreement"])
    np.testing.assert_allclose(noise.y, frame["noise"])
    assert noise.name.startswith("Noise")
    assert noise.line.dash != signal.line.dash


def test_both_areas_are_named_at_the_middle_of_their_ends_and_the_temperature_is_marked() -> None:
    figure = noise_and_signal(curve(), at=0.4)
    named = {a.text: a.y for a in figure.layout.annotations}
    assert named["<b>Noise</b>"] == pytest.approx(0.1)
    assert named["<b>Signal</b>"] == pytest.approx(0.3)
    assert "T = 0.40" in named


def test_a_signal_below_zero_by_chance_is_drawn_as_none_and_told_on_hover() -> None:
    frame = curve()
    frame["signal"] = -0.01
    signal = noise_and_signal(frame).data[1]
    assert set(signal.y) == {0.0}
    assert signal.customdata[0][3] == -0.01


def test_a_curve_of_one_repeat_has_nothing_to_draw() -> None:
    frame = curve().assign(noise=np.nan, signal=np.nan)
    figure = noise_and_signal(frame)
    assert all(len(t.x) == 0 for t in figure.data)
    assert any(note.text.startswith("Not known") for note in figure.layout.annotations)


def test_one_temperature_is_a_bar_because_an_area_would_have_no_width() -> None:
    frame = curve().iloc[[1]]
    figure = noise_and_signal(frame)
    noise, signal = figure.data
    assert (noise.type, signal.type, figure.layout.barmode) == ("bar", "bar", "stack")
    assert noise.y[0] + signal.y[0] == pytest.approx(frame["disagreement"].iloc[0])


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="noise_low"):
        noise_and_signal(curve().drop(columns="noise_low"))
