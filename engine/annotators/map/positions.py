"""Positions: annotators and personas as vectors of one space, and the same when other items had been asked.

Every space here is a function of weights, one an item: weights of 1 give the positions, weights drawn by a bootstrap
give a replicate. Positions are centred, because what moves everybody alike says nothing of who stands near whom, and
are told in coordinates along the principal axes of the points, which keep all distances between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from engine.annotators.map.points import Floats, Mask, Points
from engine.annotators.models.composite import composite_embeddings
from engine.errors import InputError
from engine.measures.similarity import label_vectors

Space = Literal["composite", "labels", "tokens", "descriptions"]
SPACES: tuple[Space, ...] = ("composite", "labels", "tokens", "descriptions")
Vectors = Any
"""(points, dimensions), centred: an array, or a sparse matrix where most cells are empty."""
FLAT = 1e-9
"""Axes whose length is below this share of the longest one's are rounding."""
GRAIN = 9
"""Digits kept of a coordinate as a share of the largest."""


@dataclass(frozen=True)
class ItemSpace:
    """A space that is made of items."""

    space: Space
    weighted: Callable[[Floats], Vectors]
    """Centred vectors of the points under weights (items,)."""
    note: str = ""
    """What a reader must know of the space."""


@dataclass(frozen=True)
class Positions:
    """Points in a space."""

    points: Points
    space: Space
    coordinates: Floats
    """(points, axes): distances between rows are those of the space."""
    axes: Floats
    """(dimensions, axes): principal axes of the points in the space, of length 1."""
    weighted: Callable[[Floats], Vectors] | None
    """Centred vectors under weights (items,); None where the space is not made of items."""
    others: Floats
    """(seeds - 1, points, axes): positions of further trainings, turned onto these; empty without."""
    note: str = ""
    """What a reader must know of the space."""

    def under(self, weights: Floats) -> Floats:
        """Return (points, axes) where the items had these weights; NaN for a point none of whose items has any.

        What lies outside the axes is left out: it moves a point away from all others alike.
        """
        assert self.weighted is not None
        moved: Floats = np.asarray(self.weighted(weights) @ self.axes, dtype=np.float64)
        rows = np.bincount(self.points.point, weights[self.points.item], minlength=len(self.points))
        moved[rows <= 0] = np.nan
        return steady(moved)


def positions_of(points: Points, made: ItemSpace) -> Positions:
    """Return the positions of points whose vectors are a function of the items' weights."""
    coordinates, axes = principal_axes(made.weighted(np.ones(len(points.items))))
    none = np.zeros((0, *coordinates.shape))
    return Positions(points, made.space, steady(coordinates), axes, made.weighted, none, made.note)


def composite_space(points: Points, embeddings: npt.ArrayLike) -> ItemSpace:
    """Place each annotator at its mean text embedding a label, joined (Sarumi et al., 2024.naacl-long.59).

    A label that somebody never gave has no mean; there the mean over those who gave it stands, which is neutral.

    Args:
        points: on these items.
        embeddings: (items, dimensions) of the points' items, all finite.
    """
    texts = np.asarray(embeddings, dtype=np.float32)
    n_labels = len(points.task.labels)

    def weighted(weights: Floats) -> Vectors:
        times = weights.astype(np.int64)[points.item]
        rows = np.repeat(np.arange(len(points.item)), times)
        item, point, label = points.item[rows], points.point[rows], points.label[rows]
        means = composite_embeddings(item, point, label, texts, len(points), n_labels).astype(np.float64)
        given = np.bincount(point * n_labels + label, minlength=len(points) * n_labels).reshape(-1, n_labels) > 0
        centred = means - (means * given[..., None]).sum(axis=0) / np.maximum(given.sum(axis=0), 1)[:, None]
        return np.where(given[..., None], centred, 0.0).reshape(len(points), n_labels * texts.shape[1])

    given = np.bincount(points.point * n_labels + points.label, minlength=len(points) * n_labels) > 0
    missing = int((~given).sum())
    note = (
        f"{missing:,} of {given.size:,} pairs of annotator and label have no text, as that annotator never gave that "
        "label; there the mean over the others stands"
    )
    return ItemSpace("composite", weighted, note if missing else "")


