"""Items as cards: how people split on each, its text hidden until a reader asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import pandas as pd
import streamlit as st

from dashboard import loaders, sentences, state, text, theme, ui
from engine.corpora.corpus import Corpus, Item
from engine.measures.item_disagreement import COUNT_PREFIX

PER_PAGE = 8
ORDERS = {
    "Most disputed": ("disagreement", False),
    "Most agreed": ("disagreement", True),
    "As in the corpus": (None, True),
}


def choose(corpus: Corpus, name: str) -> tuple[pd.DataFrame, Literal["Cards", "Table"]]:
    """Let the reader order and narrow the items; return the rows of the item table, and how to show them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.selectbox("Order", list(ORDERS), key="order", bind="query-params", width=190)
        split = None
        if len(corpus.splits) > 1:
            split = st.selectbox(
                "Split", corpus.splits, index=None, key="split", bind="query-params", placeholder="All", width=150
            )
        view = st.segmented_control(
            "Show as", ["Cards", "Table"], default="Cards", required=True, key="view", bind="query-params"
        )
    rows = loaders.item_table(name)
    if split is not None:
        wanted = {item.item_id for item in corpus.items if item.split == split}
        rows = rows[rows["item_id"].isin(wanted)]
    column, ascending = ORDERS[order]
    if column is not None:
        # of equal ones, those that more people labelled say more
        rows = rows.sort_values([column, "n_labels"], ascending=[ascending, False], kind="stable", na_position="last")
    return rows, cast(Literal["Cards", "Table"], view)


def counted(rows: pd.DataFrame, positive: bool) -> pd.DataFrame:
    """Return how many items split people how: by the share who say the positive label, or else by disagreement.

    Args:
        rows: of the item table.
        positive: whether the task has a positive label.
    """
    column = "share_positive" if positive else "disagreement"
    several = rows[rows["n_labels"] >= 2]
    return several.groupby(column).size().rename("items").reset_index()


def cards(corpus: Corpus, name: str, rows: pd.DataFrame) -> None:
    """Show the items of `rows`, some at a time."""
    ui.notice(text.WARNING, "visibility_off")
    pages = max(1, -(-len(rows) // PER_PAGE))
    if not 1 <= st.session_state.get("page", 1) <= pages:
        st.session_state["page"] = 1
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.toggle("Show all texts", key="show_texts", persist_state="session")
        page = st.pagination(pages, key="page", bind="query-params")
    start = (page - 1) * PER_PAGE
    for number, (_, row) in enumerate(rows.iloc[start : start + PER_PAGE].iterrows(), start=start):
        card(corpus, name, corpus.item_by_id[row["item_id"]], row, number)
    st.caption(f"Items {min(start + 1, len(rows)):,} to {min(start + PER_PAGE, len(rows)):,} of {len(rows):,}")


def card(corpus: Corpus, name: str, item: Item, row: pd.Series, number: int, says: Sequence[str] = ()) -> None:
    """Show one item: its text or what stands in its place, how people split, and who said what.

    `says` are lines about the item, of the page that shows it.
    """
    counts = {label: int(row[f"{COUNT_PREFIX}{label}"]) for label in corpus.task.labels}
    seen = state.revealed(name, item.item_id)
    with st.container(border=True, key=f"item-{number}"):
        left, right = st.columns([3, 2], gap="large")
        with left, st.container(gap="xsmall"):
            for field, words in sentences.item_lines(item, seen):
                if not seen:
                    ui.say(f"{field}: {words}" if field else words, "hidden")
                    continue
                if field:
                    ui.say(field, "quiet")
                ui.say(words)
            if not state.show_all():
                label, action = ("Hide text", state.hide) if seen else ("Show text", state.reveal)
                st.button(label, key=f"reveal-{number}", type="tertiary", on_click=action, args=(name, item.item_id),
                          icon=":material/visibility_off:" if seen else ":material/visibility:")  # fmt: skip
        with right, st.container(gap="xsmall"):
            for line in says:
                ui.say(line)
            shares = [count / max(sum(counts.values()), 1) for count in counts.values()]
            ui.split_bar(shares, theme.label_colours(corpus.task, theme.now()))
            ui.say(sentences.counts_line(counts, corpus.task))
            ui.say(f"Disagreement {text.number(row['disagreement'])}{text.DOT}{text.plain(item.item_id, 60)}", "quiet")
            who(name, item, seen, number)


def who(name: str, item: Item, seen: bool, number: int) -> None:
    """Show which annotator gave which label; explanations are masked with the text."""
    details = st.expander("Who said what", key=f"who-{number}", type="compact", on_change="rerun")
    if details.open:
        frame = loaders.labels_of_item(name, item.item_id)
        if "explanation" in frame and not seen:
            frame = frame.assign(explanation=frame["explanation"].map(text.masked, na_action="ignore"))
        with details:
            ui.table(frame, f"Labels of {text.plain(item.item_id, 60)} by annotator")
