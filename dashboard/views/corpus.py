"""Corpus: who labelled what, how far the people agree, and the items on which they split."""

from __future__ import annotations

import streamlit as st

from dashboard import corpus_import, corpus_parts, items, loaders, state, text, ui
from engine.corpora.corpus import Corpus

LOOK = "Corpora"
IMPORT = state.IMPORT["corpora"]


def pick() -> str | None:
    """Let the reader choose a corpus; the address names it."""
    corpora = loaders.corpora()
    names = [c.name for c in corpora if not c.problem]
    for name in state.read_address("corpus", names, several=False, otherwise=names[:1], required=True, stored=True):
        ui.problem(f"There is no usable corpus {text.plain(name)!r}. Here are: {', '.join(names) or 'none'}.")
    if not names:
        ui.empty(
            "There is no corpus yet",
            "Import labels of your own in the other tab, or make the demo corpus in a terminal:",
            ("make demo",),
        )
        return None
    chosen: str | None = st.selectbox(
        "Corpus", names, index=None, key="corpus", persist_state="session", placeholder="Choose a corpus", width=420
    )
    state.write_address("corpus", [chosen] if chosen else [])
    return chosen


def look() -> None:
    """Show the corpus that the reader chooses."""
    name = pick()
    if name is None:
        return
    corpus = loaders.corpus(name)
    if corpus.annotations.empty:
        ui.notice("Nobody labelled these texts. Personas can be asked about them, and compared with each other only.")
    corpus_parts.overview(corpus, name)
    ui.tabs({"Items": all_items, "People": corpus_parts.people}, "part", corpus, name)


def all_items(corpus: Corpus, name: str) -> None:
    """Show how people split on the items, and the items as cards or as one table."""
    corpus_parts.split(corpus, name)
    rows, view = items.choose(corpus, name)
    if view == "Table":
        corpus_parts.table(corpus, rows, name)
    else:
        items.cards(corpus, name, rows)
    st.caption(text.READ_THE_ITEMS)


def main() -> None:
    """Draw the page."""
    st.title("Corpus")
    if made := st.session_state.get(corpus_import.IMPORTED):
        st.session_state["corpora"] = LOOK
        state.choose("corpus", made)
        del st.session_state[corpus_import.IMPORTED]  # last: each line may be the last before the script runs anew
        st.toast("The corpus is imported.", icon=":material/check_circle:")
    ui.tabs({LOOK: look, IMPORT: corpus_import.show}, "corpora")


main()
