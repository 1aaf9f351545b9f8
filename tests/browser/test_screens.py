"""Every page in both themes and at a phone's width: pictures for people to look at, and what a program can check."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard import text
from tests.browser.axe import EXCEPTIONS, Excepted, complaints, source, still_needed
from tests.browser.conftest import OUTPUT, Visit, becomes, drawn, fits, settle

pytestmark = pytest.mark.browser

SCREENS = {
    "home": "/",
    "corpus": "/corpus?corpus=small",
    "corpus-people": "/corpus?corpus=small&part=People",
    "corpus-table": "/corpus?corpus=small&view=Table",
    "corpus-hostile": "/corpus?corpus=hostile",
    "corpus-import": "/corpus?corpora=Import+a+corpus",
    "story": "/story?step=Personas",
    "story-presenting": "/story?step=Noise&present=true",
    "temperature": "/temperature",
    "report": "/report",
    "personas": "/personas",
    "personas-side-by-side": "/personas?look=Side+by+side",
    "alignment": "/alignment?cell_persona=anna&cell_target=Ann1",
    "stability": "/stability",
    "stability-calibration": "/stability?part_of_stability=Calibration",
    "attributes": "/attributes",
    "refusals": "/refusals",
    "refusals-cells": "/refusals?part_of_refusals=Cells",
    "models": "/models",
    "models-annotators": "/models?part_of_models=Each+annotator",
    "models-gaps": "/models?part_of_models=Alignment+gaps",
    "models-map": "/models?part_of_models=Map&point=personas:anna",
    "models-form": "/models?study_do=Start+a+study",
    "live": "/live?corpus=small",
    "live-typed": "/live?corpus=small&from=Typed+texts",
    "runs": "/runs",
    "run-form": "/runs?do=Start+a+run",
}
CONTRAST = """
() => {
  const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m[3] ?? 1}; };
  const over = (f, b) => ({r: f.r*f.a + b.r*(1-f.a), g: f.g*f.a + b.g*(1-f.a), b: f.b*f.a + b.b*(1-f.a), a: 1});
  const lum = c => [c.r, c.g, c.b].map(v => { v /= 255; return v <= .04045 ? v/12.92 : ((v+.055)/1.055)**2.4; })
    .reduce((s, v, i) => s + v * [.2126, .7152, .0722][i], 0);
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('[data-testid=stApp]'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, e = node.parentElement;
    if (!node.data.trim() || !e.getClientRects().length) continue;
    if (e.closest('svg, canvas, style, [aria-hidden=true], [data-testid=stSliderThumbValue]')) continue;
    if (e.closest('[disabled], [aria-disabled=true]')) continue;
    const style = getComputedStyle(e);
    if (style.visibility === 'hidden' || e.getBoundingClientRect().width < 2) continue;
    let opacity = 1, layers = [];
    for (let p = e; p; p = p.parentElement) {
      const s = getComputedStyle(p);
      opacity *= Number(s.opacity);
      layers.push(parse(s.backgroundColor));
    }
    let back = {r: 255, g: 255, b: 255, a: 1};
    for (const layer of layers.reverse()) back = over(layer, back);
    const fore = parse(style.color);
    fore.a *= opacity;
    if (fore.a === 0) continue;
    const [hi, lo] = [lum(over(fore, back)), lum(back)].sort((a, b) => b - a);
    const ratio = (hi + .05) / (lo + .05), size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
    const needed = size >= 24 || (size >= 18.66 && bold) ? 3 : 4.5;
    if (ratio < needed - .02) found.push(`${ratio.toFixed(2)} ${JSON.stringify(node.data.slice(0, 50))}`);
  }
  return found;
}
"""


BROKE = text.BUG.split(".")[0]
CUT = """
() => {
  const found = [], main = document.querySelector('[data-testid=stMain]').getBoundingClientRect();
  for (const e of document.querySelectorAll('[data-testid=stMain] :is(p, h1, h2, h3, button, label, summary, a, li)')) {
    const style = getComputedStyle(e), box = e.getBoundingClientRect();
    if (!e.innerText?.trim() || box.width < 2 || style.visibility === 'hidden') continue;
    if (e.closest('[data-testid=stDataFrame], [role=tablist], [aria-hidden=true]')) continue;
    const hides = style.overflowX !== 'visible' && e.scrollWidth > e.clientWidth + 1;
    if (hides || box.right > main.right + 1 || box.left < main.left - 1) found.push(e.innerText.trim().slice(0, 60));
  }
  for (const words of document.querySelectorAll('.gtitle, .xtitle, .ytitle, .legendtext')) {
    const own = words.getBoundingClientRect(), plot = words.closest('.js-plotly-plot').getBoundingClientRect();
    const out = own.left < plot.left - 1 || own.right > plot.right + 1 || own.top < plot.top - 1;
    if (own.width && out) found.push(words.textContent);
  }
  return found;
}
"""
"""Words that a reader does not see whole, in the page and in its charts."""
OPEN = """
() => {
  const seen = {}, closed = [...document.querySelectorAll('[data-testid=stMain] details:not([open]) > summary')];
  const some = closed.filter(each => (seen[each.innerText] = (seen[each.innerText] ?? 0) + 1) <= 2);
  some.forEach(each => each.click());
  return some.length;
}
"""
"""Opens two of each kind of tables and cards that a reader can open."""


@pytest.fixture(scope="session")
def axe() -> str:
    return source()


def picture(page: Page, name: str) -> None:
    """Keep the whole page, which is not to be a broken one, as a picture."""
    drawn(page)
    expect(page.get_by_text(BROKE)).to_have_count(0)
    width = page.viewport_size["width"] if page.viewport_size else 1280
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": min(max(height, 700), 5000)})
    drawn(page)
    OUTPUT.mkdir(exist_ok=True)
    page.screenshot(path=OUTPUT / f"{name}.png")


def open_all(page: Page) -> bool:
    """Open what a reader can open; return whether there is anything."""
    before = page.locator("[data-testid=stMain] details[open]").count()
    opened = page.evaluate(OPEN)
    expect(page.locator("[data-testid=stMain] details[open]")).to_have_count(before + opened)
    settle(page)
    drawn(page)
    return bool(opened)


def fits_a_phone(page: Page, name: str) -> None:
    """Fail where a phone scrolls sideways or cuts words."""
    page.set_viewport_size({"width": 390, "height": 900})
    picture(page, f"{name}-phone")
    fits(page)
    becomes(page, lambda: page.evaluate(CUT), [])
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", SCREENS)
def test_everybody_can_read_and_use_it(visit: Visit, axe: str, name: str, scheme: str) -> None:
    page = visit(SCREENS[name], scheme=scheme, known=True)
    picture(page, f"{name}-{scheme}")
    becomes(page, lambda: page.evaluate(CONTRAST), [])
    becomes(page, lambda: complaints(page, axe), [])
    if scheme == "dark":
        return
    fits_a_phone(page, name)  # the same page made narrow: another visit would take longer than all of this
    if open_all(page):
        picture(page, f"{name}-opened")
        becomes(page, lambda: page.evaluate(CONTRAST), [])
        becomes(page, lambda: complaints(page, axe), [])


@pytest.mark.parametrize("excepted", EXCEPTIONS, ids=lambda excepted: excepted.rule)
def test_streamlit_still_needs_the_exception(visit: Visit, axe: str, excepted: Excepted) -> None:
    page = visit(excepted.path, known=True)
    expect(page.locator(excepted.selector).first).to_be_attached()
    drawn(page)
    assert still_needed(page, axe, excepted), "Streamlit mended it: take the exception out"
