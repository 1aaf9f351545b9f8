"""Report: everything a run shows, as one HTML file that works offline, and each of its charts and tables."""

from __future__ import annotations

import streamlit as st

from dashboard import report_exhibits, report_images, reports, state, text, ui
from dashboard.reports import Making
from dashboard.subject import Subject, pick
from engine.report import Texts

WHAT = (
    "One HTML file with all that this run shows: charts, tables, the items that part personas from people, the exact "
    "spec, versions and what to cite. It opens in any browser, without a network, and asks nothing of any server. "
    "Every chart in it can be saved as SVG or PNG."
)
TEXTS: dict[Texts, str] = {"masked": "In the file, hidden until clicked", "none": "Not in the file"}
PASSING_ON = (
    "Texts can be hateful, and a corpus's licence can forbid passing them on. Whoever gets a file that holds them can "
    "read them; leave them out where that must not be."
)
MAKING = (
    "Measuring takes seconds for a small run, up to a minute for a large one. The report is kept until the run changes."
)


def choose_texts() -> Texts:
    """Let the reader choose whether texts of items go into the file; the address restores it."""
    for name in state.read_address("texts", list(TEXTS), several=False, otherwise=["masked"]):
        ui.problem(
            f"Texts cannot be {text.plain(name, 80)!r} in a report, only {text.joined(list(TEXTS))}.", key="no-texts"
        )
        st.session_state["texts"] = "masked"
    chosen = st.radio(
        "Texts of items", list(TEXTS), format_func=TEXTS.__getitem__, horizontal=True, key="texts",
        persist_state="session",
    )  # fmt: skip
    state.write_address("texts", [chosen])
    return chosen


def make(subject: Subject, texts: Texts) -> Making | None:
    """Return the report where it is made already, or make it when the reader asks for it."""
    if found := reports.made(subject, texts):
        return found
    button, bar = st.empty(), st.empty()
    asked = button.button("Make the report", type="primary", icon=":material/description:", key="make")
    if not asked:
        st.caption(MAKING)
        return None
    button.empty()
    made = reports.make(
        subject, texts, lambda done, total, title: bar.progress(done / total, title or "Writing the page")
    )
    bar.empty()
    return made


def offer(made: Making, subject: Subject) -> None:
    """Offer the file and its tables, and show what is in them."""
    report, name = made.report, text.plain(made.report.run_id, 100) if made.report else ""
    if report is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download the report", data=lambda: made.page, file_name=f"{name}.html", mime="text/html", key="html",
            type="primary", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "All files (ZIP)", data=lambda: reports.folder(made), file_name=f"{name}.zip", mime="application/zip",
            key="folder", icon=":material/folder_zip:", on_click="ignore",
        )  # fmt: skip
        st.download_button(
            "All tables (CSV and LaTeX, ZIP)", data=lambda: reports.archive(report), file_name=f"{name}-tables.zip",
            mime="application/zip", key="zip", icon=":material/folder_zip:", on_click="ignore",
        )  # fmt: skip
    hidden = sum(bool(card.fields) for card in report.items.values())
    with_texts = f"holds the texts of {text.plural(hidden, 'item')}" if hidden else "holds no texts"
    ui.say(
        f"{len(made.page) / 1e6:.1f} MB{text.DOT}{with_texts}{text.DOT}temperature {subject.temperature:g}",
        "quiet",
        "size",
    )
    report_images.offer(made, report)
    for number, note in enumerate(report.notes):
        ui.notice(note, "warning", key=f"note-{number}")
    st.header("The story in numbers", anchor=False)
    ui.table(reports.headlines(report), "The numbers that the report starts with", reports.HEADLINES, key="headlines")
    st.header("What is in it", anchor=False)
    ui.table(reports.contents(report), "Sections and exhibits of the report", reports.CONTENTS, key="contents")
    report_exhibits.one(report)


def main() -> None:
    """Draw the page."""
    st.title("Report")
    st.caption(WHAT)
    subject = pick(sets=False)
    if subject is None:
        return
    texts = choose_texts()
    if texts == "masked":
        ui.notice(PASSING_ON, "visibility_off", key="texts")
    with ui.guarded():
        if made := make(subject, texts):
            offer(made, subject)


main()
