"""What a reader does, step by step, in the pages and in the bare ones; each step gives the seconds it took."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page

from benchmarks.dashboard import browser
from benchmarks.dashboard.browser import Seconds

CHANGE, REDRAW, LARGE = "page change", "slider, known", "heatmap page"
"""Steps of the bare walk that ours are set beside."""
AGAIN = ("Story", "Temperature", "Personas", "Alignment", "Stability", "Refusals", "Attributes")
"""Pages that are visited once more at a temperature that each has seen."""
HEATMAP = "[class*=st-key-exhibit-alignment-cells]"
TABS: Mapping[str, tuple[str, ...]] = {
    "Stability": ("Signal", "Failures", "Wording", "Calibration", "Abstention"),
    "Refusals": ("Cells", "Without a label"),
    "Attributes": ("All at once", "By attribute"),
}
"""Of each page some tabs, in an order in which no walk presses the one that is open already."""


def ours(page: Page, number: int) -> dict[str, Seconds]:
    """Walk through all pages of a run; every slider goes to a new temperature, and back to one that was there.

    Args:
        page: of the browser, with any page of ours.
        number: of the walk; each looks at another cell of the heatmap.
    """
    took: dict[str, Seconds] = {}
    took |= _story(page)
    took |= _with_slider(page, "Temperature")
    took |= _with_slider(page, "Personas")
    took |= _alignment(page, number)
    for name, tabs in TABS.items():
        took[name] = browser.go(page, name)
        for tab in tabs:
            took[f"{name}: {tab}"] = browser.choose(page, "tab", tab)
    for name in ("Corpus", "Home"):
        took[name] = browser.go(page, name)
    for name in AGAIN:  # at the temperature where the sliders were left
        browser.go(page, name)
    return took | {f"{name}, again": browser.go(page, name) for name in AGAIN}


def bare(page: Page) -> dict[str, Seconds]:
    """Walk through the bare pages."""
    took = {CHANGE: browser.go(page, "Chart"), "slider, new": browser.slide(page)}
    took[REDRAW] = browser.slide(page, "ArrowLeft")
    took[LARGE] = browser.go(page, "Heatmap")
    took["heatmap, slider"] = browser.slide(page)
    browser.go(page, "Words")
    return took


def beside(step: str) -> str:
    """Return the bare step that one of ours is set beside."""
    if step.startswith("Alignment"):
        return "heatmap, slider" if ":" in step else LARGE
    return REDRAW if ":" in step else CHANGE


def _story(page: Page) -> dict[str, Seconds]:
    took = {"Story": browser.go(page, "Story")}
    for step in ("Personas", "Temperature", "Noise", "Represented", "People"):
        took[f"Story: {step}"] = browser.choose(page, "radio", step)
    return took | _slider(page, "Story")


def _with_slider(page: Page, name: str) -> dict[str, Seconds]:
    return {name: browser.go(page, name)} | _slider(page, name)


def _slider(page: Page, name: str) -> dict[str, Seconds]:
    """Move the slider to a temperature that nobody saw, and back to it from the next; the next page goes on there.

    One step a page, so that no walk comes to the slider's end. (Sliders of two pages have other steps, so the place
    where one begins may be none of the other's.)
    """
    new = browser.slide(page)
    browser.slide(page)
    known = browser.slide(page, "ArrowLeft")
    return {f"{name}: slider, new temperature": new, f"{name}: slider, back": known}


def _alignment(page: Page, number: int) -> dict[str, Seconds]:
    took = _with_slider(page, "Alignment")
    took["Alignment: draw a box"] = browser.box(page, HEATMAP, 0.1 + 0.1 * number)
    took["Alignment: close it"] = browser.choose(page, "button", "Close it")
    steps: dict[str, Callable[[], Seconds]] = {
        "Alignment: name a cell's persona": lambda: browser.pick(page, "Persona", f"strong-{number:03d}"),
        "Alignment: name its person": lambda: browser.pick(page, "Annotator", f"person-{number:03d}"),
        "Alignment: beside groups": lambda: browser.choose(page, "radio", "Group"),
        "Alignment: beside annotators": lambda: browser.choose(page, "radio", "Annotator"),
        "Alignment: Stand-ins": lambda: browser.choose(page, "tab", "Stand-ins"),
        "Alignment: Cells": lambda: browser.choose(page, "tab", "Cells"),
    }
    return took | {name: step() for name, step in steps.items()}
