"""Attributes: which attributes of the personas move the labels, and which are only words."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import attribute_parts, ui
from dashboard.subject import Subject, pick

PARTS: dict[str, Callable[[Subject], None]] = {
    "By attribute": attribute_parts.by_attribute,
    "By value": attribute_parts.by_value,
    "All at once": attribute_parts.factorial,
}
"""Each computed when its tab is opened."""


def main() -> None:
    """Draw the page."""
    st.title("Attributes")
    subject = pick(sets=False)
    if subject is None:
        return
    ui.tabs(PARTS, "part_of_attributes", subject)


main()
