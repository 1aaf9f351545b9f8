"""What must hold of every corpus, whoever made it: checked before one is stored and after one is read.

Readers give better messages (file, line, key) for what they find themselves; these checks are the last door.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from engine.corpora.corpus import ANNOTATION_COLUMNS, Corpus
from engine.errors import InputError


def annotation_frame(rows: Iterable[tuple[str, str, str, str | None]]) -> pd.DataFrame:
    """Return annotation rows (item_id, annotator_id, label, explanation) as the frame a `Corpus` holds.

    All columns are pandas strings; a missing explanation is NaN.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(ANNOTATION_COLUMNS)
    return pd.DataFrame(
        {name: pd.Series(list(values), dtype="str") for name, values in zip(ANNOTATION_COLUMNS, columns, strict=True)}
    )


def check_corpus(corpus: Corpus) -> None:
    """Raise if `corpus` contradicts itself.

    Raises:
        InputError: lists every problem: ids that occur twice or are empty, items without fields, annotations of
            unknown items or annotators, labels outside the task, several labels where the task allows one.
    """
    problems = [*_id_problems(corpus), *_annotation_problems(corpus)]
    if problems:
        raise InputError(f"corpus {corpus.name!r} cannot be used: {'; '.join(problems)}.")


def examples(values: Sequence[object], limit: int = 3) -> str:
    """Return the first few values for a message: "'a', 'b', 'c' and 7 more"."""
    shown = ", ".join(repr(value) for value in values[:limit])
    return shown if len(values) <= limit else f"{shown} and {len(values) - limit} more"


def _id_problems(corpus: Corpus) -> list[str]:
    problems = []
    ids = {
        "items": [item.item_id for item in corpus.items],
        "annotators": [annotator.annotator_id for annotator in corpus.annotators],
    }
    for what, values in ids.items():
        if twice := [value for value, count in Counter(values).items() if count > 1]:
            problems.append(f"{len(twice)} {what} share an id with another ({examples(twice)})")
        if empty := sum(not value.strip() for value in values):
            problems.append(f"{empty} of {len(values)} {what} have no id")
    if not corpus.items:
        problems.append("it has no items")
    if bare := [item.item_id for item in corpus.items if not item.fields]:
        problems.append(f"{len(bare)} items have no text field ({examples(bare)})")
    return problems


def _annotation_problems(corpus: Corpus) -> list[str]:
    frame = corpus.annotations
    if tuple(frame.columns) != ANNOTATION_COLUMNS:
        return [f"its annotations have the columns {list(frame.columns)!r}, expected {list(ANNOTATION_COLUMNS)!r}"]
    problems = []
    known = {
        "item_id": (set(corpus.item_by_id), "items it does not have"),
        "annotator_id": (set(corpus.annotator_by_id), "annotators it does not list"),
        "label": (set(corpus.task.labels), f"labels outside its task's {list(corpus.task.labels)!r}"),
    }
    for column, (allowed, what) in known.items():
        outside = frame[~frame[column].isin(allowed)]
        if len(outside):
            found = list(dict.fromkeys(outside[column]))
            problems.append(f"{len(outside)} of {len(frame)} annotations name {what} ({examples(found)})")
    if not corpus.task.multi_label:
        twice = frame[frame.duplicated(["item_id", "annotator_id"])]
        if len(twice):
            pairs = [f"{a} on {i}" for i, a in zip(twice["item_id"], twice["annotator_id"], strict=True)]
            problems.append(
                f"{len(twice)} annotations repeat an annotator's label of an item ({examples(pairs)}); "
                "only a task with multi_label may have several"
            )
    return problems
