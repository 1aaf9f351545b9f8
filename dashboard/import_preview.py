"""The first rows of an upload, as columns and what they were chosen for; what may be a text is hidden."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard import state, text, ui
from engine.corpora.looking import Look

SHOWN = ("item", "annotator", "label", "group", "attributes", "split", "language")
"""What a column must be chosen for to be shown before a reader asks for the texts."""


def first_rows(look: Look, roles: Mapping[str, str]) -> None:
    """Show the first rows, hidden cells masked here and not in the browser.

    Args:
        look: what the file holds.
        roles: of the columns that were chosen for something.
    """
    size = f"{text.plural(look.n_rows, 'row')}, {text.plural(len(look.columns), 'column')}"
    ui.say(size if len(look.rows) == look.n_rows else f"{size}; the first {len(look.rows)}:", key="rows")
    st.toggle("Show all texts", key="show_texts", persist_state="session")
    frame = pd.DataFrame(look.rows, columns=range(len(look.columns)), dtype=object)
    headings = []
    for number, column in enumerate(look.columns):
        role = roles.get(column.name, "")
        name = text.plain(column.name, 40) or repr(column.name)
        headings.append(f"{name} → {role.removesuffix('s')}" if role else name)
        if role not in SHOWN and not state.show_all():
            frame[number] = frame[number].map(text.masked, na_action="ignore")
    frame.columns = pd.Index(unlike(headings))
    ui.table(frame, "First rows of the file, and what its columns were chosen for", key="first-rows")
    st.caption(text.WARNING_UPLOAD)


def unlike(names: list[str]) -> list[str]:
    """Return names of which no two are the same; a table needs that of its headings."""
    return [name if names.index(name) == number else f"{name} ({number + 1})" for number, name in enumerate(names)]
