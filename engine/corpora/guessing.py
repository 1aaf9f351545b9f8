"""Guessing what the columns of a long table hold: by their names, and where those say nothing, by their cells.

A guess is a proposal for a person to look at; nothing is imported by it alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import mean

from pydantic import BaseModel, ConfigDict, Field

Cells = Sequence[str | None]

NAMES: dict[str, tuple[str, ...]] = {
    "item": ("itemid", "item", "textid", "tweetid", "postid", "commentid", "messageid", "sentenceid", "documentid",
             "docid", "exampleid", "sampleid", "instanceid", "unitid", "questionid", "pairid", "id", "uid"),
    "annotator": ("annotatorid", "annotator", "workerid", "worker", "raterid", "rater", "coderid", "coder", "userid",
                  "user", "judgeid", "judge", "participantid", "participant", "respondentid", "labelerid", "labeller"),
    "label": ("label", "annotation", "rating", "judgment", "judgement", "answer", "response", "class", "category",
              "value", "score", "vote"),
    "text": ("text", "tweet", "comment", "post", "sentence", "message", "content", "body", "utterance", "document"),
    "explanation": ("explanation", "reason", "rationale", "justification", "why"),
    "group": ("group", "annotatorgroup", "cohort"),
    "split": ("split", "subset", "partition", "fold"),
    "language": ("language", "lang", "languagecode", "locale"),
}  # fmt: skip
"""Names that each kind of column goes by, the surest first; letters and digits alone, in lower case."""
_ABOUT_PEOPLE = ("age", "gender", "sex", "education", "ethnicity", "race", "nationality", "country", "religion",
                 "occupation", "politics", "ideology", "employment", "income", "student")  # fmt: skip
_MOST_LABELS = 20
LONGEST_LABEL = 40
"""Characters."""
_TOLD_APART = 0.9
"""Part of the rows that item and annotator must tell apart; some may be repeated by mistake."""
_SHORT_TEXT = 20
"""Characters: a column of texts has more on average."""
_MOST_WORDS_OF_A_NAME = 4
"""A longer first cell above texts is a text too."""
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)*%?")
_CODE = re.compile(r"[^\W\d]{0,12}[-_ .#]?\d+")
"""Letters and a number: P1, item-12, t_003."""


class ColumnGuess(BaseModel):
    """Which column seems to hold what; None and empty where nothing does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str | None = None
    text: tuple[str, ...] = ()
    annotator: str | None = None
    label: str | None = None
    explanation: str | None = None
    group: str | None = None
    attributes: tuple[str, ...] = Field(default=(), description="Columns with one value an annotator.")
    split: str | None = None
    language: str | None = None


