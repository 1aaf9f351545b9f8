"""The way in: the notice on entry, and logging in with a provider in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.axe import complaints, source
from tests.browser.conftest import OUTPUT, PATIENCE, Server, says, settle, start_server, stop_server
from tests.dashboard import worlds
from tests.dashboard.provider import Provider, serving, write_secrets
from tests.dashboard.servers import get

pytestmark = pytest.mark.browser
Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    ada = {"email": "ada@example.org", "email_verified": True}
    with serving(ada=ada, eve={"email": "eve@evil.example", "email_verified": True}) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Server]:
    """A dashboard in which ada may look, and nobody else."""
    home = tmp_path_factory.mktemp("login-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(home))
        worlds.store_corpus(worlds.small_corpus(n_items=40))
    write_secrets(home, provider, 'allowed_emails = ["ada@example.org"]')
    running = start_server(home)
    yield running
    stop_server(running)


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Opener]:
    """Open an address in a browser that has never been here; fails if a page's own code broke."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def opener(url: str, scheme: str = "light", width: int = 1280) -> Page:
        contexts.append(
            browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        )
        contexts[-1].set_default_timeout(PATIENCE)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not errors


def test_the_notice_keeps_the_address_and_comes_once(stranger: Opener, server: Server) -> None:
    page = stranger(f"{server.url}/corpus?corpus=small&part=People")
    expect(page.get_by_role("heading", name="Before you go in")).to_be_visible()
    assert "small" not in page.locator("main").inner_text(), "no data is shown yet"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Continue")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Agreement within groups", exact=True)).to_be_visible()
    says(page, corpus="small", part="People")
    page.goto(f"{server.url}/runs")
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.get_by_test_id("stMainMenu").locator("button").click()
    expect(page.get_by_text("Print", exact=True)).to_be_visible()
    for developers in ("Deploy", "Clear cache", "Rerun", "Settings", "Report a bug"):
        expect(page.get_by_text(developers)).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_before_the_pages_can_be_read(
    stranger: Opener, server: Server, guarded: Server, scheme: str, width: int
) -> None:
    OUTPUT.mkdir(exist_ok=True)
    axe = source()
    for name, url in (("notice", server.url), ("login", guarded.url), ("login-failed", f"{guarded.url}/enter/failed")):
        page = stranger(url, scheme, width)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=OUTPUT / f"{name}-{scheme}-{width}.png", full_page=True)
        assert width == 1280 or complaints(page, axe) == []


def test_nothing_but_the_login_is_seen_before_it(stranger: Opener, guarded: Server) -> None:
    page = stranger(f"{guarded.url}/corpus?corpus=small")
    expect(page.get_by_role("heading", name="Log in", exact=True)).to_be_visible()
    assert "Annotator" not in page.content()
    opened = """url => new Promise(done => { const s = new WebSocket(url);
      s.onopen = () => done(true); s.onerror = () => done(false); })"""
    stream = guarded.url.replace("http", "ws") + "/_stcore/stream"
    assert page.evaluate(opened, stream) is False


def test_ada_logs_in_sees_pages_and_files_and_logs_out(
    stranger: Opener, guarded: Server, provider: Provider, tmp_path: Path
) -> None:
    page = stranger(f"{guarded.url}/corpus?corpus=small&part=People")
    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="ada").click()
    expect(page.get_by_text("Agreement within groups", exact=True)).to_be_visible()
    expect(page.get_by_text("Logged in as ada@example.org")).to_be_visible()
    says(page, part="People")

    with page.expect_response(re.compile("/media/")) as response, page.expect_download() as download:
        page.get_by_role("button", name="Annotators as CSV").click()
    download.value.save_as(tmp_path / "annotators.csv")
    assert "Ann1" in (tmp_path / "annotators.csv").read_text()
    assert get(response.value.url).status_code == 401, "the same file without a login"
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.context.cookies())
    assert get(response.value.url, cookie=cookies).status_code == 200

    other = page.context.new_page()
    other.goto(f"{guarded.url}/runs")
    settle(other)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in", exact=True)).to_be_visible()
    assert get(response.value.url, cookie=cookies).status_code == 401, "an old cookie opens nothing"
    expect(other.get_by_text("CONNECTING")).to_be_visible()  # its stream was closed with the login
    other.goto(f"{guarded.url}/runs")
    expect(other.get_by_role("heading", name="Log in", exact=True)).to_be_visible()
    assert provider.faults == []


def test_an_address_outside_the_list_is_refused(stranger: Opener, guarded: Server) -> None:
    page = stranger(guarded.url)
    page.get_by_role("link", name="Log in").click()
    page.get_by_role("link", name="eve").click()
    expect(page.get_by_role("heading", name="This account is not let in")).to_be_visible()
    expect(page.get_by_text("You are logged in as eve@evil.example.")).to_be_visible()
    page.goto(f"{guarded.url}/corpus?corpus=small")
    expect(page.get_by_role("heading", name="This account is not let in")).to_be_visible()
    page.get_by_role("link", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in", exact=True)).to_be_visible()
