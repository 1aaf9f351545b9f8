"""A deterministic fake that needs no model: for tests, for trying the pages, and for timing everything but the model.

What it answers is a function of the messages alone: the item decides where a label distribution lies, the persona
shifts it by `spread`, and drawn texts follow that distribution at the temperature asked for. It can be told to refuse,
hedge, babble, fail and be slow. It proves nothing about language models.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from engine.errors import BackendError
from engine.inference.answer_tokens import check_distinct
from engine.inference.backend import (
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    Prompt,
    SampleAnswer,
    SampleRequest,
)
from engine.inference.batches import answer_in_place, too_long
from engine.inference.scripted_options import ScriptedOptions
from engine.personas.template import Messages

Distribution = Callable[[Messages, tuple[str, ...]], Sequence[float]]
"""Messages and answers to one probability an answer; they sum to 1."""

_WORD = re.compile(r"[^\s,.(;:!?]+")
_MEANING = re.compile(r" \([^)]*\)")
_REFUSALS = (
    "I'm sorry, but I cannot label this text.",
    "As an AI language model, I do not have personal opinions.",
    "I can't help with that.",
)
_BABBLE = ("Well, what a day it was!", "The text is written in English.", "...")
_TWO_64 = float(2**64)


class ScriptedBackend:
    """Answers by a rule instead of a model."""

    def __init__(
        self,
        model: str = "scripted",
        *,
        engine: Mapping[str, Any] | None = None,
        distribution: Distribution | None = None,
    ) -> None:
        """Take the options and, in Python, a rule of your own.

        Args:
            model: any name; other names are other models with other answers.
            engine: options, see `ScriptedOptions`.
            distribution: the label distribution of a prompt; the built-in rule where absent.

        Raises:
            InputError: an option is unknown or impossible.
        """
        self._model = model
        self._options = ScriptedOptions.read(engine or {})
        self._rule = distribution or self._built_in
        self._known_answers = self._options.answers
        self._asked: set[int] = set()
        self._count = 0
        self._cache: dict[tuple[str, tuple[str, ...]], tuple[float, ...]] = {}

    def info(self) -> BackendInfo:
        """Say what this backend is and can do."""
        content = repr((self._model, sorted(vars(self._options).items()), self._rule.__qualname__))
        return BackendInfo(
            backend="scripted",
            model=self._model,
            revision=f"sha256:{hashlib.sha256(content.encode()).hexdigest()}",
            exact="full",
            seeds="request",
            max_context=self._options.max_context,
            batch_size=self._options.batch_size,
            notes=("answers come from a rule, not from a language model",),
        )

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Join the messages in a plain form."""
        return [Prompt(m, "".join([f"<{part['role']}>{part['content']}\n" for part in m])) for m in conversations]

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:  # noqa: ARG002
        """Raise InputError where two answers are the same; whole words are its tokens."""
        check_distinct([list(answers).index(a) for a in answers], answers, lambda i: answers[i])
        self._known_answers = tuple(answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Give the rule's label distributions."""
        return answer_in_place(requests, lambda r: self._trouble(r.prompt), lambda some: [self._read(r) for r in some])

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request."""
        return answer_in_place(requests, lambda r: self._trouble(r.prompt), lambda some: [self._draw(r) for r in some])

    def close(self) -> None:
        """Do nothing: there is nothing to release."""

    def _trouble(self, prompt: Prompt) -> Failure | None:
        """Fail, break down or dawdle as told."""
        options = self._options
        self._count += 1
        if options.crash_after is not None and self._count > options.crash_after:
            raise BackendError(f"the scripted backend broke down after {options.crash_after} requests, as it was told")
        if options.delay:
            time.sleep(options.delay)
        if failure := too_long(len(prompt.text) // 4, options.max_context):
            return failure
        if not options.fail and not options.flaky:
            return None
        number = _number("trouble", prompt.text)
        if number / _TWO_64 < options.fail:
            return Failure("rejected", "the scripted backend refuses this request, as it was told")
        if number / _TWO_64 < options.fail + options.flaky and number not in self._asked:
            self._asked.add(number)
            return Failure("server", "the scripted backend is busy, as it was told", retryable=True)
        return None

    def _read(self, request: ExactRequest) -> ExactAnswer:
        options = self._options
        mass = 1.0 - options.refuse - options.hedge - options.babble
        probabilities = self._distribution(request.prompt, request.answers)
        logprobs = tuple([math.log(p * mass) if p * mass > 0 else -math.inf for p in probabilities])
        return ExactAnswer(logprobs, 0.0, len(request.prompt.text) // 4)

    def _draw(self, request: SampleRequest) -> SampleAnswer:
        options = self._options
        if request.seed is None:
            draw = _number("draw", request.prompt.text, repr(request.temperature), str(self._count))
        else:
            draw = _number("draw", request.prompt.text, repr(request.temperature), str(request.seed))
        kind, place = (draw >> 32) / 2**32, (draw & 0xFFFFFFFF) / 2**32
        answers = self._answers(request.prompt)
        if kind < options.refuse:
            text = _REFUSALS[draw % len(_REFUSALS)]
        elif kind < options.refuse + options.hedge:
            text = f"It could be {answers[0]} or {answers[-1]}; it depends."
        elif kind < options.refuse + options.hedge + options.babble:
            text = _BABBLE[draw % len(_BABBLE)]
        else:
            probabilities = at_temperature(self._distribution(request.prompt, answers), request.temperature)
            text = answers[_pick(probabilities, place)]
            if request.max_tokens > 16:
                text = f"{text}. Seen as I am, the text reads this way to me."
        words = len(text.split())
        short = words > request.max_tokens
        text = " ".join(text.split()[: request.max_tokens]) if short else text
        length = min(words, request.max_tokens)
        return SampleAnswer(text, "length" if short else "stop", len(request.prompt.text) // 4, length)

    def _answers(self, prompt: Prompt) -> tuple[str, ...]:
        """Return the answers to draw from: those in the prompt, in options, or last checked."""
        if self._known_answers:
            return self._known_answers
        content = prompt.messages[-1]["content"]
        return shown_choices(content[-400:]) or ("yes", "no")

    def _distribution(self, prompt: Prompt, answers: tuple[str, ...]) -> tuple[float, ...]:
        key = (prompt.text, answers)
        if key not in self._cache:
            if len(self._cache) >= 20_000:
                self._cache.clear()
            self._cache[key] = tuple(self._rule(prompt.messages, answers))
        return self._cache[key]

    def _built_in(self, messages: Messages, answers: tuple[str, ...]) -> tuple[float, ...]:
        """Softmax over the answers of an item's part and a persona's part, both hashes of their texts."""
        persona = "\n".join([m["content"] for m in messages if m["role"] == "system"])
        item = "\n".join([m["content"] for m in messages if m["role"] != "system"])
        of_item = _centred(len(answers), self._model, item)
        of_pair = _centred(len(answers), self._model, item, persona)
        sharpness, spread = 2 * self._options.sharpness, 2 * self._options.spread
        logits = [sharpness * one + spread * two for one, two in zip(of_item, of_pair, strict=True)]
        top = max(logits)
        weights = [math.exp(x - top) for x in logits]
        total = sum(weights)
        return tuple([w / total for w in weights])


def shown_choices(text: str) -> tuple[str, ...]:
    """Return the answers of the last 'A, B or C' in a text, as templates print them; none where there is none.

    >>> shown_choices("Is it so? Answer with A (entailment), B (neutral) or C (contradiction) and nothing else.")
    ('A', 'B', 'C')
    """
    before, _, after = text.rpartition(" or ")
    right = _WORD.match(after)
    if right is None or not before:
        return ()
    found = [right.group()]
    for part in reversed(_MEANING.sub("", before).split(", ")):
        words = part.split()
        if not words:
            break
        found.append(words[-1])
        if len(words) > 1:
            break
    return tuple(reversed(found))


def at_temperature(probabilities: Sequence[float], temperature: float) -> list[float]:
    """Return p_T(k) proportional to p(k)^(1/T); at temperature 0 the first largest."""
    top = max(probabilities)
    if temperature <= 0:
        first = list(probabilities).index(top)
        return [float(i == first) for i in range(len(probabilities))]
    weights = [(p / top) ** (1 / temperature) for p in probabilities]
    total = sum(weights)
    return [w / total for w in weights]


def _pick(probabilities: Sequence[float], place: float) -> int:
    """Return the index on which `place`, between 0 and 1, falls."""
    total = 0.0
    last = 0
    for index, p in enumerate(probabilities):
        if p > 0:
            last = index
        total += p
        if place < total:
            return index
    return last


def _number(*parts: str) -> int:
    """Return 64 bits that depend on the texts alone, in every process alike."""
    return int.from_bytes(hashlib.blake2b("\0".join(parts).encode(), digest_size=8).digest(), "little")


@lru_cache(maxsize=50_000)
def _centred(count: int, *parts: str) -> tuple[float, ...]:
    """Return `count` numbers between -1/2 and 1/2 that depend on the texts alone."""
    content = "\0".join(parts).encode()
    size = max(1, min(64, 4 * count))
    digest = b"".join(
        hashlib.blake2b(content, digest_size=size, salt=block.to_bytes(2, "little")).digest()
        for block in range((4 * count + size - 1) // size)
    )
    return tuple([int.from_bytes(digest[4 * i : 4 * i + 4], "little") / 2**32 - 0.5 for i in range(count)])