def first_row_is_data(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row of a table seems to be one of its rows, and not the names of its columns.

    A column speaks for data where its first cell stands again below it, or is a number, a code (P1) or a text like the
    others; it speaks for names where the first cell is none of these and the others are. A name that such columns go
    by, a cell that is empty, or a row that repeats the first one whole settles it: these are names.

    Args:
        first: its cells.
        rows: those below it, of which as many as are at hand.
    """
    first = [cell.strip() for cell in first]
    known = {name for names in NAMES.values() for name in names} | set(_ABOUT_PEOPLE)
    if not rows or "" in first or any(_plain(cell) in known for cell in first) or list(first) in [[*r] for r in rows]:
        return False
    columns = ([row[at].strip() for row in rows if at < len(row)] for at in range(len(first)))
    return sum(map(_speaks_for_data, first, columns)) > 0


def _speaks_for_data(cell: str, column: Sequence[str]) -> int:
    """Return how much a column says that its first cell is data: more than 0; a name: less; neither: 0."""
    below = [other for other in column if other]
    if cell in below:
        return 1
    for kind in (_NUMBER, _CODE):
        if below and all(kind.fullmatch(other) for other in below):
            return 1 if kind.fullmatch(cell) else -1
    if _mean_length(below) >= _SHORT_TEXT:  # a sentence is hardly a name
        return 2 if len(cell) >= _SHORT_TEXT and len(cell.split()) > _MOST_WORDS_OF_A_NAME else -1
    return -1 if len(set(below)) < len(below) else 0  # values recur, and this one never


def guess_columns(cells: Mapping[str, Cells]) -> ColumnGuess:
    """Return which column seems to hold what.

    Args:
        cells: column to its cells, all equally long; None where one is empty.
    """
    found: dict[str, str | None] = {}
    for role in NAMES:
        found[role] = _by_name(role, [column for column in cells if column not in found.values()])
    if found["text"] is not None and _mean_length(cells[found["text"]]) < 5:  # a code of a text
        found["text"] = None

    def left() -> list[str]:
        return [column for column in cells if column not in found.values() and any(cells[column])]

    found["text"] = found["text"] or _longest(cells, left())
    found["item"] = found["item"] or _item(cells, left(), found["text"])
    found["annotator"] = found["annotator"] or _annotator(cells, left(), found["item"])
    found["label"] = found["label"] or _label(cells, left(), found["annotator"], found["item"])
    people = found["annotator"]
    if found["group"] is not None and people is not None and not _decides(cells[people], cells[found["group"]]):
        found["group"] = None
    told = [c for c in left() if people is not None and _tells_of(c, cells, people, found["item"])]
    text = found.pop("text")
    return ColumnGuess(text=(text,) if text else (), attributes=tuple(told), **found)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _by_name(role: str, columns: Sequence[str]) -> str | None:
    names = NAMES[role]
    known = {column: names.index(_plain(column)) for column in columns if _plain(column) in names}
    return min(known, key=lambda column: known[column]) if known else None


def _longest(cells: Mapping[str, Cells], columns: Sequence[str]) -> str | None:
    lengths = {column: _mean_length(cells[column]) for column in columns}
    best = max(lengths, key=lambda column: lengths[column], default=None)
    return best if best is not None and lengths[best] >= _SHORT_TEXT else None


def _item(cells: Mapping[str, Cells], columns: Sequence[str], text: str | None) -> str | None:
    """Return the column that names each text once, and each of its names one text."""
    if text is None:
        return None
    for column in columns:
        own = cells[column]
        if None not in own and len(set(own)) > 1 and _decides(own, cells[text]) and len(set(own)) < max(len(own), 2):
            return column
    return None


def _annotator(cells: Mapping[str, Cells], columns: Sequence[str], item: str | None) -> str | None:
    """Return the column that, with the item, tells the rows apart, and has the most rows a value."""
    if item is None:
        return None
    fitting = [
        column
        for column in columns
        if (n := len(set(cells[column]))) > 1
        and None not in cells[column]
        and n < len(cells[column])
        and len(set(zip(cells[item], cells[column], strict=True))) >= _TOLD_APART * len(cells[column])
    ]
    return min(fitting, key=lambda column: len(set(cells[column])), default=None)


def _label(cells: Mapping[str, Cells], columns: Sequence[str], annotator: str | None, item: str | None) -> str | None:
    """Return the column of few short values that the annotator does not decide, best one that the item does not."""
    if annotator is None or item is None:
        return None
    fitting = []
    for column in columns:
        values = {value for value in cells[column] if value is not None}
        few = 2 <= len(values) <= _MOST_LABELS and max(map(len, values)) <= LONGEST_LABEL
        if few and not _decides(cells[annotator], cells[column]):
            fitting.append(column)
    return min(fitting, key=lambda column: _decides(cells[item], cells[column]), default=None)


def _tells_of(column: str, cells: Mapping[str, Cells], people: str, item: str | None) -> bool:
    """Whether a column says something of annotators: one value each, fewer values than people, and not of the item."""
    own = cells[column]
    values = {value for value in own if value is not None}
    if not _decides(cells[people], own) or (item is not None and _decides(cells[item], own)):
        return False
    named = any(word in re.split(r"[^a-z]+", column.lower()) for word in _ABOUT_PEOPLE)
    return bool(values) and (named or 2 <= len(values) < len(set(cells[people])))


def _decides(by: Cells, what: Cells) -> bool:
    """Whether every value of `by` goes with one value of `what`; empty cells of `what` say nothing."""
    seen: dict[str | None, str] = {}
    return all(value is None or seen.setdefault(key, value) == value for key, value in zip(by, what, strict=True))


def _mean_length(cells: Cells) -> float:
    filled = [len(cell) for cell in cells[:2000] if cell is not None]
    return mean(filled) if filled else 0.0
