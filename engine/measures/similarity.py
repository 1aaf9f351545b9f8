"""Similarity of a persona and a person or group: what alignment, own-person and prototypes are made of.

Every measure here is a function of sums over items, so a resample of items is a weighted sum of rows, one row an item
and cell (persona x target), and a thousand resamples are one matrix product. `Pairs` makes rows, `solve` turns summed
rows into similarities.

Whom personas are set beside, an annotator or a group, is in engine.measures.targets.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from engine.errors import InputError
from engine.measures.accelerated import acceleration_of
from engine.measures.coincidence import Floats, Ints
from engine.measures.products import products, stored, summed, summed_where
from engine.measures.resampling import resampled_sums
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

    def rows(self, targets: slice | None = None) -> Floats:
        """Return what each item adds, (items, personas, targets, width).

        cosine: xy, xx, yy. centred: those, 1, x, y. kappa: expected squared distance, 1, p, q. All 0 where either side
        has no label.
        """
        chosen = slice(None) if targets is None else targets
        ours, theirs = self.present[0], self.present[1][chosen]
        p, q = zeroed(self.left), zeroed(self.right[chosen])
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
    def _columns(self) -> tuple[Any, list[Any]]:
        """Where targets have labels, and each coordinate of these, (targets, items); sparse where most are missing."""
        there, q = self.present[1], zeroed(self.right)
        y = q if self.likeness == "kappa" else q @ label_vectors(self.level, self.values)
        coordinates = [np.ascontiguousarray(y[..., d]) for d in range(y.shape[2])]
        return stored(there, there), [stored(column, there) for column in coordinates]

    def totals(self) -> Floats:
        """Return the sum of `rows` over all items, (personas, targets, width): products of matrices, no row is made."""
        return self._totals_of(self.left)

    def _totals_of(self, left: Floats) -> Floats:
        """Return `totals` of other personas (personas, items, labels) beside the same targets."""
        there, y = self._columns
        ours, p = ~np.isnan(left[..., 0]), zeroed(left)
        x = p if self.likeness == "kappa" else p @ label_vectors(self.level, self.values)
        first = p @ label_distances(self.level, self.values) if self.likeness == "kappa" else x
        columns = [sum(summed(first[..., d], of_label) for d, of_label in enumerate(y))]
        if self.likeness != "kappa":
            columns.append(summed(total(x**2, 2), there))
            columns.append(summed_where(ours, sum(of_label**2 for of_label in y)))
        if self.likeness != "cosine":
            columns.append(summed_where(ours, there))
            columns += [summed(x[..., d], there) for d in range(self.dims)]
            columns += [summed_where(ours, of_label) for of_label in y]
        return np.stack(columns, axis=2)

    def of_others(self, left: Floats) -> Floats:
        """Return the similarity (personas, targets) of other personas (personas, items, labels) to these targets."""
        return self.solve(self._totals_of(left))

    def solve(self, sums: Floats) -> Floats:
        """Return the similarity of summed rows (..., width); NaN where it is undefined."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.likeness == "kappa":
                ours, theirs = sums[..., 2 : 2 + self.dims], sums[..., 2 + self.dims :]
                distances = label_distances(self.level, self.values)
                expected = np.einsum("...k,kl,...l->...", ours, distances, theirs, optimize=True) / sums[..., 1]
                return np.where(expected > TINY * sums[..., 1], 1 - sums[..., 0] / expected, np.nan)
            xy, xx, yy = sums[..., 0], sums[..., 1], sums[..., 2]
            if self.likeness == "centred":
                ours, theirs = sums[..., 4 : 4 + self.dims], sums[..., 4 + self.dims :]
                n, raw_x, raw_y = sums[..., 3], xx, yy
                xy = xy - (ours * theirs).sum(axis=-1) / n
                xx, yy = raw_x - (ours**2).sum(axis=-1) / n, raw_y - (theirs**2).sum(axis=-1) / n
                defined = (xx > TINY * raw_x) & (yy > TINY * raw_y)
            else:
                defined = (xx > 0) & (yy > 0)
            return np.where(defined, np.clip(xy / np.sqrt(np.where(defined, xx * yy, 1.0)), -1, 1), np.nan)

    @cached_property
    def now(self) -> Floats:
        """Return the similarity of every cell, (personas, targets)."""
        return self.solve(self.totals())

    @cached_property
    def acceleration(self) -> Floats:
        """Return the acceleration of every cell, (personas, targets); see engine.measures.accelerated."""
        found = []
        for part in self.parts(1):
            rows = self.rows(part)
            found.append(acceleration_of(self.solve(rows.sum(axis=0) - rows)))
        return np.concatenate(found, axis=1)

    def draws(self, resamples: int, seed: int) -> Floats:
        """Return every cell's similarity under a bootstrap over items, (resamples, personas, targets).

        One seed gives all cells the same items, so cells can be compared draw by draw.
        """
        ours, theirs = self.present
        if ours.all() and theirs.all() and self.left.shape[1]:
            return self._draws_of_complete(resamples, seed)
        found = []
        for part in self.parts(resamples):
            rows = self.rows(part)
            sums = resampled_sums(rows.reshape(len(rows), math.prod(rows.shape[1:])), None, resamples, seed)
            found.append(self.solve(sums.reshape(resamples, *rows.shape[1:])))
        return np.concatenate(found, axis=2)

    def _draws_of_complete(self, resamples: int, seed: int) -> Floats:
        """Return `draws` where every label is there: what belongs to one side is summed once, not for every cell."""
        (n_personas, n_items, _), n_targets = self.left.shape, len(self.right)
        ours, theirs = (self._own_columns(side) for side in (self.left, self.right))
        width = ours.shape[2]
        columns = np.concatenate([ours.reshape(n_items, -1), theirs.reshape(n_items, -1)], axis=1)
        own = resampled_sums(columns, None, resamples, seed).reshape(resamples, n_personas + n_targets, width)
        found = []
        for part in self.parts(resamples):
            rows = self._cross(part)
            sums = np.empty((resamples, *rows.shape[1:], self.width))
            drawn = resampled_sums(rows.reshape(n_items, -1), None, resamples, seed)
            sums[..., 0] = drawn.reshape(resamples, *rows.shape[1:])
            x, y = own[:, :n_personas, None], own[:, n_personas:][:, part][:, None]
            if self.likeness == "kappa":
                sums[..., 1] = n_items
            else:
                sums[..., 1], sums[..., 2] = x[..., 0], y[..., 0]
                x, y = x[..., 1:], y[..., 1:]
            if self.likeness == "centred":
                sums[..., 3] = n_items
            if self.dims:
                sums[..., -2 * self.dims : -self.dims], sums[..., -self.dims :] = x, y
            found.append(self.solve(sums))
        return np.concatenate(found, axis=2)

    def _own_columns(self, side: Floats) -> Floats:
        """Return what each item adds to the part of a row that one side decides, (items, raters, columns)."""
        if self.likeness == "kappa":
            return np.ascontiguousarray(side.transpose(1, 0, 2))
        x = (side @ label_vectors(self.level, self.values)).transpose(1, 0, 2)
        square = (x**2).sum(axis=2, keepdims=True)
        return square if self.likeness == "cosine" else np.concatenate([square, x], axis=2)

    def _cross(self, targets: slice) -> Floats:
        """Return what each item adds to the first number of a row, (items, personas, targets)."""
        p, q = self.left, self.right[targets]
        if self.likeness == "kappa":
            return products(p @ label_distances(self.level, self.values), q)
        vectors = label_vectors(self.level, self.values)
        return products(p @ vectors, q @ vectors)

    def parts(self, resamples: int) -> Iterator[slice]:
        """Cut the targets so that one part's rows and resampled sums stay small."""
        n_personas, n_items, _ = self.left.shape
        step = max(1, CELLS_AT_ONCE // max(1, max(n_items, resamples) * n_personas * self.width))
        for start in range(0, max(1, len(self.right)), step):
            yield slice(start, start + step)

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
