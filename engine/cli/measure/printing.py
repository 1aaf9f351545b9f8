"""How `polyvocal measure` prints numbers with their intervals, and what to know of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from engine.measures import Estimate

MOST_NOTES = 12


def with_interval(value: float, low: float, high: float) -> str:
    """Return a number as people read it: '0.412 [.380 .445]', or why there is none."""
    if math.isnan(value):
        return "undefined"
    if math.isnan(low):
        return f"{value:.3f}"
    return f"{value:.3f} [{_end(low)} {_end(high)}]"


def _end(number: float) -> str:
    """Return an end of an interval without its leading 0, and 0 without a sign."""
    text = f"{number:.3f}"
    return ".000" if float(text) == 0 else text.replace("0.", ".", 1) if abs(number) < 1 else text


def with_ends(row: Mapping[Any, Any], name: str) -> str:
    """Return a column of a row with the columns `name`_low and `name`_high."""
    return with_interval(*(row.get(f"{name}{end}", math.nan) for end in ("", "_low", "_high")))


def of_estimate(estimate: Estimate) -> str:
    """Return an estimate with its interval."""
    return with_interval(estimate.value, estimate.low, estimate.high)


def tell_notes(notes: Iterable[str]) -> None:
    """Print notes once each; a matrix can have hundreds."""
    listed = list(dict.fromkeys(note for note in notes if note))
    for note in listed[:MOST_NOTES]:
        typer.echo(note)
    if len(listed) > MOST_NOTES:
        typer.echo(f"and {len(listed) - MOST_NOTES:,} more notes: see --json")


def tell_dropped(dropped: Mapping[str, int]) -> None:
    """Print what has no label or was left out."""
    if dropped:
        typer.echo("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in dropped.items()))


def counted(n: int, noun: str) -> str:
    """Return '1 wording', '1,200 items'."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
