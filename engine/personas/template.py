"""Prompt templates: the wording around persona and item, and its rendering into chat messages.

A template file (data/templates/*.yaml) holds one family ('hate-speech') with several paraphrases, so that the noise of
the wording can be measured. Its Jinja2 texts see: `persona` (text, attributes), `item` (the item's fields by name),
`choices` (the answer options in words, ready to print), `options` (a list of answer and label, for templates that lay
them out themselves), and, in `user`, `request` (the rendered request for a label, or for a label and an explanation).
Item texts are values, never templates: braces in them stay braces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, TypedDict

from jinja2 import ChainableUndefined, Environment, Template
from jinja2 import TemplateSyntaxError as JinjaSyntaxError
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.corpora.corpus import Item, Task
from engine.errors import InputError
from engine.personas.persona import Persona

Mode = Literal["label", "label+explanation"]


class Message(TypedDict):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


Messages = tuple[Message, ...]


class Wording(BaseModel):
    """One paraphrase of a template family."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1, description="Unique in its family; stored with every response.")
    system: str = Field(
        default="{{ persona.text }}", description="Jinja2 of the system message; none is sent where it renders empty."
    )
    user: str = Field(description="Jinja2 of the user message; must place {{ request }}.")
    label: str = Field(description="Jinja2 of the request for one label token.")
    explanation: str = Field(description="Jinja2 of the request for the label first, then a short explanation.")

    @field_validator("system", "user", "label", "explanation")
    @classmethod
    def _parses(cls, text: str) -> str:
        try:
            _environment().parse(text)
        except JinjaSyntaxError as error:
            raise ValueError(f"not valid Jinja2: {error.message} (line {error.lineno})") from error
        return text


class TemplateFamily(BaseModel):
    """All wordings that ask one kind of question."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(min_length=1, description="The family's name; `Task.kind` points here.")
    description: str = Field(default="", description="What it asks, and of which texts.")
    wordings: tuple[Wording, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check(self) -> TemplateFamily:
        names = [w.name for w in self.wordings]
        if len(set(names)) != len(names):
            raise ValueError(f"template family {self.name!r} uses a wording name twice: {names!r}")
        return self


@dataclass(frozen=True)
class AnswerOption:
    """What the model is asked to write for a label."""

    label: str
    answer: str
    meaning: str
    """Shown beside the answer where the answer is only a letter."""


def answer_options(task: Task, style: Literal["words", "letters"] = "words") -> tuple[AnswerOption, ...]:
    """Return what a model shall answer for each label of `task`, in the task's order.

    'words' uses the task's own answer words; 'letters' uses A, B, C, ... and prints the word beside each.
    """
    words = [task.answer(label) for label in task.labels]
    if style == "words":
        return tuple(AnswerOption(label, word, word) for label, word in zip(task.labels, words, strict=True))
    if len(words) > 26:
        raise InputError(f"task {task.name!r} has {len(words)} labels; letters A to Z reach 26. Use answers: words.")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return tuple(
        AnswerOption(label, letters[i], word) for i, (label, word) in enumerate(zip(task.labels, words, strict=True))
    )


def describe_choices(options: Sequence[AnswerOption]) -> str:
    """Return the options as a phrase: 'yes or no', or 'A (entailment), B (neutral) or C (contradiction)'."""
    parts = [o.answer if o.answer == o.meaning else f"{o.answer} ({o.meaning})" for o in options]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def render(
    wording: Wording, persona: Persona, item: Item, options: Sequence[AnswerOption], mode: Mode = "label"
) -> Messages:
    """Return the chat messages that ask `persona` to label `item`.

    Raises:
        InputError: a variable of the template is neither an item field nor one of ours; all missing ones are listed.
    """
    values: dict[str, Any] = {
        "persona": persona.model_dump(include={"text", "attributes"}),
        "item": dict(item.fields),
        "options": [{"answer": o.answer, "label": o.label, "meaning": o.meaning} for o in options],
        "choices": describe_choices(options),
    }
    _missing.clear()
    values["request"] = _compiled(wording.label if mode == "label" else wording.explanation).render(values).strip()
    system = _compiled(wording.system).render(values).strip()
    user = _compiled(wording.user).render(values).strip()
    if _missing:
        names = ", ".join(dict.fromkeys(_missing))
        raise InputError(
            f"template wording {wording.name!r} asks for {names}, which item {item.item_id!r} does not have. "
            f"Its fields are: {', '.join(item.fields)}. Choose another template family or rename the corpus's fields."
        )
    messages: list[Message] = [{"role": "system", "content": system}] if system else []
    return (*messages, {"role": "user", "content": user})


_missing: list[str] = []


class _Recorded(ChainableUndefined):
    """Notes its own name when it is used, so that one error can list every missing variable."""

    def _note(self) -> str:
        owner = "item." if isinstance(self._undefined_obj, dict) else ""
        _missing.append(f"{owner}{self._undefined_name}")
        return ""

    __str__ = _note

    def __html__(self) -> str:
        return self._note()

    def __bool__(self) -> bool:
        return False


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        undefined=_Recorded, autoescape=False, keep_trailing_newline=False, trim_blocks=True, lstrip_blocks=True
    )


@lru_cache(maxsize=512)
def _compiled(text: str) -> Template:
    return _environment().from_string(text)
