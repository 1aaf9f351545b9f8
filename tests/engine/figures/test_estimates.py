"""Single numbers as drawn: kappas, effective numbers, sensitivities, signal beside noise."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.figures import effective_number, estimates, persona_signal, wording_sensitivity
from engine.figures.theme import PALETTES
from engine.measures import EffectiveNumber, Estimate, cohen_kappa
from engine.measures import persona_signal as signal_of
from engine.measures import wording_sensitivity as sensitivity_of
from engine.measures.voices import voices
from tests.engine.figures.results import QUICK, both, runs


def caption(figure: object) -> str:
    (text,) = [a.text.replace("<br>", " ") for a in figure.layout.annotations if a.name == "caption"]  # type: ignore[attr-defined]
    return str(text)


def test_numbers_stand_in_their_order_and_the_undefined_one_is_a_cross() -> None:
    numbers = {"one": cohen_kappa([0, 1, 1, 0], [0, 1, 0, 0]), "unanimous": cohen_kappa([0, 0], [0, 0])}
    figure = estimates(numbers, x_title="κ", compared_with={"chance": 0})
    line, mark, cross = figure.data
    assert set(line.x) == {0}
    assert list(mark.x) == [numbers["one"].value]
    assert list(cross.y) == [1]
    assert "unanimous" in cross.customdata[0]
    assert caption(figure) == "Bars: 95% intervals over items. A cross at the left edge: undefined; hovering says why."


def test_effective_numbers_stand_beside_the_number_of_raters() -> None:
    known = EffectiveNumber(Estimate(3.5, 3, 4, n_raters=12, n_items=9), Estimate(5, 4, 6, n_raters=12, n_items=9))
    asked_once = known._replace(distinct=Estimate(np.nan, np.nan, np.nan, n_raters=6, note="asked once"))
    distinct, cross, labelled, raters = effective_number({"personas": known, "people": asked_once}).data
    assert list(distinct.x) == [3.5]
    assert "asked once" in cross.customdata[0]
    assert list(labelled.x) == [5, 5]
    assert list(raters.x) == [12, 12]
    assert set(raters.marker.color) == {PALETTES["light"].background}


def test_sensitivities_and_what_the_caption_says_of_them() -> None:
    found = sensitivity_of(voices(runs()[0]), voices(runs()[0], 0.5), **QUICK)
    figure = wording_sensitivity(found)
    (trace,) = figure.data
    np.testing.assert_allclose(trace.x, [found.wording.value, found.persona.value, found.temperature.value])
    assert "At temperature 1 and 0.5." in caption(figure)
    assert f"{found.wording_to_persona.value:.3g} [" in caption(figure)
    alone = sensitivity_of(voices(runs()[0]), **QUICK)
    assert list(wording_sensitivity(alone).data[1].y) == [2]


def test_signal_beside_noise_hollow_where_the_test_does_not_tell_personas_apart() -> None:
    found = signal_of(both()[0], permutations=99, **QUICK)
    blind = dataclasses.replace(found, p_value=0.6)
    figure = persona_signal({"voices": found, "blind": blind})
    signal, noise = figure.data
    np.testing.assert_allclose(signal.x, found.signal.value)
    np.testing.assert_allclose(noise.x - noise.error_x.arrayminus, found.noise.low)
    assert found.distinguishable
    assert list(signal.marker.color) == [PALETTES["light"].series[0], PALETTES["light"].background]
    remarks = [a.text for a in figure.layout.annotations if a.xshift]
    assert remarks == [f"ratio {found.ratio.value:.2g}, p {found.p_value:.2g}", f"ratio {found.ratio.value:.2g}, p 0.6"]


def test_no_ratio_and_no_test_leave_no_remark() -> None:
    nothing = Estimate(np.nan, np.nan, np.nan, note="one persona")
    found = dataclasses.replace(
        signal_of(both()[0], permutations=9, **QUICK), signal=nothing, noise=nothing, ratio=nothing, p_value=np.nan
    )
    figure = persona_signal({"run": found})
    assert not [a for a in figure.layout.annotations if a.xshift]
    assert len([t for t in figure.data if t.name.endswith("undefined")]) == 2
    assert pytest.approx(0) == len(figure.data[0].x)
