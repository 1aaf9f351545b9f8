"""Panels: sets of raters whose agreement is measured on the same items, with rows that one bootstrap can share.

A panel is a set of personas (strong, weak, control) or the people, or a part of them: one group, or only the pairs of
raters from two different groups. All panels are summed by item, and a resample of items weighs all of them alike: so
differences between panels are paired.

A row of an item is that of engine.measures.coincidence (marginals, between, within), followed by three columns:
    own     squared distance of two draws of one rater, without the bias of few draws; NaN where a draw has no second
    equal   chance that a pair of labels is the same, times labels: percent agreement
    labels  labels that entered
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Disagreement, Floats, Scale, solve
from engine.measures.samples import sample_of_terms
from engine.measures.voices import People, Voices

Bools = npt.NDArray[np.bool_]
Pairs = Literal["all", "within groups", "between groups"]
"""Which pairs of raters are compared."""
ALONE = "items where only one of the two has pairs"
EXTRA = 3
"""Columns behind those of engine.measures.coincidence."""


@dataclass(frozen=True)
class Panel:
    """One set of raters on all items of a comparison."""

    raters: str
    """strong, weak, control, personas or people."""
    among: str
    """all, within groups, between groups, or the name of a group."""
    rows: Floats
    """(items, width + EXTRA): what each item adds; 0 where it has no pair."""
    n_items: int
    n_raters: int
    dropped: dict[str, int] = field(default_factory=dict)
    undefined: str = ""
    """Why nothing can be computed; empty where something can."""


@dataclass(frozen=True)
class Solved:
    """Agreement of summed rows; arrays of the shape the sums had without their last axis."""

    alpha: Floats
    agreement: Floats
    """Percent agreement as a share, 0 to 1."""
    signal: Floats
    """What sets the raters apart: disagreement less their own noise; NaN where the noise is unknown."""


def panel_of_voices(voices: Voices, raters: str, among: str, pairs: Pairs = "all") -> Panel:
    """Return the panel of some personas; wordings are units of their own, items are what rows stand for."""
    p = np.moveaxis(voices.probability, 3, 0)  # (labels, personas, items, wordings)
    scale = Scale.of(voices.level, len(voices.labels), voices.values)
    with np.errstate(divide="ignore", invalid="ignore"):
        twice = np.where(np.isinf(voices.draws), 1.0, voices.draws / (voices.draws - 1))  # R / (R - 1): unbiased
    twice = np.where(voices.draws >= 2, twice, np.nan)
    n_wordings = p.shape[3]
    flat = p.reshape(*p.shape[:2], -1)
    return _panel(
        flat, twice.reshape(flat.shape[1:]), voices.groups or ("",) * len(voices.personas), n_wordings, scale,
        raters, among, pairs,
    )  # fmt: skip


def panel_of_people(people: People, among: str, pairs: Pairs = "all", *, group: str | None = None) -> Panel:
    """Return the panel of the people, of those with a group, or of one group; their own noise is unknown."""
    rows = [
        i for i, name in enumerate(people.groups) if (name == group if group is not None else name or pairs == "all")
    ]
    codes = people.codes[rows]
    p = np.where(codes < 0, np.nan, (codes == np.arange(len(people.labels))[:, None, None]).astype(np.float64))
    scale = Scale.of(people.level, len(people.labels), people.values)
    return _panel(
        p, np.full(codes.shape, np.nan), [people.groups[i] for i in rows], 1, scale, "people", among, pairs
    )  # fmt: skip


def on_common_items(first: Panel, second: Panel) -> tuple[Panel, Panel]:
    """Return both panels on the items where both have pairs of labels; themselves where nothing is to be cut.

    An item that people labelled once has no pair of people: left in, it would count for one of the two alone.
    """
    paired = [panel.rows[:, -1] > 0 for panel in (first, second)]
    both = paired[0] & paired[1]
    alone = int((paired[0] ^ paired[1]).sum())
    if not alone or first.undefined or second.undefined:
        return first, second
    undefined = "" if both.any() else f"no item has two labels of {first.raters} and two of {second.raters}"
    one, other = (
        replace(
            panel, rows=np.where(both[:, None], panel.rows, 0.0), n_items=int(both.sum()),
            dropped=panel.dropped | {ALONE: alone},
            undefined=undefined,
        )
        for panel in (first, second)
    )  # fmt: skip
    return one, other


def solve_panel(sums: Floats, scale: Scale) -> Solved:
    """Return the agreement that summed rows hold.

    Args:
        sums: (..., width + EXTRA).
        scale: the labels' scale.
    """
    found: Disagreement = solve(sums[..., : scale.width], scale)
    own, equal, labels = (sums[..., scale.width + i] for i in range(EXTRA))
    with np.errstate(divide="ignore", invalid="ignore"):
        return Solved(found.alpha, equal / labels, found.observed - own / labels)


def _panel(
    p: Floats,
    twice: Floats,
    groups: Sequence[str],
    n_wordings: int,
    scale: Scale,
    raters: str,
    among: str,
    pairs: Pairs,
) -> Panel:
    """Make rows from p (labels, raters, units) and twice (raters, units); units of one item stand side by side."""
    missing = np.isnan(p[0])
    p = np.where(missing, 0.0, p)
    units = _unit_rows(p, ~missing, np.asarray(groups), scale, pairs)
    units = np.concatenate([units, _extra(p, ~missing, twice, np.asarray(groups), scale, pairs, units)], axis=1)
    n_units = units.shape[0]
    items = np.repeat(np.arange(n_units // n_wordings), n_wordings)
    paired = units[:, -1] > 0
    facts = sample_of_terms(np.zeros((n_units, 0)), ~missing & (paired | ((~missing).sum(axis=0) < 2)), items)
    undefined = facts.undefined
    if not undefined and not paired.any():
        undefined = f"no unit has two labels of raters {pairs.replace('all', '')}".strip()
    n_items = len(np.unique(items[paired]))
    rows = units.reshape(-1, n_wordings, units.shape[1]).sum(axis=1)
    n_raters = int((~missing[:, paired]).any(axis=1).sum())
    return Panel(raters, among, rows, n_items, n_raters, facts.dropped, undefined)


def _unit_rows(p: Floats, present: Bools, groups: npt.NDArray[np.str_], scale: Scale, pairs: Pairs) -> Floats:
    """Return marginals, between and within, (units, width), for the pairs that are compared.

    Every unit weighs by its labels, as in Krippendorff's alpha, and its disagreement is the mean over its pairs.
    """
    first, second = scale.pairs
    totals = p.sum(axis=1).T  # (units, labels)
    within = np.stack([np.einsum("ru,ru->u", p[k], p[m]) for k, m in zip(first, second, strict=True)], axis=1)
    m, same, cross = _pair_counts(present, groups)
    product = totals[:, first] * totals[:, second]
    if pairs == "all":
        seen, count = product - within, m * (m - 1)
    else:
        inside = np.zeros_like(product)
        for group in np.unique(groups):
            part = p[:, groups == group].sum(axis=1).T
            inside += part[:, first] * part[:, second]
        seen, count = (inside - within, same) if pairs == "within groups" else (product - inside, cross)
    weight = _weight(m, same, cross, count, pairs)
    blocks = [2 * seen * weight[:, None], 2 * within]  # both orders of a pair
    if scale.fixed:
        distances = scale.pair_distances()
        blocks = [(block @ distances)[:, None] for block in blocks]
    rows: Floats = np.concatenate([totals, *blocks], axis=1) * (weight > 0)[:, None]
    return rows


def _extra(
    p: Floats,
    present: Bools,
    twice: Floats,
    groups: npt.NDArray[np.str_],
    scale: Scale,
    pairs: Pairs,
    units: Floats,
) -> Floats:
    """Return own, equal and labels of each unit, (units, EXTRA)."""
    m, same, cross = _pair_counts(present, groups)
    count = {"all": m * (m - 1), "within groups": same, "between groups": cross}[pairs]
    weight = _weight(m, same, cross, count, pairs)
    alone = (p**2).sum(axis=(0, 1))  # (units,): a rater's label with itself
    total = (p.sum(axis=1) ** 2).sum(axis=0)
    if pairs == "all":
        equal = total - alone
    else:
        inside = np.zeros_like(total)
        for group in np.unique(groups):
            inside += (p[:, groups == group].sum(axis=1) ** 2).sum(axis=0)
        equal = inside - alone if pairs == "within groups" else total - inside
    first, second = scale.pairs
    distances = scale.pair_distances(units[:, : scale.n_labels].sum(axis=0))
    own = np.zeros(p.shape[2])
    known = np.where(present, twice, 0.0)
    for k, label, d in zip(first, second, distances, strict=True):
        own += 2 * d * (p[k] * p[label] * known).sum(axis=0)  # NaN where one draw has no second
    entered = weight > 0
    return np.stack([np.where(entered, own, 0.0), equal * weight, m * entered], axis=1)


def _pair_counts(present: Bools, groups: npt.NDArray[np.str_]) -> tuple[Floats, Floats, Floats]:
    """Return labels, ordered pairs within a group and ordered pairs between groups, of each unit."""
    m = present.sum(axis=0).astype(np.float64)
    squares = np.zeros_like(m)
    for group in np.unique(groups):
        squares += present[groups == group].sum(axis=0).astype(np.float64) ** 2
    return m, squares - m, m**2 - squares


def _weight(m: Floats, same: Floats, cross: Floats, count: Floats, pairs: Pairs) -> Floats:
    """Return labels a pair: what a pair of the unit counts; 0 where the unit has none.

    Within and between groups use the units that have pairs of both kinds, so that the two can be compared.
    """
    usable = m >= 2 if pairs == "all" else (same > 0) & (cross > 0)
    weight: Floats = np.where(usable, m / np.maximum(count, 1), 0.0)
    return weight
