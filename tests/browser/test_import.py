"""A corpus comes in through the page: odd names, hostile names, files that are too large, and none that escapes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Server, Visit, becomes, open_list, parameters, says, settle
from tests.dashboard import worlds

pytestmark = pytest.mark.browser

IMPORT = "/corpus?corpora=Import+a+corpus"
HOSTILE = ("![t](http://beacon.invalid/t.png)", "<img src=x onerror='window.pwned=1'>", "=1+1", "\u202elebal", "wer?")


def table(columns: tuple[str, ...]) -> bytes:
    """Return a table of five people and six texts: text, item, label, annotator, age."""
    rows = [";".join(columns)] + [
        f"A text about {worlds.SECRET} that is long enough, {n}.;i{n};{'ja' if (n * p) % 3 else worlds.HOSTILE[0]};"
        f"P{p};{'alt' if p < 2 else 'jung'}"
        for n in range(6)
        for p in range(5)
    ]
    return "\n".join(rows).encode()


def send(page: Page, *files: tuple[str, bytes]) -> None:
    page.locator("input[type=file]").set_input_files(
        [FilePayload(name=name, mimeType="text/csv", buffer=content) for name, content in files]
    )


def test_a_table_with_hostile_columns_becomes_a_corpus(visit: Visit, server: Server) -> None:
    page = visit(IMPORT)
    send(page, ("../../../Urteile 2.csv", table(HOSTILE)))
    ready = page.get_by_role("button", name="Import", exact=True)
    expect(ready).to_be_visible()
    assert worlds.SECRET not in page.content()
    says(page, c_item=HOSTILE[1], c_label=HOSTILE[2], c_annotator=HOSTILE[3])
    open_list(page, "Group")
    page.get_by_role("option", name="wer?").click()
    expect(page.get_by_text("Annotators by group: alt 2, jung 3")).to_be_visible()
    settle(page)  # what the address says comes with the end of the script

    page.reload()
    expect(page.get_by_text("Annotators by group: alt 2, jung 3")).to_be_visible()
    expect(ready).to_be_visible()
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_have_value("urteile-2")
    name.fill("sent-by-a-browser")
    name.press("Enter")
    ready.click()
    expect(page.get_by_text("The corpus is imported.")).to_be_visible()
    expect(page.get_by_role("combobox", name="Corpus")).to_have_value("sent-by-a-browser")
    becomes(page, lambda: "upload" in parameters(page), False)
    assert page.evaluate("window.pwned") is None
    assert (server.home / "imported" / "sent-by-a-browser" / "corpus.json").is_file()
    becomes(page, lambda: list((server.home / "uploads").iterdir()), [])
    assert not list(server.home.parent.rglob("*Urteile*"))


def test_what_cannot_be_a_corpus_is_refused_and_the_page_goes_on(visit: Visit, server: Server, tmp_path: Path) -> None:
    page = visit(IMPORT)
    for name, content, said in (
        ("/etc/x\u202evsc.csv", b"\x80\x04\x95" + bytes(90), "could run a program when it is opened"),
        ("book.xlsx", b"PK\x03\x04" + bytes(90), "a zip archive or a spreadsheet"),
        ("many.csv", b"a;b\n1;2;3\n", "3 cells for 2 columns"),
    ):
        send(page, (name, content))
        expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Choose other files").click()
    expect(page.get_by_text("3 cells for 2 columns")).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(1)
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(51 * 2**20)
    page.locator("input[type=file]").set_input_files(tmp_path / "large.csv")
    expect(page.get_by_text("50.0MB or smaller")).to_be_visible()
    becomes(page, lambda: list((server.home / "uploads").iterdir()), [])
