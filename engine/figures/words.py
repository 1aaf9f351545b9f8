"""What hover texts and captions say of numbers, intervals, notes and rows that are left out."""

from __future__ import annotations

import textwrap

import numpy as np

from engine.figures.theme import plain
from engine.measures.result import Estimate


def estimate_text(name: str, kind: str, estimate: Estimate, form: str = ".3f") -> str:
    """Return the hover text of an estimate: whose number it is, interval, N, what was left out, note."""
    e = estimate
    counted = [f"{e.n_items:,} items"] * bool(e.n_items) + [f"{e.n_raters:,} raters"] * bool(e.n_raters)
    lines = [
        f"<b>{plain(name, 60)}</b>" + (f": {kind}" if kind else ""),
        interval_text(e.value, e.low, e.high, form),
        ", ".join(counted),
        "; ".join(f"left out: {count:,} {plain(reason, 60)}" for reason, count in e.dropped.items()),
    ]
    return "<br>".join(filter(None, lines)) + note_text(e.note)


def interval_text(value: float, low: float, high: float, form: str = ".3f") -> str:
    """Return a number with its interval as hover texts show it."""
    if np.isnan(value):
        return "undefined"
    interval = "" if np.isnan(low) or np.isnan(high) else f"  [{low:{form}}, {high:{form}}]"
    return f"{value:{form}}{interval}"


def note_text(note: object) -> str:
    """Return a note as a line of a hover text, escaped; '' where there is none."""
    text = "" if note is None or (isinstance(note, float) and np.isnan(note)) else str(note)
    return "".join(f"<br>{line}" for line in textwrap.wrap(plain(text, 240), 80, break_long_words=False))


def left_out(n: int, n_shown: int, what: str, order: str) -> str:
    """Return the caption's sentence about rows that are not drawn; '' where all are."""
    if n <= n_shown:
        return ""
    return f"{n_shown} of {n} {what} are drawn, {order}; {n - n_shown} are left out."
