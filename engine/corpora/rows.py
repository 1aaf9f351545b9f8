"""From rows, one an annotation, to a `Corpus`: what long tables and Hugging Face datasets share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from engine.corpora.checks import annotation_frame, check_corpus, examples
from engine.corpora.corpus import Annotator, Corpus, Item, Level, Task
from engine.corpora.reading import natural_order, valid_unicode, whole
from engine.errors import InputError
from engine.validation import explain

_NO_YES = ({"0", "1"}, {"no", "yes"}, {"false", "true"})


class TableColumns(BaseModel):
    """Which column of a table holds what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item: str = Field(default="item_id", description="The item's id.")
    text: dict[str, str] = Field(
        default={"text": "text"},
        min_length=1,
        description="The texts: field name to column. One column's name alone becomes the field 'text'; a list of "
        "columns becomes fields of the same names.",
    )
    annotator: str = Field(default="annotator_id", description="The annotator's id.")
    label: str = Field(default="label", description="The label; several rows an item and annotator need multi_label.")
    explanation: str | None = Field(default=None, description="The annotator's own reason.")
    group: str | None = Field(default=None, description="The annotator's group.")
    attributes: tuple[str, ...] = Field(default=(), description="What else is told of the annotator.")
    split: str | None = Field(default=None, description="The item's split.")
    language: str | None = Field(default=None, description="The item's language code; without it, all are 'en'.")

    @field_validator("text", mode="before")
    @classmethod
    def _fields(cls, text: Any) -> Any:
        if isinstance(text, str):
            return {"text": text}
        if isinstance(text, list | tuple):
            return {str(column): column for column in text}
        return text

    def names(self) -> list[str]:
        """Return every column that is asked for."""
        optional = (self.explanation, self.group, self.split, self.language)
        return [self.item, *self.text.values(), self.annotator, self.label, *filter(None, optional), *self.attributes]


@dataclass(frozen=True)
class TaskHints:
    """What the user says of the task where none is given whole; the rest is told from the labels."""

    name: str | None = None
    """What is asked, for people; by default the kind."""
    kind: str | None = None
    """Template family; by default nli for its three labels, else hate-speech."""
    labels: Sequence[str] = ()
    """All labels in order; by default those that occur, numbers by size, words by the alphabet."""
    level: Level | None = None
    """By default nominal; ordinal for three or more whole numbers, interval for other numbers."""
    positive: str | None = None
    """The label that means 'yes'; by default 1, yes or true of such a pair."""
    multi_label: bool = False
    """Whether an annotator may give several labels to an item."""


@dataclass(frozen=True)
class Row:
    """One annotation as read."""

    place: str
    """Where it stands, for messages: 'line 7'."""
    cells: Mapping[str, str | None]
    """Column to text; None where the cell is missing or empty."""


def corpus_from_rows(
    rows: Sequence[Row], *, name: str, origin: str, columns: TableColumns, task: Task | None, hints: TaskHints
) -> Corpus:
    """Build a corpus from annotation rows; `origin` names the file or dataset in messages and as the source.

    A row with neither annotator nor label is an item without annotation.

    Raises:
        InputError: rows without item, text, annotator or label; one item with two texts; one annotator with two groups;
            conflicting labels; labels outside the task. Every kind is counted, with its first place.
    """
    build = _Build(rows, name, origin, columns)
    build.require_cells()
    notes: list[str] = []
    if task is None:
        task = build.derive_task(hints, notes)
    items, annotators = build.items(notes), build.annotators()
    annotations = annotation_frame(build.annotations(task, notes))
    corpus = Corpus(name, task, items, annotators, annotations, source=origin, notes=tuple(notes))
    check_corpus(corpus)
    return corpus


