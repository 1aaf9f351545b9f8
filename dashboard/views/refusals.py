"""Refusals: answers that hold no label, what they do to agreement, and which cells of a run are done."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import refusal_items, refusal_parts, ui
from dashboard.subject import Subject, pick

PARTS: dict[str, Callable[[Subject], None]] = {
    "Without a label": refusal_parts.rates,
    "Agreement": refusal_parts.policies,
    "Answers": refusal_items.answers,
    "Cells": refusal_parts.cells,
}
"""Each computed when its tab is opened."""


def main() -> None:
    """Draw the page."""
    st.title("Refusals")
    subject = pick(temperature=False)
    if subject is None:
        return
    ui.tabs(PARTS, "part_of_refusals", subject)


main()
