"""Published corpora: where they come from, on which terms, and how to get one."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import loaders, ui
from engine.corpora.catalogue import load_catalogue


def show() -> None:
    """List the published corpora that the catalogue knows, with the command that fetches one."""
    with st.expander("Published corpora", key="published"):
        st.markdown(
            "The catalogue knows where these lie. One command in a terminal downloads a corpus, checks its sums and "
            "imports it; their texts are not part of this project."
        )
        here = {corpus.name for corpus in loaders.corpora()}
        entries = load_catalogue().values()
        frame = pd.DataFrame(
            [(e.name, e.task, e.language, e.licence, e.citation, e.name in here) for e in entries],
            columns=["name", "task", "language", "licence", "citation", "here"],
        )
        ui.table(frame, "Published corpora", COLUMNS, key="published-corpora")
        st.code("polyvocal corpus fetch NAME", language=None, wrap_lines=True)


COLUMNS = {
    "name": "Name",
    "task": "Task",
    "language": "Language",
    "licence": "Terms of use",
    "citation": "To cite",
    "here": st.column_config.CheckboxColumn("Here"),
}
