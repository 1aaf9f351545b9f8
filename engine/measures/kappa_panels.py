"""Kappas of panels: Fleiss' kappa, mean Cohen's kappa and label entropy of every set of raters, beside its alpha.

The panels are those of `agreement_of_panels`. Personas are distributions, so each kappa is that of one draw of every
rater without drawing, a ratio of expectations as in `expected_alpha`; where labels are known it is the kappa of
scikit-learn and statsmodels. A unit is an item in one wording; the item is what the bootstrap draws.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.agreement import UNANIMOUS
from engine.measures.coincidence import Floats, Ints
from engine.measures.homogenization import EVERYBODY, GROUPED, check_same_items, kinds_of
from engine.measures.resampling import CHUNK, check_resampling, percentile_interval, resampled_weights
from engine.measures.similarity import label_distances
from engine.measures.voices import People, Voices

Bools = npt.NDArray[np.bool_]
KAPPA_COLUMNS = (
    "raters", "among",
    "fleiss", "fleiss_low", "fleiss_high",
    "cohen", "cohen_low", "cohen_high",
    "entropy", "entropy_low", "entropy_high",
    "n_items", "n_raters", "n_pairs", "dropped", "note",
)  # fmt: skip
"""Columns of `kappas_of_panels`, one row a panel.

raters, among: as of `agreement_of_panels`
fleiss, fleiss_low, fleiss_high: Fleiss' kappa, at most 1, of the units that every rater labelled; labels are names to
    it, without order; NaN within and between groups, because it compares all raters of a panel
cohen, cohen_low, cohen_high: mean of Cohen's kappa over the pairs of raters, at most 1; on ordered levels weighted by
    the squared difference of the labels' values
entropy, entropy_low, entropy_high: of a unit's labels taken together, in bits, 0 to log2(labels), mean over units; NaN
    within and between groups
n_items, n_raters, n_pairs: items with two labels of the panel, raters with a label, pairs that have a kappa
dropped: reason to count, a dict
note: why a number is missing
"""
Sums = Callable[[Floats], Floats]
"""From what items add (items, columns) to their sum, or to that of each draw (draws, columns)."""


def kappas_of_panels(
    voices: Voices, people: People, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Fleiss' kappa, mean Cohen's kappa and label entropy of every kind of personas and of people.

    Args:
        voices: personas at one temperature.
        people: on the same items in the same order.
        resamples: bootstrap draws of items, the same for all rows; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a panel, with `KAPPA_COLUMNS`; people first.

    Raises:
        InputError: personas and people on different items or labels, or settings out of range.

    Source: Cohen (1960), doi:10.1177/001316446002000104; Cohen (1968), doi:10.1037/h0026256; Fleiss (1971),
    doi:10.1037/h0031619; mean over pairs: Light (1971), doi:10.1037/h0031643.
    """
    check_resampling(resamples, confidence)
    check_same_items(voices, people)
    distances = label_distances(people.level, people.values)
    draws = _drawn_sums(len(people.items), resamples, seed)
    rows = []
    for raters in _sets(voices, people):
        pairs = _Pairs.of(raters, distances, draws)
        rows += [_row(raters, among, pairs, draws, confidence) for among in _amongs(raters)]
    return pd.DataFrame(rows, columns=list(KAPPA_COLUMNS))


@dataclass(frozen=True)
class _Raters:
    """One set of raters."""

    name: str
    groups: tuple[str, ...]
    p: Floats
    """(raters, items, wordings, labels); NaN where there is no label."""

    @property
    def present(self) -> Bools:
        """(raters, items, wordings): where there is a label."""
        return ~np.isnan(self.p[..., 0])

    def where(self, keep: Sequence[bool]) -> _Raters:
        chosen = np.flatnonzero(keep)
        return _Raters(self.name, tuple(self.groups[i] for i in chosen), self.p[chosen])


@dataclass(frozen=True)
class _Pairs:
    """Cohen's kappa of all pairs of a set."""

    first: Ints
    second: Ints
    value: Floats
    """(pairs,)"""
    draws: Floats
    """(resamples, pairs)"""

    @staticmethod
    def of(raters: _Raters, distances: Floats, draws: Sums) -> _Pairs:
        both = np.array(list(itertools.combinations(range(len(raters.p)), 2)), dtype=np.int64).reshape(-1, 2)
        present = raters.present
        kappas = _kappas_of_equal_raters if (present == present[:1]).all() else _kappas_of_pairs
        value = kappas(raters, distances, _whole)[0]
        return _Pairs(both[:, 0], both[:, 1], value, kappas(raters, distances, draws))


def _whole(rows: Floats) -> Floats:
    """Return the sum of rows over all items, (1, columns)."""
    return rows.sum(axis=0)[None]


