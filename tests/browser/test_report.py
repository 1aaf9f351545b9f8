"""The report in a real browser: from file://, offline, hostile data inert, texts on click, files by its own buttons;
and the page that makes it."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from engine.report import to_html
from tests.browser.axe import complaints, source
from tests.browser.conftest import OUTPUT, PATIENCE, Visit
from tests.dashboard import worlds
from tests.engine.report.runs import TEXT, report_of, usual_page

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


@pytest.fixture
def open_file(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Open a report as a file, without a network; fails afterwards if it asked for anything or complained."""
    requests: list[str] = []
    complaints: list[str] = []
    closers: list[Callable[[], None]] = []

    def opener(page: str, *, scheme: str = "light", width: int = 1280) -> Page:
        path = tmp_path / "report.html"
        path.write_text(page, encoding="utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True  # type: ignore[arg-type]
        )  # fmt: skip
        context.set_default_timeout(PATIENCE)
        shown = context.new_page()
        shown.on("request", lambda request: requests.append(request.url))
        shown.on("pageerror", lambda error: complaints.append(str(error)))
        shown.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
        shown.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        closers.append(context.close)
        shown.goto(path.as_uri())
        shown.wait_for_selector("html[data-charts=drawn]")
        return shown

    yield opener
    for close in closers:
        close()
    own = ("file:///", "blob:null/", "data:image/svg+xml", "blob:file:///")
    assert [url for url in requests if not url.startswith(own)] == []
    assert sum(url.startswith("file:///") for url in requests) == len(closers), "nothing but the file itself is read"
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_chart_is_drawn_in_the_readers_theme(open_file: Open, scheme: str) -> None:
    page = open_file(usual_page(), scheme=scheme)
    charts = page.locator("[data-chart]")
    assert charts.count() > 15
    expect(page.locator(f"[data-chart][data-drawn={scheme}]:has(> .plot-container .main-svg)")).to_have_count(
        charts.count()
    )
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 29)"}[scheme]
    page.screenshot(path=_shot(f"report-file-{scheme}"), full_page=True)
    assert complaints(page, source()) == []


def test_a_change_of_theme_draws_the_charts_anew(open_file: Open) -> None:
    page = open_file(usual_page())
    n = page.locator("[data-chart][data-drawn=light]").count()
    assert n > 15
    page.emulate_media(color_scheme="dark")
    expect(page.locator("[data-chart][data-drawn=dark]")).to_have_count(n)
    expect(page.locator("[data-chart][data-drawn=light]")).to_have_count(0)


def test_printing_is_light_and_keeps_all_charts(open_file: Open) -> None:
    page = open_file(usual_page(), scheme="dark")
    n = page.locator("[data-chart]").count()
    assert n > 15
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(page.locator("[data-chart][data-drawn=light]")).to_have_count(n)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(page.locator("[data-chart][data-drawn=dark]")).to_have_count(n)


def test_a_text_is_shown_on_click_and_hidden_again(open_file: Open) -> None:
    page = open_file(usual_page())
    assert TEXT not in page.locator("main").inner_text()
    button = page.get_by_role("button", name="Show text").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".text", has_text=TEXT)).to_have_count(1)
    hide = page.get_by_role("button", name="Hide text")
    expect(hide).to_have_attribute("aria-expanded", "true")
    hide.click()
    expect(page.get_by_text(TEXT)).to_have_count(0)


def test_hostile_data_are_text(open_file: Open) -> None:
    evil = worlds.HOSTILE
    report = report_of(worlds.hostile_corpus(), model=evil[0], personas=evil[:4], controls=evil[8:10])
    page = open_file(to_html(report))
    for button in page.locator("button[data-text]").all():
        button.click()
    for summary in page.locator("details > summary").all():
        summary.click()
    expect(page.locator(".text dd", has_text="<script>window.pwned=1</script>").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.pwned") is None
    assert page.locator("main img, main iframe, main a[href^='http'], main a[href^='javascript']").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=_shot("report-file-hostile"), full_page=True)


def test_tables_and_charts_are_saved_without_a_server(open_file: Open, tmp_path: Path) -> None:
    page = open_file(usual_page())

    def saved(name: str) -> bytes:
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"{name}: Agreement of people and personas").click()
        waiting.value.save_as(tmp_path / "saved")
        assert "homogenization" in waiting.value.suggested_filename
        return (tmp_path / "saved").read_bytes()

    assert saved("Table as CSV").startswith(b'"raters","among"')
    assert saved("Table as LaTeX").startswith(b"\\begin{table}")
    assert b"<svg" in saved("Chart as SVG")[:300]
    png = saved("Chart as PNG")
    assert png[:4] == b"\x89PNG"
    assert struct.unpack(">I", png[16:20])[0] == 1800, "twice as many points as on the page"


def test_a_phone_reads_it_without_sideways_scrolling(open_file: Open) -> None:
    page = open_file(usual_page(), width=390)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("link", name="Is it stable?").click()
    expect(page.get_by_role("heading", name="Is it stable?")).to_be_in_viewport()
    page.screenshot(path=_shot("report-file-phone"), full_page=True)


def test_without_javascript_the_tables_are_there(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text(usual_page(), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False, offline=True)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.get_by_text("need JavaScript")).to_be_visible()
    page.locator("#x-homogenization summary").click()
    expect(page.locator("#x-homogenization table")).to_be_visible()
    assert TEXT not in page.locator("main").inner_text()
    context.close()


def test_the_page_makes_a_report_that_opens(visit: Visit, open_file: Open, tmp_path: Path) -> None:
    page = visit("/report?texts=none")
    expect(page.get_by_role("heading", name="Report", exact=True)).to_be_visible()
    page.get_by_role("button", name="Make the report").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the report").click()
    waiting.value.save_as(tmp_path / "downloaded.html")
    text = (tmp_path / "downloaded.html").read_text(encoding="utf-8")
    assert worlds.SECRET not in text.split('id="data">')[1].split("</script>")[0]
    opened = open_file(text)
    expect(opened.get_by_role("heading", name="The story in numbers")).to_be_visible()


def _shot(name: str) -> Path:
    OUTPUT.mkdir(exist_ok=True)
    return OUTPUT / f"{name}.png"
