"""Colours that can be read: contrast is computed, not believed."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import plotly.io as pio
import pytest

from engine.figures.theme import PALETTES, SMALL, TEMPLATE, faded, look, plain
from tests.colour_vision import lab, too_alike

THEMES = tuple(PALETTES)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two hex colours, 1 to 21."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_formula_itself() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_lines_reach_3_and_texts_4_5_to_1(theme: str) -> None:
    palette = PALETTES[theme]  # type: ignore[index]
    for colour in (*palette.series, palette.people):
        assert contrast(colour, palette.background) >= 3, colour
    for colour in (palette.text, palette.quiet, palette.people):
        assert contrast(colour, palette.background) >= 4.5, colour


@pytest.mark.parametrize("theme", THEMES)
def test_axes_of_the_template_are_large_and_dark_enough(theme: str) -> None:
    layout = pio.templates[TEMPLATE[theme]].layout  # type: ignore[index]
    for axis in (layout.xaxis, layout.yaxis):
        assert axis.tickfont.size >= 13
        assert axis.title.font.size >= 13
        assert contrast(axis.tickfont.color, layout.paper_bgcolor) >= 4.5
    assert SMALL >= 13


def test_colours_of_cielab_and_of_colour_blind_eyes_are_the_known_ones() -> None:
    assert lab("#FFFFFF") == pytest.approx([100, 0, 0], abs=0.02)
    assert lab("#FF0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    assert lab("#808080", "deuteranopia") == pytest.approx(lab("#808080"), abs=0.05), "grey stays grey"
    assert too_alike(["#D62728", "#2CA02C"])[0][2] in ("protanopia", "deuteranopia"), "red and green are not"


@pytest.mark.parametrize("theme", THEMES)
def test_series_and_people_stay_apart_for_colour_blind_eyes(theme: str) -> None:
    palette = PALETTES[theme]  # type: ignore[index]
    assert too_alike([*palette.series, palette.people]) == []


def test_no_two_of_twelve_series_look_alike_and_colour_is_never_alone() -> None:
    looks = [look(i, "light") for i in range(12)]
    assert len({(s.colour, s.dash) for s in looks}) == 12
    assert len({(s.colour, s.symbol) for s in looks}) == 12
    for group in (looks[:6], looks[6:]):
        for one, other in itertools.combinations(group, 2):
            assert one.dash != other.dash
            assert one.symbol != other.symbol


@pytest.mark.parametrize("theme", THEMES)
def test_figures_stand_on_the_background_of_the_pages(theme: str) -> None:
    config = Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml"
    assert tomllib.loads(config.read_text())["theme"][theme]["backgroundColor"] == PALETTES[theme].background  # type: ignore[index]


def test_names_are_shown_as_they_are() -> None:
    assert plain("<b>bold</b> & <a href='x'>") == "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;a href='x'&gt;"
    assert plain("x" * 20 + "y" * 20, 11) == "xxxxx…yyyyy"
    assert plain("short") == "short"


def test_faded_keeps_the_colour() -> None:
    assert faded("#0072B2", 0.2) == "rgba(0,114,178,0.2)"
