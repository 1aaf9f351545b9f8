"""Similarity of a persona and a person or group: what alignment, own-person and prototypes are made of.

Every measure here is a function of sums over items, so a resample of items is a weighted sum, and a thousand resamples
are a few matrix products (engine.measures.pair_sums). `Pairs` makes what is summed, `similarity` turns sums into
similarities. For few cells there are also `rows`, one row an item and cell (persona x target), which `solve` turns into
similarities once they are summed.

Whom personas are set beside, an annotator or a group, is in engine.measures.targets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.pair_sums import Side, Sums, acceleration, drawn
from engine.measures.products import products, stored, summed, summed_where
from engine.measures.short_axes import total, zeroed
from engine.measures.targets import Targets
from engine.measures.voices import People, Voices

Likeness = Literal["cosine", "centred", "kappa"]
"""How a persona and a person are compared."""

TINY = 1e-12
"""Variation or expected disagreement below this share of its possible size is rounding."""
CELLS_AT_ONCE = 3_000_000
"""Numbers of summed rows held at once (24 MB); more are no faster."""


def check_likeness(likeness: str) -> None:
    """Raise InputError unless there is such a measure."""
    if likeness not in get_args(Likeness):
        raise InputError(f"measure {likeness!r} is unknown. Use one of {', '.join(get_args(Likeness))}.")


def check_pair(voices: Voices, people: People) -> None:
    """Raise InputError unless personas and people label the same items with the same labels."""
    if voices.items != people.items or voices.labels != people.labels:
        raise InputError(
            f"personas ({len(voices.items)} items, labels {list(voices.labels)}) and people ({len(people.items)} "
            f"items, labels {list(people.labels)}) do not belong together. Make both with engine.measures.beside."
        )


def label_vectors(level: str, values: Sequence[float]) -> Floats:
    """Return what each label contributes to a rater's vector, (labels, dimensions).

    A label that is a number, or one of two, is one coordinate an item: its value. One of three or more nominal labels
    is a coordinate a label, 0 or 1, because their order means nothing.
    """
    if level == "nominal" and len(values) > 2:
        return np.eye(len(values))
    return np.asarray(values, dtype=np.float64)[:, None]


def label_distances(level: str, values: Sequence[float]) -> Floats:
    """Return the squared distance of labels, (labels, labels): 0 or 1 for nominal ones, else of their values."""
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    v = np.asarray(values, dtype=np.float64)
    squared: Floats = (v[:, None] - v[None, :]) ** 2
    return squared / max(float(squared.max()), np.finfo(float).tiny)


@dataclass(frozen=True)
class Pairs:
    """Personas beside targets on the same items, under one measure."""

    likeness: str
    level: str
    values: tuple[float, ...]
    left: Floats
    """(personas, items, labels); NaN where there is none."""
    right: Floats
    """(targets, items, labels); NaN where there is none."""

    @cached_property
    def present(self) -> tuple[Floats, Floats]:
        """Where each side has labels, as 0 and 1: (personas, items), (targets, items)."""
        return (~np.isnan(self.left[..., 0])).astype(float), (~np.isnan(self.right[..., 0])).astype(float)

    @cached_property
    def n_items(self) -> Ints:
        """Items that both have labels for, (personas, targets)."""
        ours, theirs = self.present
        return (ours @ theirs.T).astype(np.int64)

    @property
    def dims(self) -> int:
        """Length of the marginals that a row holds for each side; 0 for the plain cosine, which needs none."""
        if self.likeness == "cosine":
            return 0
        return len(self.values) if self.likeness == "kappa" else label_vectors(self.level, self.values).shape[1]

    @property
    def width(self) -> int:
        """Length of a row."""
        return {"cosine": 3, "centred": 4 + 2 * self.dims, "kappa": 2 + 2 * self.dims}[self.likeness]

    def rows(self) -> Floats:
        """Return what each item adds, (items, personas, targets, width).

        cosine: xy, xx, yy. centred: those, 1, x, y. kappa: expected squared distance, 1, p, q. All 0 where either side
        has no label.
        """
        ours, theirs = self.present
        p, q = zeroed(self.left), zeroed(self.right)
        both = np.einsum("pi,ai->ipa", ours, theirs)
        rows = np.empty((*both.shape, self.width))
        if self.likeness == "kappa":
            x, y = p, q
            rows[..., 0] = products(p @ label_distances(self.level, self.values), q)
            rows[..., 1] = both
            start = 2
        else:
            vectors = label_vectors(self.level, self.values)
            x, y = p @ vectors, q @ vectors
            rows[..., 0] = products(x, y)
            rows[..., 1] = both * (x**2).sum(axis=2).T[:, :, None]
            rows[..., 2] = both * (y**2).sum(axis=2).T[:, None, :]
            start = 4
        if self.likeness == "cosine":
            return rows
        if self.likeness == "centred":
            rows[..., 3] = both
        rows[..., start : start + self.dims] = both[..., None] * x.transpose(1, 0, 2)[:, :, None, :]
        rows[..., start + self.dims :] = both[..., None] * y.transpose(1, 0, 2)[:, None, :, :]
        return rows

    @cached_property
    def _ours(self) -> Side:
        """Return the personas as columns."""
        return self._side(self.left)

    @cached_property
    def _theirs(self) -> Side:
        """Return the targets as columns."""
        found = self._side(self.right)
        return replace(found, crossed=self._crossed(found.crossed))

    def _side(self, raters: Floats) -> Side:
        """Return raters (raters, items, labels) as columns."""
        there, p = ~np.isnan(raters[..., 0]), zeroed(raters)
        x = p if self.likeness == "kappa" else p @ label_vectors(self.level, self.values)
        columns = [np.ascontiguousarray(x[..., d].T) for d in range(x.shape[2])]
        if self.likeness == "kappa":
            return Side(there.T, columns, columns)
        square = total(x**2, 2).T
        return Side(there.T, columns, [square, *columns] if self.likeness == "centred" else [square])

    def _crossed(self, theirs: Sequence[Any]) -> list[Any]:
        """Return what the personas' columns are multiplied by, one by one, from the targets' columns."""
        if self.likeness != "kappa":
            return list(theirs)
        distances = label_distances(self.level, self.values)
        return [
            sum((d * column for d, column in zip(row[1:], theirs[1:], strict=True) if d), row[0] * theirs[0])
            for row in distances
        ]

    @cached_property
    def _stored(self) -> tuple[Any, list[Any], list[Any]]:
        """Where targets have labels, what is summed of them alone and what is multiplied by personas' columns, each
        (targets, items); sparse where most are missing."""
        there, q = (~np.isnan(self.right[..., 0])).astype(np.float64), zeroed(self.right)
        y = q if self.likeness == "kappa" else q @ label_vectors(self.level, self.values)
        columns = [stored(np.ascontiguousarray(y[..., d]), there) for d in range(y.shape[2])]
        square = [] if self.likeness == "kappa" else [sum(column**2 for column in columns)]
        return stored(there, there), [*square, *columns[: self.dims]], self._crossed(columns)

    def totals(self) -> Sums:
        """Return the sum of `rows` over all items: products of matrices, no row is made."""
        return self._totals_of(self._ours)

    def _totals_of(self, ours: Side) -> Sums:
        """Return `totals` of other personas beside the same targets."""
        there, own, crossed = self._stored
        product: Floats = sum((summed(x.T, y) for x, y in zip(ours.crossed, crossed, strict=True)), np.zeros(1))
        present = ours.there.T
        return Sums(
            product, summed_where(present, there), [summed(x.T, there) for x in ours.own],
            [summed_where(present, y) for y in own],
        )  # fmt: skip

    def of_patchworks(self, who: Ints) -> Floats:
        """Return the similarity to each target of personas that take each item's answer from one of these.

        Args:
            who: (patchworks, items) places of personas.

        Returns:
            (patchworks, targets).
        """
        n_personas, n_items = self.left.shape[:2]
        at = who.T + n_personas * np.arange(n_items)[:, None]  # places in a column, which lies item by item
        taken: dict[int, npt.NDArray[Any]] = {}

        def take(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
            if id(column) not in taken:
                taken[id(column)] = np.take(np.ascontiguousarray(column), at)
            return taken[id(column)]

        ours = self._ours
        there = np.ones(at.shape, dtype=bool) if ours.there.all() else take(ours.there)
        return self.similarity(self._totals_of(Side(there, list(map(take, ours.crossed)), list(map(take, ours.own)))))

    def solve(self, sums: Floats) -> Floats:
        """Return the similarity of summed rows (..., width); NaN where it is undefined."""
        ours, theirs = ([sums[..., self.width + at - by * self.dims] for at in range(self.dims)] for by in (2, 1))
        if self.likeness == "kappa":
            return self.similarity(Sums(sums[..., 0], sums[..., 1], ours, theirs))
        n = sums[..., 3] if self.likeness == "centred" else np.ones(1)  # a plain cosine has no use for it
        ours, theirs = [sums[..., 1], *ours], [sums[..., 2], *theirs]
        return self.similarity(Sums(sums[..., 0], n, ours, theirs))

    def similarity(self, sums: Sums) -> Floats:
        """Return the similarity of sums over items, of the shape that these spread to; NaN where it is undefined."""
        product, n, ours, theirs = sums
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.likeness == "kappa":
                expected = sum(x * y for x, y in zip(ours, self._crossed(theirs), strict=True)) / n
                return np.where(expected > TINY * n, 1 - product / expected, np.nan)
            (xx, *x), (yy, *y) = ours, theirs
            if self.likeness == "cosine":
                defined = (xx > 0) & (yy > 0)
            else:
                raw_x, raw_y = xx, yy
                product = product - sum(one * other for one, other in zip(x, y, strict=True)) / n
                xx, yy = raw_x - sum(one**2 for one in x) / n, raw_y - sum(one**2 for one in y) / n
                defined = (xx > TINY * raw_x) & (yy > TINY * raw_y)
            return np.where(defined, np.clip(product / np.sqrt(np.where(defined, xx * yy, 1.0)), -1, 1), np.nan)

    @cached_property
    def now(self) -> Floats:
        """Return the similarity of every cell, (personas, targets)."""
        return self.similarity(self.totals())

    @cached_property
    def acceleration(self) -> Floats:
        """Return the acceleration of every cell, (personas, targets); see engine.measures.accelerated."""
        return acceleration(self._ours, self._theirs, self.similarity)

    def draws(self, resamples: int, seed: int) -> Floats:
        """Return every cell's similarity under a bootstrap over items, (resamples, personas, targets).

        One seed gives all cells the same items, so cells can be compared draw by draw.
        """
        return drawn(self._ours, self._theirs, self.similarity, resamples, seed)

    def why_undefined(self) -> npt.NDArray[np.object_]:
        """Return the reason why each cell has no value, (personas, targets); '' where it has one."""
        values, n = self.now, self.n_items
        notes = np.full(values.shape, "", dtype=object)
        for p, a in np.argwhere(np.isnan(values)):
            notes[p, a] = self._reason(int(p), int(a), int(n[p, a]))
        return notes

    def _reason(self, p: int, a: int, n_items: int) -> str:
        ours, theirs = self.present
        if not ours[p].any() or not theirs[a].any():
            return "the persona has no label" if not ours[p].any() else "the person or group has no label"
        if n_items == 0:
            return "no item that both have a label for"
        if self.likeness == "kappa":
            return "one label in use by both: no disagreement to expect by chance"
        both = (ours[p] * theirs[a]) > 0
        vectors = label_vectors(self.level, self.values)
        sides = {"persona": self.left[p][both] @ vectors, "person or group": self.right[a][both] @ vectors}
        still = [name for name, x in sides.items() if np.allclose(x, x[0] if self.likeness == "centred" else 0.0)]
        what = "a constant vector has no direction" if self.likeness == "centred" else "all values 0: no direction"
        return f"constant labels of the {' and the '.join(still) or 'pair'}: {what}"


def pairs_of(voices: Voices, targets: Targets, likeness: str) -> Pairs:
    """Return personas beside targets under one measure.

    Raises:
        InputError: an unknown measure.
    """
    check_likeness(likeness)
    return Pairs(likeness, voices.level, voices.values, voices.of_items(), targets.shares)
