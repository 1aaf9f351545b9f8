"""A map of more cells than a browser could take clicks on: a box drawn with the mouse, and what is in it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from engine.corpora.checks import annotation_frame
from engine.corpora.corpus import Annotator, Corpus, Item
from engine.figures.alignment_strips import APART
from tests.browser.conftest import Server, Visit, drawn, says, start_server, stop_server
from tests.dashboard import worlds

pytestmark = pytest.mark.browser
N = 80
"""Personas, and people: 6,400 cells."""
ALL, PART = "[class*=st-key-exhibit-alignment-cells]", "[class*=st-key-exhibit-alignment-part]"
LINK = "/alignment?sort=As+in+the+run"
BOXES = "JSON.stringify(document.querySelector('.js-plotly-plot').layout.selections ?? [])"
"""What stands on the first chart."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard of its own, in whose only run each of 80 personas stands beside 80 people."""
    home = tmp_path_factory.mktemp("large-map")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(home))
        worlds.store_run(worlds.store_corpus(crowd()), personas=[f"persona-{i:02d}" for i in range(1, N + 1)])
    running = start_server(home)
    yield running
    stop_server(running)


def crowd(n_items: int = 24) -> Corpus:
    """As many people as personas, who each labelled every item."""
    said = np.random.default_rng(0).integers(0, 2, (n_items, N))
    items = tuple(Item(f"item-{i:02d}", {"text": f"Post number {i} about {worlds.SECRET}."}) for i in range(n_items))
    people = tuple(Annotator(f"person-{i:02d}") for i in range(1, N + 1))
    rows = [(item.item_id, person.annotator_id, str(said[i, j]), None)
            for i, item in enumerate(items) for j, person in enumerate(people)]  # fmt: skip
    return Corpus("crowd", worlds.TASK, items, people, annotation_frame(rows), synthetic=True, source="a test")


def draw_box(page: Page, rows: tuple[int, int], columns: tuple[int, int]) -> None:
    """Drag the mouse from the middle of the first row's and column's cell to that of the last, counted from 1."""
    plane = page.locator(f"{ALL} .nsewdrag")
    plane.evaluate("plane => plane.scrollIntoView({block: 'center'})")  # at its top the page's header would cover it
    box = plane.bounding_box()
    assert box
    ends = [(box["x"] + box["width"] * (column - 0.5) / N, box["y"] + box["height"] * (row - 0.5) / N)
            for row, column in zip(rows, columns, strict=True)]  # fmt: skip
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=8)
    page.mouse.up()


def test_a_box_on_a_large_map_shows_cells_that_take_clicks(visit: Visit) -> None:
    page = visit(LINK)
    expect(page.get_by_text("Draw a box on the map")).to_be_visible()
    drawn(page, 1)
    draw_box(page, (11, 20), (21, 30))
    expect(page.get_by_text("Personas 11 to 20 of 80, annotators 21 to 30 of 80.")).to_be_visible()
    says(page, cell_rows="11-20", cell_columns="21-30")
    drawn(page, 2)

    plane = page.locator(f"{PART} .nsewdrag")
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    assert box
    beside = 10 + 1 + APART  # cells, and the strip of ceilings or of what shuffled personas reach
    third_and_second = {"x": box["width"] * 2.5 / beside, "y": box["height"] * 1.5 / beside}
    plane.click(position=third_and_second)  # type: ignore[arg-type]
    expect(page.locator("[class*=st-key-name-cell]").get_by_text("persona-12 and person-23")).to_be_visible()
    says(page, cell_persona="persona-12", cell_target="person-23")
    expect(page.get_by_text("Hidden text").first).to_be_visible()
    assert worlds.SECRET not in page.content()


def test_a_link_and_a_change_of_page_restore_the_box(visit: Visit) -> None:
    page = visit(f"{LINK}&cell_rows=11-20&cell_columns=21-30")
    expect(page.get_by_text("Personas 11 to 20 of 80, annotators 21 to 30 of 80.")).to_be_visible()
    drawn(page, 2)
    assert '"x0":19.5,"x1":29.5' in page.evaluate(BOXES)
    draw_box(page, (41, 80), (31, 50))
    expect(
        page.get_by_text("Personas 46 to 75 of 80, annotators 31 to 50 of 80. The box holds 40 x 20")
    ).to_be_visible()
    says(page, cell_rows="41-80", cell_columns="31-50")

    navigation = page.get_by_test_id("stSidebarNav")
    navigation.get_by_role("link", name="Corpus", exact=True).click()
    expect(page.get_by_role("heading", name="Corpus", exact=True)).to_be_visible()
    navigation.get_by_role("link", name="Alignment", exact=True).click()
    expect(page.get_by_text("Personas 46 to 75 of 80, annotators 31 to 50 of 80.")).to_be_visible()
    says(page, cell_rows="41-80", cell_columns="31-50")
    drawn(page, 2)
    assert '"x0":29.5,"x1":49.5' in page.evaluate(BOXES), "the box stands where it was drawn last"

    page.get_by_role("button", name="Close it").click()
    expect(page.locator(PART)).to_have_count(0)
    drawn(page, 1)
    assert page.evaluate(BOXES) == "[]"


def test_a_cell_is_shown_among_its_neighbours_without_a_mouse(visit: Visit) -> None:
    page = visit(f"{LINK}&cell_persona=persona-40&cell_target=person-02", width=390)
    button = page.get_by_role("button", name="Show it among its neighbours")
    button.focus()
    button.press("Enter")
    expect(page.get_by_text("Personas 25 to 54 of 80, annotators 1 to 60 of 80.")).to_be_visible()
    drawn(page, 2)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "a phone shows it all"
