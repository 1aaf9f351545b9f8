"""Cached readings: what pages show, read once for as long as the files stay the same.

Every cache has ONE key, a tuple of strings that holds the folder and a stamp which changes with its files. (Streamlit
hashes long frames by a sample, and several string arguments can collide; a tuple does neither.) Results are shared by
all sessions and must not be changed.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from engine import paths
from engine.corpora.corpus import Corpus
from engine.corpora.store import CorpusSummary, list_corpora, load_corpus
from engine.errors import InputError
from engine.measures.result import Estimate
from engine.runs.manifest import Manifest
from engine.runs.plan import Plan, make_plan
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from engine.runs.store import RunSummary, list_runs

if TYPE_CHECKING:
    import xarray as xr

Key = tuple[str, ...]
LIVE = ("planned", "running")
"""States in which a process works on the run, or is about to."""
TEMPERATURES = tuple(round(0.05 * step, 2) for step in range(41))
"""Where a curve is computed: 0, 0.05, ..., 2."""


def warm_up() -> None:
    """Import what the pages need, and take it out of the garbage collector's sight.

    Streamlit and Python walk through every object again and again; half a million of them belong to libraries and
    never go away.
    """
    import plotly.graph_objects  # noqa: F401
    import xarray  # noqa: F401

    import engine.figures
    import engine.measures
    import engine.runs.label_arrays  # noqa: F401

    gc.collect()
    gc.freeze()


# Corpora


def corpora() -> list[CorpusSummary]:
    """Return every corpus of the store, broken ones with their problem."""
    places = (paths.imported_dir(), paths.shipped("corpora"))
    return _corpora(tuple(f"{place}@{_folder_stamp(place)}" for place in places))


def corpus(name: str) -> Corpus:
    """Return a corpus by the name that the list gives it, or by its folder."""
    return _corpus(_corpus_key(name))


def human(name: str) -> xr.DataArray:
    """Return what people answered, as codes (annotator, item)."""
    return _human(_corpus_key(name))


def human_agreement(name: str, group: str | None = None) -> Estimate:
    """Return Krippendorff's alpha of the people of a corpus, or of one group of them."""
    return _human_agreement((*_corpus_key(name), "all" if group is None else f"group:{group}"))


def item_table(name: str) -> pd.DataFrame:
    """Return one row an item: how people split on it (columns of `engine.measures.item_disagreement`)."""
    return _item_table(_corpus_key(name))


def people(name: str) -> pd.DataFrame:
    """Return one row an annotator: group, number of labels, and the share of each label (columns `share <label>`)."""
    return _people(_corpus_key(name))


def labels_of_item(name: str, item_id: str) -> pd.DataFrame:
    """Return who gave an item which label: annotator, group, label and, where there are any, explanations."""
    found = corpus(name)
    rows = found.annotations[found.annotations["item_id"] == item_id]
    groups = {a.annotator_id: a.group or "" for a in found.annotators}
    frame = pd.DataFrame({"annotator": rows["annotator_id"], "label": rows["label"]})
    if any(groups.values()):
        frame.insert(1, "group", rows["annotator_id"].map(groups))
    if rows["explanation"].notna().any():
        frame["explanation"] = rows["explanation"]
    return frame


def _corpus_key(name: str) -> Key:
    folder = next((c.folder for c in corpora() if c.name == name), None)
    if folder is None:
        if not (Path(name) / "corpus.json").is_file():
            known = ", ".join(c.name for c in corpora()) or "none"
            raise InputError(
                f"there is no corpus {name!r} any more. Here are: {known}. Import it again, or choose one."
            )
        folder = Path(name)
    return (str(folder), _folder_stamp(folder))


def _folder_stamp(folder: Path) -> str:
    try:
        inside = sorted((p.name, p.stat().st_mtime_ns, p.stat().st_size) for p in folder.iterdir())
    except OSError:
        return "none"
    return repr(inside)


@st.cache_resource(max_entries=4, show_spinner=False)
def _corpora(key: Key) -> list[CorpusSummary]:  # noqa: ARG001 (the key decides what is there)
    return list_corpora()


@st.cache_resource(max_entries=8, show_spinner="Reading the corpus")
def _corpus(key: Key) -> Corpus:
    return load_corpus(Path(key[0]))


@st.cache_resource(max_entries=8, show_spinner=False)
def _human(key: Key) -> xr.DataArray:
    from engine.runs.label_arrays import human_labels

    return human_labels(_corpus(key))


@st.cache_resource(max_entries=64, show_spinner="Computing agreement")
def _human_agreement(key: Key) -> Estimate:
    from engine.measures import human_agreement as measure

    folder, stamp, who = key
    return measure(_human((folder, stamp)), None if who == "all" else who.removeprefix("group:"))


@st.cache_resource(max_entries=8, show_spinner=False)
def _item_table(key: Key) -> pd.DataFrame:
    from engine.measures import item_table as measure

    return measure(_human(key), _corpus(key).task.positive)


