"""Answer words somewhere in a text: which of them says the label, and which only stands there.

A sentence that is an answer and nothing else counts most, then a 'yes' or 'no' that stands as a verdict ("so no, ..."),
then any other answer word, and last one that says how something is said ("in a neutral way"). The first of these that
names anything decides; different labels in it are a hedge. A word that is denied names the label that denies it, where
there is one ("not hateful").
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.inference import reading_patterns as patterns
from engine.inference.answer_forms import Form, Reading, whole

_ALONE, _VERDICT, _WORD, _MANNER = range(4)
"""How an answer word stands, what counts most first."""


def sentences(plain: str) -> list[str]:
    """Return the sentences of a text in its plain form; a line's end ends one too."""
    return re.split(r"(?<=[.!?。！？])\s|\n", plain)


def mentioned(said: Sequence[str], forms: Sequence[Form]) -> Reading | None:
    """Read an answer word that stands somewhere; several different ones are a hedge. None: there is none.

    Args:
        said: sentences in their plain form.
        forms: of the labels.
    """
    found: dict[int, list[Form]] = {}
    denied: list[Form] = []
    for sentence in said:
        text = patterns.SCALE.sub(" ", sentence)
        if (form := _alone(text, forms)) is not None:
            found.setdefault(_ALONE, []).append(form)
            continue
        for form, match in _occurrences(text, forms):
            if (rank := _rank(form, text, match)) is None:
                continue
            if patterns.NEGATED.search(text[: match.start()]):
                denied.append(form)
            else:
                found.setdefault(rank, []).append(form)
    if found:
        if min(found) == _MANNER and (other := patterns.VERDICT_AT_HEAD.match(said[0])):
            return Reading("unparsable", reason=f"says {other[1]!r}, which is none of the answers")
        return _decided(found[min(found)], " ".join(said))
    return _denied(denied, forms)


def _alone(sentence: str, forms: Sequence[Form]) -> Form | None:
    """Return the answer that a sentence is, or that stands alone behind its last colon; a question is none."""
    if sentence.rstrip(" \"')").endswith("?"):
        return None
    for part in (sentence, *sentence.split(":")[1:][-1:]):
        form = whole(part, forms)
        if form is not None and form.kind not in ("label", "number"):
            return form
    return None


def _occurrences(text: str, forms: Sequence[Form]) -> Iterator[tuple[Form, re.Match[str]]]:
    """Yield where the forms stand; what is part of a longer form is not told again."""
    taken: list[tuple[int, int]] = []
    for form in forms:
        if form.kind == "label":
            continue
        for match in form.pattern.finditer(text):
            if not any(a < match.end() and match.start() < b for a, b in taken):
                taken.append(match.span())
                yield form, match


def _rank(form: Form, text: str, match: re.Match[str]) -> int | None:
    """Return how a word stands in running text; None: as no answer, like 'no' in 'there is no reason'."""
    before, after = text[: match.start()], text[match.end() :]
    if form.kind == "letter":
        quoted = before[-1:] in ("(", "[", '"', "'") and after[:1] in (")", "]", '"', "'")
        return _WORD if quoted else None
    if form.text in patterns.VERDICTS:
        stands = patterns.VERDICT_BEFORE.search(before) and patterns.VERDICT_AFTER.match(after)
        return _VERDICT if stands else None
    if patterns.MANNER_BEFORE.search(before) and patterns.MANNER_AFTER.match(after):
        return _MANNER
    return _WORD


def _decided(found: Sequence[Form], text: str) -> Reading | None:
    labels = {form.label for form in found}
    if len(labels) > 1:
        return Reading("hedge", reason=f"names {' and '.join(dict.fromkeys(repr(form.text) for form in found))}")
    numbers = set(re.findall(r"\d+", patterns.SCALE.sub(" ", text)))
    if found[0].kind == "number" and len(numbers) > 1:
        return None
    return Reading("ok", found[0].label)


def _denied(denied: Sequence[Form], forms: Sequence[Form]) -> Reading | None:
    """Read words that are only denied: 'I do not find it hateful' is 'not hateful', where that is a label."""
    if not denied:
        return None
    opposite = {form.label for form in forms for other in denied if form.text in _denials(other.text)}
    if len({form.label for form in denied}) == 1 and len(opposite) == 1:
        return Reading("ok", opposite.pop())
    return Reading("unparsable", reason=f"only says that it is not {denied[0].text!r}")


def _denials(text: str) -> set[str]:
    return {f"{word} {text}" for word in patterns.DENIALS}
