"""Alignment gaps as numbers: of every persona to one person or group, and to their own person beside others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.annotators.scores.draws import ScoreDraws
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.terms import MACRO_F1, scores_of_rows
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import resampled_weights
from engine.measures.result import Estimate

CLOSE = 1e-12
"""Gaps nearer to each other than this are equal."""
NOBODY = "no persona whose person is here"
UNFINISHED = "no seed has finished for all of them"


@dataclass(frozen=True)
class TestSet:
    """What all models are tested on: items, and how often each is in each bootstrap draw."""

    items: Ints
    """(test items,) places in the annotations' items, ascending."""
    weights: npt.NDArray[np.uint16]
    """(test items, draws); the same for all people, groups and models: every difference is paired."""
    seed: int
    """Of the draws."""

    __test__ = False  # pytest: this is none

    @classmethod
    def of(cls, test: Annotations, resamples: int, seed: int) -> TestSet:
        """Return the items with test labels and their draws."""
        items = np.unique(test.item)
        return cls(items, resampled_weights(len(items), resamples, seed), seed)


@dataclass(frozen=True)
class Gaps:
    """Gaps of all personas, and of all together as the last teacher, to one person or group."""

    draws: ScoreDraws
    """(teachers) score of its own model minus score of the teacher's."""
    own_score: float
    """Of the model of its own labels, mean over finished seeds."""
    scores: Floats
    """(teachers,) of their models, mean over finished seeds."""

    def of_personas(self) -> ScoreDraws:
        """Return the gaps without that of all personas together."""
        return ScoreDraws(self.draws.by_seed[:-1], self.draws.of_items[:, :-1], self.draws.seed)


def gaps_to(
    rows: Annotations, probability: Floats32, seeds: Sequence[int], test_set: TestSet, score: str
) -> Gaps:  # fmt: skip
    """Return the gaps of all teachers' models on the test labels of one person or group.

    Args:
        rows: its test labels.
        probability: (1 + teachers, seeds, test items, labels) of its own model, then of each teacher's; NaN where not
            finished.
        seeds: of the trainings.
        test_set: the items of `probability`, and their draws.
        score: macro_f1 or accuracy.
    """
    place = np.searchsorted(test_set.items, rows.item)
    n, task = len(rows), rows.task
    predictions = Predictions(
        tuple(rows.items[i] for i in test_set.items), ("",), task.labels, task.level, task.values, place,
        np.zeros(n, dtype=np.int64), rows.label, np.ones(n, dtype=bool), tuple(map(str, range(len(probability)))),
        tuple(seeds), probability[:, :, place],
    )  # fmt: skip
    every, which = np.arange(n), 0 if score == MACRO_F1 else 1
    now = scores_of_rows(predictions, every, np.ones((n, 1)))[which][0].astype(float)
    drawn = scores_of_rows(predictions, every, test_set.weights[place].astype(np.float32))[which]
    finished = [float(np.nanmean(each)) if not np.isnan(each).all() else math.nan for each in now]
    gaps = ScoreDraws(now[0] - now[1:], drawn[:, :1] - drawn[:, 1:], test_set.seed)
    return Gaps(gaps, finished[0], np.array(finished[1:]))


