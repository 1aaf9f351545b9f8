"""Making personas of a corpus's annotators, where nobody has yet: what `polyvocal persona from-corpus` does."""

from __future__ import annotations

import streamlit as st

from dashboard import loaders, ui
from engine.corpora.store import CorpusSummary
from engine.errors import InputError
from engine.paths import persona_sets_dir
from engine.personas.from_corpus import personas_from_corpus
from engine.personas.store import list_persona_sets, save_persona_set


def offer(corpus: CorpusSummary) -> None:
    """Offer to make a persona set of a corpus that has none; nothing is shown where there is one."""
    if any(found.corpus == corpus.name for found in list_persona_sets()) or not corpus.n_annotators:
        return
    if st.button(
        "Make personas of its annotators", key=f"make-personas-{corpus.name}", icon=":material/diversity_3:",
        help="One persona an annotator and one a group, of the attributes and groups that the corpus records. Nothing "
             "is invented.",
    ):  # fmt: skip
        with ui.guarded("make-personas"):
            name = make(corpus.name)
            st.session_state[f"form_sets_{corpus.name}"] = [name]
            st.rerun()


def make(corpus: str) -> str:
    """Store a persona set made of the annotators of a corpus, and return its name.

    Raises:
        InputError: the corpus records nothing of them, or a set of that name is there already.
    """
    made = personas_from_corpus(loaders.corpus(corpus), kind="both")
    path = persona_sets_dir() / f"{made.name}.yaml"
    if path.exists():
        raise InputError(f"there is a persona set {made.name!r} already, made by hand or damaged. Rename its file.")
    save_persona_set(made, path)
    return made.name
