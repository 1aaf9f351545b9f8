"""What files hold before they are imported, and what they would become: readings of processes with limits, cached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import streamlit as st

from dashboard import import_words, sentences, text, theme, ui
from engine.corpora.corpus import Task
from engine.corpora.looking import Look
from engine.corpora.request import ImportRequest
from engine.corpora.upload_process import check_upload, look_at_upload
from engine.corpora.upload_worker import CorpusFacts
from engine.errors import InputError
from engine.personas.store import load_template_family
from engine.personas.template_fields import item_fields

Found = TypeVar("Found")
_FORGOTTEN_AFTER = 600
"""Seconds; what failed for lack of memory may work later."""


@dataclass(frozen=True)
class Outcome(Generic[Found]):
    """What a process said, or why it could not."""

    found: Found | None = None
    problem: str = ""


@st.cache_resource(max_entries=32, ttl=_FORGOTTEN_AFTER, show_spinner="Looking at the files")
def _looked_at(key: tuple[str, str]) -> Outcome[Look]:
    upload_id, no_header = key
    try:
        return Outcome(look_at_upload(upload_id, no_header={"": None, "yes": True, "no": False}[no_header]))
    except InputError as error:
        return Outcome(problem=str(error))


def looked_at(upload_id: str, *, no_header: bool | None = None) -> Outcome[Look]:
    """Return what an upload holds; `no_header`: whether its first row is data, None: as it seems to be."""
    return _looked_at((upload_id, "" if no_header is None else "yes" if no_header else "no"))


@st.cache_resource(max_entries=64, ttl=_FORGOTTEN_AFTER, show_spinner="Checking")
def _checked(key: tuple[str, str]) -> Outcome[CorpusFacts]:
    upload_id, request = key
    try:
        return Outcome(check_upload(upload_id, ImportRequest.model_validate_json(request)))
    except InputError as error:
        return Outcome(problem=str(error))


def show(upload_id: str, request: ImportRequest) -> bool:
    """Show what the corpus would be, or what is wrong; return whether it can be imported."""
    st.header("What it becomes", anchor=False)
    outcome = _checked((upload_id, request.model_dump_json()))
    if outcome.found is None:
        ui.problem(import_words.of_the_page(outcome.problem), key="check")
        return False
    facts = outcome.found
    task = Task.model_validate(facts.task)
    ui.say(sentences.task_line(task), "lead", key="import-task")
    with st.container(horizontal=True):
        st.metric("Items", f"{facts.n_items:,}", border=True)
        st.metric("Annotators", f"{facts.n_annotators:,}", border=True)
        st.metric("Annotations", f"{facts.n_annotations:,}", border=True)
        st.metric("Labels an item", text.number(facts.n_annotations / max(facts.n_items, 1), 1), border=True)
    ui.legend([_counted(task, label, n) for label, n in facts.labels.items()], theme.label_colours(task, theme.now()))
    ui.split_bar(
        [n / max(facts.n_annotations, 1) for n in facts.labels.values()], theme.label_colours(task, theme.now())
    )
    with st.container(gap="xsmall"):
        for number, line in enumerate(lines_of(facts)):
            ui.say(line, key=f"import-fact-{number}")
        for number, note in enumerate(facts.notes):
            ui.say(f"– {text.plain(import_words.of_the_page(note), 600)}", "quiet", key=f"import-note-{number}")
    if lacking := lacking_fields(task.kind, facts.fields):
        ui.notice(lacking, "warning", key="import-fields")
    return True


def lines_of(facts: CorpusFacts) -> list[str]:
    """Return what else a corpus holds, in lines: groups, attributes, splits, languages, explanations."""
    parts = []
    if set(facts.groups) != {""}:
        parts.append(f"Annotators by group: {_each(facts.groups, 'no group')}")
    if facts.attributes:
        parts.append(f"Told of annotators: {text.joined([text.plain(name, 40) for name in facts.attributes])}")
    if set(facts.splits) != {""}:
        parts.append(f"Items by split: {_each(facts.splits, 'no split')}")
    if facts.languages != ("en",):
        parts.append(f"Languages: {text.joined([text.plain(name, 20) for name in facts.languages])}")
    if facts.n_explanations:
        parts.append(f"{text.plural(facts.n_explanations, 'annotation')} with an explanation")
    return parts


def lacking_fields(kind: str, fields: tuple[str, ...]) -> str:
    """Return what keeps personas from being asked of these items; '' where nothing does."""
    try:
        asked = item_fields(load_template_family(kind))
    except InputError as error:
        return f"The corpus can be imported and analysed. No run can be started on it as it is: {error}"
    missing = [name for name in asked if name not in fields]
    if not missing:
        return ""
    return (
        f"The corpus can be imported and analysed, but the question {kind!r} asks for the texts {text.joined(asked)}, "
        f"and the items would have {text.joined([text.plain(name, 40) for name in fields])}. Choose another question, "
        "or say which column holds which text."
    )


def _counted(task: Task, label: str, n: int) -> str:
    return f"{text.plain(sentences.label_words(task, label), 40)}: {n:,}"


def _each(counts: dict[str, int], none: str) -> str:
    named = [f"{text.plain(name, 40) or none} {n:,}" for name, n in list(counts.items())[:12]]
    more = [f"{len(counts) - 12} more"] if len(counts) > 12 else []
    return ", ".join([*named, *more])
