"""The Live page in a real browser: the real demo model on real vLLM, two sessions, and the end of the dashboard."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from engine.paths import shipped
from tests.browser.axe import complaints, source
from tests.browser.conftest import (
    PATIENCE,
    Server,
    Visit,
    becomes,
    fits,
    new_context,
    parameters,
    settle,
    start_server,
    stop_server,
)
from tests.browser.test_screens import CONTRAST, picture

pytestmark = pytest.mark.browser
LOADING = 600_000
"""Milliseconds that vLLM may take to start or to answer on a busy machine."""
READY_OR_CLOSED = """
() => {
  const ask = [...document.querySelectorAll('button')].find(button => button.innerText.includes('Ask now'));
  const ready = [...document.querySelectorAll('.stMarkdownBadge')].some(badge => badge.innerText.includes('Ready'));
  return ready || ask?.disabled;
}
"""
"""Whether the model can be asked only where it is ready."""
DEMO = "/live?corpus=demo&item=p014&each=2&at=0&at=1"
SCRIPTED = "where=No+model:+scripted+labels,+for+trying+out+only"


def badge(page: Page, word: str) -> Locator:
    """A mark that says a word beside its icon."""
    return page.locator(".stMarkdownBadge", has_text=word)


def with_model(page: Page) -> Page:
    """Have demo-voices held ready; the first who asks waits for it."""
    settle(page)
    expect(badge(page, "Ready").or_(page.get_by_role("button", name="Start demo-voices"))).to_be_visible()
    if page.get_by_role("button", name="Start demo-voices").count():
        page.get_by_role("button", name="Start demo-voices").click()
        expect(page.get_by_text("demo-voices is loading").or_(badge(page, "Ready"))).to_be_visible()
        page.wait_for_function(READY_OR_CLOSED)
    expect(badge(page, "Ready")).to_be_visible(timeout=LOADING)
    settle(page)
    return page


def answered(page: Page) -> Page:
    page.get_by_role("button", name="Ask now").click()
    expect(badge(page, "Answered")).to_be_visible(timeout=LOADING)
    settle(page)
    return page


@pytest.fixture(autouse=True)
def demo_models() -> None:
    if not (shipped("models") / "demo-voices" / "config.json").is_file():
        pytest.skip("this checkout has no demo models")


def test_from_starting_the_model_to_a_saved_run_and_its_link(visit: Visit) -> None:
    page = answered(with_model(visit(DEMO)))
    expect(badge(page, "Demo model").first).to_be_visible()
    expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_visible()
    expect(page.get_by_text("2 × no", exact=True).or_(page.get_by_text("2 × yes", exact=True)).first).to_be_visible()
    expect(page.get_by_text("Hidden text").first).to_be_visible()
    page.get_by_role("button", name="Show text and answers").click()
    expect(page.get_by_text("Hidden text")).to_have_count(0)
    picture(page, "live-answers")
    becomes(page, lambda: page.evaluate(CONTRAST), [])
    becomes(page, lambda: complaints(page, source()), [])

    other = visit(f"/live?{page.url.partition('?')[2]}", width=390)  # a new browser, on a phone
    expect(badge(other, "Answered")).to_be_visible()
    becomes(other, lambda: parameters(other).get("at"), ["0", "1"])
    expect(other.get_by_text("p014").first).to_be_visible()
    picture(other, "live-answers-phone")
    fits(other)

    page.get_by_label("Save as").fill("browser-talk")
    page.get_by_role("button", name="Save as run").click()
    expect(badge(page, "Saved")).to_be_visible()
    page.locator(".st-key-live-kept").get_by_role("link", name="Runs").click()
    expect(page.get_by_text("browser-talk").first).to_be_visible()
    expect(badge(page, "Finished").first).to_be_visible()


def test_typed_hostile_texts_stay_text_and_out_of_the_address(visit: Visit) -> None:
    page = with_model(visit("/live?corpus=demo&from=Typed+texts&each=1&at=1&who=control/control-01"))
    attack = "<img src=x onerror='window.pwned=1'> ![b](http://beacon.invalid/a.png) <script>window.pwned=1</script>"
    page.get_by_role("textbox", name="Text", exact=True).fill(attack)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("1 persona × 1 text")).to_be_visible()
    answered(page)
    expect(page.locator(".st-key-live-text").get_by_text("![b](http://beacon.invalid/a.png)")).to_be_visible()
    settle(page)
    assert page.evaluate("window.pwned") is None
    assert "beacon" not in page.url


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_model_ends_with_the_dashboard(browser: Browser, tmp_path: Path, how: signal.Signals) -> None:
    server = start_server(tmp_path)
    context = new_context(browser)
    try:
        page = context.new_page()
        page.goto(f"{server.url}/live?{SCRIPTED}")
        settle(page)
        page.get_by_role("button", name="Start scripted labels").click()
        expect(badge(page, "Ready")).to_be_visible()
        models = _models_of(server)
        assert len(models) == 1
        server.process.send_signal(how)
        server.process.wait(PATIENCE / 1000)
        _, alive = psutil.wait_procs(models, PATIENCE / 1000)
        assert not [model for model in alive if model.status() != psutil.STATUS_ZOMBIE]
        if how != signal.SIGKILL:
            assert list((tmp_path / "live").iterdir()) == [], "what was asked and not kept goes with it"
    finally:
        context.close()
        stop_server(server)


def _models_of(server: Server) -> list[psutil.Process]:
    """The processes that hold a model for a dashboard."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        children = psutil.Process(server.process.pid).children(recursive=True)
        if found := [child for child in children if "engine.live.answering" in child.cmdline()]:
            return found
        time.sleep(0.1)
    return []