@st.cache_resource(max_entries=8, show_spinner=False)
def _people(key: Key) -> pd.DataFrame:
    found = _corpus(key)
    counts = pd.crosstab(found.annotations["annotator_id"], found.annotations["label"])
    counts = counts.reindex(index=[a.annotator_id for a in found.annotators], columns=found.task.labels, fill_value=0)
    n = counts.sum(axis=1)
    shares = counts.div(n.where(n > 0), axis=0).add_prefix("share ")
    shares.insert(0, "labels", n)
    if any(a.group for a in found.annotators):
        shares.insert(0, "group", [a.group or "" for a in found.annotators])
    return shares.rename_axis(columns=None).rename_axis("annotator").reset_index()


# Runs


@dataclass(frozen=True)
class Reading:
    """What the temperature page needs of one run."""

    run: RunSummary
    manifest: Manifest
    curve: pd.DataFrame
    """Exact: at `TEMPERATURES`; sampled: at the run's own (columns of `engine.measures.CURVE_COLUMNS`)."""
    label_mass: float
    """Exact: mean probability that the label tokens hold together, 0 to 1; NaN for a sampled run."""
    missing_mass: float
    """Exact: mean bound of what the backend's cut-off hides, 0 to 1; NaN for a sampled run."""
    dropped: dict[str, int]
    """Cells without a label: reason to count."""


def runs() -> list[RunSummary]:
    """Return every run of the store, newest first; read anew each time, because runs go on while pages are open."""
    return list_runs()


def reading(run: RunSummary) -> Reading:
    """Return the agreement of a run's personas by temperature, with what a reader must know of it."""
    folder = RunFolder(run.path)
    manifest, curve, mass, missing, dropped = _reading((str(run.path), folder.stamp()))
    return Reading(run, manifest, curve, mass, missing, dropped)


def at_temperature(run: RunSummary, temperature: float) -> pd.Series | None:
    """Return the row of an exact run's curve at any temperature; None for a sampled run."""
    if run.mode != "exact":
        return None
    return _at((str(run.path), RunFolder(run.path).stamp(), f"{temperature:.4f}"))


def human_of_run(manifest: Manifest) -> Estimate:
    """Return the agreement of the people on just the items that the run labelled."""
    return _human_of_items((*_corpus_key(manifest.spec.corpus), *manifest.item_ids))


@st.cache_resource(max_entries=16, show_spinner="Reading the run")
def _arrays(key: Key) -> xr.Dataset:
    from engine.runs.label_arrays import exact_labels, sampled_labels

    run = RunFolder(Path(key[0]))
    return exact_labels(run) if run.manifest().spec.mode == "exact" else sampled_labels(run)


@st.cache_resource(max_entries=64, show_spinner="Computing the curve")
def _reading(key: Key) -> tuple[Manifest, pd.DataFrame, float, float, dict[str, int]]:
    from engine.measures import agreement_by_temperature, sampled_agreement_by_temperature

    manifest, arrays = RunFolder(Path(key[0])).manifest(), _arrays(key)
    if manifest.spec.mode == "exact":
        curve = agreement_by_temperature(arrays, TEMPERATURES)
        mass, missing = (float(arrays[name].mean(skipna=True)) for name in ("label_mass", "missing_mass"))
    else:
        curve = sampled_agreement_by_temperature(arrays)
        mass = missing = float("nan")
    return manifest, curve, mass, missing, dict(arrays.attrs["dropped"])


@st.cache_resource(max_entries=512, show_spinner=False)
def _at(key: Key) -> pd.Series:
    from engine.measures import agreement_by_temperature

    folder, stamp, temperature = key
    return agreement_by_temperature(_arrays((folder, stamp)), (float(temperature),)).iloc[0]


@st.cache_resource(max_entries=32, show_spinner=False)
def _human_of_items(key: Key) -> Estimate:
    from engine.measures import human_agreement as measure

    folder, stamp, *items = key
    labels = _human((folder, stamp))
    return measure(labels.isel(item=labels["item"].isin(items).to_numpy()))


def plan(spec: RunSpec) -> Plan:
    """Return the grid of a spec, with everything it names checked.

    Raises:
        InputError: what the spec names is missing, or does not fit together.
    """
    return _plan((*_corpus_key(spec.corpus), spec.model_dump_json()))


def rate_of(spec: RunSpec) -> tuple[float, str] | None:
    """Return the answers a second of the newest run that asked the same model the same way, and that run's id."""
    for run in runs():
        if (run.model, run.backend, run.mode) == (spec.model, spec.backend, spec.mode) and run.state != "broken":
            rate = RunFolder(run.path).manifest().actual.responses_per_second
            if rate:
                return rate, run.run_id
    return None


@st.cache_resource(max_entries=16, show_spinner=False)
def _plan(key: Key) -> Plan:
    return make_plan(RunSpec.model_validate_json(key[-1]))
