"""The story as a researcher tells it beside a collaborator: by keyboard, full screen, from a link, on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, Visit, becomes, drawn, fits, parameters, says
from tests.browser.test_screens import CONTRAST
from tests.dashboard import worlds

pytestmark = pytest.mark.browser

QUESTIONS = {
    "People": "How do people split?",
    "Personas": "How do the personas split?",
    "Temperature": "What does temperature do?",
    "Noise": "Noise, or signal?",
    "Represented": "Who is represented, and who is not?",
}
WHOLE = """
([least, screen]) => [...document.querySelectorAll('.js-plotly-plot')].map(chart => {
  const box = chart.getBoundingClientRect();
  return box.height > least && box.bottom <= screen;
})
"""
"""Of each chart whether it is as high as the screen lets it be, and seen whole."""


def runs(server: Server) -> tuple[str, str]:
    """Return the ids of the run that is one voice, and of the one that is several."""
    ids = sorted(path.name for path in (server.home / "runs").iterdir())
    return next(i for i in ids if "demo-chorus" in i), next(i for i in ids if "voices-exact" in i)


def shows(page: Page, question: str, charts: int = 1) -> None:
    expect(page.get_by_role("heading", name=question, exact=True)).to_be_visible()
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    drawn(page, charts)


def test_home_leads_to_the_story_of_the_newest_run(visit: Visit) -> None:
    page = visit("/")
    page.get_by_role("link", name="Its story").first.click()
    shows(page, QUESTIONS["People"])  # people are shown once for both runs
    becomes(page, lambda: {"run", "beside"} <= set(parameters(page)), True)


def test_the_keyboard_walks_through_the_steps(visit: Visit, server: Server) -> None:
    page = visit(f"/story?run={runs(server)[0]}")
    shows(page, QUESTIONS["People"])
    for name, question in list(QUESTIONS.items())[1:]:
        page.keyboard.press("ArrowRight")
        shows(page, question)
        expect(page.get_by_role("radio", name=name)).to_be_checked()
        says(page, step=name)
    page.keyboard.press("ArrowLeft")
    shows(page, QUESTIONS["Noise"])
    page.get_by_role("button", name=re.compile("^.*Next")).click()
    shows(page, QUESTIONS["Represented"])


def test_the_temperature_moves_the_numbers_and_its_arrows_do_not_turn_the_page(visit: Visit, server: Server) -> None:
    page = visit(f"/story?run={runs(server)[0]}&step=Personas")
    expect(page.get_by_text("At temperature 1.00")).to_be_visible()
    handle = page.get_by_role("slider")
    handle.focus()
    for _ in range(4):
        handle.press("ArrowLeft")
    expect(page.get_by_text("At temperature 0.80")).to_be_visible()
    shows(page, QUESTIONS["Personas"])


def test_presenting_fills_the_screen_and_a_remote_turns_the_steps(visit: Visit, server: Server) -> None:
    one, several = runs(server)
    page = visit(f"/story?run={one}&beside={several}&step=Personas&present=true")
    page.set_viewport_size({"width": 1920, "height": 1080})
    shows(page, QUESTIONS["Personas"], charts=2)
    expect(page.locator("[data-testid=stSidebar]")).to_be_hidden()
    expect(page.locator(".st-key-turn").get_by_text("Scripted labels").first).to_be_visible()
    expect(page.get_by_text("One voice", exact=True)).to_be_visible()
    becomes(page, lambda: page.evaluate(WHOLE, [500, 1080]), [True, True])
    page.set_viewport_size({"width": 1280, "height": 720})
    main = "document.querySelector('[data-testid=stMain]')"
    page.wait_for_function(f"{main}.scrollHeight <= {main}.clientHeight")  # a projector shows it without scrolling
    drawn(page, 2)
    assert page.evaluate(f"{main}.scrollHeight <= {main}.clientHeight")
    page.keyboard.press("PageDown")
    shows(page, QUESTIONS["Temperature"], charts=2)
    page.keyboard.press("PageUp")
    shows(page, QUESTIONS["Personas"], charts=2)
    page.keyboard.press("ArrowRight")
    shows(page, QUESTIONS["Temperature"], charts=2)
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=stSidebar]")).to_be_visible()
    becomes(page, lambda: "present" in parameters(page), False)


def test_a_link_restores_all_in_a_new_browser(visit: Visit, server: Server) -> None:
    one, several = runs(server)
    page = visit(f"/story?run={one}&beside={several}&step=Noise&t=0.6&present=true")
    shows(page, QUESTIONS["Noise"], charts=2)
    page.keyboard.press("ArrowRight")
    shows(page, QUESTIONS["Represented"], charts=2)
    says(page, step="Represented")
    address = page.url
    again = visit(address.removeprefix(server.url))
    shows(again, QUESTIONS["Represented"], charts=2)
    expect(again.locator("[data-testid=stSidebar]")).to_be_hidden()
    becomes(again, lambda: parameters(again), parameters(page))
    says(again, t="0.6")


def test_items_are_opened_and_their_texts_after_that(visit: Visit, server: Server) -> None:
    page = visit(f"/story?run={runs(server)[1]}&step=Personas")
    page.get_by_text("Show me the items").click()
    expect(page.get_by_text("Hidden text").first).to_be_visible()
    assert worlds.SECRET not in page.content()
    page.get_by_role("button", name="Show text").first.click()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_when_presenting(visit: Visit, server: Server, scheme: str) -> None:
    one, several = runs(server)
    page = visit(f"/story?run={one}&beside={several}&step=Personas&present=true", scheme=scheme)
    shows(page, QUESTIONS["Personas"], charts=2)
    becomes(page, lambda: page.evaluate(CONTRAST), [])


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_phone_reads_every_step(visit: Visit, server: Server, name: str) -> None:
    page = visit(f"/story?run={runs(server)[0]}&step={name}", width=390, known=True)
    shows(page, QUESTIONS[name])
    fits(page)
