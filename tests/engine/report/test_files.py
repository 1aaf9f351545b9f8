"""Reports on disk."""

from __future__ import annotations

from pathlib import Path

import plotly.io as pio
import pytest

from engine.errors import InputError, PolyvocalError
from engine.report import files, write_folder, write_html
from tests.engine.report.runs import usual


def test_a_file_is_written_whole_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    report = usual()
    write_html(report, path)
    first = path.read_bytes()
    path.write_text("older")
    write_html(report, path)
    assert path.read_bytes() == first
    assert first.decode("utf-8").endswith("</html>\n") or first.decode("utf-8").endswith("</html>")
    assert [p.name for p in path.parent.iterdir()] == ["report.html"], "nothing half-written is left"


def test_a_folder_holds_every_table_and_figure(tmp_path: Path) -> None:
    report = usual()
    written = write_folder(report, tmp_path / "out")
    assert {path.stem for path in written.tables} == set(report.tables)
    assert len(written.tables) == 2 * len(report.tables)
    assert {path.stem for path in written.figures} == {e.name for e in report.exhibits if e.draw}
    assert all(path.is_file() for path in (written.report, *written.tables, *written.figures))
    figure = (tmp_path / "out" / "figures" / "homogenization.html").read_text(encoding="utf-8")
    assert 'src="plotly.min.js"' in figure
    assert len(figure) < 200_000, "the figures share one plotly.js"
    assert "cdn" not in figure


def test_without_kaleido_it_says_where_images_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_has_kaleido", lambda: False)
    written = write_folder(usual(), tmp_path / "out")
    assert "every chart has a button" in written.note
    assert not list((tmp_path / "out" / "figures").glob("*.svg"))


def test_with_kaleido_every_figure_is_an_image_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_has_kaleido", lambda: True)
    monkeypatch.setattr(pio, "write_images", lambda figures, paths, **more: [p.write_bytes(b"image") for p in paths])
    report = usual()
    written = write_folder(report, tmp_path / "out")
    assert written.note == ""
    assert len(written.figures) == 3 * sum(exhibit.draw is not None for exhibit in report.exhibits)
    assert (tmp_path / "out" / "figures" / "homogenization.svg").read_bytes() == b"image"


def test_a_kaleido_that_fails_costs_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(figures: list[object], paths: list[Path], **more: object) -> None:
        raise RuntimeError("no Chrome here\nand a long story")

    monkeypatch.setattr(files, "_has_kaleido", lambda: True)
    monkeypatch.setattr(pio, "write_images", fails)
    written = write_folder(usual(), tmp_path / "out")
    assert "no Chrome here" in written.note
    assert "long story" not in written.note
    assert written.report.is_file()


def test_places_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    report = usual()
    with pytest.raises(InputError, match="is a folder"):
        write_html(report, tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        write_folder(report, tmp_path / "file")
    (tmp_path / "out" / "tables").mkdir(parents=True)
    (tmp_path / "out" / "figures").write_text("in the way")
    with pytest.raises(PolyvocalError, match="could not be written"):
        write_folder(report, tmp_path / "out")


def test_a_mistyped_place_is_refused_and_nothing_made(tmp_path: Path) -> None:
    report = usual()
    with pytest.raises(InputError, match="there is no folder"):
        write_html(report, tmp_path / "mistyped" / "report.html")
    with pytest.raises(InputError, match="there is no folder"):
        write_folder(report, tmp_path / "mistyped" / "out")
    assert not list(tmp_path.iterdir())