def label_space(points: Points) -> ItemSpace:
    """Place each annotator at its labels: a squared distance is the mean squared difference of labels an item.

    Labels are one coordinate an item (nominal ones of three or more: one a label), scaled so that the two labels
    farthest from each other differ by 1. A missing cell stands at the item's mean over annotators: neutral, but it
    draws annotators with few labels to the middle of the map.
    """
    from scipy.sparse import csr_array

    vectors = label_vectors(points.task.level, points.task.values)
    apart = np.sqrt(((vectors[:, None] - vectors[None]) ** 2).sum(axis=-1).max())
    given = vectors[points.label] / max(apart, np.finfo(float).tiny)  # (rows, dims)
    n_items, dims = len(points.items), given.shape[1]
    count = np.maximum(np.bincount(points.item, minlength=n_items), 1)
    mean = np.stack([np.bincount(points.item, column, minlength=n_items) / count for column in given.T], axis=1)
    cells = (given - mean[points.item]) / np.sqrt(n_items)
    columns = points.item[:, None] * dims + np.arange(dims)
    shape = (len(points), n_items * dims)
    centred = csr_array((cells.ravel(), (np.repeat(points.point, dims), columns.ravel())), shape=shape)

    def weighted(weights: Floats) -> Vectors:
        drawn = centred.copy()
        drawn.data *= np.repeat(weights, dims)[drawn.indices]
        return drawn

    filled = 1 - len(points.item) / max(len(points) * n_items, 1)
    note = f"{filled:.0%} of the cells have no label; there the item's mean over annotators stands"
    return ItemSpace("labels", weighted, note if filled > 0 else "")


def given_positions(points: Points, space: Space, vectors: npt.ArrayLike) -> Positions:
    """Place annotators at vectors that somebody learned or embedded.

    Args:
        points: to place.
        space: tokens or descriptions.
        vectors: (points, dimensions) or (seeds, points, dimensions), all finite. The first seed's are the positions;
            further ones are turned onto them (orthogonal Procrustes), since a training's axes have no names.
    """
    from scipy.linalg import orthogonal_procrustes

    array = np.asarray(vectors, dtype=np.float64)
    array = array if array.ndim == 3 else array[None]
    array = array - array.mean(axis=1, keepdims=True) if len(points) else array
    coordinates, axes = principal_axes(array[0])
    turned = [seed @ orthogonal_procrustes(seed, array[0])[0] @ axes for seed in array[1:]]
    others = np.array(turned).reshape(len(turned), *coordinates.shape)
    return Positions(points, space, coordinates, axes, None, others)


def principal_axes(vectors: Vectors) -> tuple[Floats, Floats]:
    """Return coordinates (points, axes) of centred vectors along their principal axes, and the axes (dims, axes).

    Axes come longest first; each one's sign is that in which its largest coordinate is positive.
    """
    gram = vectors @ vectors.T
    gram = np.asarray(gram.toarray() if hasattr(gram, "toarray") else gram, dtype=np.float64)
    if not len(gram):
        return np.zeros((0, 0)), np.zeros((vectors.shape[1], 0))
    squares, sides = np.linalg.eigh(gram)
    squares, sides = squares[::-1], sides[:, ::-1]
    long_enough = squares > max(float(squares[0]), 0.0) * FLAT
    lengths, sides = np.sqrt(squares[long_enough]), sides[:, long_enough]
    if not sides.shape[1]:
        return np.zeros((len(gram), 0)), np.zeros((vectors.shape[1], 0))
    largest = sides[np.abs(sides).argmax(axis=0), np.arange(sides.shape[1])]
    sides = sides * np.sign(largest)
    return sides * lengths, np.asarray(vectors.T @ (sides / lengths), dtype=np.float64)


def steady(coordinates: Floats) -> Floats:
    """Return coordinates without the last digits, which arithmetic adds: points that are one place are equal."""
    size = float(np.abs(coordinates[~np.isnan(coordinates)]).max(initial=0.0))
    return np.round(coordinates / size, GRAIN) * size if size > 0 else coordinates


def check_vectors(vectors: npt.ArrayLike, n_rows: int, what: str, rows: str) -> Floats:
    """Return vectors (..., rows, dimensions) as an array, or raise InputError where they do not fit.

    Args:
        vectors: of the caller.
        n_rows: that there must be.
        what: name of the argument.
        rows: what a row is, for the message.
    """
    array = np.asarray(vectors)
    allowed = (2, 3) if what == "tokens" else (2,)
    if array.ndim not in allowed or array.shape[-2] != n_rows or not np.issubdtype(array.dtype, np.number):
        raise InputError(
            f"{what} has the shape {array.shape} and the type {array.dtype}. Expected numbers, one row for each of the "
            f"{n_rows:,} {rows}, in their order."
        )
    return array


def finite_rows(vectors: Floats) -> Mask:
    """(rows,) whether each row is finite in all layers."""
    finite = np.isfinite(vectors).all(axis=-1)
    return np.asarray(finite.all(axis=0) if finite.ndim == 2 else finite)
