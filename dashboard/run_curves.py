"""Cached numbers of the part of a run that is looked at: its curve by temperature, and what to know of it first.

As in `dashboard.loaders`, every cache has one key that changes with the run's files; results must not be changed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import later, loaders
from dashboard.kept import Kept, Known
from dashboard.loaders import Key
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary

TEMPERATURES = tuple(round(0.05 * step, 2) for step in range(41))
"""Where a curve is computed: 0, 0.05, ..., 2."""


@dataclass(frozen=True)
class Selection:
    """The part of a run that is looked at."""

    run: RunSummary
    personas: tuple[str, ...]
    items: tuple[str, ...]

    def key(self, *more: str) -> Key:
        """Return what decides every number of this part: its files, its personas, its items, and what is asked."""
        part = json.dumps([self.personas, self.items])
        return (str(self.run.path), RunFolder(self.run.path).stamp(), part, *more)


@dataclass(frozen=True)
class Facts:
    """What a reader must know before trusting the numbers of a run."""

    label_mass: float
    """Exact: mean probability that the label tokens hold together, 0 to 1; NaN for a sampled run."""
    missing_mass: float
    """Exact: mean bound of what the backend's cut-off hides, 0 to 1; NaN for a sampled run."""
    dropped: Mapping[str, int]
    """Cells of the whole run without a label: reason to count."""
    cut: int
    """Sampled: answers of the whole run without a label that are as long as an answer may be."""


def curve(part: Selection) -> pd.DataFrame:
    """Return agreement by temperature, with `CURVE_COLUMNS`: exact at `TEMPERATURES`, sampled at the run's own."""
    key = part.key()
    found: pd.DataFrame = later.now(_known.part(key, lambda: _curve(key)), later.size(part.run))
    return found


def at_temperature(part: Selection, temperature: float) -> pd.Series:
    """Return the row of an exact run's curve at any temperature."""
    return _at(part.key(f"{temperature:.4f}"))


def facts(part: Selection) -> Facts:
    """Return what a reader must know before trusting the numbers."""
    return _facts(part.key())


_known = Known("curves")


@st.cache_resource(max_entries=128, show_spinner="Computing the curve", on_release=_known.forget)
def _curve(key: Key) -> Kept:
    from engine.measures import agreement_by_temperature, sampled_agreement_by_temperature

    folder, stamp, part = key
    arrays, (personas, items) = loaders.labels_of((folder, stamp)), json.loads(part)
    if "probability" in arrays:
        return _known.keep(key, agreement_by_temperature(arrays, TEMPERATURES, personas, items=items))
    return _known.keep(key, sampled_agreement_by_temperature(arrays, personas, items=items))


@st.cache_resource(max_entries=512, show_spinner=False)
def _at(key: Key) -> pd.Series:
    from engine.measures import agreement_by_temperature

    folder, stamp, part, temperature = key
    arrays, (personas, items) = loaders.labels_of((folder, stamp)), json.loads(part)
    return agreement_by_temperature(arrays, (float(temperature),), personas, items=items).iloc[0]


@st.cache_resource(max_entries=128, show_spinner=False)
def _facts(key: Key) -> Facts:
    folder, stamp, part = key
    arrays, (personas, items) = loaders.labels_of((folder, stamp)), json.loads(part)
    dropped = dict(arrays.attrs["dropped"])
    if "probability" in arrays:
        shown = arrays.isel(persona=arrays["persona"].isin(personas), item=arrays["item"].isin(items))
        mass, missing = (float(shown[name].mean(skipna=True)) for name in ("label_mass", "missing_mass"))
        return Facts(mass, missing, dropped, cut=0)
    longest = loaders.manifest_of((folder, stamp)).spec.longest_answer
    answers = RunFolder(Path(folder)).responses(("status", "label", "output_tokens"), encoded=True).to_pandas()
    unread = answers["label"].isna() & (answers["status"] != "failed")
    return Facts(math.nan, math.nan, dropped, cut=int((unread & (answers["output_tokens"] >= longest)).sum()))
