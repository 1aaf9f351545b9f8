"""Texts that somebody typed, as a corpus of their own: items of a known task that nobody labelled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from engine.corpora.checks import annotation_frame
from engine.corpora.corpus import Corpus, Item, Task
from engine.errors import InputError
from engine.live.question import MOST_ITEMS, MOST_LETTERS
from engine.personas.store import load_template_family
from engine.personas.template import Wording, item_fields

SOURCE = "Typed into the Live page of the dashboard; no person labelled these texts."


def wording_of(task: Task, name: str = "") -> Wording:
    """Return the wording that asks a task: the one with this name, or the first.

    Raises:
        InputError: the task's template family is not there, or has no such wording.
    """
    family = load_template_family(task.kind)
    found = next((wording for wording in family.wordings if name in ("", wording.name)), None)
    if found is None:
        known = ", ".join(wording.name for wording in family.wordings)
        raise InputError(f"template family {family.name!r} has no wording {name!r}. It has {known}. Choose one.")
    return found


def fields_of(task: Task, wording: str = "") -> tuple[str, ...]:
    """Return the fields that a text of a task must fill: those that its template puts to the model, in its order.

    Raises:
        InputError: the task's template family is not there, or has no such wording.
    """
    return item_fields(wording_of(task, wording))


def typed_corpus(task: Task, texts: Sequence[Mapping[str, str]]) -> Corpus:
    """Return typed texts as a corpus without annotators, named by their content: equal texts are one corpus.

    Args:
        task: what is asked of them.
        texts: each one's fields by name.

    Raises:
        InputError: there is no text, there are too many, one is too long, or a field is empty; all problems at once.
    """
    problems = [] if texts else ["there is no text"]
    if len(texts) > MOST_ITEMS:
        problems.append(f"there are {len(texts)} texts; {MOST_ITEMS} at most")
    for number, fields in enumerate(texts, start=1):
        for name, words in fields.items():
            if not words.strip():
                problems.append(f"text {number}: {name} is empty")
            elif len(words) > MOST_LETTERS:
                problems.append(f"text {number}: {name} has {len(words):,} characters; {MOST_LETTERS:,} at most")
    if problems:
        raise InputError(f"{'; '.join(problems)}. Type the texts that the personas shall label.")
    content = json.dumps([task.model_dump(mode="json"), [list(fields.items()) for fields in texts]])
    name = f"typed-{hashlib.sha256(content.encode('utf-8', 'surrogatepass')).hexdigest()[:10]}"
    items = tuple(Item(f"text-{number}", dict(fields)) for number, fields in enumerate(texts, start=1))
    return Corpus(name, task, items, (), annotation_frame([]), source=SOURCE)
