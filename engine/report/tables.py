"""Frames of measures as tables: whole as CSV, readable (a number with its interval in one cell) for HTML and LaTeX."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.measures import Estimate
from engine.report.words import number, with_interval
from engine.spreadsheet import safe_csv


@dataclass(frozen=True)
class Readable:
    """A frame as people read it: every cell a text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    """Whether each column holds numbers, which stand at the right."""


def of_estimates(estimates: Iterable[Estimate], **columns: Iterable[object]) -> pd.DataFrame:
    """Return estimates as a frame: the given columns, then value, low, high, n_items, n_raters, dropped, note."""
    listed = list(estimates)
    numbers = ("value", "low", "high", "n_items", "n_raters", "dropped", "note")
    named = {name: list(values) for name, values in columns.items()}
    return pd.DataFrame(named | {name: [getattr(e, name) for e in listed] for name in numbers})


def flat(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose nested values (what was left out, several names) are texts."""
    made = frame.copy(deep=False)
    for name in made.columns:
        if made[name].dtype == object:
            made[name] = made[name].map(_flat)
    return made


def csv_of(frame: pd.DataFrame) -> bytes:
    """Return every column of a frame as CSV that no spreadsheet takes for formulas; nested values as text."""
    return safe_csv(flat(frame))


def readable(frame: pd.DataFrame, most: int | None = None) -> Readable:
    """Return a frame for reading: intervals beside their number, columns without content left out.

    `x`, `x_low` and `x_high` (or a number followed by low and high) become one column. `confidence` is left out: it is
    the same for the whole report.

    Args:
        frame: of a measure.
        most: rows to return at most; None: all.
    """
    shown = frame if most is None else frame.head(most)
    ends = _intervals([str(name) for name in frame.columns])
    hidden = {"confidence", *(end for pair in ends.values() for end in pair)}
    columns, cells, numeric = [], [], []
    for name in frame.columns:
        if name in hidden or _empty(frame[name]):
            continue
        columns.append(str(name).replace("_", " "))
        numeric.append(_numeric(frame[name]))
        if name in ends:
            low, high = ends[name]
            triples = zip(shown[name], shown[low], shown[high], strict=True)
            cells.append([with_interval(float(v), float(a), float(b)) for v, a, b in triples])
        else:
            cells.append([_cell(value, numeric[-1]) for value in shown[name]])
    return Readable(tuple(columns), tuple(zip(*cells, strict=True)) if cells else (), tuple(numeric))


def _intervals(columns: list[str]) -> dict[str, tuple[str, str]]:
    """Return which number each pair of ends belongs to."""
    found = {name: (f"{name}_low", f"{name}_high") for name in columns if {f"{name}_low", f"{name}_high"} <= {*columns}}
    if "low" in columns and "high" in columns and (place := columns.index("low")) > 0:
        found[columns[place - 1]] = ("low", "high")
    return found


def _numeric(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _empty(column: pd.Series) -> bool:
    """Return whether no cell has anything to say; an undefined number does say something."""
    return not len(column) or (not _numeric(column) and all(_cell(value, False) == "" for value in column))


def _cell(value: Any, numeric: bool) -> str:
    """Return a value as text: nothing where a text is missing, 'undefined' where a number is."""
    value = _flat(value)
    if value is None or value is pd.NA or (not numeric and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        whole = math.isfinite(value) and value == int(value) and abs(value) >= 1
        return f"{value:,.0f}".replace("-", "\u2212") if whole else number(value)
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)


def _flat(value: Any) -> Any:
    """Return a nested value as text: what was left out, several names; numpy's numbers as Python's."""
    if isinstance(value, Mapping):
        return "; ".join(f"{count:,} {reason}" for reason, count in value.items())
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    return value.item() if hasattr(value, "item") else value
