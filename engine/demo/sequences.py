"""Training examples as tokens, and as batches of little padding."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from engine.demo.examples import Example, Recipe, draw_example
from engine.demo.tokenizer import ASSISTANT, END, SYSTEM, USER, token_of
from engine.demo.world import SEED

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BATCH = 32
BLOCK = 64 * BATCH
"""Examples that are sorted by length together."""
NOTHING = -100
"""Where the model is asked for nothing (torch's own mark for the cross-entropy)."""


@dataclass(frozen=True)
class Sequence:
    """One example as tokens."""

    ids: list[int]
    wanted: list[int]
    """The token to predict at each place, else `NOTHING`; the label's own place has soft labels instead."""
    label_at: int
    """The place whose prediction is the label."""
    probability: float
    """Chance of 'yes' there."""


def to_tokens(tokenizer: PreTrainedTokenizerFast, example: Example) -> Sequence:
    """Return the conversation as tokens; only what the assistant says is to be predicted."""
    end, assistant, system, user = (token_of(tokenizer, mark) for mark in (END, ASSISTANT, SYSTEM, USER))
    encode = partial(tokenizer.encode, add_special_tokens=False)
    ids: list[int] = []
    for message in example.prompt:
        ids += [system if message["role"] == "system" else user, *encode(message["content"]), end]
    label_at = len(ids)
    wanted = [NOTHING] * label_at
    for number, (question, answer) in enumerate([("", example.answer), *example.turns]):
        if number:
            ids += [user, *encode(question), end]
            wanted += [NOTHING] * (len(ids) - len(wanted))
        said = [*encode(answer), end]
        ids += [assistant, *said]
        wanted += [*said, NOTHING]
    wanted[label_at] = NOTHING
    return Sequence(ids, wanted, label_at, example.probability)


def batches(tokenizer: PreTrainedTokenizerFast, name: str, recipe: Recipe, examples: int) -> Iterator[list[Sequence]]:
    """Yield the batches of a stage: blocks of examples, sorted by length within a block, in drawn order.

    Args:
        tokenizer: makes the tokens.
        name: the stage's name; with the seed it decides every draw.
        recipe: what the examples are like.
        examples: how many in all.
    """
    rng = random.Random(f"{SEED} {name}")
    left = examples
    while left > 0:
        size = min(BLOCK, left)
        left -= size
        block = [to_tokens(tokenizer, draw_example(rng, recipe)) for _ in range(size)]
        block.sort(key=lambda s: len(s.ids))
        parts = [block[i : i + BATCH] for i in range(0, size, BATCH)]
        rng.shuffle(parts)
        yield from parts
