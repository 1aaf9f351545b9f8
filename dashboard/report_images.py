"""The figures of a report as PNG and SVG: drawn by a browser of the dashboard's machine when a reader asks for them."""

from __future__ import annotations

import streamlit as st

from dashboard import reports, text, ui
from dashboard.reports import Making
from engine.report import Report, why_no_images

ALL_FILES = "The ZIP file of all files holds the report, its tables as CSV and LaTeX, and its figures as pages"


@st.fragment  # so that the rest of the page stays as it is meanwhile
def offer(made: Making, report: Report) -> None:
    """Say what all files are, and let the reader have the figures drawn as PNG and SVG, or say why they cannot be."""
    if made.images is None and (why := why_no_images()):
        st.caption(f"{ALL_FILES}.")
        ui.notice(why, "image", key="no-images")
        return
    if made.images is None or made.images.note:
        button, bar = st.empty(), st.empty()
        if button.button("Draw all figures as PNG and SVG", icon=":material/image:", key="draw"):
            button.empty()
            reports.draw(made, lambda done, total, words: bar.progress(done / total, words))
            bar.empty()
    if made.images is None:
        number = sum(exhibit.draw is not None for exhibit in report.exhibits)
        st.caption(
            f"{ALL_FILES}. A browser on the dashboard's machine draws {text.plural(number, 'figure')} as PNG and SVG "
            "too, in about a second each; the ZIP file then holds them."
        )
        return
    if made.images.files:
        st.caption(f"{ALL_FILES}, as PNG (1,800 pixels wide) and as SVG.")
    if made.images.note:
        ui.notice(made.images.note, "warning", key="images")
