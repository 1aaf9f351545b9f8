"""Answers without a label, and the items that they are of; what is said there stays hidden until asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import item_lists, measured, run_answers, state, text, ui
from dashboard.run_answers import LABELLESS
from dashboard.subject import Subject

TAB, TAB_KEY = "Answers", "part_of_refusals"
"""The tab that shows this, and the key of the tabs."""
FILTERS = {"persona": "answers_of", "wording": "answers_in", "temperature": "answers_at"}
"""Of each kind of part of a run, the key of the choice among them, and parameter of the address."""
READ_ANSWERS = (
    "How to read it. What was said where no label could be read, with what it was taken for. When not to trust it. A "
    "text that a person would read as a label points at the rules that read answers, not at the model."
)
ANSWER_COLUMNS: dict[str, Any] = {
    "persona": "Persona", "item": "Item", "wording": "Wording", "repeat": "Repeat", "status": "Taken for",
    "temperature": st.column_config.NumberColumn("Temperature", format="%.2f"),
    "text": st.column_config.TextColumn("Answer", width="large"),
}  # fmt: skip


def clickable(chart: str, by: str, names: Sequence[str]) -> Callable[[], None]:
    """Return what leads from a mark of a chart of rates to the answers behind it.

    Args:
        chart: its key.
        by: persona, wording or temperature: what its rows are.
        names: of the rows, from the top.
    """
    st.session_state[f"_{chart}_drawn"] = (by, list(names))
    return partial(picked, chart)


def picked(chart: str) -> None:
    """Open the answers of the row whose mark was clicked on."""
    marks, (by, names) = st.session_state[chart]["selection"]["points"], st.session_state[f"_{chart}_drawn"]
    if not marks:
        return
    row = len(names) - round(float(marks[0]["y"]))
    if 0 <= row < len(names):
        for kind, key in FILTERS.items():
            st.session_state[key] = names[row] if kind == by else None
        st.session_state[TAB_KEY] = TAB


def answers(subject: Subject) -> None:
    """Show the items whose answers lack a label most often, and the answers themselves."""
    chosen = _choose(subject)
    part = subject.of_personas([chosen["persona"]]) if chosen["persona"] else subject
    wording, at = chosen["wording"] or "", float(chosen["temperature"]) if chosen["temperature"] else None
    table: pd.DataFrame = measured.of_labels(part, "labelless_items", wording=wording, temperature=at)
    rows = table[table["rate"] > 0]
    if rows.empty:
        ui.say("Every answer of these personas that has come holds a label.", key="all-labelled")
        return
    if subject.exact:
        ui.say(EXACT, "quiet", key="no-answers")
    with ui.guarded("labelless-items"):
        item_lists.listed(part, rows, partial(_says, subject.exact), key="labelless_page")
    if not subject.exact:
        _texts(part, wording, at)


EXACT = (
    "An exact run draws no answers, so there are no texts to look at. These are the items on which the model most "
    "wanted to say something that is no label."
)


def _choose(subject: Subject) -> dict[str, str | None]:
    """Let the reader narrow the answers by persona, wording and temperature."""
    spec, chosen = subject.manifest.spec, dict.fromkeys(FILTERS)
    known = {
        "persona": list(subject.personas), "wording": [wording.name for wording in subject.manifest.wordings],
        "temperature": [f"{t:g}" for t in spec.temperatures],
    }  # fmt: skip
    found: dict[str, str | None] = dict(chosen)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for kind, key in FILTERS.items():
            for name in state.read_address(key, known[kind], several=False):
                ui.problem(f"These answers have no {kind} {text.plain(name, 80)!r}.", key=f"no-{key}")
            if len(known[kind]) < 2:
                st.session_state[key] = None
                continue
            found[kind] = st.selectbox(
                kind.capitalize(), known[kind], index=None, format_func=lambda name: text.plain(name, 60), key=key,
                persist_state="session", placeholder="All", width=260,
            )  # fmt: skip
            state.write_address(key, [str(found[kind])] if found[kind] else [])
    return found


def _says(exact: bool, row: Mapping[Any, Any]) -> list[str]:
    """Return what an item's answers are, in one line."""
    if exact:
        return [f"Probability that the next token is no label: {text.number(row['rate'], 4)}"]
    causes = [f"{int(row[cause]):,} {text.STATUS_WORDS[cause]}" for cause in LABELLESS if row[cause]]
    n = int(sum(row[cause] for cause in LABELLESS))
    return [f"{n:,} of {text.plural(int(row['n_answers']), 'answer')} hold no label: {text.joined(causes)}"]


def _texts(subject: Subject, wording: str, temperature: float | None) -> None:
    """List the answers that hold no label, their texts hidden until a reader asks for them."""
    found, n = run_answers.labelless(subject.run, subject.personas, wording, temperature)
    st.subheader("The answers", anchor=False)
    ui.notice(text.ANSWERS_WARNING, "visibility_off")
    shown = [str(answer or "") for answer in found["text"]]
    frame = found.assign(
        status=[text.STATUS_WORDS[status] for status in found["status"]],
        text=[text.shown(answer) if state.show_all() else text.masked(answer) for answer in shown],
    )
    ui.table(frame, "Answers without a label", ANSWER_COLUMNS, key="labelless-answers")
    more = "" if len(found) == n else f" The first {len(found):,} of {n:,} in the order in which they came."
    st.caption(f"{READ_ANSWERS}{more}")
