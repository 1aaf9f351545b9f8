"""Parts of the corpus page: what was asked and how far people agree, how they split on the items, and who they are."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import items, loaders, sentences, table_columns, text, theme, ui
from dashboard.exhibit import exhibit
from engine.corpora.corpus import Corpus
from engine.figures import item_split


def overview(corpus: Corpus, name: str) -> None:
    """Say what was asked, of whom, and how far they agree."""
    human = loaders.human_agreement(name)
    if corpus.synthetic:
        ui.notice(text.SYNTHETIC, "science")
    ui.say(sentences.task_line(corpus.task), "lead")
    ui.legend(
        [sentences.label_words(corpus.task, v) for v in corpus.task.labels],
        theme.label_colours(corpus.task, theme.now()),
    )
    with st.container(horizontal=True):
        st.metric("Items", f"{len(corpus.items):,}", border=True)
        st.metric("Annotators", f"{len(corpus.annotators):,}", border=True)
        st.metric("Annotations", f"{len(corpus.annotations):,}", border=True)
        st.metric("Agreement (alpha)", text.number(human.value), border=True, help=text.ALPHA)
    ui.say(sentences.agreement_line("Agreement of the people", human), "quiet")
    with st.expander("About this corpus", type="compact"):
        ui.say(corpus.source or "No source is given.")
        for note in corpus.notes:
            ui.say(f"– {note}", "quiet")


def people(corpus: Corpus, name: str) -> None:
    """Show the agreement within each group, and every annotator's use of the labels."""
    groups = sorted({a.group for a in corpus.annotators if a.group is not None})
    if groups:
        st.header("Agreement within groups", anchor=False)
        rows = [("Everybody", len(corpus.annotators), loaders.human_agreement(name))]
        for group in groups:
            size = sum(a.group == group for a in corpus.annotators)
            rows.append((group, size, loaders.human_agreement(name, group)))
        ui.table(
            sentences.agreement_rows(rows),
            "Agreement of the people, overall and within each group",
            table_columns.agreements(),
        )
        st.caption(text.READ_THE_GROUPS)
    st.header("Annotators", anchor=False)
    ui.table(loaders.people(name), "Share of each label by annotator", table_columns.shares(corpus.task))
    ui.download("Annotators as CSV", lambda: loaders.people(name), f"{name}-annotators.csv", "people-csv")


def split(corpus: Corpus, name: str) -> None:
    """Draw how many items divide the people, and how evenly."""
    positive = None if corpus.task.positive is None else corpus.task.answer(corpus.task.positive)
    rows = loaders.item_table(name)
    figure = item_split(rows, positive=positive, theme=theme.now(), title="How people split on the items")
    exhibit(
        figure, items.counted(rows, positive is not None), key="how-people-split", about=name, height=290,
        alt="Bars: the number of items by how people split on them; the table has the numbers.",
        read=text.READ_THE_SPLIT,
    )  # fmt: skip


def table(corpus: Corpus, rows: pd.DataFrame, name: str) -> None:
    """Show the items as one sortable table, without their texts."""
    ui.table(rows, "Items by how people split on them", table_columns.items(corpus.task))
    ui.download("Items as CSV", lambda: rows, f"{name}-items.csv", "items-csv")
