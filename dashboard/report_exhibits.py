"""One exhibit of a report: its chart, to be saved as SVG or PNG, and its table as CSV or LaTeX."""

from __future__ import annotations

import streamlit as st

from dashboard import reports, state, text, ui
from dashboard.exhibit import fit
from dashboard.theme import now
from engine.report import Exhibit, Report, csv_of, flat, titled


def one(report: Report) -> None:
    """Let the reader choose an exhibit, look at it, and take chart and table along."""
    st.header("One exhibit", anchor=False)
    known = {exhibit.name: exhibit for exhibit in report.exhibits if exhibit.frame is not None or exhibit.draw}
    state.read_address("table", list(known), several=False)
    chosen = st.selectbox(
        "Exhibit", list(known), index=None, format_func=lambda name: known[name].title, key="table",
        placeholder="Choose a chart or table", width=480,
    )  # fmt: skip
    state.write_address("table", [chosen] if chosen else [])
    if chosen is None:
        return
    for number, words in enumerate(known[chosen].says):
        ui.say(words, key=f"says-{number}")
    _picture(known[chosen])
    _table(report, known[chosen])


def _picture(exhibit: Exhibit) -> None:
    if exhibit.draw is None:
        return
    with st.container(border=True, key=f"picture-{exhibit.name}"):
        form = st.segmented_control(
            "The camera above the chart saves it as", ["SVG", "PNG"], default="SVG", required=True, key="picture",
            bind="query-params",
        )  # fmt: skip
        figure = titled(exhibit.draw(now()), exhibit.title)
        caption = fit(figure)
        ui.chart(figure, SEEN, f"report-{exhibit.name}", form="png" if form == "PNG" else "svg")
        if caption:
            ui.say(caption, "quiet", key="picture-caption")
        if exhibit.read:
            ui.say(exhibit.read, "quiet", key="picture-read")


SEEN = "The chosen chart of the report; the table below it has its numbers."


def _table(report: Report, exhibit: Exhibit) -> None:
    if exhibit.frame is None:
        return
    frame, stem = exhibit.frame, f"{text.plain(report.run_id, 100)}-{exhibit.name}"
    with st.container(horizontal=True):
        for form, end, mime, data in (
            ("CSV", "csv", "text/csv", lambda: csv_of(frame)),
            ("LaTeX", "tex", "text/x-tex", lambda: reports.latex_of(report, exhibit.name)),
        ):
            st.download_button(
                form, data=data, file_name=f"{stem}.{end}", mime=mime, key=f"as-{form}", icon=":material/download:",
                on_click="ignore",
            )  # fmt: skip
    ui.table(flat(frame), "The chosen table", key=f"table-{exhibit.name}")
