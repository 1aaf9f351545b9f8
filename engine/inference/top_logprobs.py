"""Label probabilities out of the few most probable tokens that a server shows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

CUT = -9998.0
"""vLLM writes -9999 for the logarithm of zero, because JSON has no minus infinity."""


def read_by_id(shown: Mapping[str, float], ids: Sequence[int]) -> tuple[tuple[float, ...], float]:
    """Return the labels' log-probabilities and the bound of what is hidden.

    Args:
        shown: natural-log probabilities by 'token_id:N'.
        ids: the label tokens.
    """
    logprobs = tuple(_log(shown.get(f"token_id:{i}")) for i in ids)
    absent = sum(f"token_id:{i}" not in shown for i in ids)
    return logprobs, hidden_mass(shown, absent)


def read_by_text(shown: Mapping[str, float], answers: Sequence[str]) -> tuple[tuple[float, ...], float]:
    """Return the labels' log-probabilities where tokens are known by their text only, and the bound of what is hidden.

    A token counts for the one answer that it begins (surrounding whitespace apart); a token that fits two answers, or
    none, counts for none. Tokens of one answer (' yes', 'yes') are separate events, so their probabilities add up.
    """
    mass = [0.0] * len(answers)
    found = [False] * len(answers)
    wanted = [answer.strip() for answer in answers]
    for token, logprob in shown.items():
        text = token.strip()
        fits = [i for i, answer in enumerate(wanted) if text and answer.startswith(text)]
        if len(fits) == 1:
            mass[fits[0]] += math.exp(min(0.0, logprob))
            found[fits[0]] = True
    logprobs = tuple(math.log(min(m, 1.0)) if m > 0 else -math.inf for m in mass)
    return logprobs, hidden_mass(shown, found.count(False))


def hidden_mass(shown: Mapping[str, float], absent: int) -> float:
    """Return an upper bound of the probability that `absent` label tokens may hold together without being shown.

    Each of them is at most as probable as the least probable token shown, and all of them at most what is left.
    """
    if not absent or not shown:
        return 0.0 if not absent else 1.0
    left = max(0.0, 1.0 - sum(math.exp(min(0.0, value)) for value in shown.values()))
    return min(left, absent * math.exp(min(0.0, min(shown.values()))))


def _log(value: float | None) -> float:
    return -math.inf if value is None or value <= CUT else min(0.0, value)
