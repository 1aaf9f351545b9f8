"""The items behind an attribute's effect: where stating it, or exchanging it, moves the labels most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.attributes import places_of_pairs
from engine.measures.voices import Voices

ATTRIBUTE_ITEM_COLUMNS = (
    "item_id", "total_variation", "n_pairs", "persona", "partner", "value", "label", "with_it", "without",
)  # fmt: skip
"""Columns of `attribute_items`, one row an item.

total_variation: half the sum of |p_with - p_without|, 0 to 1, mean over pairs and wordings; NaN where no pair has both
    labels
n_pairs: pairs with labels of both
persona, partner, value: of the pair that the item moves most, and which value the persona has
label: the one whose probability differs most between the two
with_it, without: its probability, the persona's and the partner's, mean over wordings
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
    there: npt.NDArray[np.bool_] = np.logical_not(np.isnan(sides).any(axis=(0, 4)))  # (pairs, items, wordings)
    apart = np.where(there, 0.5 * np.abs(sides[0] - sides[1]).sum(axis=-1), 0.0)
    items, n_wordings = np.arange(len(voices.items)), there.sum(axis=2)  # (pairs, items)
    with np.errstate(invalid="ignore"):
        total = apart.sum(axis=(0, 2)) / n_wordings.sum(axis=0)
        of_pairs = apart.sum(axis=2) / n_wordings
        means = np.where(there[None, ..., None], sides, 0.0).sum(axis=3) / n_wordings[None, ..., None]
    pair = np.where(np.isnan(of_pairs), -1.0, of_pairs).argmax(axis=0)
    one, other = means[:, pair, items]  # (items, labels)
    label = np.nan_to_num(np.abs(one - other)).argmax(axis=1)
    persona, partner, values = (np.array([own_pair[k] for own_pair in own], dtype=object) for k in (0, 1, 3))
    table = pd.DataFrame(
        {
            "item_id": np.array(voices.items, dtype=object), "total_variation": total,
            "n_pairs": (n_wordings > 0).sum(axis=0), "persona": persona[pair], "partner": partner[pair],
            "value": values[pair], "label": np.array(voices.labels, dtype=object)[label],
            "with_it": one[items, label], "without": other[items, label],
        },
        columns=list(ATTRIBUTE_ITEM_COLUMNS),
    )  # fmt: skip
    return table.sort_values("total_variation", ascending=False, kind="stable", na_position="last", ignore_index=True)
