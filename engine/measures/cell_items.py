"""Cell items: what each item adds to the likeness of one persona and one annotator or group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.similarity import Likeness, Pairs, check_pair, label_distances, pairs_of
from engine.measures.targets import targets_of
from engine.measures.voices import People, Voices

CELL_ITEM_COLUMNS = ("item_id", "difference", "influence", "label", "share", "probability")
"""Columns of `cell_items`, one row an item.

difference: mean squared distance of one answer of the persona and one label of the person or group, 0 to 1 (nominal
    labels: the chance that the two differ)
influence: how much the cell's value falls when the item is left out; below 0 the item speaks against the likeness; NaN
    where the value is undefined with or without it
label, share: the most frequent label of the person or group (of labels that tie the first), and its share, 0 to 1
probability: with which the persona gives that label, 0 to 1
"""


def cell_items(
    voices: Voices, people: People, persona: str, target: str, likeness: Likeness = "cosine", by: str = "annotator"
) -> pd.DataFrame:
    """Return the items behind one cell of `alignment`, those on which the two differ most first.

    A persona that is undecided where the person is not differs by its noise alone; beside a divided group the same
    holds of the group. Influence is of single items: where many say the same, leaving out one moves little.

    Args:
        voices: personas.
        people: on the same items.
        persona: its id.
        target: an annotator or a group.
        likeness: cosine, centred or kappa, as of `alignment`.
        by: annotator or group: what `target` is.

    Returns:
        One row for each item that both have labels for, with `CELL_ITEM_COLUMNS`; of equal difference, those of the
        larger influence first.

    Raises:
        InputError: a persona or target that is not there, an unknown measure, or voices and people of different items.
    """
    check_pair(voices, people)
    targets = targets_of(people, by)
    row = _place(persona, voices.personas, "persona")
    column = _place(target, targets.names, by)
    whole = pairs_of(voices, targets, likeness)
    pair = Pairs(whole.likeness, whole.level, whole.values, whole.left[[row]], whole.right[[column]])
    ours, theirs = (side[0].astype(bool) for side in pair.present)
    both = np.flatnonzero(ours & theirs)
    rows = pair.rows()[:, 0, 0]  # (items, width)
    influence = pair.now[0, 0] - pair.solve(rows.sum(axis=0) - rows)
    p, q = pair.left[0, both], pair.right[0, both]
    most = q.argmax(axis=1) if len(both) else np.zeros(0, dtype=np.int64)
    table = pd.DataFrame(
        {
            "item_id": np.array(voices.items, dtype=object)[both],
            "difference": np.einsum("ik,kl,il->i", p, label_distances(pair.level, pair.values), q),
            "influence": influence[both],
            "label": np.array(voices.labels, dtype=object)[most],
            "share": q[np.arange(len(both)), most],
            "probability": p[np.arange(len(both)), most],
        },
        columns=list(CELL_ITEM_COLUMNS),
    )
    size = table["influence"].abs().fillna(0.0)
    order = np.lexsort((-size.to_numpy(), -table["difference"].round(12).to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def _place(name: str, known: Sequence[str], what: str) -> int:
    if name in known:
        return list(known).index(name)
    raise InputError(f"{what} {name!r} is not among the {len(known)} {what}s. Check its spelling.")
