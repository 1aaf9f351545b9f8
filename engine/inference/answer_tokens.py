"""The token an answer begins with, after a given prompt.

A label's probability is read from one token, so everything rests on its being the token that the model itself would
write: "yes" after a newline is another token than " yes" after a word. It is found in context, by what the tokenizer
makes of prompt and answer together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.errors import InputError

Encode = Callable[[str], Sequence[int]]
"""Text to token ids, special tokens recognized, none added."""

TAIL = 64
"""Characters at the end of a prompt that decide how an answer after it is cut into tokens."""


def first_token_ids(encode: Encode, prompt: str, lead: str, answers: Sequence[str]) -> tuple[int, ...]:
    """Return the id of the first token of each answer, as it comes after the prompt.

    Args:
        encode: the model's tokenizer.
        prompt: the prompt's text, generation prompt included; its end decides.
        lead: whitespace that the model's template puts between generation prompt and answer ('' for most).
        answers: what the model is asked to write.
    """
    tail = prompt[-TAIL:]
    before = list(encode(tail))
    found = []
    for answer in answers:
        together = list(encode(tail + lead + answer))
        if together[: len(before)] == before and len(together) > len(before):
            found.append(together[len(before)])
        else:  # prompt and answer merged into one token, which a model that is given the whole prompt cannot write
            found.append(next(iter(encode(lead + answer)), -1))
    return tuple(found)


def check_distinct(ids: Sequence[int], answers: Sequence[str], show: Callable[[int], str]) -> None:
    """Check that the answers can be told apart by their first tokens.

    Args:
        ids: the first token of each answer, as `first_token_ids` gives them; -1 where an answer has none.
        answers: the answers.
        show: a token's text, for the message.

    Raises:
        InputError: two answers share a first token, or one has none; says which and offers letters.
    """
    groups: dict[int, list[str]] = {}
    for token_id, answer in zip(ids, answers, strict=True):
        groups.setdefault(token_id, []).append(answer)
    problems = [
        f"{' and '.join(map(repr, same))} all begin with the token {show(token_id)!r} (id {token_id})"
        if token_id >= 0
        else f"{' and '.join(map(repr, same))} cannot be written in this model's tokens"
        for token_id, same in groups.items()
        if len(same) > 1 or token_id < 0
    ]
    if not problems:
        return
    letters = all(len(a) == 1 and a.isalpha() and a.isupper() for a in answers)
    advice = (
        "Use another model, or mode: sampled, which reads whole texts."
        if letters
        else "Ask for letters A, B, C instead (answers: letters), or give the labels other answer words in the task."
    )
    raise InputError(
        f"answers {', '.join(map(repr, answers))}: for this model, {'; '.join(problems)}. Label probabilities are read "
        f"from one token, so every answer must begin with a token of its own. {advice}"
    )
