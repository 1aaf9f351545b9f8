"""What all backends do with a list of requests: answer what can be answered, refuse the rest in its place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from engine.inference.backend import Failure

Request = TypeVar("Request")
Answer = TypeVar("Answer")


def answer_in_place(
    requests: Sequence[Request],
    refuse: Callable[[Request], Failure | None],
    answer: Callable[[list[Request]], Sequence[Answer | Failure]],
) -> list[Answer | Failure]:
    """Return one answer or failure a request, in their order.

    Args:
        requests: all requests of a call.
        refuse: says why a request cannot even be tried (a prompt longer than the context), else None.
        answer: answers the others, all at once; gives as many as it gets.
    """
    refusals = [refuse(request) for request in requests]
    answers = iter(answer([r for r, f in zip(requests, refusals, strict=True) if f is None]))
    return [next(answers) if failure is None else failure for failure in refusals]


def too_long(prompt_tokens: int, max_context: int | None) -> Failure | None:
    """Return a failure where a prompt leaves no room for one token of answer in the model's context."""
    if max_context is None or prompt_tokens < max_context:
        return None
    return Failure(
        "context",
        f"the prompt has {prompt_tokens} tokens and needs at least one more for the answer; the model's context holds "
        f"{max_context}. Shorten the item or the persona, or use a model with a longer context.",
    )


def same_first_token(answers: Sequence[str]) -> Failure:
    """Return the failure of an exact request whose answers cannot be told apart; `check_answers` says it in full."""
    return Failure(
        "unsupported",
        f"answers {', '.join(map(repr, answers))} do not each begin with a token of their own; use answers: letters",
    )
