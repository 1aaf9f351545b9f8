"""Corpus and Task: items that people labelled differently, in memory.

Annotations are a tidy frame, one row an annotation, because corpora have up to about 100,000 of them. Items and
annotators are small typed records, because code asks for them by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, model_validator

Level = Literal["nominal", "ordinal", "interval", "ratio"]
ANNOTATION_COLUMNS = ("item_id", "annotator_id", "label", "explanation")


class Task(BaseModel):
    """The question put to annotators: its labels in order, what they mean, and how they are measured."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(description="What is asked, for people: 'hate speech detection'.")
    kind: str = Field(description="The template family that asks it: 'hate-speech', 'nli', ... (data/templates/).")
    labels: tuple[str, ...] = Field(min_length=2, description="All labels in order, as the corpus writes them.")
    answers: dict[str, str] = Field(
        default_factory=dict,
        description="The word a model must answer for each label; a label absent here is its own word.",
    )
    level: Level = Field(default="nominal", description="Level of measurement; interval and ratio labels are numbers.")
    positive: str | None = Field(default=None, description="The label that means 'yes', where the task is binary.")
    multi_label: bool = Field(default=False, description="Whether one annotator may give several labels to an item.")

    @model_validator(mode="after")
    def _check(self) -> Task:
        problems = []
        if len(set(self.labels)) != len(self.labels):
            problems.append(f"labels {list(self.labels)!r} name one label twice")
        if unknown := sorted(set(self.answers) - set(self.labels)):
            problems.append(f"answers names {unknown!r}, which are not labels")
        words = [self.answer(label) for label in self.labels]
        if len(set(words)) != len(words):
            problems.append(f"two labels share one answer word: {words!r}")
        if self.positive is not None and self.positive not in self.labels:
            problems.append(f"positive {self.positive!r} is not a label")
        if self.level in ("interval", "ratio"):
            problems += [
                f"label {label!r} is not a number, as {self.level} needs"
                for label in self.labels
                if not _is_number(label)
            ]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def answer(self, label: str) -> str:
        """Return the word a model answers for `label`."""
        return self.answers.get(label, label)

    @property
    def values(self) -> tuple[float, ...]:
        """The labels as numbers: their own value for interval and ratio, else their rank 0, 1, 2, ..."""
        if self.level in ("interval", "ratio"):
            return tuple(float(label) for label in self.labels)
        return tuple(float(rank) for rank in range(len(self.labels)))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Item:
    """One text to label: its named fields in order (text; or context and statement; or previous turns)."""

    item_id: str
    fields: Mapping[str, str]
    language: str = "en"
    split: str = ""
    info: Mapping[str, object] = field(default_factory=dict)
    """What else the corpus tells of the item (domain, platform, ...), kept as read."""


@dataclass(frozen=True)
class Annotator:
    """A person of the corpus, with group and attributes where the corpus gives them."""

    annotator_id: str
    group: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Corpus:
    """Items, annotators and human annotations, with the task.

    `annotations` has one row an annotation and the columns item_id, annotator_id, label (one of `task.labels`) and
    explanation (text or missing). Unless `task.multi_label`, an annotator has at most one row an item.
    """

    name: str
    task: Task
    items: tuple[Item, ...]
    annotators: tuple[Annotator, ...]
    annotations: pd.DataFrame
    synthetic: bool = False
    """True where a script made the texts and labels; every page that shows them says so."""
    source: str = ""
    """Where it comes from, for people: file names, publication."""
    notes: tuple[str, ...] = ()
    """What the reader found and did, with counts ('3 rows repeated an annotation and were left out')."""

    @cached_property
    def item_by_id(self) -> dict[str, Item]:
        """The items by their id."""
        return {item.item_id: item for item in self.items}

    @cached_property
    def annotator_by_id(self) -> dict[str, Annotator]:
        """The annotators by their id."""
        return {annotator.annotator_id: annotator for annotator in self.annotators}

    @property
    def splits(self) -> tuple[str, ...]:
        """The split names present, in order of first appearance."""
        return tuple(dict.fromkeys(item.split for item in self.items))
