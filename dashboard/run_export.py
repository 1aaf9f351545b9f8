"""The responses of a run as one file, made when it is asked for; in CSV nothing can start a formula."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import cast

import streamlit as st

from dashboard import loaders, text, ui
from engine.runs.export import Format, export_run, items_of
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary

FORMS: dict[str, tuple[Format, str]] = {
    "Parquet": ("parquet", "application/octet-stream"),
    "CSV": ("csv", "text/csv"),
    "JSON lines": ("jsonl", "application/x-ndjson"),
}
MOST_AS_TEXT = 300_000
"""More responses than this are given out as Parquet alone: as text they would fill the dashboard's memory."""


def show(run: RunSummary) -> None:
    """Let the reader choose a form, and offer the file."""
    if not run.done:
        ui.say("No response has come yet.", "quiet", key="no-responses")
        return
    known = list(FORMS) if run.done <= MOST_AS_TEXT else ["Parquet"]
    if st.session_state.get("export_as") not in (None, *known):  # of a smaller run
        del st.session_state["export_as"]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Form", known, default=known[0], required=True, key="export_as", bind="query-params"
        )
        texts = st.toggle("With the items' texts", key="export_texts")
    with ui.guarded("export"):
        if texts:
            items_of(loaders.manifest(run), loaders.corpus(run.corpus))
            ui.notice(text.EXPORT_WARNING, "warning", key="export-texts")
        form, mime = FORMS[str(chosen)]
        st.download_button(
            f"{text.plural(run.done, 'response')} as {chosen}", data=lambda: exported(run, form, texts),
            file_name=f"{run.run_id}.{form}", mime=mime, key="export", icon=":material/download:", on_click="ignore",
        )  # fmt: skip
    st.caption(
        "One row a response: persona, item, wording, temperature, repeat, status, label, what the model said, "
        "log-probabilities of the labels, tokens. What a model said can be hateful, and can repeat the items' texts."
    )
    command = f"polyvocal run export {run.run_id} responses.{form}{' --texts' if texts else ''}"
    st.code(command, language=None, wrap_lines=True)


def exported(run: RunSummary, form: str, texts: bool) -> bytes:
    """Return the responses of a run as the bytes of a file.

    Args:
        run: whose.
        form: csv, parquet or jsonl.
        texts: with the items' texts.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "responses"
        return export_run(RunFolder(run.path), path, cast(Format, form), texts=texts).read_bytes()
