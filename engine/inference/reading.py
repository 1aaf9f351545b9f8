"""Read a label out of a text that a language model wrote, or the reason why there is none.

The order matters: what stands at the head counts before what is announced ("my answer is ..."), that before a last line
of its own, that before a refusal, a refusal before a hedge, and a word found somewhere comes last (`reading_mentions`).
So "No, I cannot call this hate speech" is a label and "I cannot answer that" is a refusal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from engine.inference import reading_patterns as patterns
from engine.inference.answer_forms import Form, Reading, clean, forms_of, is_number, strip_lead, whole
from engine.inference.reading_mentions import mentioned, sentences
from engine.personas.template import AnswerOption

__all__ = ["Reading", "read_label"]
_LONG = 4000
"""Characters that are read at each end of a long text; answers stand at its head or at its end."""
_WORD_LETTERS = frozenset("aeiouy")
"""Letters that are words in some language: bare at the head of a sentence they are no answer."""


def read_label(text: str, options: Sequence[AnswerOption], expects_explanation: bool) -> Reading:
    """Read the label out of an answer.

    Args:
        text: what the model wrote, as it is.
        options: what the model was asked to write for each label.
        expects_explanation: whether label and explanation were asked for; then later sentences may name other labels.

    Returns:
        'ok' with a label; 'refusal' (declined), 'hedge' (named several, or would not choose) or 'unparsable', each
        with the reason.
    """
    spoken = _without_thinking(text)
    if len(spoken) > 2 * _LONG:
        spoken = f"{spoken[:_LONG]}\n{spoken[-_LONG:]}"
    if patterns.THINKING_OPEN.search(spoken):
        return Reading("unparsable", reason="the answer ends inside its thinking block; give it more max_tokens")
    plain = clean(spoken)
    if not plain:
        return Reading("unparsable", reason="the answer is empty")
    forms = forms_of(tuple(options))
    for step in (_as_json, _at_head, _announced, _on_the_last_line):
        if (reading := step(plain, forms, spoken)) is not None:
            return reading
    if patterns.CANNOT_DECIDE.search(plain):
        return Reading("hedge", reason="says that it cannot decide")
    if match := patterns.REFUSAL.search(plain):
        return Reading("refusal", reason=f"declines: {match.group()!r}")
    said = sentences(plain)
    reading = mentioned(said[:1] if expects_explanation else said, forms)
    if reading is not None and (reading.status != "unparsable" or not expects_explanation):
        return reading
    if match := patterns.HEDGE.search(plain):
        return Reading("hedge", reason=f"does not choose: {match.group()!r}")
    if expects_explanation and (reading := mentioned(said, forms)) is not None:
        return reading
    return Reading("unparsable", reason="names none of the answers")


def _without_thinking(text: str) -> str:
    """Return what comes after the last closed thinking block, or before the first where nothing comes after."""
    parts = patterns.THINKING_CLOSE.split(text)
    if len(parts) == 1 or parts[-1].strip():
        return parts[-1]
    return patterns.THINKING_OPEN.split(text)[0]


def _as_json(plain: str, forms: Sequence[Form], spoken: str) -> Reading | None:  # noqa: ARG001
    """Read {"label": "yes"}, fenced or cut off."""
    if "{" not in spoken:
        return None
    value: object = None
    start, end = spoken.find("{"), spoken.rfind("}")
    try:
        data = json.loads(spoken[start : end + 1])
        value = next((v for k, v in data.items() if patterns.JSON_VALUE.match(f"{k}: x")), None)
        value = next(iter(data.values())) if value is None and len(data) == 1 else value
    except (ValueError, AttributeError):
        if match := patterns.JSON_VALUE.search(spoken[start:]):
            value = next(group for group in match.groups() if group is not None)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    if isinstance(value, (str, int, float)) and (form := whole(clean(str(value)), forms)):
        return Reading("ok", form.label)
    return None


def _at_head(plain: str, forms: Sequence[Form], spoken: str) -> Reading | None:  # noqa: ARG001
    """Read what the answer begins with."""
    if form := whole(plain, forms):
        return Reading("ok", form.label)
    if patterns.FOREIGN_REFUSAL.match(strip_lead(plain)):
        return Reading("refusal", reason=f"declines: {plain[:40]!r}")
    head = strip_lead(plain)
    numbered = re.match(r"\d+[.)]\s+", head)
    if numbered and (found := _match_head(strip_lead(head[numbered.end() :]), forms)) and found[0].kind != "number":
        return _follow_up(*found, forms)
    if (found := _match_head(head, forms)) is None:
        return None
    return _follow_up(*found, forms)


def _match_head(head: str, forms: Sequence[Form]) -> tuple[Form, str] | None:
    """Return the form at the head of a text and the text after it."""
    for form in forms:
        match = form.pattern.match(head)
        if match and _may_stand_bare(form, head[match.end() :]):
            return form, head[match.end() :]
    return None


def _may_stand_bare(form: Form, after: str) -> bool:
    """Say whether a form at the head of a text is an answer, by what follows it."""
    if form.kind == "letter":
        if form.text in _WORD_LETTERS:
            comma = "" if form.text == "i" else ","
            return re.match(rf"\s*(?:$|\n|[).:!?;{comma}\]\"]|[-=–—(]\s*\w|(?:or|and)\s+\w\b)", after) is not None
        return re.match(r"\s*[^\s\w']|\s*$|\n|\s+(?:because|since|as|is|for|,)", after) is not None
    if form.kind == "label":
        return re.match(r"\s*(?:$|\n|[).:,;\]\"]|[-=–—(])", after) is not None
    if form.kind == "number":
        return (
            re.match(r"\s+(?!reasons?\b|things?\b|people\b|points\b|of (?:the|these)\b)|[^\s\w]|$", after) is not None
        )
    return re.match(r"\s+(?:one|matter|doubt|way|idea|reason|need|comment)\b", after) is None


def _follow_up(form: Form, after: str, forms: Sequence[Form]) -> Reading:
    """Check that what follows a label does not take it back: 'yes and no', 'no, I cannot help with that'."""
    if (beyond := patterns.OUT_OF.match(after)) and beyond.group(1) == max(
        (f.text for f in forms if is_number(f.text)), key=float, default=""
    ):
        return Reading("ok", form.label)
    if connected := patterns.CONNECTED.match(after):
        rest = strip_lead(after[connected.end() :])
        other = next((f for f in forms if f.pattern.match(rest)), None)
        if other is not None and other.label != form.label and other.kind != "label":
            tail = rest[len(other.text) :]
            if re.match(r"\s*(?:$|[^\s\w])|\s+(?:at|depending|it|both|because|since)\b", tail):
                return Reading("hedge", reason=f"names {form.text!r} and {other.text!r}")
    if patterns.REFUSAL_AFTER_LABEL.match(after.lstrip(" ,.;:!-\n")):
        return Reading("refusal", reason=f"declines: {after.strip(' ,.;:!-')[:40]!r}")
    if re.match(r"[\s,.;:!]*(?:but |well,? )?(?:it depends|or maybe not|maybe|perhaps not)\b", after):
        return Reading("hedge", reason=f"names {form.text!r} and takes it back")
    return Reading("ok", form.label)


def _announced(plain: str, forms: Sequence[Form], spoken: str) -> Reading | None:  # noqa: ARG001
    """Read 'the answer is B', 'I would say no', 'option (A)'."""
    found: list[tuple[Form, Reading]] = []
    for cue in (patterns.CUE, patterns.CUE_OPTION, patterns.SAYING):
        for match in cue.finditer(plain):
            clause = re.split(r"[.;!?\n]", plain[: match.start()])[-1] + match.group()
            if re.search(r"\b(?:not|never|cannot|can ?not)\b|n't\b", clause):
                continue
            rest = strip_lead(re.sub(r"^\W*(?:a|an|the|as|with|option|level)\s+(?=\W*\w)", "", plain[match.end() :]))
            for candidate in (strip_lead(plain[match.end() :]), rest):
                head = _match_head(candidate, forms)
                if head is not None and (cue is patterns.CUE or _may_be_said(*head)):
                    found.append((head[0], _follow_up(*head, forms)))
                    break
        if found:
            break
    if not found:
        return None
    if len({form.label for form, _ in found}) > 1:
        final = re.search(r"\bfinal\b", plain)
        if not final:
            names = " and ".join(dict.fromkeys(repr(form.text) for form, _ in found))
            return Reading("hedge", reason=f"announces {names}")
    return found[-1][1]


def _may_be_said(form: Form, after: str) -> bool:
    """Say whether a form after 'I would say' is an answer, by what follows it."""
    if form.text in patterns.VERDICTS:
        return bool(patterns.VERDICT_AFTER.match(after) or patterns.VERDICT_SAID.match(after))
    return form.kind != "label"


def _on_the_last_line(plain: str, forms: Sequence[Form], spoken: str) -> Reading | None:  # noqa: ARG001
    """Read a last line that is an answer and nothing else, after reasoning; not where other lines are other answers."""
    alone = [form for line in plain.split("\n") if (form := whole(line, forms)) is not None and form.kind != "label"]
    if alone and whole(plain.split("\n")[-1], forms) == alone[-1] and len({form.label for form in alone}) == 1:
        return Reading("ok", alone[-1].label)
    return None