@dataclass
class OwnAndOthers:
    """Gaps of personas to the person each plays and to the people that the other personas play, added up.

    Both kinds of cells hold the same personas and the same people, so that neither an easy person nor a good persona
    tells them apart.
    """

    own: Ints
    """(personas,) column of the person that each plays; -1: of nobody here."""
    totals: list[Floats] = field(default_factory=list)
    counts: list[Ints] = field(default_factory=list)
    """Of own and other cells, (1 + draws, seeds): the value first."""
    n_cells: list[int] = field(default_factory=lambda: [0, 0])
    """How many there are of both, finished or not."""
    columns: list[Floats] = field(default_factory=list)
    """(personas,) values, one array a person."""

    def add(self, column: int, gaps: ScoreDraws) -> None:
        """Add the cells of one person; those of people whom no persona plays count nowhere."""
        self.columns.append(gaps.value)
        if not (self.own == column).any():
            return
        cells = np.concatenate([gaps.by_seed[None], gaps.of_items])
        known = ~np.isnan(cells)
        for kind, chosen in enumerate((self.own == column, (self.own != column) & (self.own >= 0))):
            total = np.where(known[:, chosen], cells[:, chosen], 0.0).sum(axis=1)
            count = known[:, chosen].sum(axis=1)
            if kind == len(self.totals):
                self.totals.append(total)
                self.counts.append(count)
            else:
                self.totals[kind] += total
                self.counts[kind] += count
            self.n_cells[kind] += int(chosen.sum())

    def estimates(self, confidence: float, n_items: int, seed: int) -> tuple[Estimate, Estimate, Estimate]:
        """Return the mean gap to the own person, to others, and the former minus the latter, over items and seeds."""
        playing = int((self.own >= 0).sum())
        left_out = {"personas whose person is not here": n} if (n := len(self.own) - playing) else {}
        if not self.totals:
            none = Estimate(math.nan, math.nan, math.nan, confidence, n_items, 0, left_out, NOBODY)
            return none, none, none
        means = [self._mean(kind) for kind in (0, 1)]
        stacked = np.stack([*means, means[0] - means[1]], axis=1)  # (1 + draws, 3, seeds)
        draws = ScoreDraws(stacked[0], stacked[1:], seed)
        low = high = np.full(3, math.nan)
        if len(draws.of_items) and n_items > 1:
            low, high, _ = draws.interval(confidence)
        few = {0: UNFINISHED, 1: "one seed: the interval holds items only"}
        note = few.get(int(draws.n_seeds[0]), "")
        alone = "no other person" if draws.n_seeds[0] and math.isnan(draws.value[1]) else ""
        return tuple(
            Estimate(float(draws.value[i]), float(low[i]), float(high[i]), confidence, n_items, playing, left_out,
                     "; ".join(filter(None, [note, alone * (i > 0)])))
            for i in range(3)
        )  # type: ignore[return-value]  # fmt: skip

    def _mean(self, kind: int) -> Floats:
        """Return the mean over cells, (1 + draws, seeds); a seed that lacks a cell has none."""
        total, count = self.totals[kind], self.counts[kind]
        mean: Floats = total / np.where(count > 0, count, np.nan)
        return np.where(count[0] == self.n_cells[kind], mean, np.nan)

    def nearest(self, confidence: float, n_items: int) -> tuple[Estimate, float]:
        """Return the share of personas that no other person is nearer to than their own, and what chance gives."""
        matrix, own = self._paired()
        note = "no interval: the p-value of the pairing is the test"
        if not len(own):
            why = UNFINISHED if (self.own >= 0).any() else NOBODY
            return Estimate(math.nan, math.nan, math.nan, confidence, n_items, 0, note=why), math.nan
        matrix = matrix - matrix.mean(axis=0)  # else the person who is easiest to learn would be everybody's nearest
        mine = matrix[np.arange(len(own)), own]
        best = matrix.min(axis=1)
        ties = (matrix <= best[:, None] + CLOSE).sum(axis=1)
        share = float(((mine <= best + CLOSE) / ties).mean())
        left_out = {"personas whose person is not here": n} if (n := len(self.own) - len(own)) else {}
        return (
            Estimate(share, math.nan, math.nan, confidence, n_items, len(own), left_out, note),
            1 / matrix.shape[1],
        )

    def p_value(self, times: int, seed: int) -> float:
        """Return the share of random pairings of these personas and people whose mean gap is at most the true one's."""
        matrix, own = self._paired()
        if times == 0 or len(np.unique(own)) < 2:
            return math.nan
        rng = np.random.default_rng(seed)
        dealt = own[np.argsort(rng.random((times, len(own))), axis=1)]
        means = matrix[np.arange(len(own)), dealt].mean(axis=1)
        true = matrix[np.arange(len(own)), own].mean()
        return float((1 + (means <= true + CLOSE).sum()) / (1 + times))

    def _paired(self) -> tuple[Floats, Ints]:
        """Return the gaps of playing personas to the people they play, and each one's column; none if any is NaN."""
        playing = np.flatnonzero(self.own >= 0)
        people, own = np.unique(self.own[playing], return_inverse=True)
        if not len(people):
            return np.zeros((0, 0)), own
        matrix = np.stack(self.columns, axis=1)[np.ix_(playing, people)]
        return (matrix, own) if not np.isnan(matrix).any() else (np.zeros((0, 0)), own[:0])
