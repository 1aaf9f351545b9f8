"""Stability: where the spread of answers comes from, and how far answers hold when they are asked for again."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import calibration_parts, stability_parts, ui
from dashboard.subject import Subject, pick

PARTS: dict[str, Callable[[Subject], None]] = {
    "Variance": stability_parts.variance,
    "Signal": stability_parts.signal,
    "Failures": stability_parts.modes,
    "Wording": stability_parts.sensitivity,
    "Repeats": stability_parts.repeats,
    "Calibration": calibration_parts.calibration,
    "Abstention": calibration_parts.abstention,
}
"""Each computed when its tab is opened."""


def main() -> None:
    """Draw the page."""
    st.title("Stability")
    subject = pick()
    if subject is None:
        return
    ui.tabs(PARTS, "part_of_stability", subject)


main()
