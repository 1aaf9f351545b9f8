"""Cohen's kappa of all pairs of raters, some pairs at a time, so that a thousand raters fit into memory."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from engine.measures.coincidence import Floats, Ints
from engine.measures.rater_pairs import Sums, is_sparse, sparse_pairs


def kappas_of_pairs(p: Floats, distances: Floats, kinds: Sequence[Sums]) -> Iterator[tuple[Ints, Ints, list[Floats]]]:
    """Yield some pairs of raters, and their Cohen's kappas (draws, pairs) by each kind of sums.

    Pairs without a common unit are left out, or NaN.

    Args:
        p: (raters, items, wordings, labels); NaN where there is no label.
        distances: (labels, labels) of labels, 0 and above.
        kinds: what sums items: over all of them, over each draw.
    """
    present = _present(p)
    if (present == present[:1]).all():
        yield from _of_equal_raters(p, distances, kinds)
    elif is_sparse(present):
        yield from _of_sparse_raters(p, distances, kinds)
    else:
        yield from _of_raters(p, distances, kinds)


def _of_equal_raters(p: Floats, distances: Floats, kinds: Sequence[Sums]) -> Iterator[tuple[Ints, Ints, list[Floats]]]:
    """Yield kappas of raters with labels on the same units: their shares serve all pairs."""
    units = _present(p)[:1].sum(axis=2).T.astype(np.float64)
    p = np.nan_to_num(p)
    n_raters, n_items, _, k = p.shape
    rows = p.sum(axis=2).transpose(1, 0, 2).reshape(n_items, n_raters * k)
    labels = [sums(rows).reshape(-1, n_raters, k) for sums in kinds]
    n = [sums(units) for sums in kinds]
    for a in range(n_raters - 1):  # one rater beside all later ones: all pairs at once would not fit
        seen = _distances(p, a, distances)
        yield (
            *_later(a, n_raters),
            [
                _cohen(count, sums(seen), np.einsum("dk,dbk->db", shares[:, a] @ distances, shares[:, a + 1 :]))
                for sums, shares, count in zip(kinds, labels, n, strict=True)
            ],
        )


def _of_raters(p: Floats, distances: Floats, kinds: Sequence[Sums]) -> Iterator[tuple[Ints, Ints, list[Floats]]]:
    """Yield kappas of raters who left some units out, each on the units that both raters of the pair labelled."""
    present, p = _present(p).astype(np.float64), np.nan_to_num(p)
    n_raters, n_items, _, k = p.shape
    for a in range(n_raters - 1):
        common = np.einsum("iw,biw->ib", present[a], present[a + 1 :])
        sides = [
            rows.reshape(n_items, math.prod(rows.shape[1:]))
            for rows in (
                np.einsum("iwk,biw->ibk", p[a], present[a + 1 :]),
                np.einsum("iw,biwk->ibk", present[a], p[a + 1 :]),
            )
        ]
        seen = _distances(p, a, distances)
        found = []
        for sums in kinds:
            one, other = (sums(side).reshape(sums.n_draws, common.shape[1], k) for side in sides)
            found.append(_cohen(sums(common), sums(seen), (one * (other @ distances)).sum(axis=-1)))
        yield *_later(a, n_raters), found


def _of_sparse_raters(p: Floats, distances: Floats, kinds: Sequence[Sums]) -> Iterator[tuple[Ints, Ints, list[Floats]]]:
    """Yield kappas of many raters who labelled a few units each: those of pairs with a unit in common."""
    n_raters, n_items, n_wordings, k = p.shape
    present, p = _present(p).reshape(n_raters, -1), np.nan_to_num(p).reshape(n_raters, -1, k)
    item_of_unit = np.repeat(np.arange(n_items), n_wordings)
    for pairs in sparse_pairs(present, item_of_unit):
        a, b, unit = pairs.raters_and_units
        one, other = p[a, unit], p[b, unit]  # (entries, labels)
        seen, moved = ((one @ distances) * other).sum(axis=1), other @ distances
        found = []
        for sums in kinds:
            expected = np.sum(
                [pairs.summed(sums, one[:, x]) * pairs.summed(sums, moved[:, x]) for x in range(k)], axis=0
            )
            found.append(_cohen(pairs.summed(sums, np.ones(len(unit))), pairs.summed(sums, seen), expected))
        yield pairs.first, pairs.second, found


def _later(a: int, n_raters: int) -> tuple[Ints, Ints]:
    """Return a rater beside each later one."""
    later = np.arange(a + 1, n_raters)
    return np.full(len(later), a), later


def _distances(p: Floats, a: int, distances: Floats) -> Floats:
    """Return (items, later raters): the distance of their labels from a's, summed over units that both labelled."""
    found: Floats = np.einsum("iwk,biwk->ib", p[a] @ distances, p[a + 1 :])
    return found


def _cohen(n: Floats, seen: Floats, expected: Floats) -> Floats:
    """Return 1 - seen / expected of sums over units; NaN where both raters gave one label only."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = np.where(expected > 1e-12, 1 - n * seen / expected, np.nan)
    return found


def _present(p: Floats) -> npt.NDArray[np.bool_]:
    """Return where there is a label, (raters, items, wordings)."""
    return ~np.isnan(p[..., 0])
