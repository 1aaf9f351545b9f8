"""Which runs of many a reader looks at: by corpus, model and state, and by words; the address keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from dashboard import sentences, state, text
from engine.runs.store import RunSummary


def choose(runs: Sequence[RunSummary], titles: Mapping[str, str]) -> list[RunSummary]:
    """Let the reader narrow the runs, and return those that are left, in their order."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input("Search", key="find_run", bind="query-params", max_chars=80, width=220,
                              placeholder="Name, id, model, corpus", icon=":material/search:")  # fmt: skip
        corpus = _pick("Corpus", "of_corpus", [run.corpus for run in runs])
        model = _pick("Model", "of_model", [run.model for run in runs], sentences.model_name)
        how = _pick("State", "in_state", [run.state for run in runs], lambda name: text.STATE_WORDS[name][0])
    return matching(runs, titles, words=words or "", corpus=corpus, model=model, state=how)


def matching(
    runs: Sequence[RunSummary], titles: Mapping[str, str], *, words: str = "", corpus: str | None = None,
    model: str | None = None, state: str | None = None,
) -> list[RunSummary]:  # fmt: skip
    """Return the runs that fit all that was chosen; each word must occur in title, id, model or corpus."""
    wanted = {"corpus": corpus, "model": model, "state": state}
    found = [run for run in runs if all(value in (None, getattr(run, name)) for name, value in wanted.items())]
    parts = words.casefold().split()

    def holds(run: RunSummary) -> bool:
        told = " ".join((titles.get(run.run_id, ""), run.run_id, run.model, run.corpus)).casefold()
        return all(part in told for part in parts)

    return [run for run in found if holds(run)]


def _pick(label: str, key: str, values: Sequence[str], shown: object = None) -> str | None:
    known = sorted({value for value in values if value})
    unknown = state.read_address(key, known, several=False)
    name = shown if callable(shown) else lambda value: text.plain(value, 60)
    chosen: str | None = st.selectbox(
        label, known, index=None, format_func=name, key=key, persist_state="session", placeholder="All", width=190
    )
    state.write_address(key, [chosen] if chosen else [])
    if unknown and not chosen:
        st.caption("No run has what the address asks for here; all are shown.")
    return chosen
