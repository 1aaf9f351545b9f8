"""Prototypical personas: which persona stands best for each group of people, how surely, and which items decide it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.cells import intervals_of_cells
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, single_interval
from engine.measures.similarity import Likeness, Pairs, check_pair, pairs_of
from engine.measures.targets import targets_of
from engine.measures.voices import People, Voices

STAND_IN_COLUMNS = (
    "group", "persona", "kind", "persona_group", "value", "low", "high", "probability_best", "control_margin",
    "control_margin_low", "control_margin_high", "confidence", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of the stand-ins."""
BEST_COLUMNS = (
    "group", "persona", "probability_best", "next_persona", "margin", "margin_low", "margin_high", "control_margin",
    "control_margin_low", "control_margin_high", "confidence", "n_items", "n_raters", "n_personas", "dropped", "note",
)  # fmt: skip
"""Columns of the best stand-ins."""
ITEM_COLUMNS = ("group", "persona", "next_persona", "item", "influence", "rank")
"""Columns of the deciding items."""


@dataclass(frozen=True)
class Prototypes:
    """The best stand-in of every group, and what that rests on."""

    best: pd.DataFrame
    """One row a group, with `BEST_COLUMNS`: the most similar persona, the share of bootstrap draws in which it is the
    most similar, its margin over the next one and over the mean of control and empty personas."""
    stand_ins: pd.DataFrame
    """One row a group and persona, most similar first, with `STAND_IN_COLUMNS`."""
    items: pd.DataFrame
    """For each group the items that most decide between the best and the next persona, with `ITEM_COLUMNS`: influence
    is how much the margin falls when the item is left out (below 0: it rises), rank 1 the largest in size."""


