"""What a chart is drawn with where the browser marks by itself what a reader clicks on, or draws a box around.

Streamlit takes a changed figure for another chart, which has lost its zoom and takes its time to draw. So after a click
the figure stays as it was drawn; it changes where something else changes what is marked.
"""

from __future__ import annotations

from typing import Any, Generic, NamedTuple, TypeVar

import streamlit as st

T = TypeVar("T")


class Mark(NamedTuple, Generic[T]):
    """What a chart is to be drawn with."""

    what: T
    times: int
    """How often it was drawn anew: a figure that differs in nothing else would be the chart that stands, with the mark
    that the browser has moved."""


def mark(chart: str, now: T, *about: object) -> Mark[T]:
    """Return the mark that a chart is to be drawn with: after a click the one before.

    Args:
        chart: its key.
        now: what is marked.
        about: decides the rest of the chart; where it changes, so does the chart.
    """
    before: dict[str, Any] | None = st.session_state.get(_drawn(chart))
    still_there = before is not None and chart in st.session_state  # Streamlit forgets the charts of other pages
    if before is None or not still_there or before["about"] != about or before["now"] != now:
        before = {"about": about, "now": now, "mark": Mark(now, before["mark"].times + 1 if before else 0)}
        st.session_state[_drawn(chart)] = before
    found: Mark[T] = before["mark"]
    return found


def moved(chart: str, now: object) -> None:
    """Take note that the browser has moved the mark itself."""
    if (before := st.session_state.get(_drawn(chart))) is not None:
        before["now"] = now


def _drawn(chart: str) -> str:
    return f"_{chart}_drawn"
