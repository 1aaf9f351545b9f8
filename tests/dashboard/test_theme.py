"""Contrast of text on every background of both themes, from the settings file."""

from __future__ import annotations

import tomllib

import pytest

from dashboard import theme
from dashboard.serve import CONFIG
from engine.corpora.corpus import Task
from tests.colour_vision import too_alike

THEMES = tomllib.loads(CONFIG.read_text())["theme"]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_wcags() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_reaches_aa_on_every_background(name: str) -> None:
    colours = THEMES[name]
    backgrounds = [colours["backgroundColor"], colours["secondaryBackgroundColor"], *colours["sidebar"].values()]
    texts = {
        key: value for key, value in colours.items() if key.endswith("TextColor") or key in ("textColor", "linkColor")
    }
    assert len(texts) >= 6
    for key, value in texts.items():
        for background in backgrounds:
            assert contrast(value, background) >= 4.5, f"{name} {key} on {background}"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_accent_is_readable_on_the_page_and_under_its_text(name: str) -> None:
    primary, on_primary = theme._PRIMARY[name]
    assert primary == THEMES[name]["primaryColor"], "theme.py and the settings file must name the same accent"
    assert contrast(primary, THEMES[name]["backgroundColor"]) >= 4.5
    assert contrast(primary, on_primary) >= 4.5


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(
    "task",
    [
        Task(name="t", kind="k", labels=("0", "1"), positive="1"),
        Task(name="t", kind="k", labels=("a", "b", "c")),
        Task(name="t", kind="k", labels=tuple("abcdef")),
        Task(name="t", kind="k", labels=tuple("12345"), level="ordinal"),
        Task(name="t", kind="k", labels=tuple("123456"), level="ordinal"),
    ],
)
def test_labels_have_colours_of_their_own_that_all_eyes_see(name: theme.Theme, task: Task) -> None:
    colours = theme.label_colours(task, name)
    assert too_alike(colours) == []
    assert len(set(colours)) == len(task.labels)
    for colour in colours:
        assert contrast(colour, THEMES[name]["backgroundColor"]) >= 3
