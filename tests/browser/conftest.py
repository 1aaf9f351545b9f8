"""A real server and a real browser. What a page asks of any other place, and what breaks in it, fails the test."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dashboard.entrance import NOTICE_COOKIE
from engine.jobs.lock import is_locked
from engine.jobs.stopping import ask_to_stop
from tests.dashboard import worlds
from tests.dashboard.servers import Server, start_server, stop_server
from tests.dashboard.study_worlds import store_study

OUTPUT = Path(__file__).parent / "output"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
PATIENCE = 180_000
"""Milliseconds to wait for a page; nothing takes that long but what never comes, however busy the machine is."""
expect.set_options(timeout=PATIENCE)


CONVERSATION = """
(() => {
  window._asked = 0; window._answered = 0;
  const field = bytes => {  // the kind of a message from the server: which field of its protobuf is set last
    let at = 0, last = 0;
    const number = () => {
      let value = 0, shift = 1;
      for (;;) {
        const byte = bytes[at++];
        value += (byte & 127) * shift;
        if (byte < 128) return value;
        shift *= 128;
      }
    };
    while (at < bytes.length) {
      const tag = number();
      last = Math.floor(tag / 8);
      if (tag % 8 === 0) number(); else if (tag % 8 === 2) { const length = number(); at += length; } else break;
    }
    return last;
  };
  window.WebSocket = class extends WebSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data}) => {
        if (data instanceof ArrayBuffer && field(new Uint8Array(data)) === 6) window._answered = performance.now();
      });
    }
    send(data) {
      if (data?.[0] === 90) window._asked = performance.now();
      super.send(data);
    }
  };
})()
"""
"""Notes when the page last asked the server to run its script (BackMsg.rerun_script), and when it last heard that a run
is over (ForwardMsg.script_finished): between the two, a page that stands still is about to change."""
SETTLED = """
() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'
  && !(window._asked > window._answered)
"""
"""Whether the server has answered all that the page has asked."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A dashboard over two corpora, personas, four runs and a study."""
    home = tmp_path_factory.mktemp("browser-home")
    before = os.environ.get("POLYVOCAL_HOME")
    os.environ["POLYVOCAL_HOME"] = str(home)
    try:
        small = worlds.store_corpus(worlds.small_corpus(n_items=120))
        hostile = worlds.store_corpus(worlds.hostile_corpus())
        worlds.store_personas()
        worlds.store_run(hostile, "![m](http://beacon.invalid/m.png)<script>window.pwned=1</script>", mass=0.5)
        worlds.store_run(small, "demo-voices", mode="sampled")
        voices = worlds.store_run(small, spread=1.6, controls=("helper-1", "helper-2"), name="voices-exact")
        store_study(small, voices, name="voices-study")
        worlds.store_run(small, "demo-chorus", spread=0.2)
    finally:
        if before is None:
            del os.environ["POLYVOCAL_HOME"]
        else:
            os.environ["POLYVOCAL_HOME"] = before
    running = start_server(home)
    yield running
    stop_server(running)


MADE = ("runs", "studies", "imported", "uploads")
"""What tests may add."""


@pytest.fixture(autouse=True)
def as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take away what a test added to the common store: every test finds the same, whichever ran before it."""
    if "server" not in request.fixturenames:
        yield
        return
    home: Path = request.getfixturevalue("server").home
    before = _folders(home)
    yield
    for folder in _folders(home) - before:
        if is_locked(folder):
            ask_to_stop(folder)
        becomes(None, lambda folder=folder: is_locked(folder), False)  # type: ignore[misc]
        shutil.rmtree(folder)


def _folders(home: Path) -> set[Path]:
    return {folder for kind in MADE if (home / kind).is_dir() for folder in (home / kind).iterdir() if folder.is_dir()}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, or whichever one is installed."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI must not pass without the browser tests")
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
        yield running
        running.close()


@dataclass
class Watch:
    """What went wrong in a page."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def known_visitors(browser: Browser) -> Iterator[Callable[[str, int], BrowserContext]]:
    """Browsers that were here before, by theme and width; their cache holds the scripts, which is most of a visit."""
    contexts: dict[tuple[str, int], BrowserContext] = {}

    def known(scheme: str, width: int) -> BrowserContext:
        if (scheme, width) not in contexts:
            contexts[scheme, width] = new_context(browser, scheme, width)
        return contexts[scheme, width]

    yield known
    for context in contexts.values():
        context.close()


