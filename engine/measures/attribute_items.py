"""The items behind an attribute's effect: where stating it, or exchanging it, moves the labels most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.attributes import places_of_pairs
from engine.measures.voices import Voices

ATTRIBUTE_ITEM_COLUMNS = ("item_id", "total_variation", "label", "with_it", "without", "n_pairs")
"""Columns of `attribute_items`, one row an item.

total_variation: half the sum of |p_with - p_without|, 0 to 1, mean over pairs and wordings; NaN where no pair has both
    labels
label: the one whose probability differs most between the two sides
with_it, without: its mean probability among the personas with the value, and among their partners
n_pairs: pairs with labels of both
"""


def attribute_items(
    voices: Voices, pairs: Sequence[tuple[str, str, str, str]], attribute: str, value: str = ""
) -> pd.DataFrame:
    """Return every item with how far an attribute moves its labels, the farthest first.

    The mean over items is the attribute's `total_variation` of `attribute_effects` where every pair has all labels.

    Args:
        voices: what the personas say, all wordings.
        pairs: (persona with it, persona without it, attribute, value), as of `attribute_effects`.
        attribute: its name.
        value: one of its values; '': all of them.

    Returns:
        One row an item, with `ATTRIBUTE_ITEM_COLUMNS`.

    Raises:
        InputError: no pair of that attribute and value, or a persona that the run does not have.
    """
    own = [pair for pair in pairs if pair[2] == attribute and value in ("", pair[3])]
    if not own:
        known = ", ".join(dict.fromkeys(repr(pair[2]) for pair in pairs)) or "none"
        raise InputError(
            f"no pair of personas differs in {attribute!r}{f' = {value!r}' if value else ''} alone. Attributes with "
            f"pairs: {known}."
        )
    ends = places_of_pairs(voices, own)
    sides = np.stack([voices.probability[ends[:, side]] for side in (0, 1)])  # (2, pairs, items, wordings, labels)
    there = ~np.isnan(sides).any(axis=(0, 4))
    cells = there.sum(axis=(0, 2))  # (items,)
    with np.errstate(invalid="ignore"):
        apart = np.where(there, 0.5 * np.abs(sides[0] - sides[1]).sum(axis=-1), 0.0).sum(axis=(0, 2)) / cells
        means = np.where(there[None, ..., None], sides, 0.0).sum(axis=(1, 3)) / cells[None, :, None]
    most = np.nan_to_num(np.abs(means[0] - means[1])).argmax(axis=1)
    items = np.arange(len(voices.items))
    table = pd.DataFrame(
        {
            "item_id": np.array(voices.items, dtype=object), "total_variation": apart,
            "label": np.array(voices.labels, dtype=object)[most], "with_it": means[0][items, most],
            "without": means[1][items, most], "n_pairs": there.any(axis=2).sum(axis=0),
        },
        columns=list(ATTRIBUTE_ITEM_COLUMNS),
    )  # fmt: skip
    return table.sort_values("total_variation", ascending=False, kind="stable", na_position="last", ignore_index=True)
