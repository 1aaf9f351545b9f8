"""What all benchmarks share: timing that takes turns, memory, and one form of printing."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from statistics import median
from typing import NamedTuple

Row = tuple[str, float, str]
"""What was measured, the number, and what it was made of."""


class Seconds(NamedTuple):
    """What one call took."""

    wall: float
    processor: float
    """Of all threads together: what a busy machine changes least."""


def median_seconds(sides: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, float]:
    """Return the median seconds of each side; the sides take turns, so that a busy moment hits all alike.

    A first round of each is not counted: it pays for imports and caches.
    """
    return {name: seconds.wall for name, seconds in median_times(sides, rounds).items()}


def median_times(sides: Mapping[str, Callable[[], object]], rounds: int = 5) -> dict[str, Seconds]:
    """Return the median seconds of each side as `median_seconds`, on the wall and on the processor."""
    seconds: dict[str, list[Seconds]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            start, used = time.perf_counter(), time.process_time()
            side()
            if number:
                seconds[name].append(Seconds(time.perf_counter() - start, time.process_time() - used))
    return {name: Seconds(*map(median, zip(*taken, strict=True))) for name, taken in seconds.items()}


def peak_memory_gib() -> float:
    """Return the most memory this process ever held, in GiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**3 if sys.platform == "darwin" else 1024**2)


def print_rows(title: str, rows: Iterable[Row]) -> None:
    """Print numbers under a title, each with what it was made of."""
    table = [(what, f"{number:,.3g}" if abs(number) < 1000 else f"{number:,.0f}", how) for what, number, how in rows]
    widths = [max((len(row[column]) for row in table), default=0) for column in (0, 1)]
    print(f"\n{title}")
    for what, number, how in table:
        print(f"  {what:<{widths[0]}}  {number:>{widths[1]}}  {how}".rstrip())
    sys.stdout.flush()
