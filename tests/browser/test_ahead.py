"""What draws charts is in the browser before it sees the first one."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PATIENCE, Visit

pytestmark = pytest.mark.browser

FETCHED = "() => performance.getEntriesByType('resource').filter(file => file.name.includes('/PlotlyChart.')).length"


def test_a_first_chart_finds_its_scripts_there(visit: Visit) -> None:
    page = visit("/")
    expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
    page.wait_for_function(FETCHED, timeout=PATIENCE)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Temperature", exact=True).click()
    expect(page.locator("[data-testid=stPlotlyChart] .main-svg").first).to_be_visible()
    assert page.evaluate(FETCHED) == 1, "Streamlit's own script is another one"
