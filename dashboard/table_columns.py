"""How the columns of the pages' tables are shown: headings, number formats, bars."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import sentences, text
from engine.corpora.corpus import Task
from engine.measures.item_disagreement import COUNT_PREFIX


def items(task: Task) -> dict[str, Any]:
    """Return how the columns of the item table are shown."""
    number = st.column_config.NumberColumn
    counts = {
        f"{COUNT_PREFIX}{label}": number(text.plain(sentences.label_words(task, label), 40)) for label in task.labels
    }
    return counts | {
        "item_id": st.column_config.TextColumn("Item"),
        "n_labels": number("Labels"),
        "share_positive": None,
        "entropy": number("Entropy", format="%.2f", help="Of the label shares, in bits"),
        "disagreement": st.column_config.ProgressColumn("Disagreement", format="%.2f", min_value=0, max_value=1),
        "majority": st.column_config.TextColumn("Majority"),
    }


def shares(task: Task) -> dict[str, Any]:
    """Return how the columns of the table of annotators are shown."""
    shares = {
        f"share {label}": st.column_config.ProgressColumn(
            text.plain(sentences.label_words(task, label), 40), format="%.2f", min_value=0, max_value=1
        )
        for label in task.labels
    }
    return shares | {
        "annotator": "Annotator",
        "group": "Group",
        "labels": st.column_config.NumberColumn("Labels", format="localized"),
    }


def curves() -> dict[str, Any]:
    """Return how the columns of a table of curves are shown."""
    numbers = ("alpha", "low", "high", "noise", "signal")
    columns = {name: st.column_config.NumberColumn(name.capitalize(), format="%.3f") for name in numbers}
    return columns | {
        "run": "Run",
        "mode": "Mode",
        "temperature": st.column_config.NumberColumn("Temperature", format="%.2f"),
        "n_items": st.column_config.NumberColumn("Items", format="localized"),
        "n_raters": st.column_config.NumberColumn("Personas"),
        "note": "Note",
    }


def agreements() -> dict[str, Any]:
    """Return how the columns of a table of agreements are shown."""
    number = st.column_config.NumberColumn
    return {
        "group": "Group",
        "annotators": number("Annotators", format="localized"),
        "alpha": number("Alpha", format="%.3f", help=text.ALPHA),
        "low": number("Low (95 %)", format="%.3f"),
        "high": number("High (95 %)", format="%.3f"),
        "items": number("Items", format="localized"),
        "note": "Note",
    }
