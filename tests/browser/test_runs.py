"""One run in full, in a browser: its grid, its log, its responses as a file, and the address that leads there."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Server, Visit, drawn, says

pytestmark = pytest.mark.browser


def test_a_run_is_found_opened_and_exported(visit: Visit, server: Server) -> None:
    page = visit("/runs")
    search = page.get_by_role("textbox", name="Search")
    search.fill("voices-exact")
    search.press("Enter")
    details = page.get_by_role("button", name="Details")
    expect(details).to_have_count(1)
    details.click()
    expect(page.get_by_role("tab", name="Responses")).to_be_visible()
    drawn(page, 1)
    expect(page.get_by_text("Of 600 cells of the run: 600 labelled.")).to_be_visible()
    page.get_by_role("tab", name="Responses").click()
    page.get_by_role("radio", name="CSV").click()
    says(page, part_of_run="Responses", export_as="CSV")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("600 responses as CSV")).click()
    frame = pd.read_csv(download.value.path())
    assert len(frame) == 600
    assert list(frame.columns[:3]) == ["key", "persona_id", "item_id"]
    assert re.fullmatch(r"voices-exact-[0-9a-f]{12}\.csv", download.value.suggested_filename)

    again = visit(page.url.removeprefix(server.url))
    expect(again.get_by_role("button", name=re.compile("600 responses as CSV"))).to_be_visible()
    again.get_by_role("tab", name="Log").click()
    expect(again.get_by_text("There is no log")).to_be_visible()
