"""Labelled arrays as engine.runs.label_arrays makes them, from plain ones."""

from __future__ import annotations

import numpy as np
import xarray as xr

STATUSES = ["ok", "refusal", "hedge", "unparsable", "failed"]


def attrs(n_labels: int, level: str = "nominal", dropped: dict[str, int] | None = None) -> dict[str, object]:
    return {
        "labels": [f"label-{k}" for k in range(n_labels)],
        "level": level,
        "values": [float(k) for k in range(n_labels)],
        "dropped": dropped or {},
    }


def names(kind: str, n: int) -> np.ndarray:
    return np.array([f"{kind}-{i}" for i in range(n)], dtype=object)


def human(codes: np.ndarray, n_labels: int, groups: list[str] | None = None, **more: object) -> xr.DataArray:
    """Codes (annotator, item)."""
    n_annotators, n_items = codes.shape
    coords = {
        "annotator": names("annotator", n_annotators),
        "item": names("item", n_items),
        "group": ("annotator", np.array(groups or [""] * n_annotators, dtype=object)),
    }
    return xr.DataArray(codes, dims=("annotator", "item"), coords=coords, attrs=attrs(n_labels, **more))  # type: ignore[arg-type]


def exact(probability: np.ndarray, **more: object) -> xr.Dataset:
    """Distributions (persona, item, wording, repeat, label)."""
    n_personas, n_items, n_wordings, n_repeats, n_labels = probability.shape
    given = attrs(n_labels, **more)  # type: ignore[arg-type]
    return xr.Dataset(
        {"probability": (("persona", "item", "wording", "repeat", "label"), probability)},
        coords={
            "persona": names("persona", n_personas),
            "item": names("item", n_items),
            "wording": names("wording", n_wordings),
            "repeat": np.arange(n_repeats),
            "label": np.array(given["labels"], dtype=object),
        },
        attrs=given,
    )


def sampled(code: np.ndarray, temperatures: list[float], n_labels: int, status: np.ndarray | None = None) -> xr.Dataset:
    """Codes and statuses (persona, item, wording, temperature, repeat)."""
    axes = ("persona", "item", "wording", "temperature", "repeat")
    status = np.where(code >= 0, 0, -1) if status is None else status
    return xr.Dataset(
        {"code": (axes, code.astype(np.int16)), "status": (axes, status.astype(np.int8))},
        coords={
            "persona": names("persona", code.shape[0]),
            "item": names("item", code.shape[1]),
            "wording": names("wording", code.shape[2]),
            "temperature": np.array(temperatures),
            "repeat": np.arange(code.shape[4]),
        },
        attrs=attrs(n_labels) | {"statuses": STATUSES},
    )
