"""Pairs: how far each persona stands from the person it stands for, beside the other people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.annotators.annotations import Ints
from engine.annotators.map.points import Floats, Points
from engine.measures.result import Estimate

PAIR_COLUMNS = ("persona", "person", "distance", "rank", "n_people")
"""Columns of the pairs, one row a persona whose own person is on the map.

distance: of the two in the space
rank: place of its own person among all people, 1 the nearest; people as near share the middle of their places
n_people: people on the map
"""
ASSIGNMENTS = 1000
CONVINCING = 0.05
"""A p-value up to this is told as a difference: a convention."""


@dataclass(frozen=True)
class Pairing:
    """Personas beside their own people, in the space."""

    distance: Estimate
    """Mean distance of a persona to its own person; no interval (the test is the p-value)."""
    random_distance: float
    """The same when the people are handed to the personas at random."""
    p_value: float
    """Share of random assignments whose mean distance is at most the true one's; the true one counts as one."""
    rank: Estimate
    """Mean rank of the own person, 1 the nearest."""
    chance_rank: float
    """Mean rank of any person: (people + 1) / 2."""

    @property
    def sentence(self) -> str:
        """What a reader may conclude; '' where no persona has its person on the map."""
        if np.isnan(self.p_value):
            return ""
        nearer = "nearer to" if self.p_value <= CONVINCING else "no nearer to"
        return (
            f"Personas stand {nearer} their own person than to people handed out at random: mean distance "
            f"{self.distance.value:.3g} against {self.random_distance:.3g} (p = {self.p_value:.2g}), mean rank "
            f"{self.rank.value:.1f}, by chance {self.chance_rank:.1f}."
        )


def pair_up(points: Points, coordinates: Floats, seed: int = 0) -> tuple[pd.DataFrame, Pairing]:
    """Return the pairs and what they say together.

    Args:
        points: people and personas.
        coordinates: (points, axes) in the space.
        seed: of the random assignments.
    """
    from scipy.spatial.distance import cdist

    people = np.flatnonzero(points.is_person)
    column = {points.names[i]: c for c, i in enumerate(people)}
    paired = np.array([i for i, name in enumerate(points.persons) if name in column], dtype=np.int64)
    own = np.array([column[points.persons[i]] for i in paired], dtype=np.int64)
    distance = cdist(coordinates[paired], coordinates[people])  # (paired, people)
    mine = distance[np.arange(len(own)), own]
    close = 1e-9 * (np.abs(coordinates).max(initial=0.0) or 1.0)
    nearer = (distance < mine[:, None] - close).sum(axis=1)
    level = (np.abs(distance - mine[:, None]) <= close).sum(axis=1)
    rank = 0.5 + nearer + level / 2
    frame = pd.DataFrame(
        {
            "persona": [points.names[i] for i in paired],
            "person": [points.persons[i] for i in paired],
            "distance": mine,
            "rank": rank,
            "n_people": len(people),
        },
        columns=list(PAIR_COLUMNS),
    )
    return frame, _pairing(points, distance, own, rank, close, seed)


def _pairing(points: Points, distance: Floats, own: Ints, rank: Floats, close: float, seed: int) -> Pairing:
    n_people = distance.shape[1]
    n_items, without = len(points.items), int((~points.is_person).sum()) - len(own)
    left_out = {"personas whose person is not on the map": without} if without else {}
    if not len(own):
        none = Estimate(np.nan, np.nan, np.nan, n_items=n_items, dropped=left_out, note="no persona with its person")
        return Pairing(none, np.nan, np.nan, none, np.nan)
    true = float(distance[np.arange(len(own)), own].mean())
    random, p_value, note = np.nan, np.nan, "one person: nobody to exchange"
    if len(np.unique(own)) > 1:
        rng = np.random.default_rng(seed)
        handed = own[np.argsort(rng.random((ASSIGNMENTS, len(own))), axis=1)]
        means = distance[np.arange(len(own)), handed].mean(axis=1)
        random, note = float(means.mean()), ""
        p_value = (1 + int((means <= true + close).sum())) / (1 + ASSIGNMENTS)
    facts = {"n_items": n_items, "n_raters": len(own), "dropped": left_out}
    return Pairing(
        distance=Estimate(true, np.nan, np.nan, note=note, **facts),  # type: ignore[arg-type]
        random_distance=random,
        p_value=p_value,
        rank=Estimate(float(rank.mean()), np.nan, np.nan, note="", **facts),  # type: ignore[arg-type]
        chance_rank=(n_people + 1) / 2,
    )
