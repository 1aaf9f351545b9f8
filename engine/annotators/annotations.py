"""Annotations: who said what of which text, people or personas, as annotator models learn it.

Most corpora are sparse (MD-Agreement: 819 people, most with few of 10,753 items), so labels are rows, not a matrix.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from engine.corpora.corpus import Corpus, Item, Task
from engine.errors import InputError
from engine.measures.voices import voices
from engine.runs import human_labels, labels_of
from engine.runs.run_folder import RunFolder

if TYPE_CHECKING:
    import xarray as xr

Ints = npt.NDArray[np.int64]
NONE = -1
"""Code of a label that is not there."""
_DRAWING, _SHUFFLING = 1, 2
"""Streams of random numbers. Were labels drawn and shuffled with the same numbers, shuffling would sort them."""


@dataclass(frozen=True)
class Annotations:
    """Labels of annotators (people or personas) on items, one row a label, in no order that means anything."""

    name: str
    """The corpus or run they come from, with the temperature where one was drawn."""
    source: Literal["people", "personas"]
    task: Task
    items: tuple[str, ...]
    texts: tuple[str, ...]
    """What a text encoder reads of each item: its fields in order, one a line."""
    splits: tuple[str, ...]
    """The corpus's own split of each item; '' where it has none."""
    annotators: tuple[str, ...]
    groups: tuple[str, ...]
    """The human group each annotator belongs to or stands for; '' where none."""
    people: tuple[str, ...]
    """The person each stands for: a persona's annotator ('' where none); a person stands for itself."""
    attributes: tuple[Mapping[str, str], ...]
    """The attributes of each annotator, by name."""
    descriptions: tuple[str, ...]
    """A persona's text; '' for people."""
    item: Ints
    """(rows,) place in items."""
    annotator: Ints
    """(rows,) place in annotators."""
    label: Ints
    """(rows,) place in task.labels."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Cells without a label: reason to count."""

    def __len__(self) -> int:
        return len(self.label)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the task's order; `label` indexes into them."""
        return self.task.labels

    @cached_property
    def item_place(self) -> dict[str, int]:
        """Place of each item by its id."""
        return {name: i for i, name in enumerate(self.items)}

    def where(self, rows: npt.NDArray[np.bool_] | Ints) -> Annotations:
        """Return the same annotators and items with only some rows: a mask or places."""
        return replace(self, item=self.item[rows], annotator=self.annotator[rows], label=self.label[rows])

    def of_items(self, items: Collection[str]) -> Annotations:
        """Return only the rows of these items; items and annotators keep their places."""
        names = frozenset(items)
        wanted = np.array([name in names for name in self.items], dtype=bool)
        return self.where(wanted[self.item])

    def of_annotators(self, annotators: Sequence[str]) -> Annotations:
        """Return only these annotators, in this order, with their rows; items keep their places.

        Raises:
            InputError: one of them is not there, or is named twice.
        """
        place = {name: i for i, name in enumerate(self.annotators)}
        if unknown := [name for name in annotators if name not in place]:
            raise InputError(
                f"{unknown[0]!r} is not among the {len(place):,} annotators of {self.name}. Check its spelling."
            )
        if len(set(annotators)) != len(annotators):
            raise InputError(f"{len(annotators):,} annotators were named, some of them twice. Name each once.")
        chosen = [place[name] for name in annotators]
        renumbered = np.full(len(place), NONE)
        renumbered[chosen] = np.arange(len(chosen))
        rows = renumbered[self.annotator] >= 0
        return replace(
            self,
            annotators=tuple(annotators),
            groups=tuple(self.groups[i] for i in chosen),
            people=tuple(self.people[i] for i in chosen),
            attributes=tuple(self.attributes[i] for i in chosen),
            descriptions=tuple(self.descriptions[i] for i in chosen),
            item=self.item[rows],
            annotator=renumbered[self.annotator[rows]],
            label=self.label[rows],
        )

    def shuffled_annotators(self, seed: int) -> Annotations:
        """Return the same labels with the annotators' names exchanged within each item, at random.

        What is left is what an annotator model can learn without anybody having a voice of their own: the null. Items
        with one label keep it.
        """
        rng = np.random.default_rng([seed, _SHUFFLING])
        by_item = np.lexsort((np.arange(len(self)), self.item))
        shuffled = np.lexsort((rng.random(len(self)), self.item))
        label = self.label.copy()
        label[by_item] = self.label[shuffled]
        return replace(self, label=label)


def annotations_of_people(corpus: Corpus) -> Annotations:
    """Return what the people of a corpus said; where one gave an item several different labels, none (counted)."""
    human = human_labels(corpus)
    annotator, item = np.nonzero(human.to_numpy() >= 0)
    names = tuple(a.annotator_id for a in corpus.annotators)
    return Annotations(
        name=corpus.name,
        source="people",
        task=corpus.task,
        items=tuple(i.item_id for i in corpus.items),
        texts=tuple(text_of(i) for i in corpus.items),
        splits=tuple(i.split for i in corpus.items),
        annotators=names,
        groups=tuple(a.group or "" for a in corpus.annotators),
        people=names,
        attributes=tuple(a.attributes for a in corpus.annotators),
        descriptions=("",) * len(names),
        item=item,
        annotator=annotator,
        label=human.to_numpy()[annotator, item].astype(np.int64),
        dropped=dict(human.attrs["dropped"]),
    )


