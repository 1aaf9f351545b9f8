"""Points: who is on the map, people and personas together, and the labels that place them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import NONE, Annotations, Ints
from engine.corpora.corpus import Task

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Points:
    """Annotators of one or two sides on the same items; a person and a persona may share a name."""

    names: tuple[str, ...]
    sources: tuple[str, ...]
    """people or personas."""
    groups: tuple[str, ...]
    """The human group each belongs to or stands for; '' where none."""
    persons: tuple[str, ...]
    """The person a persona stands for; '' where none, and for people."""
    place: Ints
    """(points,) place among the annotators of all sides, one side after the other."""
    items: tuple[str, ...]
    task: Task
    item: Ints
    """(rows,) place in items."""
    point: Ints
    """(rows,) place in names."""
    label: Ints
    """(rows,) place in the task's labels."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Annotators and items that were left out: reason to count."""

    def __len__(self) -> int:
        return len(self.names)

    @property
    def n_labels(self) -> Ints:
        """(points,) labels of each."""
        return np.bincount(self.point, minlength=len(self))

    @property
    def is_person(self) -> Mask:
        """(points,) whether it is a person."""
        return np.array([source == "people" for source in self.sources], dtype=bool)

    def where(self, keep: Mask, reason: str = "") -> Points:
        """Return only the points for which `keep` (points,) is true; the others are counted under the reason."""
        chosen = np.flatnonzero(keep)
        renumbered = np.full(len(self), NONE)
        renumbered[chosen] = np.arange(len(chosen))
        rows = renumbered[self.point] >= 0
        gone = len(self) - len(chosen)
        return replace(
            self,
            names=tuple(self.names[i] for i in chosen),
            sources=tuple(self.sources[i] for i in chosen),
            groups=tuple(self.groups[i] for i in chosen),
            persons=tuple(self.persons[i] for i in chosen),
            place=self.place[chosen],
            item=self.item[rows],
            point=renumbered[self.point[rows]],
            label=self.label[rows],
            dropped=dict(self.dropped) | ({reason: gone} if gone and reason else {}),
        )

    def exchanged(self, seed: int) -> Points:
        """Return the same rows with the points that labelled an item exchanged at random: nobody has a voice left."""
        rng = np.random.default_rng(seed)
        by_item = np.lexsort((np.arange(len(self.item)), self.item))
        shuffled = np.lexsort((rng.random(len(self.item)), self.item))
        label = self.label.copy()
        label[by_item] = self.label[shuffled]
        return replace(self, label=label)


def points_of(sides: Sequence[Annotations], min_labels: int) -> Points:
    """Return the annotators of all sides as points.

    Args:
        sides: on the same items (`on_common_items`), at least one.
        min_labels: those with fewer labels are left out and counted, apart from those with none.
    """
    starts = np.cumsum([0, *(len(side.annotators) for side in sides)])
    points = Points(
        names=tuple(name for side in sides for name in side.annotators),
        sources=tuple(side.source for side in sides for _ in side.annotators),
        groups=tuple(group for side in sides for group in side.groups),
        persons=tuple(person if side.source == "personas" else "" for side in sides for person in side.people),
        place=np.arange(starts[-1]),
        items=sides[0].items,
        task=sides[0].task,
        item=np.concatenate([side.item for side in sides]),
        point=np.concatenate([side.annotator + start for side, start in zip(sides, starts, strict=False)]),
        label=np.concatenate([side.label for side in sides]),
        dropped={f"{side.source}: {reason}": count for side in sides for reason, count in side.dropped.items()},
    )
    if min_labels < 1:
        return points
    points = points.where(points.n_labels > 0, "annotators without a label on these items")
    return points.where(points.n_labels >= min_labels, f"annotators with fewer than {min_labels} labels on these items")
