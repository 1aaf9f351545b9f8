"""A report on disk: one HTML file, or a folder with every table and figure in a file of its own."""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import InputError, PolyvocalError
from engine.paths import check_new_file
from engine.report.content import Report
from engine.report.page import to_html
from engine.report.tables import csv_of, latex

NO_IMAGES = (
    "No PNG or SVG files were written: that needs the package kaleido and a Chrome, which Polyvocal does not install. "
    "Open report.html: every chart has a button for each."
)


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


def write_folder(report: Report, folder: Path) -> Written:
    """Write report.html, tables/*.csv and *.tex, figures/*.html (and *.svg, *.png where kaleido can).

    The figures share one copy of plotly.js, which lies beside them. Files of the same names are replaced; others stay.

    Raises:
        InputError: the folder's path is a file, or in no folder.
        PolyvocalError: something could not be written.
    """
    folder = check_report_folder(Path(folder))
    page = folder / "report.html"
    _write(page, to_html(report).encode("utf-8"))
    tables = []
    for exhibit in report.exhibits:
        if exhibit.frame is not None:
            stem = folder / "tables" / exhibit.name
            _write(stem.with_suffix(".csv"), csv_of(exhibit.frame))
            _write(stem.with_suffix(".tex"), latex(exhibit.frame, exhibit.title, exhibit.name).encode("utf-8"))
            tables += [stem.with_suffix(".csv"), stem.with_suffix(".tex")]
    figures, note = _write_figures(report, folder / "figures")
    return Written(page, tables, figures, note)


def check_report_folder(folder: Path) -> Path:
    """Return the folder that a user wants a report's files in; it is made when they are written.

    Raises:
        InputError: it is a file, or the folder that it would lie in is not there; a mistyped one is not made.
    """
    if folder.is_file():
        raise InputError(f"{folder} is a file; expected a folder to write the report's files into.")
    return folder if folder.is_dir() else check_new_file(folder)


def _write_figures(report: Report, folder: Path) -> tuple[list[Path], str]:
    import plotly.io as pio
    from plotly.offline import get_plotlyjs

    drawn = {exhibit.name: exhibit.draw("light") for exhibit in report.exhibits if exhibit.draw is not None}
    _write(folder / "plotly.min.js", get_plotlyjs().encode("utf-8"))
    written = []
    for name, figure in drawn.items():
        page = figure.to_html(include_plotlyjs="directory", config={"displaylogo": False, "responsive": True})
        _write(folder / f"{name}.html", page.encode("utf-8"))
        written.append(folder / f"{name}.html")
    if not _has_kaleido():
        return written, NO_IMAGES
    images = [folder / f"{name}.{form}" for name in drawn for form in ("svg", "png")]
    try:  # all at once: one start of the browser, not one an image
        pio.write_images([figure for figure in drawn.values() for _ in range(2)], images, width=900, scale=2)
        written += images
    except Exception as error:  # noqa: BLE001 (whatever a browser that is not there raises; the report stands)
        cause = (str(error).strip() or type(error).__name__).splitlines()[0]
        return written, f"{NO_IMAGES} (kaleido is here, but failed: {cause})"
    return written, ""


def _has_kaleido() -> bool:
    return importlib.util.find_spec("kaleido") is not None


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
