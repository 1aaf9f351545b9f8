"""Pages without a mouse: every control is reached with the Tab key, shows that it is, and does what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

import dashboard
from tests.browser.conftest import Visit, becomes, drawn, says, settle
from tests.browser.test_screens import SCREENS
from tests.dashboard import worlds

pytestmark = pytest.mark.browser

VIEWS = sorted(path.stem for path in (Path(dashboard.__file__).parent / "views").glob("[a-z]*.py"))
PAGES = {name: SCREENS[name] for name in (*VIEWS, "run-form", "models-form", "corpus-import", "models-map")}
"""Every page, and what else a page can be."""
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"
"""So that a control is drawn as focused at once."""
CONTROLS = """
within => {
  const kinds = 'a[href], button, input, textarea, summary, [tabindex="0"], [role=slider], [role=tab], [role=radio]';
  const seen = e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && style.opacity !== '0' && !e.disabled
      && !e.closest('[aria-hidden=true], [inert], main:focus') && e.tagName !== 'MAIN';
  };
  window._look = e => {
    const look = [...e.querySelectorAll('*')].map(part => getComputedStyle(part).boxShadow);
    for (let levels = 0; e && levels < 5; e = e.parentElement, levels += 1) {
      const {outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor} = getComputedStyle(e);
      look.push(outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor);
    }
    return look.join();
  };
  window._before = [];
  return [...document.querySelectorAll(`[data-testid=${within}] :is(${kinds})`)].filter(seen).map((e, number) => {
    e.dataset.number = number;
    window._before.push(window._look(e));
    const group = e.closest(`[role=radiogroup], [role=tablist], ${['MultiSelect', 'Selectbox', 'NumberInput'].map(
      widget => `[data-testid=st${widget}]`)}, [data-testid=stButtonGroup]`);
    if (group) group.dataset.group ??= `group ${number}`;
    return {name: (e.getAttribute('aria-label') || e.innerText).slice(0, 60), group: group?.dataset.group ?? null};
  });
}
"""
"""Gives each control that a reader sees a number, and remembers its look; the parts of one widget share the group's."""
HERE = """
async () => {
  await new Promise(requestAnimationFrame);
  const e = document.activeElement, number = e.dataset.number;
  const first = e.dataset.testid === 'stSkipToContent';
  if (number === undefined) return [null, true, first];
  const shown = () => {
    const box = e.getBoundingClientRect();
    let opacity = 1;
    for (let p = e; p; p = p.parentElement) opacity *= Number(getComputedStyle(p).opacity);
    const marked = e.tagName === 'CANVAS' || window._look(e) !== window._before[number];  // a table draws its own mark
    return marked && opacity > 0.5 && box.bottom > 0 && box.top < innerHeight;
  };
  for (let frames = 0; frames < 60 && !shown(); frames += 1) await new Promise(requestAnimationFrame);
  return [Number(number), shown(), first];
}
"""
"""Which control has the focus (null: none of them), whether one sees that it has, whether it is the page's first."""


@pytest.mark.parametrize("name", PAGES)
def test_the_tab_key_reaches_every_control_shows_it_and_leaves_the_page(visit: Visit, name: str) -> None:
    page = visit(PAGES[name], scheme="dark" if list(PAGES).index(name) % 2 else "light", known=True)
    drawn(page)
    page.add_style_tag(content=STILL)
    controls = page.evaluate(CONTROLS, "stApp" if name == "home" else "stMain")
    if name != "home":  # the navigation is the same on every page
        page.evaluate("document.querySelector('[data-testid=stMain]').focus()")
    reached: set[int] = set()
    unseen: list[str] = []
    left = False
    for _ in range(2 * len(controls) + 20):
        page.keyboard.press("Tab")
        here, seen, first = page.evaluate(HERE)
        if reached and first:
            left = True  # it went past the last one, and begins anew
            break
        if here is not None and here not in reached:
            reached.add(here)
            unseen += [controls[here]["name"]] * (not seen)
    groups = {controls[number]["group"] for number in reached} - {None}
    missed = [
        control["name"]
        for number, control in enumerate(controls)
        if number not in reached and control["group"] not in groups
    ]
    assert (missed, unseen, left) == ([], [], True), "not reached; reached and not shown; whether the last one lets go"


def test_a_hidden_text_is_shown_without_a_mouse(visit: Visit) -> None:
    page = visit("/corpus?corpus=small", known=True)
    drawn(page)
    assert worlds.SECRET not in page.content()
    page.get_by_role("button", name="Show text").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Hide text")).to_be_visible()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(1)
    settle(page)
    page.get_by_role("switch", name="Show all texts").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text(worlds.SECRET)).to_have_count(8)
    settle(page)
    page.get_by_role("switch", name="Show all texts").focus()
    page.keyboard.press("Space")
    expect(page.get_by_text(worlds.SECRET)).to_have_count(1)


def test_a_slider_moves_and_a_popover_closes_without_a_mouse(visit: Visit) -> None:
    page = visit("/temperature", known=True)
    drawn(page)
    page.get_by_role("slider", name="Temperature").focus()
    page.keyboard.press("ArrowRight")
    says(page, t="0.71")

    page.goto(page.url.split("/temperature")[0] + "/live?corpus=small")
    settle(page)
    opener = page.get_by_role("button", name="Options")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stPopoverBody]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-testid=stPopoverBody]")).to_be_hidden()
    expect(opener).to_be_focused()


def test_a_cell_is_chosen_and_its_table_opened_without_a_mouse(visit: Visit) -> None:
    page = visit("/alignment?sort=As+in+the+run")
    drawn(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    becomes(page, lambda: page.evaluate("document.activeElement.tagName"), "MAIN")

    choose(page, "Persona", "ben")
    choose(page, "Annotator", "Ann5")
    expect(page.get_by_text("ben and Ann5")).to_be_visible()
    says(page, cell_persona="ben", cell_target="Ann5")
    drawn(page)

    page.locator("summary", has_text="As a table").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stMain] [data-testid=stDataFrame]").first).to_be_visible()

    page.get_by_role("radio", name="Cohen's κ").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="Cohen's κ")).not_to_be_checked()

    drawn(page)
    page.get_by_role("tab", name="Cells").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Own persons")).to_have_attribute("aria-selected", "true")
    says(page, part_of_alignment="Own persons")


def choose(page: Page, name: str, option: str) -> None:
    """Choose in a list as the keyboard does: go there, type, Enter."""
    drawn(page)
    field = page.get_by_role("combobox", name=name, exact=True)
    field.focus()
    page.keyboard.type(option)
    expect(page.get_by_role("option", name=option)).to_have_count(1)
    expect(page.get_by_role("option")).to_have_count(1)  # the others have left, so Enter takes this one
    page.keyboard.press("Enter")
    expect(field).to_have_value(option)
