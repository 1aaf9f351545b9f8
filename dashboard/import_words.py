"""What the import says: the form that is expected, and the engine's messages in the words of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

import streamlit as st

WIDGETS: Mapping[str, str] = {
    "item-column": "Item",
    "text-column": "Text",
    "annotator-column": "Annotator",
    "label-column": "Label",
    "group-column": "Group",
    "attribute-column": "Attributes",
    "split-column": "Split",
    "language-column": "Language",
    "explanation-column": "Explanation",
    "no-header": "The first row",
    "task-name": "The task in words",
    "kind": "Question",
    "labels": "Labels in order",
    "level": "Level of measurement",
    "positive": "Label that means yes",
    "multi-label": "Several labels",
    "replace": "Replace it",
    "task": "Label layer",
    "format": "another kind of file",
}
"""What the page calls each option of `polyvocal corpus import`."""
EXAMPLE = """item_id,text,annotator_id,label,age
t1,First text,A,1,18-29
t1,First text,B,0,30-49
t2,Second text,A,0,18-29
t2,Second text,B,0,30-49"""
MELT = """import pandas as pd

wide = pd.read_csv("wide.csv")
long = wide.melt(["item_id", "text"], var_name="annotator_id", value_name="label")
long.dropna(subset="label").to_csv("long.csv", index=False)"""


def of_the_page(message: str) -> str:
    """Return a message of the engine with the page's names in place of the options of the command line."""
    return re.sub(r"--([a-z]+(?:-[a-z]+)*)(?: \d+(?:,\d+)*)?", _widget, message)


def _widget(option: re.Match[str]) -> str:
    name = WIDGETS.get(option[1])
    return f"‘{name}’" if name else option[0]


def expected() -> None:
    """Say what a table should look like."""
    with st.expander("What a table should look like", key="expected-form", expanded=True):
        st.markdown(
            "One row an annotation: what one annotator said of one item. Texts and what is told of annotators repeat "
            "in each row. The columns may have any names; which is which is chosen after the upload. A row with "
            "neither annotator nor label is an item without annotation."
        )
        st.code(EXAMPLE, language=None, wrap_lines=True)
        st.markdown("A table with one column an annotator becomes such a one in Python:")
        st.code(MELT, language=None, wrap_lines=True)
        st.markdown(
            "Files of Le-Wi-Di (2023 and 2025) and the three files of a stored corpus are read as they are; nothing "
            "has to be chosen."
        )
