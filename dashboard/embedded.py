"""Text vectors on the pages: read from the store, and made there by a process of its own when a reader asks for them.

The pages' process loads no encoder. It reads vectors by the content of the texts, so they cannot be another corpus's.
"""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from dashboard import loaders, text, ui
from dashboard.loaders import Key
from dashboard.subject import Subject
from engine import measures, paths
from engine.annotators.texts.embedding_cache import Floats32
from engine.annotators.texts.embedding_job import (
    Embedding,
    cancel_embedding,
    embedding_log,
    embedding_now,
    kept_vectors,
    start_embedding,
    texts_of,
)
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER
from engine.errors import InputError

EVERY = 1.5
"""Seconds between two looks at a process that embeds."""
WHAT = (
    "This measure compares texts by their meaning, as an encoder's vectors hold it, and not every text of the run has "
    f"a vector here yet. A process of its own makes them with {DEFAULT_ENCODER}: seconds for hundreds of texts, "
    "minutes for many thousands. They are kept."
)
ENDED = {
    "cancelled": "Embedding was stopped; what has a vector keeps it.",
    "interrupted": "The process that embedded the texts is gone; what has a vector keeps it.",
}


def ready(subject: Subject) -> bool:
    """Return whether every text of the run has its vector."""
    return _vectors(_key(subject)) is not None


def composite_cells(subject: Subject, by: str, resamples: int) -> pd.DataFrame:
    """Return the table of `engine.measures.composite_cosine`.

    Args:
        subject: run, personas and temperature; `ready`.
        by: annotator or group.
        resamples: bootstrap draws over items.

    Raises:
        InputError: run and corpus do not belong together.
    """
    part = json.dumps([subject.personas, subject.temperature, by, resamples])
    return _cells((*_key(subject), *loaders.run_key(subject.run), part))


def offer(subject: Subject) -> None:
    """Show how far the vectors are, and what a reader can do: start, stop, look at the log."""
    if embedding_now(subject.corpus).state == "running":
        _going_on(subject)
        return
    with st.container(border=True):
        ui.say(WHAT, key="no-vectors")
        _how_it_ended(subject, embedding_now(subject.corpus))
        if st.button("Embed the texts", key="embed", icon=":material/scatter_plot:", type="primary"):
            start_embedding(subject.corpus)
            st.rerun()


@st.fragment(run_every=EVERY)
def _going_on(subject: Subject) -> None:
    """Show a process at work; when it has ended, have the page drawn anew."""
    now = embedding_now(subject.corpus)
    if now.state != "running":
        st.rerun()
    with st.container(border=True):
        st.progress(now.done / now.total if now.total else 0.0)
        parts = [f"{now.done:,} of {text.plural(now.total, 'text')} embedded" if now.total else "Loading the encoder"]
        if now.seconds_left is not None:
            parts.append(f"{text.duration(now.seconds_left)} left")
        ui.say(text.DOT.join(parts), key="embedding")
        if st.button("Cancel", key="stop-embedding", icon=":material/stop_circle:"):
            cancel_embedding(subject.corpus)
            st.toast("It stops after the texts in hand; what has a vector keeps it.")


def _how_it_ended(subject: Subject, now: Embedding) -> None:
    if now.state in ENDED:
        ui.say(ENDED[now.state], "quiet", key="embedding-ended")
    if now.state == "failed":
        ui.problem(now.error, "embedding")
        if tail := embedding_log(subject.corpus):
            with st.expander("End of the log", key="embedding-log", type="compact"):
                st.code(tail, language=None)


def _key(subject: Subject) -> Key:
    """Return what the vectors are of, and what changes where there are new ones."""
    parts = sorted(path.name for path in paths.embeddings_dir().glob("*/part-*.parquet"))
    items = json.dumps(subject.manifest.item_ids)
    return (*loaders.corpus_key(subject.corpus), items, json.dumps(parts))


@st.cache_resource(max_entries=4, show_spinner=False)
def _vectors(key: Key) -> tuple[tuple[str, ...], Floats32] | None:
    """Return the run's items that the corpus still has, and their vectors; None where one has none yet."""
    corpus = loaders.corpus(key[0])
    items = tuple(item for item in json.loads(key[2]) if item in corpus.item_by_id)
    try:
        vectors = kept_vectors(texts_of(corpus, items))
    except InputError:  # the encoder is not on this machine; the process that embeds brings it, or says why not
        return None
    return None if vectors is None else (items, vectors)


@st.cache_resource(max_entries=16, show_spinner="Computing")
def _cells(key: Key) -> pd.DataFrame:
    *of_vectors, run_folder, run_stamp, part = key
    personas, temperature, by, resamples = json.loads(part)
    found = _vectors(tuple(of_vectors))
    assert found is not None, "asked for only where every text has its vector"
    place = {item: i for i, item in enumerate(found[0])}
    human = loaders.human_of((key[0], key[1]))
    voices, people = measures.beside(loaders.labels_of((run_folder, run_stamp)), human, temperature, personas)
    vectors = found[1][[place[item] for item in voices.items]]
    return measures.composite_cosine(voices, people, vectors, by, resamples=resamples)
