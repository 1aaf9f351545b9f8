"""The files of a stored corpus: the records they hold, and a corpus as bytes. `store` reads and writes them."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.corpora.corpus import Corpus, Task
from engine.errors import InputError

HEAD, ITEMS, ANNOTATIONS = FILES = ("corpus.json", "items.jsonl", "annotations.jsonl")


class StoredAnnotator(BaseModel):
    """An annotator as corpus.json holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    annotator_id: str = Field(description="Unique in the corpus.")
    group: str | None = Field(default=None, description="The group the corpus puts the annotator in, if any.")
    attributes: dict[str, str] = Field(default_factory=dict, description="What the corpus tells of the annotator.")


class StoredHead(BaseModel):
    """The content of corpus.json: all of a corpus but its items and annotations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(min_length=1, description="The corpus's name.")
    task: Task = Field(description="What the annotators were asked.")
    annotators: tuple[StoredAnnotator, ...] = Field(description="The annotators in the corpus's order.")
    synthetic: bool = Field(default=False, description="True where a script made the texts and labels.")
    source: str = Field(default="", description="Where it comes from, for people.")
    notes: tuple[str, ...] = Field(default=(), description="What the reader found and did, with counts.")


class StoredItem(BaseModel):
    """One line of items.jsonl."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item_id: str = Field(description="Unique in the corpus.")
    fields: dict[str, str] = Field(description="The texts by name, in order.")
    language: str = Field(default="en", description="Language code.")
    split: str = Field(default="", description="train, dev, test, or empty.")
    info: dict[str, Any] = Field(default_factory=dict, description="What else the corpus tells of the item.")


class StoredAnnotation(BaseModel):
    """One line of annotations.jsonl."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    item_id: str = Field(description="The item that was labelled.")
    annotator_id: str = Field(description="Who labelled it.")
    label: str = Field(description="One of the task's labels.")
    explanation: str | None = Field(default=None, description="The annotator's own reason, if there is one.")


def dump(content: object, indent: int | None = None) -> bytes:
    """Return `content` as one JSON text in UTF-8.

    Raises:
        InputError: it holds half a surrogate pair, a number that JSON does not know (NaN), or no JSON value at all.
    """
    try:
        return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=indent).encode()
    except UnicodeEncodeError as error:
        before = error.object[max(0, error.start - 30) : error.start]
        raise InputError(
            f"a text holds half a surrogate pair ({error.object[error.start]!r}, after {before!r}), which is no valid "
            "Unicode. Remove it from the source."
        ) from error
    except (TypeError, ValueError) as error:
        raise InputError(
            f"a value cannot be stored as JSON: {error}. Use text, numbers, lists and mappings."
        ) from error


def head_bytes(corpus: Corpus) -> bytes:
    """Return corpus.json of `corpus`."""
    annotators = [
        {"annotator_id": a.annotator_id, "group": a.group, "attributes": dict(a.attributes)} for a in corpus.annotators
    ]
    head = {
        "version": 1,
        "name": corpus.name,
        "task": corpus.task.model_dump(mode="json"),
        "synthetic": corpus.synthetic,
        "source": corpus.source,
        "notes": list(corpus.notes),
        "annotators": annotators,
    }
    return dump(head, indent=2) + b"\n"


def items_bytes(corpus: Corpus) -> bytes:
    """Return items.jsonl of `corpus`."""
    lines = (
        {"item_id": i.item_id, "fields": dict(i.fields), "language": i.language, "split": i.split, "info": dict(i.info)}
        for i in corpus.items
    )
    return b"".join(dump(line) + b"\n" for line in lines)


def annotations_bytes(corpus: Corpus) -> bytes:
    """Return annotations.jsonl of `corpus`."""
    frame = corpus.annotations.astype(object)
    frame = frame.where(frame.notna(), None)
    return b"".join(dump(row) + b"\n" for row in frame.to_dict("records"))