def new_context(browser: Browser, scheme: str = "light", width: int = 1280) -> BrowserContext:
    """Return a browser with nothing of an earlier visit in it but that its reader has read the notice on entry."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    context.add_init_script(CONVERSATION)
    context.add_cookies([{"name": NOTICE_COOKIE, "value": "read", "domain": "127.0.0.1", "path": "/"}])
    return context


@pytest.fixture
def visit(server: Server, browser: Browser, known_visitors: Callable[[str, int], BrowserContext]) -> Iterator[Visit]:
    """Open an address, as a new visitor unless `known`; fails afterwards if the page reached outside or broke."""
    watches: list[Watch] = []
    closers: list[Callable[[], None]] = []

    def visitor(path: str = "/", *, scheme: str = "light", width: int = 1280, known: bool = False) -> Page:
        context = known_visitors(scheme, width) if known else new_context(browser, scheme, width)
        page, watch = context.new_page(), Watch()
        page.on(
            "request", lambda request: None if _is_own(request.url, server.url) else watch.outside.append(request.url)
        )
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        watches.append(watch)
        closers.append(page.close if known else context.close)
        page.goto(server.url + path)
        settle(page)
        assert page.evaluate("window._asked > 0 && window._answered > 0"), (
            "CONVERSATION does not know Streamlit's messages any more"
        )
        return page

    yield visitor
    for close in closers:
        close()
    assert not [url for watch in watches for url in watch.outside], "a page asked something of another place"
    assert not [error for watch in watches for error in watch.errors], "a page broke"


def settle(page: Page) -> None:
    """Wait until the script has run and the page has its title."""
    page.wait_for_selector("h1")
    page.wait_for_function(SETTLED, polling=60)


DRAWN = """
n => {
  const settled = SETTLED;
  const charts = [...document.querySelectorAll('[data-testid=stPlotlyChart]')];
  const marks = charts.map(chart => chart.querySelector('.js-plotly-plot'));
  const ready = settled() && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
    && document.fonts.status === 'loaded'
    && !document.getAnimations().some(each => each instanceof CSSTransition && each.playState === 'running')
    && (n === null || charts.length === n)
    && marks.every(mark => mark?.querySelector('svg.main-svg') && mark._ev?._events?.plotly_selected);
  const boxes = [document.querySelector('[data-testid=stMain]'), ...charts].map(e => e.getBoundingClientRect());
  const now = JSON.stringify([ready, document.querySelector('[data-testid=stMain]').scrollHeight, ...boxes]);
  const last = window._drawn ??= {};
  if (now !== last.now) Object.assign(last, {now, since: performance.now(), frames: 0});
  last.frames += 1;
  return ready && last.frames > 4 && performance.now() - last.since > 300;
}
""".replace("SETTLED", SETTLED.strip())
"""Whether all charts stand, take clicks, and neither they nor the page have changed their size for a while."""


def drawn(page: Page, n: int | None = None) -> None:
    """Wait until the page stands still with all its charts, `n` of them if given.

    After what is told to the server later than at once (a slider, a drag, a text field), wait for what it brings first.
    """
    page.evaluate("() => { window._drawn = {} }")
    page.wait_for_function(DRAWN, arg=n, polling=60)


def open_list(page: Page, name: str) -> None:
    """Open a list of options as a person does, who scrolls first: Streamlit closes a list when the page scrolls."""
    drawn(page)
    field = page.get_by_role("combobox", name=name, exact=True)
    field.scroll_into_view_if_needed()
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    field.click()


def becomes(page: Page | None, read: Callable[[], object], expected: object) -> None:
    """Wait until what is read is as expected: numbers and the address change some time after what brought it about."""
    until = time.monotonic() + PATIENCE / 1000
    while (found := read()) != expected:
        assert time.monotonic() < until, f"it stays {found!r}, and should be {expected!r}"
        page.wait_for_timeout(50) if page else time.sleep(0.05)


def fits(page: Page) -> None:
    """Wait until the page stands still and does not scroll sideways: charts take a new width later than the page."""
    main = "document.querySelector('[data-testid=stMain]')"
    page.wait_for_function(f"{main}.scrollWidth <= {main}.clientWidth + 1")
    drawn(page)
    assert page.evaluate(f"{main}.scrollWidth <= {main}.clientWidth + 1")


def parameters(page: Page) -> dict[str, list[str]]:
    """Return what the address says."""
    return parse_qs(urlparse(page.url).query)


def says(page: Page, **expected: str) -> None:
    """Wait until the address says all of these."""
    wanted = {name: [value] for name, value in expected.items()}
    becomes(page, lambda: {name: parameters(page).get(name) for name in wanted}, wanted)


def _is_own(url: str, base: str) -> bool:
    return url.startswith((base, base.replace("http", "ws", 1), "data:", "blob:"))
