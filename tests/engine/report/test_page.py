"""The page: one file that asks nothing of anybody, in which no string of the data can act. A browser opens it in
tests/browser/test_report.py."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from plotly.offline import get_plotlyjs

from engine.report import to_html
from tests.dashboard import worlds
from tests.engine.report.runs import TEXT, report_of, usual, usual_page


class Reader(HTMLParser):
    """Collects elements, their attributes, and the contents of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.text = ""
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, before = self.scripts[-1]
            self.scripts[-1] = (attributes, before + data)
        elif self._inside != "style":
            self.text += data

    @property
    def data(self) -> dict[str, Any]:
        """The page's block of data."""
        return json.loads(next(text for attributes, text in self.scripts if attributes.get("type")))

    @property
    def policy(self) -> str:
        return str(next(a["content"] for t, a in self.elements if t == "meta" and "http-equiv" in a))


@pytest.fixture
def page() -> str:
    return usual_page()


def test_plotly_is_in_it_once_and_nothing_else_is_loaded(page: str) -> None:
    assert page.count(get_plotlyjs()) == 1
    found = Reader(page)
    loading = [
        (t, a) for t, a in found.elements if {"src", "srcset", "action", "data", "poster"} & set(a) or t == "link"
    ]
    assert loading == []
    assert all(str(a["href"]).startswith("#") for t, a in found.elements if "href" in a)
    assert "@import" not in page.split("</style>")[0]


def test_the_policy_allows_exactly_its_own_scripts_and_no_request(page: str) -> None:
    found = Reader(page)
    run = [text for attributes, text in found.scripts if not attributes.get("type")]
    assert len(run) == 2
    directives = dict(part.strip().split(" ", 1) for part in found.policy.split(";"))
    expected = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in run]
    assert sorted(directives["script-src"].split()) == sorted(expected)
    assert directives["default-src"] == "'none'"
    assert "http" not in found.policy
    before = page.index("Content-Security-Policy")
    assert not re.search(r"<(script|style|img)", page[:before]), "the policy comes before what it is for"


def test_charts_come_in_both_themes_and_tables_in_both_forms(page: str) -> None:
    report, data = usual(), Reader(page).data
    assert set(data["charts"]) == {exhibit.name for exhibit in report.exhibits if exhibit.draw}
    assert all(set(themes) == {"light", "dark"} for themes in data["charts"].values())
    assert set(data["tables"]) == set(report.tables)
    assert data["tables"]["homogenization"]["tex"].startswith(r"\begin{table}")
    assert data["tables"]["homogenization"]["csv"].startswith('"raters","among"')


def test_every_chart_is_named_and_every_title_is_a_heading(page: str) -> None:
    found = Reader(page)
    charts = [a for t, a in found.elements if "data-chart" in a]
    named = [a for t, a in found.elements if a.get("class") == "wide"]
    assert len(charts) == len(named) > 10
    assert all(a["aria-label"] and a["tabindex"] == "0" for a in named)
    anchors = {a["href"] for t, a in found.elements if t == "a"}
    assert {f"#{a['id']}" for t, a in found.elements if t == "section"} <= anchors
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))


def test_texts_wait_in_the_data_and_stand_nowhere_else(page: str) -> None:
    found = Reader(page)
    assert TEXT not in found.text
    assert page.count(TEXT) == len(found.data["texts"]) > 5
    assert "They are in this file" in found.text
    without = to_html(report_of(texts="none", name="without"))
    assert TEXT not in without
    assert "made without the texts" in Reader(without).text


def test_no_string_of_the_data_becomes_an_element() -> None:
    calm = {t for t, _ in Reader(usual_page()).elements}
    evil = worlds.HOSTILE
    names = {"model": evil[0], "personas": evil[:4], "controls": evil[8:10], "set_name": evil[1]}
    page = to_html(report_of(worlds.hostile_corpus(), **names))
    found = Reader(page)
    assert {t for t, _ in found.elements} <= calm
    assert not [name for _, attributes in found.elements for name in attributes if name.startswith("on")]
    assert len(found.scripts) == 3
    block = next(text for attributes, text in found.scripts if attributes.get("type"))
    assert not set("<>&") & set(block)
    assert any(worlds.HOSTILE[0] in text for fields in found.data["texts"] for _, text in fields)
    assert worlds.HOSTILE[0] in found.text, "it is to be read, as text"


def test_the_mark_of_what_proves_nothing_is_on_the_page(page: str) -> None:
    assert "Synthetic data." in Reader(page).text
    assert "Scripted labels." in Reader(page).text


def test_long_tables_are_cut_on_the_page_and_whole_in_the_csv() -> None:
    page = Reader(to_html(report_of(worlds.small_corpus("many", n_items=90))))
    assert "The first 60 rows are shown" in page.text
    assert len(page.data["tables"]["parting-items"]["csv"].splitlines()) == 91
