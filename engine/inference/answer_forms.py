"""How an answer may be written: the forms of every label as patterns, the plain form that texts are read in, and what a
reading says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from engine.personas.template import AnswerOption


@dataclass(frozen=True)
class Form:
    """One way to write a label."""

    text: str
    label: str
    kind: Literal["word", "number", "letter", "meaning", "label"]
    pattern: re.Pattern[str]
    """The form with its boundaries."""


@dataclass(frozen=True)
class Reading:
    """What a text says."""

    status: Literal["ok", "refusal", "hedge", "unparsable"]
    label: str | None = None
    reason: str = ""
    """Why there is no label; '' where there is one."""


@lru_cache(maxsize=256)
def forms_of(options: tuple[AnswerOption, ...]) -> tuple[Form, ...]:
    """Return all ways to write the labels, longest first; what one option claims first, no other gets."""
    found: dict[str, Form] = {}
    for option in options:
        answer = _plain(option.answer)
        letter = len(answer) == 1 and answer.isalpha() and _plain(option.meaning) != answer
        kind: Literal["word", "number", "letter"] = "letter" if letter else "number" if is_number(answer) else "word"
        found.setdefault(answer, _form(answer, option.label, kind))
    for option in options:
        found.setdefault(_plain(option.meaning), _form(_plain(option.meaning), option.label, "meaning"))
    for option in options:
        found.setdefault(_plain(option.label), _form(_plain(option.label), option.label, "label"))
    return tuple(sorted((f for text, f in found.items() if text), key=lambda f: -len(f.text)))


def _form(text: str, label: str, kind: Literal["word", "number", "letter", "meaning", "label"]) -> Form:
    return Form(text, label, kind, re.compile(_bounded(text)))


def _bounded(text: str) -> str:
    """Return a pattern of `text` that fits no part of a longer word or number."""
    if not text:
        return r"(?!)"
    body = re.escape(text).replace(r"\ ", r"\s+")
    if any(unicodedata.name(c, "").startswith(("CJK", "HIRAGANA", "KATAKANA")) for c in text):
        return body
    if is_number(text):
        sign = "" if text[0] in "+-" else r"(?<!\d-)(?<![^\s\w]-)(?<!\s-)(?<!^-)\+?"
        return rf"(?<![\w.,])(?<!\d[-/]){sign}{body}(?:\.0+)?(?![\w%]|[.,]\d)"
    return rf"(?<!\w){body}(?!\w|'(?:t|re|ve|ll)\b)"


def _plain(text: str) -> str:
    return clean(text).strip("\n ")


def is_number(text: str) -> bool:
    """Whether a text is a number in digits."""
    return re.fullmatch(r"[-+]?\d+(?:\.\d+)?", text) is not None


def clean(text: str) -> str:
    """Return a text in one plain form: compatibility characters, case, apostrophes, markup and white space unified."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.replace("ı", "i").replace("i\u0307", "i")  # Turkish: HAYIR is written hayır in small letters
    text = re.sub(r"[‘’ʼ`´]", "'", text)
    text = re.sub(r"[−–—](?=\d)", "-", text)
    text = re.sub(r"[“”„«»「」『』]", '"', text)
    text = re.sub(r"</?[a-z][a-z0-9_-]{0,20}>|<\|[^|<>]{1,30}\|>", " ", text)
    text = re.sub(r"[*~#>_\u200b-\u200f\ufe0f\u2060\ufeff\x00]+", " ", text)
    text = re.sub(r"\\(?:boxed|text|textbf)\{([^{}]*)\}", r"\1", text)
    text = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", " ", text)
    return "\n".join(line for line in (" ".join(line.split()) for line in text.splitlines()) if line)


def strip_lead(text: str) -> str:
    """Remove what may stand before an answer: quotes, brackets, bullets, emoji. A sign before a digit stays."""
    for index, char in enumerate(text):
        if char.isalnum():
            signed = index > 0 and text[index - 1] in "+-" and char.isdigit()
            return text[index - 1 :] if signed else text[index:]
    return ""


def whole(text: str, forms: Sequence[Form]) -> Form | None:
    """Return the form that a text is, apart from punctuation around it."""
    bare = strip_lead(text)
    for form in forms:
        match = form.pattern.match(bare)
        if match and not any(c.isalnum() for c in bare[match.end() :]):
            return form
    return None
