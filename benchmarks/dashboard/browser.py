"""A browser that times what a reader waits for: from the event in the page to the page at rest, its charts drawn.

The clock is the page's own, so what the driver of the browser needs is not in it.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from dashboard import later
from dashboard.entrance import NOTICE_COOKIE

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--js-flags=--no-enable-lazy-source-positions")  # fmt: skip
"""The last: a driver listens to a page's errors, and for each V8 reads large scripts again to tell where it was. The
scripts of charts then took three times as long to begin (2.3 s in place of 0.7 s; without a driver 0.9 s, load 30)."""
PATIENCE = 180_000
"""Milliseconds."""
QUIET = 400
"""Milliseconds without another run of the script after which a page is at rest; not counted."""
STILL = round(600 * later.EVERY)
"""Milliseconds without one after which a page counts as drawn, be it without what is measured beside it: less than pass
between two looks whether that is there, each of which is a run."""
DEAF = 8_000
"""Milliseconds after which a press without a run of the script was lost."""
DRAWN = """
  !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(chart => chart.querySelector('.main-svg'))
"""
REST = """
() => new Promise(resolve => {
  const look = () => DRAWN ? resolve() : requestAnimationFrame(look);
  look();
})
""".replace("DRAWN", f"({DRAWN})")
HEAR = """
window.__heard = 0;
window.WebSocket = class extends WebSocket {
  constructor(...given) { super(...given); this.addEventListener('message', () => { window.__heard += 1; }); }
};
"""
"""Counts what the server says: of a short run the page may show the end alone."""
WATCH = """
([quiet, still, patience, deaf]) => {
  const app = document.querySelector('[data-testid=stApp]');
  let began = null, ran = false, rested = null, drawn = null, heard = window.__heard, moved = false;
  const watch = new MutationObserver(() => { moved = true; });
  watch.observe(document.querySelector('[data-testid=stMain]'), {childList: true, attributes: true, subtree: true});
  const begin = () => { if (began === null) began = performance.now(); };
  for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, begin, {capture: true, once: true});
  window.__waited = new Promise((resolve, reject) => {
    const look = () => {
      const now = performance.now(), busy = app.getAttribute('data-test-script-state') !== 'notRunning';
      if (began !== null && !ran && now - began > deaf) { resolve(null); return; }
      if (began !== null && now - began > patience) { reject(`no rest after ${patience} ms`); return; }
      if (began !== null && (busy || window.__heard !== heard)) { ran = true; rested = null; heard = window.__heard; }
      else if (moved || !DRAWN) { moved = false; rested = null; }
      else if (ran) {
        if (rested === null) rested = now;
        if (drawn === null && now - rested > still) drawn = rested;
        if (now - rested > quiet && !document.querySelector('WAITING')) {
          watch.disconnect();
          resolve([(drawn - began) / 1000, (rested - began) / 1000]);
          return;
        }
      }
      requestAnimationFrame(look);
    };
    look();
  });
}
""".replace("DRAWN", f"({DRAWN})").replace("WAITING", "[class*=st-key-awaited]")
"""Begins at the first press of a key or button; ends with the last frame in which the script ran or something moved,
and before with the one in which the page was drawn without what is measured beside it."""


class Seconds(NamedTuple):
    """What a reader waits for."""

    drawn: float
    """Until the page is drawn, with all that is known."""
    whole: float
    """Until also what is measured beside the page is drawn; the same where nothing is."""


@contextmanager
def opened() -> Iterator[Browser]:
    """Open the system's Chromium."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise RuntimeError("no Chromium is installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, headless=True, args=list(FLAGS))
        yield browser
        browser.close()


def new_page(browser: Browser) -> Page:
    """Return a page of a visitor whose browser holds nothing but that the notice on entry was read."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": NOTICE_COOKIE, "value": "read", "domain": "127.0.0.1", "path": "/"}])
    context.add_init_script(HEAR)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


def settle(page: Page) -> None:
    """Wait until the page has its title, its script has run, and its charts are drawn."""
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.evaluate(REST)


def waited(page: Page, act: Callable[[], object]) -> Seconds:
    """Return the seconds from what `act` presses to the page drawn, and at rest.

    Raises:
        RuntimeError: the page did nothing.
    """
    for _ in range(3):  # a press is lost where the page replaces what is pressed at that moment
        page.evaluate(WATCH, [QUIET, STILL, PATIENCE, DEAF])
        act()
        if (seconds := page.evaluate("window.__waited")) is not None:
            return Seconds(*seconds)
    raise RuntimeError(f"{page.url} did nothing when it was pressed")


def go(page: Page, link: str) -> Seconds:
    """Change to another page by the navigation; return the seconds."""
    return waited(page, lambda: page.get_by_test_id("stSidebarNav").get_by_role("link", name=link, exact=True).click())


def choose(page: Page, role: str, name: str) -> Seconds:
    """Press a tab or an option of a control; return the seconds."""
    return waited(page, lambda: page.get_by_role(role, name=name, exact=True).first.click())  # type: ignore[arg-type]


def pick(page: Page, label: str, name: str) -> Seconds:
    """Choose a name from a list one can type into; return the seconds from the last key.

    Raises:
        RuntimeError: the list does not open, or lacks the name.
    """
    field, option = page.get_by_role("combobox", name=label, exact=True), page.get_by_role("option", name=name)
    for _ in range(3):  # a list closes where the page is drawn again
        field.click()
        field.fill(name)
        try:
            option.first.wait_for(timeout=DEAF)
        except TimeoutError:
            continue
        return waited(page, lambda: field.press("Enter"))
    raise RuntimeError(f"{page.url}: the list {label!r} shows no {name!r}")


def slide(page: Page, key: str = "ArrowRight") -> Seconds:
    """Move the page's first slider by one step; return the seconds."""
    handle = page.get_by_role("slider").first
    handle.focus()
    return waited(page, lambda: handle.press(key))


def box(page: Page, chart: str, start: float) -> Seconds:
    """Draw a box on a chart, below which the page shows what is in it; return the seconds from the press of the mouse.

    Args:
        page: with the chart.
        chart: selector of what holds it.
        start: of the box, as a share of the plane's width and height; it ends three tenths further on.
    """
    plane = page.locator(f"{chart} .nsewdrag").first

    def draw() -> None:
        plane.evaluate(
            "plane => plane.scrollIntoView({block: 'center'})"
        )  # at its top the page's header would cover it
        at = plane.bounding_box()
        if at is None:
            raise RuntimeError(f"{chart} is not drawn")
        page.mouse.move(at["x"] + start * at["width"], at["y"] + start * at["height"])
        page.mouse.down()
        page.mouse.move(at["x"] + (start + 0.3) * at["width"], at["y"] + (start + 0.3) * at["height"], steps=4)
        page.mouse.up()

    return waited(page, draw)
