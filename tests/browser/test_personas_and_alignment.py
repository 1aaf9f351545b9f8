"""Walks through the pages of personas and of their alignment with people."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine.figures.alignment_strips import APART
from tests.browser.conftest import Server, Visit, becomes, drawn, open_list, parameters, says
from tests.dashboard import worlds

pytestmark = pytest.mark.browser
PLANE = "[class*='st-key-exhibit-alignment-cells'] .nsewdrag"
NO_DOUBLE_CLICK = """
() => {
  const gd = document.querySelector('.js-plotly-plot');
  return Date.now() - gd._mouseDownTime > gd._context.doubleClickDelay;
}
"""
"""Whether a click that comes now is one of its own; a second one at once would bring the whole chart back."""


def cell(page: Page, name: str) -> Locator:
    """Return the heading of the items of a cell; hovering over the chart names it too."""
    return page.locator("[class*=st-key-name-cell]").get_by_text(name)


def click_on_cell(page: Page, row: int, column: int, n_rows: int, n_columns: int) -> None:
    """Click into the middle of a cell of the heatmap, counted from the top left."""
    expect(page.locator(PLANE)).to_have_count(1)  # while the page runs, the old chart still stands beside the new one
    drawn(page)
    plane = page.locator(PLANE)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box
    # beside the cells there is a strip of what shuffled personas reach, and one of ceilings
    columns, rows = n_columns + 1 + APART, n_rows + 1 + APART
    place = {"x": box["width"] * (column + 0.5) / columns, "y": box["height"] * (row + 0.5) / rows}
    plane.hover(position=place)  # type: ignore[arg-type]
    plane.click(position=place)  # type: ignore[arg-type]


def test_a_click_on_a_cell_lists_its_items_and_a_link_restores_them(visit: Visit) -> None:
    page = visit("/alignment?sort=As+in+the+run")
    expect(page.get_by_text("Click on a cell, or name a persona")).to_be_visible()
    click_on_cell(page, 1, 4, 3, 6)
    expect(cell(page, "ben and Ann5")).to_be_visible()
    says(page, cell_persona="ben", cell_target="Ann5")
    expect(page.get_by_text("Hidden text")).to_have_count(4)
    assert worlds.SECRET not in page.content()
    page.get_by_role("button", name="Show text").first.click()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(1)

    click_on_cell(page, 2, 0, 3, 6)
    expect(cell(page, "cleo and Ann1")).to_be_visible()
    page.get_by_role("radio", name="Cosine", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Cosine 0\.\d\d \(95 % interval"))).to_be_visible()
    says(page, measure="Cosine")
    drawn(page)
    line = page.get_by_text(re.compile(r"^Cosine 0\.\d\d")).inner_text()
    address = page.url.removeprefix(page.url.split("/alignment")[0])

    again = visit(address)
    expect(cell(again, "cleo and Ann1")).to_be_visible()
    expect(again.get_by_text(line)).to_be_visible()
    becomes(again, lambda: parameters(again), parameters(page))
    assert worlds.SECRET not in again.content(), "what one reader asked for is not shown to another"


def test_the_same_cell_can_be_clicked_on_again(visit: Visit) -> None:
    page = visit("/alignment?sort=As+in+the+run", known=True)
    for row, column, name in ((0, 0, "anna and Ann1"), (1, 1, "ben and Ann2"), (0, 0, "anna and Ann1")):
        click_on_cell(page, row, column, 3, 6)
        expect(cell(page, name)).to_be_visible()
    drawn(page)
    field = page.get_by_role("combobox", name="Annotator")
    field.click()
    field.fill("Ann6")
    field.press("Enter")
    expect(cell(page, "anna and Ann6")).to_be_visible()
    click_on_cell(page, 0, 0, 3, 6)
    expect(cell(page, "anna and Ann1")).to_be_visible()


def test_a_click_keeps_where_the_reader_has_moved_to(visit: Visit) -> None:
    page = visit("/alignment?sort=As+in+the+run")
    drawn(page)
    ranges = "['xaxis', 'yaxis'].map(a => document.querySelector('.js-plotly-plot')._fullLayout[a].range)"
    before = page.evaluate(ranges)
    plane = page.locator(PLANE)
    box = plane.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=5)
    page.mouse.up()
    becomes(page, lambda: page.evaluate(ranges) != before, True)
    drawn(page)
    moved = page.evaluate(ranges)
    page.wait_for_function(NO_DOUBLE_CLICK)
    plane.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.4})
    expect(page.get_by_text("Hidden text")).to_have_count(4)
    drawn(page)
    assert page.evaluate(ranges) == moved


def test_personas_are_found_opened_and_laid_side_by_side(visit: Visit) -> None:
    page = visit("/personas")
    expect(page.get_by_text("Look closer").first).to_be_visible()
    search = page.get_by_label("Search")
    search.fill("ben")
    search.press("Enter")
    expect(page.get_by_text("1 of ")).to_be_visible()
    closer = page.get_by_role("button", name="Look closer")
    expect(closer).to_have_count(1)  # the other cards leave with the end of the script
    closer.click()
    expect(page.get_by_text("Where it departs most from the other personas")).to_be_visible()
    says(page, look="Side by side", persona="ben")

    open_list(page, "Personas")
    page.get_by_role("option", name="cleo").click()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Where they differ most")).to_be_visible()
    becomes(page, lambda: parameters(page).get("persona"), ["ben", "cleo"])
    drawn(page)
    page.get_by_text("Prompt as the model got it").click()
    expect(page.get_by_text("Item item-000")).to_be_visible()
    assert worlds.SECRET not in page.content()
    address = page.url.removeprefix(page.url.split("/personas")[0])

    again = visit(address)
    expect(again.get_by_text("Where they differ most")).to_be_visible()
    expect(again.get_by_text("You are ben.")).to_be_visible()
    expect(again.get_by_text("You are cleo.")).to_be_visible()
    becomes(again, lambda: parameters(again), parameters(page))


@pytest.mark.parametrize("path", ["/personas", "/personas?look=Table", "/personas?look=Side+by+side", "/alignment"])
def test_hostile_runs_stay_data(visit: Visit, server: Server, path: str) -> None:
    """The `visit` fixture fails the test if anything is asked of another place."""
    run = next(folder.name for folder in (server.home / "runs").iterdir() if folder.name.startswith("hostile"))
    page = visit(f"{path}{'&' if '?' in path else '?'}run={run}")
    expect(page.get_by_text("corpus hostile")).to_be_visible()
    drawn(page)
    assert page.evaluate("window.pwned") is None
    assert page.locator("a[href*=beacon], a[href^=javascript], img[src*=beacon]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "long words widen the page"
