"""A report on disk: one HTML file, or a folder with every table and figure in a file of its own."""

from __future__ import annotations

import contextlib
import io
import secrets
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError, PolyvocalError
from engine.paths import check_new_file
from engine.report.content import Report
from engine.report.images import Images, Progress, draw_images, image_names
from engine.report.latex import latex
from engine.report.page import to_html
from engine.report.tables import csv_of


@dataclass(frozen=True)
class Written:
    """What a folder of a report holds."""

    report: Path
    tables: list[Path] = field(default_factory=list)
    figures: list[Path] = field(default_factory=list)
    note: str = ""
    """What could not be written, and what to do; '' where all was."""


def write_html(report: Report, path: Path) -> Path:
    """Write a report as one HTML file and return its path; a file that is there is replaced, whole or not at all.

    Raises:
        InputError: the path is a folder, or in none.
        PolyvocalError: the file could not be written.
    """
    path = check_new_file(Path(path))
    _write(path, to_html(report).encode("utf-8"))
    return path


def write_folder(report: Report, folder: Path, progress: Progress | None = None) -> Written:
    """Write report.html, tables/*.csv and *.tex, figures/*.html, *.svg and *.png (where a Chrome is at hand).

    The figures as pages share one copy of plotly.js, which lies beside them. Files of the same names are replaced, and
    go where they could not be drawn anew, so that no image is of another report; others stay.

    Args:
        report: what to write.
        folder: where to; made if it is not there.
        progress: called with images drawn and all images.

    Raises:
        InputError: the folder's path is a file, or in no folder.
        PolyvocalError: something could not be written.
    """
    folder = check_report_folder(Path(folder))
    names = []
    for name, content in pages_and_tables(report, to_html(report).encode("utf-8")):
        _write(folder / name, content)
        names.append(name)
    images = draw_images(report, progress)
    for name, content in images.files.items():
        _write(folder / "figures" / name, content)
    for name in sorted(image_names(report) - set(images.files)):
        with contextlib.suppress(OSError):
            (folder / "figures" / name).unlink()
    tables = [folder / name for name in names if name.startswith("tables/")]
    figures = [folder / name for name in names if name.startswith("figures/") and name.endswith(".html")]
    return Written(
        folder / "report.html", tables, [*figures, *(folder / "figures" / name for name in images.files)], images.note
    )


def write_archive(report: Report, page: bytes, images: Images) -> bytes:
    """Return what `write_folder` writes as a ZIP file; where images are missing, figures/MISSING.txt says why.

    Args:
        report: what to write.
        page: its HTML file.
        images: its figures, as far as they were drawn.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as files:
        for name, content in pages_and_tables(report, page):
            files.writestr(name, content)
        for name, content in images.files.items():
            files.writestr(f"figures/{name}", content)
        if images.note:
            files.writestr("figures/MISSING.txt", images.note + "\n")
    return buffer.getvalue()


def pages_and_tables(report: Report, page: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of each file of a report's folder but the images."""
    from plotly.offline import get_plotlyjs

    yield "report.html", page
    for exhibit in report.exhibits:
        if exhibit.frame is not None:
            yield f"tables/{exhibit.name}.csv", csv_of(exhibit.frame)
            yield f"tables/{exhibit.name}.tex", latex(exhibit.frame, exhibit.title, exhibit.name).encode("utf-8")
    yield "figures/plotly.min.js", get_plotlyjs().encode("utf-8")
    for exhibit in report.exhibits:
        if exhibit.draw is not None:
            figure = exhibit.draw("light").to_html(
                include_plotlyjs="directory", config={"displaylogo": False, "responsive": True}
            )
            yield f"figures/{exhibit.name}.html", figure.encode("utf-8")


def check_report_folder(folder: Path) -> Path:
    """Return the folder that a user wants a report's files in; it is made when they are written.

    Raises:
        InputError: it is a file, or the folder that it would lie in is not there; a mistyped one is not made.
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file; expected a folder to write the report's files into.")
    return folder if folder.is_dir() else check_new_file(folder)


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(3)}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise PolyvocalError(
            f"{path} could not be written ({error.strerror or error}). Free space or choose another place; the run "
            "itself is unchanged."
        ) from error
