"""Items that several arrays have labels for: agreement of runs and people compares on the same items alone."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from engine.errors import InputError, NoHumanLabels

if TYPE_CHECKING:
    import xarray as xr


def labelled_items(labels: xr.DataArray | xr.Dataset) -> list[str]:
    """Return the ids of the items that have at least one label (or label distribution), in the array's order.

    Args:
        labels: as of engine.runs.label_arrays: human codes, `probability` of an exact or `code` of a sampled run;
            with any axes, `item` among them.
    """
    import xarray as xr

    if isinstance(labels, xr.Dataset):
        labels = labels["probability"] if "probability" in labels else labels["code"]
    array = labels.transpose("item", ...).to_numpy()
    present = ~np.isnan(array) if np.issubdtype(array.dtype, np.floating) else array >= 0
    return [str(item) for item in labels["item"].to_numpy()[present.any(axis=tuple(range(1, array.ndim)))]]


def common_items(labels: Mapping[str, xr.DataArray | xr.Dataset]) -> list[str]:
    """Return the ids of the items that every array has labels for, in the first one's order.

    Args:
        labels: what error messages call each array, to labels as of `labelled_items`; restrict them to the raters that
            are to be compared before.

    Raises:
        NoHumanLabels: people are among them, and labelled nothing at all.
        InputError: there is no such item; the message names two arrays that share none, or all where any two do.
    """
    items = {name: labelled_items(array) for name, array in labels.items()}
    if not items:
        return []
    if any("annotator" in array.dims and not items[name] for name, array in labels.items()):
        raise NoHumanLabels(
            "no person labelled these items, so there is nobody to set the personas beside. What needs no people can "
            "be looked at; to compare, run the personas on a corpus with labels of people."
        )
    found = {name: set(ids) for name, ids in items.items()}
    shared = set.intersection(*found.values())
    if not shared:
        pair = next(((a, b) for a, b in combinations(found, 2) if not found[a] & found[b]), tuple(found))
        counts = " and ".join(f"{name} ({len(found[name]):,} labelled)" for name in pair)
        raise InputError(
            f"{counts} share no items, so their agreement cannot be compared. Expected runs with labels for some of "
            "the same items. Leave one of them out, or run them on the same items (max_items, splits and seed)."
        )
    return [item for item in next(iter(items.values())) if item in shared]
