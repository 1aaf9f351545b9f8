"""Kappas of panels: Fleiss' kappa, mean Cohen's kappa and label entropy of every set of raters, beside its alpha.

The panels are those of `agreement_of_panels`. Personas are distributions, so each kappa is that of one draw of every
rater without drawing, a ratio of expectations as in `expected_alpha`; where labels are known it is the kappa of
scikit-learn and statsmodels. A unit is an item in one wording; the item is what the bootstrap draws.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.agreement import UNANIMOUS
from engine.measures.coincidence import Floats, Ints
from engine.measures.homogenization import EVERYBODY, GROUPED, check_same_items, kinds_of
from engine.measures.pair_kappas import kappas_of_pairs
from engine.measures.rater_pairs import Sums, drawn_sums, whole_sums
from engine.measures.resampling import check_resampling, single_interval
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
    draws = drawn_sums(len(people.items), resamples, seed)
    rows = []
    for raters in _sets(voices, people):
        means = _mean_kappas(raters, _amongs(raters), distances, draws)
        rows += [_row(raters, among, mean, draws, confidence) for among, mean in means.items()]
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
class _MeanKappa:
    """Mean of Cohen's kappa over some pairs of a set."""

    value: float
    draws: Floats
    """(resamples,)"""
    n_pairs: int
    """Pairs with a kappa."""
    n_without: int
    """Pairs that have none."""


def _mean_kappas(raters: _Raters, amongs: Sequence[str], distances: Floats, draws: Sums) -> dict[str, _MeanKappa]:
    """Return the mean kappa of each row of a set; no pair's kappas are kept, because a corpus may have half a million
    pairs."""
    total, known = np.zeros(len(amongs)), np.zeros(len(amongs), dtype=np.int64)
    drawn_total, drawn_known = (np.zeros((draws.n_draws, len(amongs))) for _ in range(2))
    for first, second, (value, drawn) in kappas_of_pairs(raters.p, distances, (whole_sums, draws)):
        member = np.stack([_among(raters.groups, first, second, among) for among in amongs], axis=1)
        member &= ~np.isnan(value[0])[:, None]
        total += np.nan_to_num(value[0]) @ member
        known += member.sum(axis=0)
        defined = ~np.isnan(drawn)
        drawn_total += np.where(defined, drawn, 0.0) @ member.astype(drawn.dtype)
        drawn_known += defined.astype(np.float32) @ member.astype(np.float32)
    everybody = np.triu_indices(len(raters.p), k=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            among: _MeanKappa(
                float(total[i] / known[i]), drawn_total[:, i] / drawn_known[:, i], int(known[i]),
                int(_among(raters.groups, *everybody, among).sum()) - int(known[i]),
            )
            for i, among in enumerate(amongs)
        }  # fmt: skip


def _among(groups: Sequence[str], first: Ints, second: Ints, among: str) -> Bools:
    """Return which pairs a row is of, (pairs,)."""
    names = np.array(groups, dtype=object)
    one, other = names[first], names[second]
    if among in GROUPED:
        grouped = (one != "") & (other != "")
        found: Bools = grouped & ((one == other) if among == GROUPED[0] else (one != other))
        return found
    return np.ones(len(one), dtype=bool) if among == EVERYBODY else (one == among) & (other == among)


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


def _row(raters: _Raters, among: str, cohen: _MeanKappa, draws: Sums, confidence: float) -> dict[str, object]:
    if among in GROUPED:
        panel = raters.where([bool(group) for group in raters.groups])
    else:
        panel = raters if among == EVERYBODY else raters.where([group == among for group in raters.groups])
    numbers = {"cohen": (cohen.value, cohen.draws)}
    dropped = {"pairs without a kappa": cohen.n_without}
    if among not in GROUPED:
        rows, incomplete = _fleiss_rows(panel)
        numbers["fleiss"] = (_fleiss(whole_sums(rows))[0], _fleiss(draws(rows)))
        bits = _entropy_rows(panel)
        numbers["entropy"] = _ratio(whole_sums(bits))[0], _ratio(draws(bits))
        dropped["units without a label of every rater"] = incomplete
    n_items = int((panel.present.sum(axis=0) >= 2).any(axis=1).sum())
    row: dict[str, object] = {"raters": raters.name, "among": among}
    for name in ("fleiss", "cohen", "entropy"):
        value, drawn = numbers.get(name, (math.nan, np.empty(0)))
        row |= {name: float(value), **_interval(name, value, drawn if n_items > 1 else np.empty(0), confidence)}
    one_item = "one item: no interval" if n_items == 1 and draws.n_draws else ""
    return row | {
        "n_items": n_items,
        "n_raters": int(panel.present.any(axis=(1, 2)).sum()),
        "n_pairs": cohen.n_pairs,
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


def _interval(name: str, value: float, draws: Floats, confidence: float) -> dict[str, float]:
    low = high = math.nan
    if len(draws) and not math.isnan(value):
        low, high, _ = single_interval(draws, confidence)
    return {f"{name}_low": low, f"{name}_high": high}
