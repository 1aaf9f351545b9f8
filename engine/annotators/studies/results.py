"""Results of studies on disk: tables as Parquet, everything else as JSON, one folder a result. No torch to read them.

A result is written beside its place and renamed, so that a reader sees the old one or the new one, whole.
"""

from __future__ import annotations

import json
import math
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from engine.annotators.studies.spec import StudySpec
from engine.errors import InputError

RESULTS = "results"
COMPARISON = "comparison"
PEOPLE = "people"
"""The condition of people's labels in a comparison; personas' bear the id of their run."""
FACTS = "facts.json"
_DICTS = ("dropped",)
"""Columns of tables that hold mappings: Parquet would give every row the keys of all."""


def gaps_of(place: int) -> str:
    """Return the name of the alignment gaps of the run at a place in the spec."""
    return f"gaps-{place}"


def map_of(place: int) -> str:
    """Return the name of the map of people and the run at a place in the spec; without a run, of people: place 0."""
    return f"map-{place}"


def wanted_results(spec: StudySpec) -> list[str]:
    """Return the names of the results that a study has once it is finished."""
    places = range(len(spec.runs))
    names = {
        "comparison": [COMPARISON], "gaps": [gaps_of(i) for i in places],
        "map": [map_of(i) for i in places or (0,)],
    }  # fmt: skip
    return [name for part in spec.wanted for name in names[part]]


@dataclass(frozen=True)
class StoredResult:
    """One result of a study."""

    name: str
    tables: Mapping[str, pd.DataFrame]
    facts: Mapping[str, Any]
    """JSON-ready; undefined numbers are None."""


def write_result(folder: Path, result: StoredResult) -> None:
    """Write one result into a study's folder, over what lay there.

    Raises:
        OSError: it could not be written; what lay there stands.
    """
    place = folder / RESULTS / result.name
    place.parent.mkdir(exist_ok=True)
    temporary = place.with_name(f".{result.name}-{secrets.token_hex(3)}")
    temporary.mkdir()
    try:
        for name, table in result.tables.items():
            packed = {c: [json.dumps(dict(cell)) for cell in table[c]] for c in _DICTS if c in table.columns}
            table.assign(**packed).to_parquet(temporary / f"{name}.parquet", index=False)
        text = json.dumps(_finite(result.facts), ensure_ascii=False, indent=1, allow_nan=False)
        (temporary / FACTS).write_text(text, encoding="utf-8")
        if place.exists():
            place.rename(temporary.with_name(f"{temporary.name}-old"))
        temporary.rename(place)
    finally:
        set_aside_leftovers(folder)


def read_result(folder: Path, name: str) -> StoredResult:
    """Return one result of a study.

    Raises:
        InputError: it is not there, or cannot be read.
    """
    place = folder / RESULTS / name
    try:
        facts = json.loads((place / FACTS).read_text(encoding="utf-8"))
        tables = {path.stem: _unpacked(pd.read_parquet(path)) for path in sorted(place.glob("*.parquet"))}
        if not isinstance(facts, dict):
            raise TypeError(f"{FACTS} holds no object")
    except FileNotFoundError as error:
        raise InputError(
            f"study {folder.name!r} has no result {name!r} yet. It is there once its part is finished; "
            f"`polyvocal study resume {folder.name}` goes on."
        ) from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{place} cannot be read ({' '.join(str(error).split())[:200]}). Remove this folder, then resume the "
            "study: finished trainings are kept, and the result is made again."
        ) from error
    return StoredResult(name, tables, facts)


def result_names(folder: Path) -> list[str]:
    """Return the names of a study's results, sorted."""
    try:
        return sorted(path.name for path in (folder / RESULTS).iterdir() if (path / FACTS).is_file()
                      and not path.name.startswith("."))  # fmt: skip
    except OSError:
        return []


def set_aside_leftovers(folder: Path) -> None:
    """Remove half-written results. Only for the process that holds the study's lock."""
    for path in (folder / RESULTS).glob(".*"):
        shutil.rmtree(path, ignore_errors=True)


def _unpacked(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(**{c: [json.loads(cell) for cell in table[c]] for c in _DICTS if c in table.columns})


def _finite(value: Any) -> Any:
    """Return a JSON-ready value without NaN, which JSON has not."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value
