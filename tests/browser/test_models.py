"""A study of annotator models from its form to a point of its map, with real training in between."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest
from playwright.sync_api import Page, expect

from engine.annotators.studies import StudyFolder, study_log_tail
from engine.jobs.lock import FolderLock
from tests.browser.conftest import (
    PATIENCE,
    Server,
    Visit,
    becomes,
    drawn,
    open_list,
    parameters,
    says,
    settle,
)

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
    plane = page.locator(f"{MAP} .nsewdrag")
    expect(plane).to_have_count(1)
    drawn(page)
    point = page.locator(f"{MAP} .js-plotly-plot").evaluate(LONELIEST)
    plane.scroll_into_view_if_needed()
    place = {"x": point["x"], "y": point["y"]}
    plane.hover(position=place)  # type: ignore[arg-type]
    expect(page.locator(f"{MAP} .hoverlayer .hovertext")).to_have_count(1)  # it takes clicks once it takes this
    plane.click(position=place)  # type: ignore[arg-type]
    found = re.match(r"<b>(.*?)</b>", point["words"])
    assert found
    return found[1]


@contextmanager
def once_it_trains(study: StudyFolder) -> Iterator[None]:
    """Hold the process of a study still as soon as it knows what to train."""
    until = time.monotonic() + PATIENCE / 1000
    while not study.manifest().planned:
        assert time.monotonic() < until, study_log_tail(study.path)
        time.sleep(0.005)
    (worker,) = [each for each in psutil.process_iter(["cmdline"]) if str(study.path) in (each.info["cmdline"] or ())]
    worker.suspend()
    try:
        yield
    finally:
        worker.resume()


def test_a_study_goes_from_the_form_to_a_point_of_its_map(visit: Visit, server: Server) -> None:
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
    with FolderLock(server.home / "studies"):  # as another study that is being trained does
        page.get_by_role("button", name="Start study").click()
        expect(page.get_by_text("Waiting to start")).to_be_visible()
        expect(page.get_by_text("this one begins when that one ends")).to_be_visible()
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        becomes(page, lambda: "study" in parameters(page), True)
        (study,) = parameters(page)["study"]
    with once_it_trains(StudyFolder(server.home / "studies" / study)):
        expect(page.get_by_text("Running")).to_be_visible()
        expect(page.get_by_text(re.compile(r"\d+ of \d+ trainings"))).to_be_visible()
        page.reload()
        settle(page)
        says(page, study=study)
        expect(page.get_by_text(re.compile(r"\d+ of \d+ trainings"))).to_be_visible()
    expect(page.get_by_text("Finished")).to_be_visible(timeout=4 * PATIENCE)
    expect(page.get_by_text(re.compile(r"What knowing the annotator gains")).first).to_be_visible()

    drawn(page)
    page.get_by_role("tab", name="Map").click()
    name = click_on_the_loneliest(page)
    expect(page.locator(".st-key-point-card").get_by_text(name, exact=True)).to_be_visible()
    expect(page.get_by_text("Nearest personas")).to_be_visible()
    becomes(page, lambda: parameters(page).get("point", [""])[0].endswith(f":{name}"), True)
    address = page.url.removeprefix(page.url.split("/models")[0])

    again = visit(address)
    expect(again.locator(".st-key-point-card").get_by_text(name, exact=True)).to_be_visible()
    becomes(again, lambda: parameters(again), parameters(page))


def test_a_point_leads_to_the_pages_that_tell_more(visit: Visit) -> None:
    page = visit("/models?part_of_models=Map&point=personas:anna&study=", known=True)
    open_list(page, "Study")
    page.get_by_role("option", name="voices-study").click()
    expect(page.get_by_text("You are anna.")).to_be_visible()
    page.get_by_role("link", name="The persona whole").click()
    expect(page.get_by_role("heading", name="Personas", exact=True)).to_be_visible()
    expect(page.get_by_text("You are anna.").first).to_be_visible()
