"""Drawn answers of personas side by side: counted by label, equal texts once, those without a label marked."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from dashboard import sentences, text, theme, ui
from engine.corpora.corpus import Task
from engine.live import Question

LABELLESS: dict[str, text.Mark] = {
    "refusal": ("Refused", "block", "orange"),
    "hedge": ("Would not choose", "balance", "orange"),
    "unparsable": ("No label found", "question_mark", "orange"),
    "failed": ("Request failed", "error", "red"),
}
"""Of each status without a label: the word, the icon and the colour it is marked with."""
EMPTY = "(an empty answer)"


def side_by_side(asked: Question, task: Task, frame: pd.DataFrame, *, seen: bool, going: bool) -> None:
    """Show what personas said of one text, temperature by temperature.

    Args:
        asked: the question.
        task: of the text.
        frame: the answers about it, with the columns persona_id, temperature, status, label, text and error.
        seen: whether the reader asked to see the answers' words.
        going: whether more answers may come.
    """
    if not seen:
        ui.notice(text.ANSWERS_WARNING, "visibility_off", key="live-answers-hidden")
    personas, n = asked.persona_ids, abreast(len(asked.persona_ids))
    for temperature in asked.temperatures:
        with st.container(border=True, key=f"live-at-{temperature:g}"):
            ui.say(f"Temperature {temperature:g}", "quiet", key=f"live-t-{temperature:g}")
            for start in range(0, len(personas), n):
                for column, persona in zip(st.columns(n, gap="large"), personas[start : start + n], strict=False):
                    rows = frame[(frame["persona_id"] == persona) & (frame["temperature"] == temperature)]
                    with column, st.container(gap="xsmall"):
                        ui.say(text.plain(persona, 60), "name", key=f"live-name-{persona}-{temperature:g}")
                        _cell(rows, task, f"{persona}-{temperature:g}", seen, going, asked.answer_with != "label")


def abreast(n: int) -> int:
    """Return how many of `n` personas stand side by side: no row with a lone one where that can be."""
    return n if n < 3 else 2 if n == 4 else 3


def _cell(rows: pd.DataFrame, task: Task, key: str, seen: bool, going: bool, explained: bool) -> None:
    """Show what one persona said at one temperature: counts of labels, texts folded, what holds no label marked."""
    if rows.empty:
        ui.say("…" if going else "not asked", "quiet", key=f"live-none-{key}")
        return
    told = rows[rows["status"] == "ok"]
    if len(told):
        counts = Counter(told["label"])
        colours = theme.label_colours(task, theme.now())
        ui.split_bar([counts[label] / len(rows) for label in task.labels], colours)
        ui.say(sentences.counts_line(counts, task), key=f"live-counts-{key}")
        if explained:
            ui.say("\n".join(folded(told, seen=seen)), "quiet", key=f"live-said-{key}")
    for status, mark in LABELLESS.items():
        found = rows[rows["status"] == status]
        if len(found):
            ui.badge(mark, count=len(found))
            lines = folded(found, seen=seen or status == "failed")  # of which there is no text, but a reason
            ui.say("\n".join(lines), "quiet", key=f"live-less-{key}-{status}")


def folded(rows: pd.DataFrame, *, seen: bool) -> list[str]:
    """Return texts of answers, equal ones once with their count, the most frequent first; masked unless `seen`.

    Args:
        rows: with the columns text, and error of a request that failed; either may be missing.
        seen: whether their words may be sent.
    """
    words, errors = rows["text"].fillna(""), rows["error"].fillna("")
    lines = words.where(words != "", errors).astype(str).str.strip()
    counts = Counter((text.shown(line) or EMPTY) if seen else text.masked(line) for line in lines)
    return [f"{n} × {line}" if n > 1 else line for line, n in counts.most_common()]