def prototypes(
    voices: Voices,
    people: People,
    likeness: Likeness = "kappa",
    *,
    n_items: int = 10,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Prototypes:
    """Find for each group of people the persona that stands best for it, and how probable each persona is to be that.

    Similarity is that of `alignment` with the group's shares of labels. Candidates are the strong and weak personas
    (all, where there are none); control and empty personas are what they must beat. probability_best, 0 to 1, is the
    share of bootstrap draws of items in which the persona is the most similar; personas that tie share the draw.

    Args:
        voices: personas.
        people: on the same items, with groups.
        likeness: cosine, centred or kappa, as of `alignment`.
        n_items: deciding items to return for each group.
        resamples: bootstrap draws over items; 0: no intervals and no probabilities.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        Best stand-ins, all stand-ins, deciding items. Columns n_items: items that both have labels for; n_raters:
        people of the group; n_personas: candidates with a value; dropped: items left out for lack of a label.

    Raises:
        InputError: the corpus names no groups, an unknown measure, settings out of range, or voices and people of
            different items.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    if n_items < 0:
        raise InputError(f"n_items {n_items!r} is below 0. Ask for 0 deciding items or more.")
    targets = targets_of(people, "group")
    pairs = pairs_of(voices, targets, likeness)
    kinds = np.array(voices.kinds or [""] * len(voices.personas), dtype=object)
    nobody = np.flatnonzero(np.isin(kinds, ["control", "empty"]))
    candidates = np.setdiff1d(np.arange(len(kinds)), nobody) if len(nobody) < len(kinds) else np.arange(len(kinds))
    now, draws = pairs.now, pairs.draws(resamples, seed)
    probability = _probability_best(draws, candidates)
    common = _Common(voices, pairs, now, draws, nobody, confidence)
    stand_ins, best, items = [], [], []
    for group, name in enumerate(targets.names):
        order = candidates[np.argsort(-np.nan_to_num(now[candidates, group], nan=-np.inf), kind="stable")]
        facts = {"group": name, "n_raters": targets.n_people[group]}
        stand_ins += [common.stand_in(persona, group, probability) | facts for persona in order]
        best.append(common.best(order, group, probability) | facts)
        items += common.deciding(order, group, name, n_items)
    return Prototypes(
        pd.DataFrame(best, columns=list(BEST_COLUMNS)),
        pd.DataFrame(stand_ins, columns=list(STAND_IN_COLUMNS)),
        pd.DataFrame(items, columns=list(ITEM_COLUMNS)),
    )


@dataclass(frozen=True)
class _Common:
    """What all rows of one call are made from."""

    voices: Voices
    pairs: Pairs
    now: Floats
    """(personas, groups)"""
    draws: Floats
    """(resamples, personas, groups)"""
    nobody: Ints
    confidence: float

    @cached_property
    def intervals(self) -> tuple[Floats, Floats]:
        """Low and high of every similarity, (personas, groups)."""
        low, high, _ = intervals_of_cells(
            self.draws, self.confidence, self.pairs.n_items, self.now, self.pairs.acceleration
        )
        return low, high

    def interval(self, draws: Floats, persona: int, group: int) -> tuple[float, float]:
        if len(draws) == 0 or self.pairs.n_items[persona, group] < 2:
            return math.nan, math.nan
        return single_interval(draws, self.confidence)[:2]

    @cached_property
    def margins(self) -> tuple[Floats, Floats, Floats]:
        """Margin of every persona over the mean of control and empty personas, its low and high, (personas, groups)."""
        margin, low, high = (np.full(self.now.shape, np.nan) for _ in range(3))
        for group in range(self.now.shape[1]):
            known = [i for i in self.nobody if not math.isnan(self.now[i, group])]
            if not known:
                continue
            margin[:, group] = self.now[:, group] - self.now[known, group].mean()
            drawn = self.draws[:, :, group] - self.draws[:, known, group].mean(axis=1, keepdims=True)
            for i in known:  # beside the others of its kind, not beside itself
                others = [other for other in known if other != i]
                margin[i, group] = self.now[i, group] - self.now[others, group].mean() if others else np.nan
                drawn[:, i] = self.draws[:, i, group] - self.draws[:, others, group].mean(axis=1) if others else np.nan
            low[:, group], high[:, group], _ = intervals_of_cells(drawn, self.confidence, self.pairs.n_items[:, group])
        return margin, low, high

    def over_nobody(self, persona: int, group: int) -> dict[str, float]:
        """The persona's margin over the mean of control and empty personas."""
        names = ("control_margin", "control_margin_low", "control_margin_high")
        return {name: float(found[persona, group]) for name, found in zip(names, self.margins, strict=True)}

    def counts(self, persona: int, group: int) -> dict[str, object]:
        n = int(self.pairs.n_items[persona, group])
        return {"confidence": self.confidence, "n_items": n, "dropped": len(self.voices.items) - n}

    def stand_in(self, persona: int, group: int, probability: Floats) -> dict[str, object]:
        """One row of the stand-ins."""
        low, high = (float(end[persona, group]) for end in self.intervals)
        return {
            "persona": self.voices.personas[persona],
            "kind": self.voices.kinds[persona] if self.voices.kinds else "",
            "persona_group": self.voices.groups[persona] if self.voices.groups else "",
            "value": float(self.now[persona, group]), "low": low, "high": high,
            "probability_best": float(probability[persona, group]),
            "note": str(self.pairs.why_undefined()[persona, group]) if np.isnan(self.now[persona, group]) else "",
            **self.over_nobody(persona, group), **self.counts(persona, group),
        }  # fmt: skip

    def best(self, order: Ints, group: int, probability: Floats) -> dict[str, object]:
        """One row of the best; NaN with a note where no persona has a value."""
        known = [int(i) for i in order if not math.isnan(self.now[i, group])]
        if not known:
            return {"note": "no persona has a value: see the stand-ins' notes", "confidence": self.confidence,
                    "n_items": 0, "n_personas": 0, "dropped": len(self.voices.items)}  # fmt: skip
        first = known[0]
        row: dict[str, object] = {
            "persona": self.voices.personas[first], "probability_best": float(probability[first, group]),
            "next_persona": None, "margin": math.nan, "margin_low": math.nan, "margin_high": math.nan,
            "n_personas": len(known), **self.over_nobody(first, group), **self.counts(first, group),
        }  # fmt: skip
        notes = [] if len(self.nobody) else ["no control or empty persona to compare with"]
        notes += ["one item: no interval"] if row["n_items"] == 1 else []
        if len(known) > 1:
            second = known[1]
            row["next_persona"] = self.voices.personas[second]
            row["margin"] = float(self.now[first, group] - self.now[second, group])
            row["margin_low"], row["margin_high"] = self.interval(
                self.draws[:, first, group] - self.draws[:, second, group], first, group
            )
        else:
            notes.append("one persona: no next one")
        return row | {"note": "; ".join(notes)}

    def deciding(self, order: Ints, group: int, name: str, n_items: int) -> list[dict[str, object]]:
        """The items whose absence changes the margin of the best over the next persona most."""
        known = [int(i) for i in order if not math.isnan(self.now[i, group])]
        if len(known) < 2 or n_items == 0:
            return []
        first, second = known[:2]
        two = Pairs(
            self.pairs.likeness, self.pairs.level, self.pairs.values, self.pairs.left[[first, second]],
            self.pairs.right[[group]],
        )  # fmt: skip
        rows = two.rows()[:, :, 0]  # (items, 2, width)
        without = two.solve(rows.sum(axis=0) - rows)
        influence = float(self.now[first, group] - self.now[second, group]) - (without[:, 0] - without[:, 1])
        largest = np.argsort(-np.abs(np.nan_to_num(influence)), kind="stable")[:n_items]
        return [
            {"group": name, "persona": self.voices.personas[first], "next_persona": self.voices.personas[second],
             "item": self.voices.items[i], "influence": float(influence[i]), "rank": rank}
            for rank, i in enumerate(largest, start=1)
        ]  # fmt: skip


def _probability_best(draws: Floats, candidates: Ints) -> Floats:
    """Share of draws in which each persona is the most similar, (personas, groups); 0 for those no candidate."""
    resamples, n_personas, n_groups = draws.shape
    if resamples == 0:
        return np.full((n_personas, n_groups), np.nan)
    eligible = np.full_like(draws, -np.inf)
    eligible[:, candidates] = np.nan_to_num(draws[:, candidates], nan=-np.inf)
    best = eligible.max(axis=1, keepdims=True, initial=-np.inf)
    first = (eligible >= best - 1e-12) & (eligible > -np.inf)
    counted = first.any(axis=1).sum(axis=0)  # draws in which any persona has a value, (groups,)
    share = first / np.maximum(first.sum(axis=1, keepdims=True), 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = share.sum(axis=0) / counted
    return found