def _drawn_sums(n_items: int, resamples: int, seed: int) -> Sums:
    """Return what sums rows over each draw of items, the same items for all rows it is given; in 32 bits, which is
    enough for intervals."""
    weights = resampled_weights(n_items, resamples, seed).T
    step = max(1, CHUNK // max(n_items, 1))
    blocks = [weights[start : start + step] for start in range(0, resamples, step)]
    if len(blocks) == 1:
        blocks = [np.ascontiguousarray(blocks[0], dtype=np.float32)]

    def sums(rows: Floats) -> Floats:
        small = rows.astype(np.float32)
        drawn = [block.astype(np.float32, copy=False) @ small for block in blocks]
        return np.concatenate([np.empty((0, rows.shape[1]), dtype=np.float32), *drawn])

    return sums


def _sets(voices: Voices, people: People) -> Iterator[_Raters]:
    codes = people.codes[:, :, None, None]
    known = np.where(codes < 0, np.nan, (codes == np.arange(len(people.labels))).astype(np.float64))
    yield _Raters("people", tuple(people.groups), known)
    nobody = ("",) * len(voices.personas)
    everybody = _Raters("personas", tuple(voices.groups or nobody), voices.probability)
    for kind in kinds_of(voices):
        part = everybody.where([kind == "personas" or k == kind for k in voices.kinds or nobody])
        yield _Raters(kind, part.groups, part.p)


def _amongs(raters: _Raters) -> list[str]:
    """Return the rows of a set, as `agreement_of_panels` has them."""
    groups = sorted({group for group in raters.groups if group})
    single = raters.name != "people" and max(map(raters.groups.count, groups), default=0) < 2
    if raters.name == "control" or single:
        return [EVERYBODY]
    return [EVERYBODY, *(GROUPED if len(groups) > 1 else ()), *groups]


def _row(raters: _Raters, among: str, pairs: _Pairs, draws: Sums, confidence: float) -> dict[str, object]:
    groups = np.array(raters.groups, dtype=object)
    one, other = groups[pairs.first], groups[pairs.second]
    if among in GROUPED:
        grouped = (one != "") & (other != "")
        chosen = grouped & ((one == other) if among == GROUPED[0] else (one != other))
        panel = raters.where([bool(group) for group in raters.groups])
    else:
        chosen = np.ones(len(one), dtype=bool) if among == EVERYBODY else (one == among) & (other == among)
        panel = raters if among == EVERYBODY else raters.where([group == among for group in raters.groups])
    known = chosen & ~np.isnan(pairs.value)
    numbers = {"cohen": (_mean(pairs.value[None, known])[0], _mean(pairs.draws[:, known]))}
    dropped = {"pairs without a kappa": int(chosen.sum() - known.sum())}
    if among not in GROUPED:
        rows, incomplete = _fleiss_rows(panel)
        numbers["fleiss"] = (_fleiss(_whole(rows))[0], _fleiss(draws(rows)))
        bits = _entropy_rows(panel)
        numbers["entropy"] = _ratio(_whole(bits))[0], _ratio(draws(bits))
        dropped["units without a label of every rater"] = incomplete
    n_items = int((panel.present.sum(axis=0) >= 2).any(axis=1).sum())
    row: dict[str, object] = {"raters": raters.name, "among": among}
    for name in ("fleiss", "cohen", "entropy"):
        value, drawn = numbers.get(name, (math.nan, np.empty(0)))
        row |= {name: float(value), **_interval(name, value, drawn if n_items > 1 else np.empty(0), confidence)}
    one_item = "one item: no interval" if n_items == 1 and len(pairs.draws) else ""
    return row | {
        "n_items": n_items,
        "n_raters": int(panel.present.any(axis=(1, 2)).sum()),
        "n_pairs": int(known.sum()),
        "dropped": {reason: count for reason, count in dropped.items() if count},
        "note": "; ".join(part for part in (_why_missing(panel, numbers), one_item) if part),
    }


def _why_missing(panel: _Raters, numbers: dict[str, tuple[float, Floats]]) -> str:
    """Say why Fleiss' or Cohen's kappa is missing, of a panel that should have it."""
    missing = [name for name in ("fleiss", "cohen") if name in numbers and math.isnan(numbers[name][0])]
    if not missing:
        return ""
    present: Bools = panel.present
    if int(present.any(axis=(1, 2)).sum()) < 2:
        return "only one rater; agreement needs two"
    if not (present.sum(axis=0) >= 2).any():
        return "no unit has two labels, so none can be compared"
    if missing == ["fleiss"]:
        return "no unit has a label of every rater, or these are unanimous: no Fleiss' kappa"
    return UNANIMOUS


def _kappas_of_equal_raters(raters: _Raters, distances: Floats, sums: Sums) -> Floats:
    """Return Cohen's kappas (draws, pairs) of raters with labels on the same units: their shares serve all pairs."""
    p = np.nan_to_num(raters.p)
    n_raters, n_items, _, k = p.shape
    labels = sums(p.sum(axis=2).transpose(1, 0, 2).reshape(n_items, n_raters * k)).reshape(-1, n_raters, k)
    moved = labels @ distances
    n = sums(raters.present[:1].sum(axis=2).T.astype(np.float64))
    parts = [np.empty((len(n), 0))]
    for a in range(n_raters - 1):  # one rater beside all later ones: all pairs at once would not fit
        expected = np.einsum("dk,dbk->db", moved[:, a], labels[:, a + 1 :])
        parts.append(_cohen(n, sums(_distances(p, a, distances)), expected))
    return np.concatenate(parts, axis=1)


def _kappas_of_pairs(raters: _Raters, distances: Floats, sums: Sums) -> Floats:
    """Return Cohen's kappas (draws, pairs), each on the units that both raters of the pair labelled."""
    p, present = np.nan_to_num(raters.p), raters.present.astype(np.float64)
    n_items, k = p.shape[1], p.shape[3]
    parts = [sums(np.zeros((n_items, 0)))]
    for a in range(len(p) - 1):
        n = sums(np.einsum("iw,biw->ib", present[a], present[a + 1 :]))
        one, other = (
            sums(rows.reshape(n_items, math.prod(rows.shape[1:]))).reshape(len(n), n.shape[1], k)
            for rows in (
                np.einsum("iwk,biw->ibk", p[a], present[a + 1 :]),
                np.einsum("iw,biwk->ibk", present[a], p[a + 1 :]),
            )
        )
        parts.append(_cohen(n, sums(_distances(p, a, distances)), (one * (other @ distances)).sum(axis=-1)))
    return np.concatenate(parts, axis=1)


def _distances(p: Floats, a: int, distances: Floats) -> Floats:
    """Return (items, later raters): the distance of their labels from a's, summed over units that both labelled."""
    found: Floats = np.einsum("iwk,biwk->ib", p[a] @ distances, p[a + 1 :])
    return found


def _cohen(n: Floats, seen: Floats, expected: Floats) -> Floats:
    """Return 1 - seen / expected of sums over units; NaN where both raters gave one label only."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(expected > 1e-12, 1 - n * seen / expected, np.nan)
    return found


def _fleiss_rows(panel: _Raters) -> tuple[Floats, int]:
    """Return what items add to agreement seen, units and label shares, (items, 2 + labels); and the units left out."""
    present = panel.present
    asked = present.any(axis=(1, 2))
    p, m = np.nan_to_num(panel.p[asked]), int(asked.sum())
    whole: Bools = np.asarray(present[asked].all(axis=0)) & (m > 1)
    totals = p.sum(axis=0)
    same = ((totals**2).sum(axis=-1) - (p**2).sum(axis=(0, 3))) / max(m * (m - 1), 1)
    columns = np.concatenate([same[..., None], np.ones((*same.shape, 1)), totals / max(m, 1)], axis=-1)
    return (columns * whole[..., None]).sum(axis=1), int((~whole & present.any(axis=0)).sum()) if m > 1 else 0


def _fleiss(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        seen = sums[..., 0] / sums[..., 1]
        chance = ((sums[..., 2:] / sums[..., 1:2]) ** 2).sum(axis=-1)
        found: Floats = np.where(chance < 1 - 1e-12, (seen - chance) / (1 - chance), np.nan)
    return found


def _entropy_rows(panel: _Raters) -> Floats:
    """Return the entropy of each item's units and how many have two labels, (items, 2)."""
    n = panel.present.sum(axis=0)
    share = np.nan_to_num(panel.p).sum(axis=0) / np.maximum(n, 1)[..., None]
    bits = -np.where(share > 0, share * np.log2(np.where(share > 0, share, 1)), 0.0).sum(axis=-1) + 0.0
    several = (n > 1).astype(np.float64)
    found: Floats = np.stack([(several * bits).sum(axis=1), several.sum(axis=1)], axis=1)
    return found


def _ratio(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = sums[..., 0] / sums[..., 1]
    return found


def _mean(kappas: Floats) -> Floats:
    """Return the mean over pairs (..., pairs) that have a kappa; NaN where none has."""
    known = ~np.isnan(kappas)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, kappas, 0.0).sum(axis=-1) / known.sum(axis=-1)
    return mean


def _interval(name: str, value: float, draws: Floats, confidence: float) -> dict[str, float]:
    low = high = math.nan
    if len(draws) and not math.isnan(value):
        ends = percentile_interval(draws[:, None], confidence)
        low, high = float(ends[0][0]), float(ends[1][0])
    return {f"{name}_low": low, f"{name}_high": high}