def annotations_of_personas(
    run: RunFolder,
    corpus: Corpus,
    temperature: float | None = None,
    personas: Sequence[str] | None = None,
    seed: int = 0,
) -> Annotations:
    """Return one label a persona and item: drawn at a temperature from an exact run, the first answer of a sampled one.

    Args:
        run: finished or not; what it has no label for is left out and counted.
        corpus: that it labelled; gives texts and splits.
        temperature: 0 to 2 for an exact run (None: 1; 0: the likeliest label); of a sampled run one of its own.
        personas: ids, in this order; None: all.
        seed: of the draws.

    Raises:
        InputError: run and corpus share no items, or a persona or temperature that the run does not have.
    """
    manifest = run.manifest()
    items = [name for name in manifest.item_ids if name in corpus.item_by_id]
    if not items:
        raise InputError(
            f"run {manifest.run_id!r} labelled the corpus {manifest.corpus.name!r}, and {corpus.name!r} has none of "
            "its items: they do not belong together. Name the corpus that the run labelled."
        )
    exact = manifest.spec.mode == "exact"
    labels = labels_of(run)
    said = voices(labels, temperature, personas, items)
    codes = _drawn(said.of_items(), seed) if exact else _first(labels, said.temperature, said.personas, items)
    known = {p.persona_id: p for p in manifest.personas}
    chosen = [known[name] for name in said.personas]
    annotator, item = np.nonzero(codes >= 0)
    elsewhere = (len(manifest.item_ids) - len(items)) * len(chosen)
    dropped = {"no label": int((codes < 0).sum()), "on items that the corpus lacks": elsewhere}
    return Annotations(
        name=f"{manifest.run_id} at temperature {said.temperature:g}",
        source="personas",
        task=manifest.task,
        items=tuple(items),
        texts=tuple(text_of(corpus.item_by_id[name]) for name in items),
        splits=tuple(corpus.item_by_id[name].split for name in items),
        annotators=said.personas,
        groups=tuple(p.group or "" for p in chosen),
        people=tuple(p.annotator or "" for p in chosen),
        attributes=tuple(p.attributes for p in chosen),
        descriptions=tuple(p.text for p in chosen),
        item=item,
        annotator=annotator,
        label=codes[annotator, item].astype(np.int64),
        dropped={reason: count for reason, count in dropped.items() if count},
    )


def text_of(item: Item) -> str:
    """Return what a text encoder reads of an item: its fields in order, one a line."""
    return "\n".join(item.fields.values())


def on_common_items(*sides: Annotations) -> tuple[Annotations, ...]:
    """Return each with only the items that all have labels of, in the first one's order.

    Raises:
        InputError: they share no items, or were asked for different labels; the message names them.
    """
    first = sides[0]
    for other in sides[1:]:
        if other.labels != first.labels:
            raise InputError(
                f"{first.name} has the labels {list(first.labels)} and {other.name} {list(other.labels)}: they do not "
                "belong together. Compare a run with the corpus and task it labelled."
            )
    labelled = [{side.items[i] for i in np.unique(side.item)} for side in sides]
    common = tuple(name for name in first.items if all(name in names for names in labelled))
    if not common:
        raise InputError(
            f"no item has labels in all of {', '.join(side.name for side in sides)}. Compare a run with the corpus "
            "it labelled."
        )
    return tuple(_only_items(side, common) for side in sides)


def _only_items(side: Annotations, items: tuple[str, ...]) -> Annotations:
    places = [side.item_place[name] for name in items]
    renumbered = np.full(len(side.items), NONE)
    renumbered[places] = np.arange(len(items))
    rows = renumbered[side.item] >= 0
    elsewhere = int((~rows).sum())
    return replace(
        side,
        items=items,
        texts=tuple(side.texts[i] for i in places),
        splits=tuple(side.splits[i] for i in places),
        item=renumbered[side.item[rows]],
        annotator=side.annotator[rows],
        label=side.label[rows],
        dropped=dict(side.dropped) | ({"on items that the other side lacks": elsewhere} if elsewhere else {}),
    )


def _drawn(probability: npt.NDArray[np.float64], seed: int) -> Ints:
    """Return (personas, items) labels drawn from distributions (personas, items, labels); -1 where there is none."""
    rng = np.random.default_rng([seed, _DRAWING])
    place = rng.random(probability.shape[:2])
    missing = np.isnan(probability[..., 0])
    ends = np.cumsum(np.where(missing[..., None], 0.0, probability), axis=-1)
    # The last label with any probability takes what rounding leaves above the sum.
    top = probability.shape[-1] - 1 - np.argmax(np.where(missing[..., None], 1.0, probability)[..., ::-1] > 0, axis=-1)
    codes = np.minimum((place[..., None] >= ends).sum(axis=-1), top)
    return np.where(missing, NONE, codes)


def _first(labels: xr.Dataset, temperature: float, personas: Sequence[str], items: Sequence[str]) -> Ints:
    """Return (personas, items): the first answer of a sampled run that holds a label, over wordings and repeats."""
    code = labels["code"].sel(temperature=temperature, persona=list(personas), item=list(items))
    flat = code.transpose("persona", "item", "wording", "repeat").to_numpy()
    flat = flat.reshape(*flat.shape[:2], -1).astype(np.int64)
    first = np.argmax(flat >= 0, axis=-1)
    return np.take_along_axis(flat, first[..., None], axis=-1)[..., 0]
