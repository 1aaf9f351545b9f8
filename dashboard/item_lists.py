"""Lists of items that a measure names: some cards at a time, texts masked until asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pandas as pd
import streamlit as st

from dashboard import items, loaders, text, ui
from dashboard.subject import Subject

PER_PAGE = 4


def listed(
    subject: Subject,
    rows: pd.DataFrame,
    says: Callable[[Mapping[Any, Any]], Sequence[str]],
    *,
    key: str,
    first: int = 0,
    per_page: int = PER_PAGE,
) -> None:
    """Show the items of a table of a measure as cards, in its order.

    Args:
        subject: the run, whose corpus has the items.
        rows: with a column item_id.
        says: what to say of an item beside its text, from its row.
        key: of the choice of a page, in the address.
        first: number of the first card; lists of one page must not share numbers; 0 has the toggle for all texts.
        per_page: cards shown at a time.
    """
    corpus, table = loaders.corpus(subject.corpus), loaders.item_table(subject.corpus).set_index("item_id", drop=False)
    there = rows[rows["item_id"].isin(table.index)]
    if there.empty:
        ui.say("There is no such item.", "quiet")
        return
    pages = -(-len(there) // per_page)
    if not 1 <= st.session_state.get(key, 1) <= pages:
        st.session_state[key] = 1
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        if first == 0:
            st.toggle("Show all texts", key="show_texts", persist_state="session", help=text.WARNING)
        page = st.pagination(pages, key=key, bind="query-params") if pages > 1 else 1
    shown = there.iloc[(page - 1) * per_page : page * per_page]
    for number, row in enumerate(shown.to_dict("records"), start=first):
        item = corpus.item_by_id[row["item_id"]]
        items.card(corpus, subject.corpus, item, cast(pd.Series, table.loc[item.item_id]), number, says(row))
