"""How a report writes numbers with their intervals, in sentences and cells."""

from __future__ import annotations

import math
from collections.abc import Sequence

from engine.measures import Estimate

MINUS = "\u2212"


def number(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign; 'undefined' where it is NaN."""
    if math.isnan(value):
        return "undefined"
    text = f"{value:.{digits}f}"
    return text.replace("-", "" if float(text) == 0 else MINUS)


def with_interval(value: float, low: float, high: float, digits: int = 3) -> str:
    """Return '0.412 [0.380, 0.445]', without brackets where there is no interval."""
    if math.isnan(value) or math.isnan(low) or math.isnan(high):
        return number(value, digits)
    return f"{number(value, digits)} [{number(low, digits)}, {number(high, digits)}]"


def of_estimate(estimate: Estimate, digits: int = 3) -> str:
    """Return an estimate with its interval, or why it is undefined."""
    if not estimate.defined:
        return f"undefined ({estimate.note})" if estimate.note else "undefined"
    return with_interval(estimate.value, estimate.low, estimate.high, digits)


def percent(share: float) -> str:
    """Return a share as '12 %', '0.0025 %': two digits, however small it is."""
    return "undefined" if math.isnan(share) else f"{100 * share:.2g} %"


def counted(n: int, noun: str, nouns: str = "") -> str:
    """Return '1 item', '1,120 items'."""
    return f"{n:,} {noun if n == 1 else nouns or noun + 's'}"


def joined(words: Sequence[str]) -> str:
    """Return words as people list them: 'a', 'a and b', 'a, b and c'."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)
