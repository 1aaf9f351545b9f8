"""A study of annotator models from its form to a point of its map, with real training in between."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PATIENCE, Visit, parameters, settle

pytestmark = pytest.mark.browser
MAP = "[class*='st-key-exhibit-annotator-map']"
LONELIEST = """
gd => {
  const x = gd._fullLayout.xaxis, y = gd._fullLayout.yaxis, points = [];
  for (const trace of gd._fullData) {
    if (!trace.customdata) continue;
    for (let i = 0; i < trace.x.length; i++)
      points.push({x: x.l2p(trace.x[i]), y: y.l2p(trace.y[i]), words: trace.hovertext[i]});
  }
  const apart = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
  const alone = p => Math.min(...points.filter(q => q !== p).map(q => apart(p, q)));
  return points.sort((a, b) => alone(b) - alone(a))[0];
}
"""
"""The point of the map that stands farthest from all others, in pixels of the plane."""


def click_on_the_loneliest(page: Page) -> str:
    """Click on a point of the map; return its name."""
    settle(page)
    plane = page.locator(f"{MAP} .nsewdrag")
    expect(plane).to_have_count(1)
    page.wait_for_function('document.querySelector("' + MAP + ' .js-plotly-plot")._fullLayout?.xaxis?._length > 0')
    point = page.locator(f"{MAP} .js-plotly-plot").evaluate(LONELIEST)
    plane.scroll_into_view_if_needed()
    place = {"x": point["x"], "y": point["y"]}
    plane.hover(position=place)  # type: ignore[arg-type]
    expect(page.locator(f"{MAP} .hoverlayer .hovertext")).to_have_count(1)  # it takes clicks once it takes this
    plane.click(position=place)  # type: ignore[arg-type]
    found = re.match(r"<b>(.*?)</b>", point["words"])
    assert found
    return found[1]


def test_a_study_goes_from_the_form_to_a_point_of_its_map(visit: Visit) -> None:
    page = visit("/models?study_do=Start+a+study")
    seeds = page.get_by_role("spinbutton", name="Seeds")
    seeds.fill("1")
    seeds.press("Enter")
    settle(page)
    page.locator(".st-key-study_parts").get_by_text("Alignment gaps").click()
    settle(page)
    page.get_by_text("More settings").click()
    page.get_by_text("Train on shuffled names too").click()
    settle(page)
    expect(page.get_by_text(re.compile(r"At most \d+ trainings"))).to_be_visible()
    page.get_by_role("button", name="Start study").click()

    expect(page.get_by_text(re.compile("Waiting to start|Running"))).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ of \d+ trainings"))).to_be_visible(timeout=3 * PATIENCE)
    study = parameters(page)["study"]
    page.reload()
    settle(page)
    assert parameters(page)["study"] == study
    expect(page.get_by_text("Finished")).to_be_visible(timeout=4 * PATIENCE)
    expect(page.get_by_text(re.compile(r"What knowing the annotator gains")).first).to_be_visible()

    page.get_by_role("tab", name="Map").click()
    name = click_on_the_loneliest(page)
    expect(page.locator(".st-key-point-card").get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text("Nearest personas")).to_be_visible()
    address = page.url.removeprefix(page.url.split("/models")[0])
    assert parameters(page)["point"][0].endswith(f":{name}")

    again = visit(address)
    expect(again.locator(".st-key-point-card").get_by_text(name, exact=True)).to_be_visible()
    assert parameters(again) == parameters(page)


def test_a_point_leads_to_the_pages_that_tell_more(visit: Visit) -> None:
    page = visit("/models?part_of_models=Map&point=personas:anna&study=", known=True)
    settle(page)
    study = page.get_by_role("combobox", name="Study")
    study.click()
    page.get_by_role("option", name="voices-study").click()
    expect(page.get_by_text("You are anna.")).to_be_visible()
    page.get_by_role("link", name="The persona whole").click()
    expect(page.get_by_role("heading", name="Personas", exact=True)).to_be_visible()
    expect(page.get_by_text("You are anna.").first).to_be_visible()
