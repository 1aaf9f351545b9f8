"""Cached readings: what pages show, read once for as long as the files stay the same.

Every cache has ONE key, a tuple of strings that holds the folder and a stamp which changes with its files. (Streamlit
hashes long frames by a sample, and several string arguments can collide; a tuple does neither.) Results are shared by
all sessions and must not be changed.
"""

from __future__ import annotations

from collections.abc import Sequence
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


# Corpora


def corpora() -> list[CorpusSummary]:
    """Return every corpus of the store, broken ones with their problem."""
    places = (paths.imported_dir(), paths.shipped("corpora"))
    return _corpora(tuple(f"{place}@{_folder_stamp(place)}" for place in places))


def corpus(name: str) -> Corpus:
    """Return a corpus by the name that the list gives it, or by its folder."""
    return _corpus(corpus_key(name))


def human(name: str) -> xr.DataArray:
    """Return what people answered, as codes (annotator, item)."""
    return human_of(corpus_key(name))


def human_agreement(name: str, group: str | None = None) -> Estimate:
    """Return Krippendorff's alpha of the people of a corpus, or of one group of them."""
    return _human_agreement((*corpus_key(name), "all" if group is None else f"group:{group}"))


def human_of_items(name: str, items: Sequence[str]) -> Estimate:
    """Return the agreement of the people of a corpus on just these items."""
    return _human_of_items((*corpus_key(name), *items))


def item_table(name: str) -> pd.DataFrame:
    """Return one row an item: how people split on it (columns of `engine.measures.item_disagreement`)."""
    return _item_table(corpus_key(name))


def people(name: str) -> pd.DataFrame:
    """Return one row an annotator: group, number of labels, and the share of each label (columns `share <label>`)."""
    return _people(corpus_key(name))


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


def corpus_key(name: str) -> Key:
    """Return a corpus's folder, and what changes with its files."""
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
        return repr(sorted(_file_stamp(path) for path in folder.iterdir()))
    except OSError:
        return "none"


def _file_stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:  # renamed or removed since it was listed; "none" for the whole folder would mean another list
        return (path.name, 0, 0)
    return (path.name, found.st_mtime_ns, found.st_size)


@st.cache_resource(max_entries=4, show_spinner=False)
def _corpora(key: Key) -> list[CorpusSummary]:  # noqa: ARG001 (the key decides what is there)
    return list_corpora()


@st.cache_resource(max_entries=8, show_spinner="Reading the corpus")
def _corpus(key: Key) -> Corpus:
    return load_corpus(Path(key[0]))


@st.cache_resource(max_entries=8, show_spinner=False)
def human_of(key: Key) -> xr.DataArray:
    """Return what people answered, by the corpus's key."""
    from engine.runs.label_arrays import human_labels

    return human_labels(_corpus(key))


@st.cache_resource(max_entries=64, show_spinner="Computing agreement")
def _human_agreement(key: Key) -> Estimate:
    from engine.measures import human_agreement as measure

    folder, stamp, who = key
    return measure(human_of((folder, stamp)), None if who == "all" else who.removeprefix("group:"))


@st.cache_resource(max_entries=32, show_spinner=False)
def _human_of_items(key: Key) -> Estimate:
    from engine.measures import human_agreement as measure

    folder, stamp, *items = key
    return measure(human_of((folder, stamp)), items=items)


@st.cache_resource(max_entries=8, show_spinner=False)
def _item_table(key: Key) -> pd.DataFrame:
    from engine.measures import item_table as measure

    return measure(human_of(key), _corpus(key).task.positive)


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


def runs() -> list[RunSummary]:
    """Return every run of the store, newest first; read anew each time, because runs go on while pages are open."""
    return list_runs()


def manifest(run: RunSummary) -> Manifest:
    """Return what a run is."""
    return manifest_of(run_key(run))


def labels(run: RunSummary) -> xr.Dataset:
    """Return the label arrays of a run, exact or sampled (engine.runs.label_arrays)."""
    return labels_of(run_key(run))


def run_key(run: RunSummary) -> Key:
    """Return a run's folder, and what changes with its files."""
    return (str(run.path), RunFolder(run.path).stamp())


@st.cache_resource(max_entries=64, show_spinner=False)
def manifest_of(key: Key) -> Manifest:
    """Return what a run is, by its key."""
    return RunFolder(Path(key[0])).manifest()


@st.cache_resource(max_entries=8, show_spinner="Reading the run")
def labels_of(key: Key) -> xr.Dataset:
    """Return the label arrays of a run, by its key."""
    import pyarrow

    from engine.runs.label_arrays import labels_of as read

    found = read(RunFolder(Path(key[0])))
    pyarrow.default_memory_pool().release_unused()  # what held the table that they were made of
    return found


def plan(spec: RunSpec) -> Plan:
    """Return the grid of a spec, with everything it names checked.

    Raises:
        InputError: what the spec names is missing, or does not fit together.
    """
    return _plan((*corpus_key(spec.corpus), spec.model_dump_json()))


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
