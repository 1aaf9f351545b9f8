"""Pages without a mouse: every control is reached with the Tab key, shows that it is, and does what it is for."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit, becomes, drawn, says
from tests.browser.test_screens import SCREENS

pytestmark = pytest.mark.browser
CONTROLS = """
() => {
  const kinds = 'a[href], button, input, textarea, summary, [tabindex="0"], [role=slider], [role=tab], [role=radio]';
  const seen = e => {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    return box.width > 1 && box.height > 1 && style.visibility !== 'hidden' && style.opacity !== '0' && !e.disabled
      && !e.closest('[aria-hidden=true], [inert], .modebar, main:focus');
  };
  return [...document.querySelectorAll(`[data-testid=stApp] :is(${kinds})`)].filter(seen).map((e, number) => {
    e.dataset.number = number;
    const group = e.closest(`[role=radiogroup], [role=tablist], ${['MultiSelect', 'Selectbox', 'NumberInput'].map(
      widget => `[data-testid=st${widget}]`)}`);
    if (group) group.dataset.group ??= `group ${number}`;
    return {number, name: (e.getAttribute('aria-label') || e.innerText).slice(0, 60), tag: e.tagName,
            group: group?.dataset.group ?? null};
  });
}
"""
"""Gives each control that a reader sees a number; the parts of one widget share the group's."""
LOOK = """
number => {
  const look = [];
  let e = document.querySelector(`[data-number="${number}"]`);
  for (const part of e?.querySelectorAll('*') ?? []) look.push(getComputedStyle(part).boxShadow);
  for (let levels = 0; e && levels < 5; e = e.parentElement, levels += 1) {
    const {outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor} = getComputedStyle(e);
    look.push(outlineStyle, outlineColor, boxShadow, borderColor, backgroundColor);
  }
  return look.join();
}
"""
"""How a control and what it lies in are drawn."""
HERE = "() => document.activeElement === document.body ? 'nowhere' : document.activeElement.dataset.number ?? null"


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("home", "dark"), ("temperature", "light"), ("alignment", "dark"), ("story", "light"), ("run-form", "light")],
)
def test_the_tab_key_reaches_every_control_and_shows_it(visit: Visit, name: str, scheme: str) -> None:
    page = visit(SCREENS[name], scheme=scheme, known=True)
    drawn(page)
    controls = {str(control["number"]): control for control in page.evaluate(CONTROLS)}
    before = {number: page.evaluate(LOOK, number) for number in controls}
    reached: set[str] = set()
    for _ in range(2 * len(controls) + 20):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here == "nowhere":
            break
        if here in controls and here not in reached and controls[here]["tag"] != "MAIN":
            becomes(page, lambda here=here: page.evaluate(LOOK, here) != before[here], True)
            reached.add(here)
    groups = {controls[number]["group"] for number in reached} - {None}
    missed = [
        control["name"]
        for number, control in controls.items()
        if number not in reached and control["group"] not in groups and control["tag"] != "MAIN"
    ]
    assert missed == []


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

    page.locator("summary", has_text="As a table").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=stMain] [data-testid=stDataFrame]").first).to_be_visible()

    page.get_by_role("radio", name="Cohen's κ").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    expect(page.get_by_role("radio", name="Cohen's κ")).not_to_be_checked()

    page.get_by_role("tab", name="Cells").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Own persons")).to_have_attribute("aria-selected", "true")
    says(page, part_of_alignment="Own persons")


def choose(page: Page, name: str, option: str) -> None:
    """Choose in a list as the keyboard does: go there, type, Enter."""
    field = page.get_by_role("combobox", name=name, exact=True)
    field.focus()
    page.keyboard.type(option)
    expect(page.get_by_role("option", name=option)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(field).to_have_value(option)
