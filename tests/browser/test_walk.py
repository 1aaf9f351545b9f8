"""The ways a researcher takes through the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import (
    Server,
    Visit,
    becomes,
    drawn,
    new_context,
    open_list,
    parameters,
    says,
    settle,
    start_server,
    stop_server,
)
from tests.dashboard import worlds
from tests.dashboard.servers import get

pytestmark = pytest.mark.browser


def curve(page: Page) -> Locator:
    """Return the chart of agreement by temperature; others stand below it."""
    return page.locator(".st-key-exhibit-agreement-by-temperature")


def key_value(page: Page, name: str) -> float:
    """Return the large number of a card by the name beside its colour."""
    card = page.locator(f"[class*='st-key-big-{name}']")
    expect(card).to_have_text(re.compile(r"\d"))
    return float(card.inner_text().replace("\u2212", "-"))


def test_home_leads_to_the_curve(visit: Visit) -> None:
    page = visit("/")
    expect(page.get_by_role("heading", name="Many voices, or one?")).to_be_visible()
    page.get_by_role("link", name="Compare temperatures").click()
    expect(page.get_by_role("heading", name="Temperature", exact=True)).to_be_visible()
    expect(curve(page).locator(".js-plotly-plot")).to_be_visible()
    becomes(page, lambda: len(parameters(page).get("run", [])), 3)  # demo-voices with its points, and demo-chorus


def test_texts_are_not_in_the_page_until_asked_for(visit: Visit) -> None:
    page = visit("/corpus?corpus=small")
    expect(page.get_by_text("Hidden text").first).to_be_visible()
    assert worlds.SECRET not in page.content()
    page.get_by_role("button", name="Show text").first.click()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(1)
    page.get_by_text("Show all texts").click()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(8)
    page.get_by_text("Show all texts").click()
    page.get_by_role("button", name="Hide text").click()
    expect(page.get_by_text(worlds.SECRET)).to_have_count(0)
    assert worlds.SECRET not in page.content()


def test_the_slider_moves_alpha_without_a_new_page(visit: Visit) -> None:
    page = visit("/temperature")
    handle = page.get_by_role("slider")
    before = key_value(page, "demo-chorus")
    expect(curve(page).get_by_text("T = 0.70")).to_be_visible()
    handle.focus()
    for _ in range(30):
        handle.press("ArrowRight")
    expect(curve(page).get_by_text("T = 1.00")).to_be_visible()
    becomes(page, lambda: key_value(page, "demo-chorus") < before, True)  # noise lowers agreement
    becomes(page, lambda: [float(t) for t in parameters(page).get("t", [])], [1.0])


def test_a_link_restores_runs_and_temperature_in_a_new_browser(visit: Visit) -> None:
    page = visit("/temperature")
    handle = page.get_by_role("slider")
    handle.focus()
    for _ in range(25):
        handle.press("ArrowLeft")
    expect(curve(page).get_by_text("T = 0.45")).to_be_visible()
    page.get_by_role("button", name="Remove demo-chorus").click()
    expect(page.locator("[class*='st-key-big-demo-chorus']")).to_have_count(0)
    becomes(page, lambda: len(parameters(page).get("run", [])), 2)
    drawn(page)
    address, shown = page.url, key_value(page, "demo-voices")

    again = visit(address.removeprefix(page.url.split("/temperature")[0]))
    expect(curve(again).get_by_text("T = 0.45")).to_be_visible()
    becomes(again, lambda: key_value(again, "demo-voices"), shown)
    becomes(again, lambda: parameters(again), parameters(page))


def test_a_persona_set_is_chosen_kept_in_the_address_and_restored(visit: Visit) -> None:
    page = visit("/temperature")
    expect(page.get_by_text("3 personas, 120 items").first).to_be_visible()
    says(page, set="two")
    open_list(page, "Persona sets")
    strong = key_value(page, "demo-voices")
    page.get_by_role("option", name="helpers (2)").click()
    page.keyboard.press("Escape")
    settle(page)
    page.get_by_role("button", name=re.compile("Remove two")).click()
    expect(page.get_by_text("2 personas, 120 items")).to_be_visible()
    expect(page.get_by_text("demo-chorus is not shown")).to_be_visible()
    becomes(page, lambda: key_value(page, "demo-voices") != strong, True)
    says(page, set="helpers")

    again = visit(page.url.removeprefix(page.url.split("/temperature")[0]))
    expect(again.get_by_text("2 personas, 120 items")).to_be_visible()
    becomes(again, lambda: parameters(again), parameters(page))


def test_slider_and_chart_are_seen_together(visit: Visit) -> None:
    page = visit("/temperature")
    page.set_viewport_size({"width": 1280, "height": 1000})
    chart = curve(page).locator(".js-plotly-plot")
    drawn(page)

    def within(shown: Locator) -> bool:
        box = shown.bounding_box()
        return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 1000

    becomes(page, lambda: (within(page.get_by_role("slider")), within(chart)), (True, True))


def test_choices_survive_another_page_and_coming_back(visit: Visit) -> None:
    page = visit("/corpus?corpus=small")
    page.get_by_text("People", exact=True).click()
    expect(page.get_by_text("Agreement within groups", exact=True)).to_be_visible()
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_role("heading", name="Runs", exact=True)).to_be_visible()
    page.get_by_role("link", name="Corpus").click()
    expect(page.get_by_text("Agreement within groups", exact=True)).to_be_visible()
    says(page, corpus="small")


SLOW = '{"delay": 1, "batch_size": 1}'
"""Options of scripted labels with which hundreds of answers take minutes, and a stop is heard within a second."""


def start_from_form(page: Page, model: str, *, slow: bool = False) -> None:
    """Fill in the form as a user does, and start."""
    drawn(page)
    page.get_by_text("Answered by").locator("xpath=following::input[1]").click()
    page.get_by_role("option", name=re.compile("scripted labels")).click()
    drawn(page)
    field = page.get_by_text("Model", exact=True).locator("xpath=following::input[1]")
    field.click()
    field.fill(model)
    field.press("Enter")
    drawn(page)
    if slow:
        page.get_by_text("Sampled: drawn answers").click()
        drawn(page)
        engine = page.get_by_label("vLLM engine arguments (JSON)")
        if not engine.is_visible():
            page.get_by_text("More settings").click()
        engine.fill(SLOW)
        engine.press("Enter")
        drawn(page)
    expect(page.get_by_text(re.compile("= [0-9,]+ requests"))).to_be_visible()
    page.get_by_role("button", name=re.compile("(Start|Resume) run")).click()


def test_a_run_from_the_form_to_its_end(visit: Visit) -> None:
    page = visit("/runs?do=Start+a+run")
    choose_corpus(page, "small")
    start_from_form(page, "form-model")
    expect(page.get_by_text("form-model").first).to_be_visible()
    page.wait_for_url(re.compile(r"show=small-form-model-[0-9a-f]{12}"))
    run_id = parameters(page)["show"][0]
    expect(page.get_by_text("Finished")).to_be_visible()
    expect(page.get_by_text("360 answers")).to_be_visible()
    page.locator(f"a[href*='temperature?run={run_id}']").click()  # by its address: the menu has a link of this name
    expect(page.locator("[class*='st-key-big-form-model']")).to_be_visible()
    says(page, run=run_id)


def test_a_live_run_shows_progress_is_cancelled_and_resumed(visit: Visit, server: Server) -> None:
    page = visit("/runs?do=Start+a+run")
    choose_corpus(page, "small")
    start_from_form(page, "long-model", slow=True)
    expect(page.get_by_text(re.compile("answers.*(asking|loading)")).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"a second.*left")).first).to_be_visible()
    page.reload()
    settle(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled")).to_be_visible()


def choose_corpus(page: Page, name: str) -> None:
    drawn(page)
    page.get_by_text("Corpus", exact=True).last.locator("xpath=following::input[1]").click()
    page.get_by_role("option", name=name, exact=True).click()


OF_A_RUN = ("/story", "/temperature", "/stability", "/refusals")


@pytest.mark.parametrize("path", ["/", "/corpus?corpus=hostile", "/corpus?corpus=hostile&part=People",
                                  "/corpus?corpus=hostile&view=Table", "/story", "/temperature", "/stability",
                                  "/refusals?part_of_refusals=Cells", "/runs"])  # fmt: skip
def test_hostile_data_stay_data(visit: Visit, path: str) -> None:
    """The `visit` fixture fails the test if anything is asked of another place."""
    of_a_run = path.startswith(OF_A_RUN)
    page = visit(f"{path}{'&' if '?' in path else '?'}run={hostile_run()}" if of_a_run else path)
    if path == "/corpus?corpus=hostile":
        page.get_by_text("Show all texts").click()
        expect(page.get_by_text("<script>").first).to_be_visible()
        for button in page.get_by_text("Who said what").all()[:3]:
            button.click()
    if of_a_run:
        assert hostile_run() in page.url
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    drawn(page)
    assert page.evaluate("window.pwned") is None
    made = "a[href*=beacon], a[href^=javascript], img[src*=beacon]"
    assert page.locator(made).count() == 0
    expect(page.locator("[data-testid=stMain]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), "long words widen the page"


def hostile_run() -> str:
    return str(next(path.name for path in HOME["home"].joinpath("runs").iterdir() if path.name.startswith("hostile")))


HOME: dict[str, Path] = {}


@pytest.fixture(autouse=True)
def _home(server: Server) -> None:
    HOME["home"] = server.home


def test_a_bug_shows_an_id_that_is_in_the_log(browser: Browser, visit: Visit, tmp_path: Path) -> None:
    """A page that raises something unforeseen shows no traceback and nothing of its message."""
    (tmp_path / "sitecustomize.py").write_text(
        "import dashboard.loaders as loaders\n"
        "def corpora():\n    raise RuntimeError('inner detail that no reader should see')\n"
        "loaders.corpora = corpora\n"
    )
    server = start_server(tmp_path, first_on_path=tmp_path)
    try:
        page = visit_broken(browser, server)
        shown = page.get_by_text("It is a fault of Polyvocal")
        expect(shown).to_be_visible()
        reference = re.search(r"report the id ([0-9a-f]{8})", shown.inner_text())
        assert reference
        content = page.content()
        assert "inner detail" not in content
        assert "Traceback" not in content
        log = server.log.read_text()
        assert reference.group(1) in log
        assert "inner detail" in log
        page.context.close()
    finally:
        stop_server(server)


def visit_broken(browser: Browser, server: Server) -> Page:
    page = new_context(browser).new_page()
    page.goto(server.url)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    return page


def test_headers_and_host(server: Server) -> None:
    answer = get(server.url)
    assert answer.status_code == 200
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert get(server.url, host="evil.example").status_code == 400
