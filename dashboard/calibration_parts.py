"""Parts of the stability page: personas' distributions beside people's, and leaving items to people."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import measured as of
from dashboard import text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.stability_words import READ
from dashboard.subject import Subject
from engine import figures
from engine.figures.calibration import TITLES
from engine.measures.calibration import POOLED

SCORE = "total_variation"
"""Shown first: it has a meaning for every task."""


def calibration(subject: Subject) -> None:
    """Show how far the personas' label distributions lie from the people's, by one score."""
    table: pd.DataFrame = measured(subject, "calibration_scores")
    known = {title.split(" (")[0]: name for name, title in TITLES.items() if name in set(table["score"])}
    if st.session_state.get("score") not in (None, *known):  # of a run with other labels
        del st.session_state["score"]
    chosen = st.selectbox("Score", list(known), index=list(known.values()).index(SCORE), key="score",
                          bind="query-params", width=380)  # fmt: skip
    score = known[str(chosen)]
    row = table[(table["score"] == score) & (table["who"] == POOLED)].iloc[0]
    ui.say(
        f"All {text.plural(int(row['n_raters']), 'persona')} pooled: {text.number(row['value'], 3)} "
        f"({text.interval_of(row['low'], row['high'], str(row['note']), 3)}); the true distribution itself would score "
        f"{text.number(row['floor'], 3)} (up to {text.number(row['floor_high'], 3)}).", key="calibration",
    )  # fmt: skip
    exhibit(
        figures.calibration_scores(table, score=score, theme=theme.now(), title="Personas beside people"),
        table[table["score"] == score], key="calibration", subject=subject, read=READ["calibration"],
        alt="Of the pooled personas and of each persona the score with its interval, beside the floor; the table has "
            "the numbers.",
    )  # fmt: skip


def abstention(subject: Subject) -> None:
    """Show what is gained where the least certain items are left to people."""
    curve = of.abstention(subject)
    if curve.empty:
        ui.say("No item has both labels of these personas and labels of people.", "quiet", key="no-curve")
        return
    whole = curve.iloc[-1]
    ui.say(
        f"All items: error {text.number(whole['error'])} ({text.interval_of(whole['low'], whole['high'])}); no single "
        f"label an item could be below {text.number(whole['people'])}. The {half_words(curve)}", key="abstention",
    )  # fmt: skip
    exhibit(
        figures.coverage_and_error(curve, theme=theme.now(), title="Leaving uncertain items to people"), curve,
        key="abstention", subject=subject, read=READ["abstention"],
        alt="Line of the personas' error against the share of items kept, above the least error that people's own "
            "split allows; the table has the numbers.",
    )  # fmt: skip


def half_words(curve: pd.DataFrame) -> str:
    """Return what the most certain half of the items says."""
    half = curve.iloc[(curve["coverage"] - 0.5).abs().argmin()]
    return (
        f"most certain {100 * half['coverage']:.0f}{text.NBSP}% of the items: error {text.number(half['error'])} "
        f"({text.interval_of(half['low'], half['high'])})."
    )