class _Build:
    """The rows of one table, checked and grouped."""

    def __init__(self, rows: Sequence[Row], name: str, origin: str, columns: TableColumns) -> None:
        self.rows, self.name, self.origin, self.columns = rows, name, origin, columns
        self.labelled = [r for r in rows if self._id(r, columns.annotator) or self._id(r, columns.label)]

    def _id(self, row: Row, column: str | None) -> str:
        """Return a cell as an id: without blanks around it, '' where there is none."""
        value = row.cells.get(column) if column else None
        return valid_unicode(value).strip() if value else ""

    def _fail(self, bad: Sequence[Row], total: int, what: str, advice: str) -> InputError:
        first = f"first: {self.origin} {bad[0].place}"
        return InputError(f"corpus {self.name!r}: {len(bad)} of {total} rows {what} ({first}). {advice}")

    def require_cells(self) -> None:
        """Raise if a row lacks what every row needs; all problems at once."""
        c, problems = self.columns, []
        if not self.rows:
            raise InputError(f"{self.origin} has no rows. Expected one row an annotation.")
        needed: tuple[tuple[str, Sequence[Row], Callable[[Row], bool], str], ...] = (
            ("item_id", self.rows, lambda r: bool(self._id(r, c.item)), f"--item-column (now {c.item!r})"),
            ("text", self.rows, self._has_text, f"--text-column (now {', '.join(c.text.values())})"),
            (
                "annotator_id",
                self.labelled,
                lambda r: bool(self._id(r, c.annotator)),
                f"--annotator-column (now {c.annotator!r})",
            ),
            ("label", self.labelled, lambda r: bool(self._id(r, c.label)), f"--label-column (now {c.label!r})"),
        )
        for what, rows, present, option in needed:
            if bad := [row for row in rows if not present(row)]:
                first = f"first: {self.origin} {bad[0].place}"
                problems.append(
                    f"{len(bad)} of {len(rows)} rows have no {what} ({first}); fill it in, or name it with {option}"
                )
        if problems:
            raise InputError(f"corpus {self.name!r}: {'. '.join(problems)}.")

    def _has_text(self, row: Row) -> bool:
        return any((row.cells.get(column) or "").strip() for column in self.columns.text.values())

    def items(self, notes: list[str]) -> tuple[Item, ...]:
        """Return the items in order of first appearance."""
        found: dict[str, Item] = {}
        first: dict[str, Row] = {}
        halves = 0
        for row in self.rows:
            item_id = self._id(row, self.columns.item)
            raw = {field: row.cells.get(column) or "" for field, column in self.columns.text.items()}
            fields = {field: valid_unicode(text) for field, text in raw.items()}
            language = self._id(row, self.columns.language) or "en"
            item = Item(item_id, fields, language, self._id(row, self.columns.split))
            if item_id not in found:
                found[item_id], first[item_id] = item, row
                halves += raw != fields
            elif item != found[item_id]:
                what = "texts" if fields != found[item_id].fields else "splits or languages"
                raise InputError(
                    f"corpus {self.name!r}: item {item_id!r} has two different {what} ({self.origin} "
                    f"{first[item_id].place} and {row.place}). One id is one item; give the second its own id."
                )
        if halves:
            notes.append(f"{halves} texts held half a surrogate pair (a cut emoji), which became U+FFFD")
        if bare := len(self.rows) - len(self.labelled):
            notes.append(f"{bare} rows have neither annotator nor label: items without annotation")
        return tuple(found.values())

    def annotators(self) -> tuple[Annotator, ...]:
        """Return the annotators in natural order; a value may be missing in some of an annotator's rows."""
        known: dict[str, dict[str, tuple[str, Row]]] = {}
        told = [column for column in (self.columns.group, *self.columns.attributes) if column]
        for row in self.labelled:
            person = self._id(row, self.columns.annotator)
            facts = known.setdefault(person, {})
            for column in told:
                if value := whole(self._id(row, column)):
                    earlier, where = facts.setdefault(column, (value, row))
                    if earlier != value:
                        raise InputError(
                            f"corpus {self.name!r}: annotator {person!r} has two values of {column!r}: {earlier!r} "
                            f"({self.origin} {where.place}) and {value!r} ({row.place}). Keep one."
                        )
        result = []
        for person in sorted(known, key=natural_order):
            values = {column: value for column, (value, _) in known[person].items()}
            attributes = {column: values[column] for column in self.columns.attributes if column in values}
            result.append(Annotator(person, values.get(self.columns.group or ""), attributes))
        return tuple(result)

    def annotations(self, task: Task, notes: list[str]) -> Iterable[tuple[str, str, str, str | None]]:
        """Return the annotation rows; identical repeats are left out and counted, conflicts are errors."""
        labels = set(task.labels)
        seen: dict[tuple[str, str], dict[str, Row]] = {}
        kept, repeats, outside, conflicts = [], 0, [], []
        for row in self.labelled:
            item_id, person = self._id(row, self.columns.item), self._id(row, self.columns.annotator)
            label = self._id(row, self.columns.label)
            label = label if label in labels else whole(label)
            if label not in labels:
                outside.append(row)
                continue
            earlier = seen.setdefault((item_id, person), {})
            if label in earlier:
                repeats += 1
            elif earlier and not task.multi_label:
                conflicts.append((row, next(iter(earlier.values()))))
            else:
                earlier[label] = row
                text = row.cells.get(self.columns.explanation) if self.columns.explanation else None
                kept.append((item_id, person, label, valid_unicode(text) if text and text.strip() else None))
        if outside:
            found = examples(list(dict.fromkeys(self._id(row, self.columns.label) for row in outside)))
            advice = f"The labels are {', '.join(task.labels)}. Correct the rows, or name all labels with --labels."
            raise self._fail(outside, len(self.labelled), f"have a label outside the task: {found}", advice)
        if conflicts:
            row, before = conflicts[0]
            raise InputError(
                f"corpus {self.name!r}: {len(conflicts)} rows contradict an earlier label of the same annotator and "
                f"item (first: {self.origin} {row.place}: {self._id(row, self.columns.label)!r}, {before.place}: "
                f"{self._id(before, self.columns.label)!r}). Keep one, or allow several labels with --multi-label."
            )
        if repeats:
            notes.append(f"{repeats} rows repeat an annotation and were left out")
        return kept

    def derive_task(self, hints: TaskHints, notes: list[str]) -> Task:
        """Tell the task from the labels that occur, as far as `hints` leave it open, and note what was assumed."""
        found = list(Counter(whole(self._id(row, self.columns.label)) for row in self.labelled))
        numbers = all(_number(label) is not None for label in found)
        labels = tuple(hints.labels) or tuple(sorted(found, key=_number_or_zero if numbers else str))
        if len(labels) < 2:
            what = f"only the label {labels[0]!r} occurs" if labels else "no label occurs"
            raise InputError(
                f"corpus {self.name!r}: {what} in {self.origin}. A task has at least two; name all with --labels 0,1."
            )
        binary = len(labels) == 2
        yes_no = binary and {label.lower() for label in labels} in _NO_YES
        positive = hints.positive or (labels[1] if yes_no else None)
        level = hints.level or _level(labels)
        kind = hints.kind or ("nli" if set(labels) <= {"entailment", "neutral", "contradiction"} else "hate-speech")
        answers = dict(zip(labels, ("no", "yes"), strict=True)) if yes_no else {}
        assumed = [f"labels {', '.join(labels)}"] * (not hints.labels) + [f"level {level}"] * (hints.level is None)
        assumed += [f"question {kind!r}"] * (hints.kind is None)
        if assumed:
            notes.append(f"told from the data, not given: {'; '.join(assumed)} (--labels, --level, --kind change it)")
        try:
            return Task(
                name=hints.name or kind.replace("-", " "),
                kind=kind,
                labels=labels,
                answers=answers,
                level=level,
                positive=positive,
                multi_label=hints.multi_label,
            )
        except ValidationError as error:
            raise InputError(explain(error, f"task of corpus {self.name!r}")) from error


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _number_or_zero(text: str) -> float:
    return _number(text) or 0.0


def _level(labels: Sequence[str]) -> Level:
    numbers = [_number(label) for label in labels]
    if len(labels) == 2 or None in numbers:
        return "nominal"
    return "ordinal" if all(number is not None and number == int(number) for number in numbers) else "interval"
