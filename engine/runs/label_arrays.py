"""From records to labelled arrays: the only pivot. Measures see nothing but what is made here.

Every array names its axes and carries in `attrs`: `labels` (the task's, in order; codes index into it), `level` of
measurement, `values` (the labels as numbers), and `dropped` (reason -> number of cells without a label).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from engine.corpora.corpus import Corpus, Task
from engine.errors import InputError
from engine.runs.manifest import Manifest, RunPersona
from engine.runs.response import STATUSES
from engine.runs.run_folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

NONE = -1
"""Code of a cell without a label."""


def human_labels(corpus: Corpus) -> xr.DataArray:
    """Return what people answered, as label codes with dims (annotator, item); -1 where an annotator gave no label.

    Where one annotator gave an item several different labels, the cell is -1 and counted in `dropped` under 'several
    labels from one annotator'; the same label given twice is one label.

    Returns:
        Codes (int8, or int16 of more than 127 labels), with the coordinates annotator, item, group (of the annotator,
        '' where the corpus has none) and split (of the item), and the attrs of this module.
    """
    import pandas as pd
    import xarray as xr

    labels, frame = corpus.task.labels, corpus.annotations
    annotators = [a.annotator_id for a in corpus.annotators]
    items = [i.item_id for i in corpus.items]
    row = pd.Index(annotators).get_indexer(pd.Index(frame["annotator_id"]))
    column = pd.Index(items).get_indexer(pd.Index(frame["item_id"]))
    code = pd.Index(labels).get_indexer(pd.Index(frame["label"]))
    known = (row >= 0) & (column >= 0)
    dropped = {
        "annotator or item not in the corpus": int((~known).sum()),
        "label outside the task": int((known & (code < 0)).sum()),
    }
    fits = known & (code >= 0)
    row, column, code = row[fits], column[fits], code[fits]
    codes = np.full((len(annotators), len(items)), NONE, dtype=_code_type(len(labels)))
    codes[row, column] = code
    several = np.zeros(codes.shape, dtype=bool)
    differs = codes[row, column] != code
    several[row[differs], column[differs]] = True
    codes[several] = NONE
    dropped["several labels from one annotator"] = int(several.sum())
    return xr.DataArray(
        codes,
        dims=("annotator", "item"),
        coords={
            "annotator": _texts(annotators),
            "item": _texts(items),
            "group": ("annotator", _texts([a.group or "" for a in corpus.annotators])),
            "split": ("item", _texts([i.split for i in corpus.items])),
        },
        attrs=_attrs(corpus.task, dropped),
        name="human_labels",
    )


def exact_labels(run: RunFolder) -> xr.Dataset:
    """Return the label distributions of an exact run.

    Returns:
        `probability` with dims (persona, item, wording, repeat, label): normalised over the labels, so it sums to 1;
        NaN where there is none. `label_mass` and `missing_mass` with dims (persona, item, wording, repeat): what the
        label tokens hold together, and what the backend's cut-off hides, both 0 to 1, NaN where there is none.
        Persona coordinates: kind, set, group, annotator ('' where none). `dropped`: cells by status, and 'not
        answered' for those that have no response (yet).

    Raises:
        InputError: the run is a sampled one, or its manifest cannot be read.
    """
    manifest = _manifest_of(run, "exact")
    table = run.responses(
        ("persona_id", "item_id", "wording", "repeat", "status", "logprobs", "label_mass", "missing_mass"), encoded=True
    )
    shape, cell, kept, dropped = _cells(manifest, table, with_temperature=False)
    labels = manifest.task.labels
    logprobs = _logprob_matrix(table["logprobs"], len(labels))
    peak = logprobs.max(axis=1, initial=-np.inf)
    usable = kept & np.isfinite(peak)
    weights = np.exp(logprobs[usable] - peak[usable, None])
    probability = np.full((int(np.prod(shape)), len(labels)), np.nan)
    probability[cell[usable]] = weights / weights.sum(axis=1, keepdims=True)
    if lost := int(((_statuses(table) == STATUSES.index("ok")) & kept & ~usable).sum()):
        dropped["no label probability"] = lost
    dims = ("persona", "item", "wording", "repeat")
    data: dict[str, Any] = {"probability": ((*dims, "label"), probability.reshape((*shape, len(labels))))}
    for name in ("label_mass", "missing_mass"):
        values = np.full(int(np.prod(shape)), np.nan)
        values[cell[usable]] = _floats(table[name])[usable]
        data[name] = (dims, values.reshape(shape))
    return _dataset(data, manifest, {"label": _texts(labels)}, dropped)


def sampled_labels(run: RunFolder) -> xr.Dataset:
    """Return the drawn labels of a sampled run.

    Returns:
        `code` (int16; -1 where there is no label) and `status` (int8; index into the attribute `statuses`; -1 where
        there is no response yet), both with dims (persona, item, wording, temperature, repeat), so that refusals are
        data. Persona coordinates and `dropped` as in `exact_labels`.

    Raises:
        InputError: the run is an exact one, or its manifest cannot be read.
    """
    manifest = _manifest_of(run, "sampled")
    table = run.responses(
        ("persona_id", "item_id", "wording", "temperature", "repeat", "status", "label"), encoded=True
    )
    shape, cell, kept, dropped = _cells(manifest, table, with_temperature=True)
    labels = _codes(table["label"], manifest.task.labels)
    statuses = _statuses(table)
    code = np.full(int(np.prod(shape)), NONE, dtype=np.int16)
    code[cell[kept]] = np.where(statuses[kept] == STATUSES.index("ok"), labels[kept], NONE)
    status = np.full(code.shape, NONE, dtype=np.int8)
    status[cell[kept]] = statuses[kept]
    dims = ("persona", "item", "wording", "temperature", "repeat")
    data: dict[str, Any] = {"code": (dims, code.reshape(shape)), "status": (dims, status.reshape(shape))}
    dataset = _dataset(data, manifest, {"temperature": np.asarray(manifest.spec.temperatures)}, dropped)
    dataset.attrs["statuses"] = list(STATUSES)
    return dataset


def labels_of(run: RunFolder) -> xr.Dataset:
    """Return the labels of a run as its mode has them: of `exact_labels` or of `sampled_labels`.

    Raises:
        InputError: the run's manifest or a part of it is broken.
    """
    return exact_labels(run) if run.manifest().spec.mode == "exact" else sampled_labels(run)


def _manifest_of(run: RunFolder, mode: str) -> Manifest:
    manifest = run.manifest()
    if manifest.spec.mode != mode:
        other = "sampled_labels" if mode == "exact" else "exact_labels"
        raise InputError(
            f"run {manifest.run_id!r} is a {manifest.spec.mode} run; expected a run in {mode} mode. Use {other} for it."
        )
    return manifest


def _cells(
    manifest: Manifest, table: pa.Table, *, with_temperature: bool
) -> tuple[tuple[int, ...], np.ndarray, np.ndarray, dict[str, int]]:
    """Return the array's shape, each row's flat place in it, which rows belong to the grid, and what is missing."""
    axes = [
        (_codes(table["persona_id"], [p.persona_id for p in manifest.personas]), len(manifest.personas)),
        (_codes(table["item_id"], manifest.item_ids), len(manifest.item_ids)),
        (_codes(table["wording"], [w.name for w in manifest.wordings]), len(manifest.wordings)),
    ]
    if with_temperature:
        temperatures = np.asarray(manifest.spec.temperatures)
        matches = _floats(table["temperature"])[:, None] == temperatures[None, :]
        axes.append((np.where(matches.any(axis=1), matches.argmax(axis=1), NONE), len(temperatures)))
    repeat = table["repeat"].to_numpy()
    axes.append((np.where(repeat < manifest.spec.repeats, repeat, NONE), manifest.spec.repeats))
    shape = tuple(size for _, size in axes)
    kept = np.logical_and.reduce([codes >= 0 for codes, _ in axes])
    cell = np.zeros(table.num_rows, dtype=np.int64)
    for codes, size in axes:
        cell = cell * size + codes
    cell[~kept] = 0
    statuses = _statuses(table)
    dropped = {name: int((statuses[kept] == i).sum()) for i, name in enumerate(STATUSES) if name != "ok"}
    answered = np.zeros(int(np.prod(shape)), dtype=bool)
    answered[cell[kept]] = True
    dropped["not answered"] = int((~answered).sum())
    dropped["outside the run's grid"] = int((~kept).sum())
    return shape, cell, kept, dropped


def _statuses(table: pa.Table) -> np.ndarray:
    return _codes(table["status"], STATUSES).astype(np.int8)


def _codes(column: pa.ChunkedArray, names: Sequence[str]) -> np.ndarray:
    """Return each value's place in `names` (-1 where it has none) by translating the column's dictionary once."""
    if column.num_chunks == 0:
        return np.zeros(0, dtype=np.int64)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = array.chunk(0)
    place = {name: i for i, name in enumerate(names)}
    # One more entry at the end, for null: index -1 reaches it.
    translated = np.array([*(place.get(v, NONE) for v in array.dictionary.to_pylist()), NONE], dtype=np.int64)
    return translated[array.indices.fill_null(-1).to_numpy()]


def _logprob_matrix(column: pa.ChunkedArray, n_labels: int) -> np.ndarray:
    """Return (rows, labels) log-probabilities; rows that have none, or not one a label, hold -inf."""
    matrix = np.full((len(column), n_labels), -np.inf)
    start = 0
    for chunk in column.chunks:
        lengths = chunk.value_lengths().fill_null(0).to_numpy()
        right = lengths == n_labels
        values = chunk.flatten().to_numpy(zero_copy_only=False)
        matrix[start : start + len(chunk)][right] = values[np.repeat(right, lengths)].reshape(-1, n_labels)
        start += len(chunk)
    return matrix


def _floats(column: pa.ChunkedArray) -> np.ndarray:
    return column.to_numpy().astype(np.float64, copy=False)


def _code_type(n_labels: int) -> type[np.signedinteger]:
    return np.int8 if n_labels <= 127 else np.int16


def _texts(values: Sequence[str]) -> np.ndarray:
    return np.array(values, dtype=object)


def _attrs(task: Task, dropped: dict[str, int]) -> dict[str, Any]:
    return {
        "labels": list(task.labels),
        "level": task.level,
        "values": list(task.values),
        "dropped": {reason: count for reason, count in dropped.items() if count},
    }


def _dataset(
    data: dict[str, Any], manifest: Manifest, more: dict[str, np.ndarray], dropped: dict[str, int]
) -> xr.Dataset:
    import xarray as xr

    personas: tuple[RunPersona, ...] = manifest.personas
    coords: dict[str, Any] = {
        "persona": _texts([p.persona_id for p in personas]),
        "item": _texts(manifest.item_ids),
        "wording": _texts([w.name for w in manifest.wordings]),
        "repeat": np.arange(manifest.spec.repeats),
        "kind": ("persona", _texts([p.kind for p in personas])),
        "set": ("persona", _texts([p.set_name for p in personas])),
        "group": ("persona", _texts([p.group or "" for p in personas])),
        "annotator": ("persona", _texts([p.annotator or "" for p in personas])),
    }
    return xr.Dataset(data, coords=coords | more, attrs=_attrs(manifest.task, dropped))
