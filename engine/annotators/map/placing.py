"""Placing people and personas in a space: from labels and vectors to everybody's position."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Annotations, on_common_items
from engine.annotators.map.points import Points, points_of
from engine.annotators.map.positions import (
    ItemSpace,
    Positions,
    check_vectors,
    composite_space,
    finite_rows,
    given_positions,
    label_space,
    positions_of,
)
from engine.errors import InputError


def placed(
    sides: tuple[Annotations, ...],
    space: str,
    min_labels: int,
    embeddings: npt.ArrayLike | None,
    tokens: npt.ArrayLike | None,
    descriptions: npt.ArrayLike | None,
) -> tuple[Positions, Callable[[Points], ItemSpace] | None]:
    """Return everybody's place, and what makes the space of other labels where it is made of items.

    Args:
        sides: people, personas, or both.
        space: one of `SPACES`.
        min_labels: annotators with fewer labels are left out and counted.
        embeddings, tokens, descriptions: vectors, as `annotator_map` takes them; those that the space is made of.

    Raises:
        InputError: vectors are missing or do not fit, or the sides have no items in common.
    """
    if space == "descriptions":
        return _of_descriptions(sides, descriptions), None
    common = on_common_items(*sides)
    points = points_of(common, min_labels)
    if space == "labels":
        return positions_of(points, label_space(points)), label_space
    if space == "tokens":
        n_annotators = sum(len(side.annotators) for side in sides)
        vectors = check_vectors(_needed(tokens, "tokens", space), n_annotators, "tokens", "people, then personas")
        points = points.where(finite_rows(vectors)[points.place], "annotators whose token is not finite")
        return given_positions(points, "tokens", vectors[..., points.place, :]), None
    texts = check_vectors(_needed(embeddings, "embeddings", space), len(sides[0].items), "embeddings", "items")
    finite = finite_rows(texts)
    if not finite.all():
        whole = [name for name, is_finite in zip(sides[0].items, finite, strict=True) if is_finite]
        common = tuple(side.of_items(set(whole)) for side in common)
        points = points_of(common, min_labels)
        points = _with_dropped(points, {"items whose embedding is not finite": int((~finite).sum())})
        texts = np.where(finite[:, None], texts, 0.0)
    places = [sides[0].item_place[name] for name in points.items]
    make = partial(composite_space, embeddings=texts[places])
    return positions_of(points, make(points)), make


def _of_descriptions(sides: tuple[Annotations, ...], descriptions: npt.ArrayLike | None) -> Positions:
    """Personas have texts, people have none: they are counted."""
    personas = [side for side in sides if side.source == "personas"]
    if not personas:
        raise InputError(
            "the space 'descriptions' is made of the personas' texts, and there are no personas. Give them."
        )
    array = _needed(descriptions, "descriptions", "descriptions")
    vectors = check_vectors(array, len(personas[0].annotators), "descriptions", "personas")
    points = points_of(personas[:1], 0)
    described = np.array([bool(text) for text in personas[0].descriptions], dtype=bool)
    points = points.where(described, "personas without a description")
    points = points.where(finite_rows(vectors)[points.place], "personas whose description's vector is not finite")
    people = sum(len(side.annotators) for side in sides if side.source == "people")
    points = _with_dropped(points, {"people, who have no description": people} if people else {})
    return given_positions(points, "descriptions", vectors[points.place])


def _needed(vectors: npt.ArrayLike | None, name: str, space: str) -> npt.ArrayLike:
    if vectors is None:
        raise InputError(f"the space {space!r} needs {name}, and none were given. Pass {name}=..., or use 'labels'.")
    return vectors


def _with_dropped(points: Points, dropped: Mapping[str, int]) -> Points:
    return replace(points, dropped=dict(points.dropped) | dict(dropped))
