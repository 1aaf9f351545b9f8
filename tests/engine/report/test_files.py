"""Reports on disk."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from engine.errors import InputError, PolyvocalError
from engine.report import Images, files, images, write_archive, write_folder, write_html
from tests.engine.report.runs import usual


@pytest.fixture(autouse=True)
def no_chrome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are drawn in tests/engine/report/test_images.py and tests/browser/test_images.py alone."""
    monkeypatch.setenv(images.NAMED_BY, "/nowhere/chrome")


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


def test_without_a_chrome_it_says_where_images_are(tmp_path: Path) -> None:
    written = write_folder(usual(), tmp_path / "out")
    assert "every chart" in written.note.lower()
    assert not [path for path in written.figures if path.suffix != ".html"]


def test_images_lie_beside_the_pages_and_old_ones_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = Images({"homogenization.svg": b"an svg", "homogenization.png": b"a png"}, "some are left out")
    monkeypatch.setattr(files, "draw_images", lambda *asked: drawn)
    folder = tmp_path / "out" / "figures"
    folder.mkdir(parents=True)
    for name in ("homogenization.svg", "kappas.png", "mine.png"):
        (folder / name).write_bytes(b"older")
    written = write_folder(usual(), tmp_path / "out")
    assert written.note == "some are left out"
    assert (folder / "homogenization.svg").read_bytes() == b"an svg"
    assert {folder / "homogenization.svg", folder / "homogenization.png"} <= set(written.figures)
    assert not (folder / "kappas.png").exists(), "it shows another report"
    assert (folder / "mine.png").exists()


def test_an_archive_holds_what_a_folder_does(tmp_path: Path) -> None:
    report = usual()
    written = write_folder(report, tmp_path / "out")
    in_folder = {str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()}
    with zipfile.ZipFile(io.BytesIO(write_archive(report, b"the page", Images(note=written.note)))) as archive:
        assert set(archive.namelist()) == in_folder | {"figures/MISSING.txt"}
        assert archive.read("report.html") == b"the page"
        assert archive.read("figures/MISSING.txt").decode().strip() == written.note
    with zipfile.ZipFile(io.BytesIO(write_archive(report, b"", Images({"homogenization.svg": b"an svg"})))) as archive:
        assert archive.read("figures/homogenization.svg") == b"an svg"
        assert "figures/MISSING.txt" not in archive.namelist()


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
