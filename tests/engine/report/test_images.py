"""Images of figures where Chrome is missing, fails or hangs: that costs the images, and nothing else.

What a real Chrome draws is tested in tests/browser/test_images.py.
"""

from __future__ import annotations

import importlib.util
import re
import time
from pathlib import Path

import psutil
import pytest

from engine.report import Exhibit, Report, draw_images, images, why_no_images
from engine.report.stills import still
from tests.engine.report.runs import usual


def few() -> Report:
    """A report of two figures."""
    report = usual()
    section = next(section for section in report.sections if sum(e.draw is not None for e in section.exhibits) > 1)
    two = [exhibit for exhibit in section.exhibits if exhibit.draw is not None][:2]
    return Report(report.run_id, report.made, "none", (), (), (type(section)("few", "Few", exhibits=tuple(two)),))


def a_chrome(tmp_path: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that is taken for Chrome."""
    path = tmp_path / "chrome-of-the-tests"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv(images.NAMED_BY, str(path))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    return path


def nothing_is_left(chrome: Path) -> None:
    until = time.monotonic() + 60  # who was killed is listed for a moment
    while running := [p for p in psutil.process_iter(["cmdline"]) if str(chrome) in (p.info["cmdline"] or [])]:
        assert time.monotonic() < until, running
        time.sleep(0.05)
    assert not list((chrome.parent / "temporary").iterdir())


def test_a_chrome_that_is_not_there_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(images.NAMED_BY, "/nowhere/chrome")
    assert "POLYVOCAL_CHROMIUM names '/nowhere/chrome'" in why_no_images()
    drawn = draw_images(few())
    assert (drawn.files, drawn.note) == ({}, why_no_images())
    monkeypatch.delenv(images.NAMED_BY)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(images, "PLACES", ())
    assert "neither was found on this machine" in why_no_images()
    assert "apt install chromium" in why_no_images()


def test_a_missing_kaleido_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "make install" in why_no_images()


def test_a_chrome_that_ends_at_once_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = a_chrome(tmp_path, "echo 'no display' >&2; exit 3", monkeypatch)
    drawn = draw_images(few())
    assert drawn.files == {}
    assert drawn.note.startswith(f"PNG and SVG files are left out: {chrome} could not draw them (")
    nothing_is_left(chrome)


def test_a_chrome_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "STALL", 3.0)
    chrome = a_chrome(tmp_path, "trap '' TERM; while :; do sleep 1; done", monkeypatch)
    steps: list[tuple[int, int]] = []
    drawn = draw_images(few(), lambda *step: steps.append(step))
    assert drawn.files == {}
    assert "drew nothing for 3 seconds and was ended" in drawn.note
    assert steps == [(0, 4)]
    nothing_is_left(chrome)


def test_who_no_longer_waits_ends_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chrome = a_chrome(tmp_path, "while :; do sleep 1; done", monkeypatch)

    def stop(*step: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_images(few(), stop)
    nothing_is_left(chrome)


def test_keys_of_the_user_do_not_reach_the_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-user")
    chrome = a_chrome(tmp_path, f'env > "{tmp_path}/environment"; exit 1', monkeypatch)
    draw_images(few())
    assert "PATH=" in (tmp_path / "environment").read_text()
    assert "sk-of-the-user" not in (tmp_path / "environment").read_text()
    nothing_is_left(chrome)


def test_the_browser_reads_installed_files_alone() -> None:
    from kaleido import PageGenerator

    sources = re.findall(r'src="([^"]*)"', PageGenerator(mathjax=False).generate_index())
    assert any(source.endswith("plotly.min.js") for source in sources)
    assert all(source.startswith("file:///") for source in sources)


def test_a_report_without_figures_needs_no_browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_chrome(tmp_path, f'touch "{tmp_path}/started"', monkeypatch)
    report = usual()
    drawn = draw_images(Report(report.run_id, report.made, "none", (), ()))
    assert (drawn.files, drawn.note) == ({}, "")
    assert not (tmp_path / "started").exists()


def test_a_figure_has_a_title_and_room_for_it_and_its_legend() -> None:
    for exhibit in usual().exhibits:
        figure = still(exhibit)
        assert (figure is None) == (exhibit.draw is None)
        if figure is None or exhibit.draw is None:
            continue
        plain = exhibit.draw("light").layout
        assert figure.layout.title.text.startswith(exhibit.title[:20])
        assert figure.layout.height >= (plain.height or 0) + 40
        assert figure.layout.margin.t >= plain.margin.t + 40
        assert figure.layout.template.layout.paper_bgcolor in (None, "#FFFFFF")


def test_an_image_promises_nothing_to_hover_over() -> None:
    import plotly.graph_objects as go

    figure = go.Figure(layout={"height": 300, "margin": {"t": 20}})
    figure.add_annotation(text="A cross: undefined; hovering<br>says why.", name="caption")
    drawn = still(Exhibit("x", "X", draw=lambda theme: figure))
    assert drawn is not None
    assert drawn.layout.annotations[0].text == "A cross: undefined; the table<br>says why."
