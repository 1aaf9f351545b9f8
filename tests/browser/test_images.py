"""Figures drawn as PNG and SVG by the real browser, as `polyvocal report --folder` and the Report page do."""

from __future__ import annotations

import os
import struct
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import expect

from engine.report import Images, Report, draw_images, images
from tests.browser.conftest import Visit
from tests.dashboard import worlds
from tests.engine.report.runs import report_of, usual

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module", autouse=True)
def chrome() -> str:
    found = images.find_chrome()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium is installed, and CI must not pass without the images that it draws")
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    return found


@cache
def once() -> Images:
    return draw_images(usual())


@pytest.fixture
def drawn() -> Images:
    """All images of a usual report, drawn by the first test that asks, in the store of that test."""
    return once()


def test_every_figure_is_drawn_in_both_forms(drawn: Images) -> None:
    assert drawn.note == ""
    assert set(drawn.files) == images.image_names(usual())
    assert len(drawn.files) > 30


def test_a_png_has_the_points_that_a_paper_needs(drawn: Images) -> None:
    for name, content in drawn.files.items():
        if name.endswith(".png"):
            assert content[:8] == b"\x89PNG\r\n\x1a\n", name
            width, height = struct.unpack(">II", content[16:24])
            assert width == 1800, name
            assert 300 < height < 6000, name


def test_an_svg_is_titled_light_and_in_a_font_without_serifs(drawn: Images) -> None:
    for exhibit in usual().exhibits:
        if exhibit.draw is None:
            continue
        root = ET.fromstring(drawn.files[f"{exhibit.name}.svg"])
        assert root.get("width") == "900"
        words = {"".join(text.itertext()) for text in root.iter(f"{SVG}text")}
        assert exhibit.title in words
        background = next(root.iter(f"{SVG}rect"))
        assert "rgb(255, 255, 255)" in background.get("style", "")
        styles = [text.get("style", "") for text in root.iter(f"{SVG}text")]
        assert all("Helvetica" in style and "sans-serif" in style for style in styles if "font-size" in style)


def test_hostile_names_are_text_in_an_image() -> None:
    evil = worlds.HOSTILE
    report = report_of(worlds.hostile_corpus(), model=evil[0], personas=evil[:4], controls=evil[8:10])
    wanted = [exhibit for exhibit in report.exhibits if exhibit.name in ("failure-modes", "stand-ins", "calibration")]
    few = tuple(exhibit for exhibit in wanted if exhibit.draw is not None)
    assert few
    section = type(report.sections[0])("few", "Few", exhibits=few)
    made = draw_images(Report(report.run_id, report.made, "none", (), (), (section,)))
    assert made.note == ""
    for name, content in made.files.items():
        if name.endswith(".svg"):
            root = ET.fromstring(content)
            tags = {element.tag.removeprefix(SVG) for element in root.iter()}
            assert not tags & {"script", "foreignObject", "iframe", "image", "a"}, name
            assert not any(key.lower().startswith("on") for element in root.iter() for key in element.attrib)


def test_the_report_page_draws_them_into_the_zip_file(visit: Visit, tmp_path: Path) -> None:
    page = visit("/report?texts=none&t=0.7")  # a report that no other test makes
    page.get_by_role("button", name="Make the report").click()
    page.get_by_role("button", name="Draw all figures as PNG and SVG").click()
    expect(page.get_by_text("as PNG (1,800 pixels wide) and as SVG")).to_be_visible(timeout=600_000)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="All files (ZIP)").click()
    waiting.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as files:
        names = set(files.namelist())
        pages = {name.removesuffix(".html") for name in names if name.startswith("figures/") and name.endswith(".html")}
        assert len(pages) > 15
        assert {f"{page}.{form}" for page in pages for form in ("png", "svg")} <= names
        assert "figures/MISSING.txt" not in names
