"""Walks through the pages of stability, attributes and refusals."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visit, becomes, drawn, fits, parameters, says
from tests.browser.test_screens import CUT
from tests.dashboard import worlds

pytestmark = pytest.mark.browser


def chart(page: Page, key: str) -> None:
    """Wait until an exhibit's chart is drawn."""
    expect(page.locator(f".st-key-exhibit-{key} .main-svg").first).to_be_visible()


def test_a_tab_and_its_choices_are_in_the_address(visit: Visit) -> None:
    page = visit("/stability")
    chart(page, "variance-strong")
    page.get_by_role("tab", name="Signal").click()
    chart(page, "signal")
    says(page, part_of_stability="Signal")
    drawn(page)
    said = page.get_by_text(re.compile(r"^Strong personas\. Persona signal")).inner_text()
    address = page.url.removeprefix(page.url.split("/stability")[0])

    again = visit(address)
    expect(again.get_by_text(said)).to_be_visible()
    expect(again.locator(".st-key-exhibit-variance-strong")).to_have_count(0)
    becomes(again, lambda: parameters(again), parameters(page))


@pytest.mark.parametrize("part", ["Abstention", "Wording"])
def test_charts_fit_a_phone(visit: Visit, part: str) -> None:
    page = visit(f"/stability?part_of_stability={part}", width=390, known=True)
    expect(page.locator(".gtitle").first).to_be_visible()
    fits(page)
    becomes(page, lambda: page.evaluate(CUT), [])


def test_a_click_on_a_rate_opens_the_answers_behind_it(visit: Visit, server: Server) -> None:
    sampled = next(path.name for path in (server.home / "runs").iterdir() if "demo-voices" in path.name)
    page = visit(f"/refusals?run={sampled}")
    drawn(page)
    mark = page.locator(".js-plotly-plot .scatterlayer .points path.point").nth(1)
    mark.hover(force=True)
    mark.click(force=True)
    says(page, part_of_refusals="Answers", answers_of="ben")
    expect(page.get_by_text("Hidden text").first).to_be_visible()
    assert worlds.SECRET not in page.content()
