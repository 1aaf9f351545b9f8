"""The items behind an effect of an attribute: a click on its mark, or its name, lists where it moves labels most."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import item_lists, sentences, state, text, ui
from dashboard.measured import measured
from dashboard.subject import Subject

Pairs = Sequence[Sequence[str]]


def key_of(row: Mapping[Any, Any]) -> str:
    """Return what the address calls an effect: the attribute, or the attribute with its value."""
    return f"{row['attribute']}={row['value']}" if row["value"] else str(row["attribute"])


def clickable(chart: str, drawn: pd.DataFrame, key: str) -> Callable[[], None]:
    """Return what chooses the effect whose mark is clicked on.

    Args:
        chart: its key.
        drawn: the effects in the order of its marks.
        key: of the choice.
    """
    st.session_state[f"_{chart}_drawn"] = [key_of(row) for row in drawn.to_dict("records")]
    return partial(picked, chart, key)


def picked(chart: str, key: str) -> None:
    """Choose the effect whose mark was clicked on, by its place in the chart that was drawn last."""
    marks, drawn = st.session_state[chart]["selection"]["points"], st.session_state[f"_{chart}_drawn"]
    if marks and int(marks[0]["point_index"]) < len(drawn):
        st.session_state[key] = drawn[int(marks[0]["point_index"])]


def behind(subject: Subject, effects: pd.DataFrame, pairs: Pairs, key: str) -> None:
    """Let the reader choose an effect, and show the items on which it moves labels most.

    Args:
        subject: run and temperature.
        effects: rows of `engine.measures.attribute_effects` that are shown.
        pairs: of personas that they are of.
        key: of the choice, in the address.
    """
    known = {key_of(row): row for row in effects.to_dict("records")}
    for name in state.read_address(key, list(known), several=False):
        ui.problem(f"This run has no effect {text.plain(name, 80)!r}. Choose one below.", key=f"no-{key}")
    st.subheader("The items behind an effect", anchor=False)
    chosen = st.selectbox(
        "Effect", list(known), index=None, format_func=lambda name: _named(known[name]), key=key,
        persist_state="session", placeholder="Choose, or click on a mark", width=380,
    )  # fmt: skip
    state.write_address(key, [chosen] if chosen else [])
    if chosen is None:
        return
    row, task = known[chosen], subject.manifest.task
    found: pd.DataFrame = measured(
        subject.everybody, "attribute_items", pairs=[list(pair) for pair in pairs], attribute=row["attribute"],
        value=row["value"],
    )  # fmt: skip

    def says(item: Mapping[Any, Any]) -> list[str]:
        label, value = text.plain(sentences.label_words(task, item["label"]), 40), text.plain(str(item["value"]), 40)
        return [
            f"Change {text.number(item['total_variation'], 3)}, mean of {text.plural(int(item['n_pairs']), 'pair')}",
            f"Most of {text.plain(str(item['persona']), 40)} ({value}): {label} with probability "
            f"{text.number(item['with_it'])}",
            f"{text.plain(str(item['partner']), 40)}: {text.number(item['without'])}",
        ]

    with ui.guarded("effect-items"):
        item_lists.listed(subject, found.dropna(subset="total_variation"), says, key="effect_page")
    st.caption(READ)


READ = (
    "On a single item a change is partly chance; read the first items as a group. With one wording mere words move "
    "items too."
)


def _named(row: Mapping[Any, Any]) -> str:
    name = text.plain(text.field_words(str(row["attribute"])), 60)
    return f"{name}: {text.plain(str(row['value']), 60)}" if row["value"] else name
