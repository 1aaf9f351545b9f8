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

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from engine.corpora.corpus import Item, Task
from engine.errors import InputError
from engine.personas.persona import Persona
from engine.personas.sandbox import Fields, attributes, compiled, mentions, noting_missing, variables
from engine.validation import nearest

Mode = Literal["label", "label+explanation"]

_GIVEN = ("persona", "item", "options", "choices")
"""What every text of a wording sees; `user` sees `request` too."""


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
    def _can_be_rendered(cls, text: str, info: ValidationInfo) -> str:
        used = variables(text)
        given = (*_GIVEN, "request") if info.field_name == "user" else _GIVEN
        if unknown := sorted(used - set(given)):
            near = nearest(unknown[0], given)
            guess = f" Did you mean {near!r}?" if near else " A field of the item is written item.NAME."
            raise ValueError(f"uses {', '.join(map(repr, unknown))}; it sees only {', '.join(given)}.{guess}")
        if info.field_name == "user" and "request" not in used:
            raise ValueError("must place {{ request }}, where the question for the label goes")
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


def item_fields(wording: Wording) -> tuple[str, ...]:
    """Return the names of the item's fields that a wording puts to the model, in the order in which it does."""
    texts = (wording.system, wording.user, wording.label, wording.explanation)
    return tuple(dict.fromkeys(name for text in texts for name in attributes(text, "item")))


def describe_choices(options: Sequence[AnswerOption]) -> str:
    """Return the options as a phrase: 'yes or no', or 'A (entailment), B (neutral) or C (contradiction)'."""
    parts = [o.answer if o.answer == o.meaning else f"{o.answer} ({o.meaning})" for o in options]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def render(
    wording: Wording, persona: Persona, item: Item, options: Sequence[AnswerOption], mode: Mode = "label"
) -> Messages:
    """Return the chat messages that ask `persona` to label `item`: the system's, where it is not empty, and the user's.

    Raises:
        InputError: a variable of the template is neither an item field nor one of ours; all missing ones are listed.
    """
    options = tuple(options)
    laid_out, choices = _options_for_templates(options)
    attributes = tuple(persona.attributes.items())
    values: dict[str, Any] = {
        "persona": _persona_for_templates(persona.text, attributes),
        "item": Fields("item", item.fields),
        "options": laid_out,
        "choices": choices,
    }

    def rendered(text: str) -> str:
        if mentions(text, "item"):
            return compiled(text).render(values)
        try:
            content, unseen = _render_without_item(text, persona.text, attributes, options)
        except Exception:  # noqa: BLE001 (once more, so that what it misses before it fails is noted here)
            return compiled(text).render(values)
        missing.update(unseen)
        return content

    with noting_missing() as missing:
        try:
            values["request"] = rendered(wording.label if mode == "label" else wording.explanation)
            system = rendered(wording.system)
            user = compiled(wording.user).render(values)
        except Exception as error:
            if not missing:
                raise InputError(
                    f"template wording {wording.name!r} cannot be rendered for item {item.item_id!r}: {error}. "
                    "Correct the template."
                ) from error
    if missing:
        raise InputError(_tell_missing(list(missing), wording, persona, item))
    messages: list[Message] = [{"role": "system", "content": system}] if system.strip() else []
    return (*messages, {"role": "user", "content": user})


@lru_cache(maxsize=256)
def _render_without_item(
    text: str, persona_text: str, attributes: tuple[tuple[str, str], ...], options: tuple[AnswerOption, ...]
) -> tuple[str, dict[str, None]]:
    """Return what `text` renders to before every item alike, and the names of the variables that are missing.

    Items follow within persona and wording, so that a few entries save two renderings of three.
    """
    laid_out, choices = _options_for_templates(options)
    persona = _persona_for_templates(persona_text, attributes)
    with noting_missing() as missing:
        content = compiled(text).render({"persona": persona, "options": laid_out, "choices": choices})
    return content, missing


@lru_cache(maxsize=256)
def _persona_for_templates(text: str, attributes: tuple[tuple[str, str], ...]) -> Fields:
    return Fields("persona", {"text": text.strip(), "attributes": Fields("persona.attributes", dict(attributes))})


@lru_cache(maxsize=64)
def _options_for_templates(options: tuple[AnswerOption, ...]) -> tuple[tuple[Fields, ...], str]:
    laid_out = [Fields("option", {"answer": o.answer, "label": o.label, "meaning": o.meaning}) for o in options]
    return tuple(laid_out), describe_choices(options)


def _tell_missing(missing: list[str], wording: Wording, persona: Persona, item: Item) -> str:
    """Return one sentence a kind of missing variable, then what to do."""
    of_persona = [name for name in missing if name.startswith("persona.")]
    of_item = [name for name in missing if name not in of_persona]
    told = [f"template wording {wording.name!r} asks for {', '.join(missing)}."]
    if of_item:
        told.append(
            f"Item {item.item_id!r} has only the fields {', '.join(item.fields) or '(none)'}: "
            "choose another template family, or rename the corpus's fields."
        )
    if of_persona:
        told.append(
            f"Persona {persona.persona_id!r} has only the attributes {', '.join(persona.attributes) or '(none)'}: "
            "add them to the persona, or choose another wording."
        )
    return "\n".join(told)
