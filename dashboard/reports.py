"""Reports of runs: measured once for all sessions, for as long as run and corpus stay the same; and their files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import loaders
from dashboard.loaders import Key
from dashboard.subject import Subject
from engine.errors import PolyvocalError
from engine.report import (
    Images,
    Report,
    Texts,
    csv_of,
    draw_images,
    latex,
    make_report,
    to_html,
    why_no_images,
    write_archive,
)  # fmt: skip
from engine.runs.run_folder import RunFolder

_number = st.column_config.NumberColumn
HEADLINES: dict[str, Any] = {
    "number": "Number",
    **{name: _number(name.capitalize(), format="%.3f") for name in ("value", "low", "high")},
    "n_items": _number("Items", format="localized"),
    "n_raters": _number("Raters", format="localized"),
    "note": "Note",
}
CONTENTS: dict[str, Any] = {
    "section": "Section",
    "exhibit": "Exhibit",
    "chart": "Chart",
    "rows": _number("Rows of its table", format="localized"),
    "note": "Why it is not for this run",
}
"""How the columns of `headlines` and `contents` are shown."""

NOT_ASKED = (
    "PNG and SVG files are left out: they had not been drawn when this file was made. The Report page draws them on a "
    "click. Every chart of report.html has a button for each."
)
Progress = Callable[[int, int, str], object]
_DRAWING = Lock()


@dataclass
class Making:
    """A report that was made, or that some session is making."""

    lock: Lock = field(default_factory=Lock)
    report: Report | None = None
    page: bytes = b""
    """The HTML file."""
    images: Images | None = None
    """Its figures as PNG and SVG; None where nobody has asked for them."""


def made(subject: Subject, texts: Texts) -> Making | None:
    """Return the report of a run as it stands now; None where nobody has asked for it yet."""
    making = _making(_key(subject, texts))
    return making if making.report is not None else None


def make(subject: Subject, texts: Texts, progress: Progress) -> Making:
    """Return the report of a run, making it where nobody has; a session that comes meanwhile waits for the first.

    Raises:
        InputError: the run has no answers yet, or cannot be read.
    """
    making = _making(_key(subject, texts))
    if making.lock.locked():
        progress(0, 1, "Waiting: another session is making this report")
    with making.lock:
        if making.report is None:
            report = make_report(
                RunFolder(subject.run.path), temperature=subject.temperature, texts=texts, progress=progress
            )
            making.page = to_html(report).encode("utf-8")
            making.report = report  # last: from here on other sessions take it as made
    return making


def draw(making: Making, progress: Progress) -> Images:
    """Return the figures of a report as PNG and SVG, drawing them where nobody has.

    One browser at a time draws for all sessions. A session that leaves meanwhile ends it, and the next one begins anew.
    """
    if _DRAWING.locked():
        progress(0, 1, "Waiting: figures are being drawn for another session")
    with _DRAWING:
        if making.report is not None and (making.images is None or making.images.note):
            making.images = draw_images(
                making.report, lambda done, total: progress(done, total, f"{done} of {total} images are drawn")
            )
    return making.images or Images()


def folder(making: Making) -> bytes:
    """Return what `polyvocal report --folder` writes as a ZIP file, with the images that have been drawn."""
    if making.report is None:
        return b""
    images = making.images or Images(note=why_no_images() or NOT_ASKED)
    return write_archive(making.report, making.page, images)


def contents(report: Report) -> pd.DataFrame:
    """Return what is in a report: section, exhibit, chart (yes or no), rows of its table, and why there is none."""
    rows = [
        (section.title, exhibit.title, exhibit.draw is not None, 0 if exhibit.frame is None else len(exhibit.frame),
         exhibit.note)
        for section in report.sections
        for exhibit in section.exhibits
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["section", "exhibit", "chart", "rows", "note"])


def headlines(report: Report) -> pd.DataFrame:
    """Return the numbers that a report starts with: number, value, low, high, n_items, n_raters, note."""
    numbers = ("value", "low", "high", "n_items", "n_raters", "note")
    rows = [(h.name, *(getattr(h.estimate, name) for name in numbers)) for h in report.headlines]
    return pd.DataFrame(rows, columns=["number", *numbers])


def titles(report: Report) -> dict[str, str]:
    """Return name and title of every exhibit that has a table."""
    return {exhibit.name: exhibit.title for exhibit in report.exhibits if exhibit.frame is not None}


def latex_of(report: Report, name: str) -> bytes:
    """Return one table as LaTeX."""
    return latex(report.tables[name], titles(report)[name], name).encode("utf-8")


def archive(report: Report) -> bytes:
    """Return all tables as a ZIP file: NAME.csv and NAME.tex of each."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as files:
        for name, frame in report.tables.items():
            files.writestr(f"{name}.csv", csv_of(frame))
            files.writestr(f"{name}.tex", latex_of(report, name))
    return buffer.getvalue()


def _key(subject: Subject, texts: Texts) -> Key:
    """Return what changes with the files of run and corpus, and with what was asked."""
    try:
        corpus = loaders.corpus_key(subject.corpus)
    except PolyvocalError:  # a run whose corpus is gone has a report too
        corpus = ("", "gone")
    return (*loaders.run_key(subject.run), subject.run.state, *corpus, f"{subject.temperature:.4f}", texts)


@st.cache_resource(max_entries=8, show_spinner=False)
def _making(key: Key) -> Making:  # noqa: ARG001 (the key decides whose it is)
    return Making()
