"""Simulated annotators whose differences are known, and a Trainer that takes their items' vectors as given.

Each text is a vector x ~ N(0, I). An annotator a says what w_a . x + b_a + noise comes to: cut at quantiles where there
are two labels or ordered ones, else the likeliest of one such number a label. `direction` says how far the w_a part
(0: all the same, 1: nothing in common), `bias` how far the b_a do (0: all the same).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.annotators.texts.encoders import Embeddings
from engine.annotators.training.trainer import Trainer
from engine.corpora.corpus import Task

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """Labels and what made them."""

    annotations: Annotations
    vectors: Floats32
    """(items, dimensions) of the items' texts."""
    table: dict[str, Floats32]
    """Text -> vector, of items and of descriptions."""
    weights: Floats
    """(annotators, axes, dimensions): what of a text each reacts to; one axis where labels are ordered."""
    biases: Floats
    """(annotators, axes)."""
    noise: float


def simulate(
    seed: int = 0,
    *,
    n_items: int = 300,
    n_annotators: int = 8,
    labels: Sequence[str] = ("no", "yes"),
    level: Literal["nominal", "ordinal"] = "nominal",
    bias: float = 0.0,
    direction: float = 0.0,
    noise: float = 0.3,
    share: float = 1.0,
    n_groups: int = 2,
    by_group: bool = False,
    own_splits: bool = False,
    n_dimensions: int = 8,
) -> World:
    """Return people a0, a1, ... in groups g0, g1, ... by turns, and what they said of items i0, i1, ...

    Args:
        seed: of everything.
        labels, level: two labels count as ordered.
        bias: largest b_a; w_a . x has standard deviation 1.
        direction: 0 to 1, share of w_a that is its own.
        noise: standard deviation, new for every cell.
        share: of cells that have a label.
        by_group: whether annotators of one group are equal: their attribute 'view' then decides, which otherwise names
            the group too but decides nothing; the attribute 'shoe' never does.
        own_splits: whether the items carry train (70 %), dev (10 %) and test.
    """
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n_items, n_dimensions)).astype(np.float32)
    n_axes = 1 if level == "ordinal" or len(labels) == 2 else len(labels)
    group = np.arange(n_annotators) % n_groups
    n_voices = n_groups if by_group else n_annotators
    voice = group if by_group else np.arange(n_annotators)
    common, own = _units(rng, 1, n_axes, n_dimensions), _units(rng, n_voices, n_axes, n_dimensions)
    mixed = np.sqrt(1 - direction) * common + np.sqrt(direction) * own
    weights = (mixed / np.linalg.norm(mixed, axis=-1, keepdims=True))[voice]
    places = [rng.permutation(np.linspace(-1, 1, n_voices)) if n_voices > 1 else np.zeros(1) for _ in range(n_axes)]
    biases = bias * np.stack(places, axis=1)[voice]
    shoes = rng.permutation(np.arange(n_annotators) % 3)
    asked = rng.random((n_annotators, n_items)) < share
    task = Task(name="simulated", kind="simulated", labels=tuple(labels), level=level)
    parts = ["train"] * round(0.7 * n_items) + ["dev"] * round(0.1 * n_items)
    names = tuple(f"a{a}" for a in range(n_annotators))
    empty = np.zeros(0, dtype=np.int64)
    annotations = Annotations(
        name="simulated people", source="people", task=task,
        items=tuple(f"i{i}" for i in range(n_items)), texts=tuple(f"text {i} of world {seed}" for i in range(n_items)),
        splits=tuple((parts + ["test"] * n_items)[:n_items]) if own_splits else ("",) * n_items,
        annotators=names, groups=tuple(f"g{g}" for g in group), people=names,
        attributes=tuple({"view": f"v{g}", "shoe": f"s{s}"} for g, s in zip(group, shoes, strict=True)),
        descriptions=("",) * n_annotators, item=empty, annotator=empty, label=empty,
    )  # fmt: skip
    world = World(annotations, vectors, dict(zip(annotations.texts, vectors, strict=True)), weights, biases, noise)
    return _labelled(world, asked, rng)


def personas_of(
    world: World, seed: int = 100, *, fidelity: float = 1.0, weak: bool = False, noise: float | None = None
) -> World:
    """Return personas of the same items: one a person (strong), or one a group (weak) that speaks as its mean.

    Args:
        world: of people.
        seed: of labels and description vectors.
        fidelity: 1: each speaks as its person or group; 0: all speak as the mean of all; between: the mixture.
        weak: one a group.
        noise: None: the people's.

    Descriptions have vectors in the trainer's table: the persona's own weights, so that they say who it is like.
    """
    rng = np.random.default_rng(seed)
    people = world.annotations
    groups = tuple(sorted(set(people.groups)))
    if weak:
        members = np.array([[name == group for name in people.groups] for group in groups], dtype=float)
        shares = members / members.sum(axis=1, keepdims=True)
    else:
        shares = np.eye(len(people.annotators))
    shares = fidelity * shares + (1 - fidelity) / len(people.annotators)
    names = tuple(f"weak-{g}" for g in groups) if weak else tuple(f"strong-{a}" for a in people.annotators)
    descriptions = tuple(f"You are {name}." for name in names)
    weights = np.einsum("pa,axd->pxd", shares, world.weights)
    its_table = {text: w.mean(axis=0).astype(np.float32) for text, w in zip(descriptions, weights, strict=True)}
    annotations = replace(
        people, name="simulated personas", source="personas", annotators=names,
        groups=groups if weak else people.groups, people=("",) * len(groups) if weak else people.annotators,
        attributes=tuple({"view": f"v{g[1:]}"} for g in groups) if weak else people.attributes,
        descriptions=descriptions,
    )  # fmt: skip
    noise = world.noise if noise is None else noise
    made = World(annotations, world.vectors, world.table | its_table, weights, shares @ world.biases, noise)
    return _labelled(made, np.ones((len(names), len(people.items)), dtype=bool), rng)


@dataclass
class SimulatedTrainer(Trainer):
    """A Trainer that looks texts up instead of reading them."""

    table: dict[str, Floats32] = field(default_factory=dict)

    def vectors_of(self, texts: tuple[str, ...]) -> Embeddings:
        """Return the simulated vectors; KeyError for a text that no world has."""
        return given(np.stack([self.table[text] for text in texts]), self.encoder)


def trainer(*worlds: World, **options: Any) -> SimulatedTrainer:
    """Return a trainer on the CPU that knows the texts of these worlds; options as of Trainer."""
    table = {text: vector for world in worlds for text, vector in world.table.items()}
    digest = hashlib.sha256(b"".join(table[text].tobytes() for text in sorted(table))).hexdigest()
    return SimulatedTrainer(**{"device": "cpu", "encoder": digest, **options}, table=table)


def given(vectors: Floats32, encoder: str) -> Embeddings:
    """Return vectors as an encoder of this name would have given them."""
    return Embeddings(vectors, encoder, identity=encoder, n_truncated=0, n_computed=0, seconds=0.0, device="")


def _units(rng: np.random.Generator, *shape: int) -> Floats:
    drawn = rng.normal(size=shape)
    units: Floats = drawn / np.linalg.norm(drawn, axis=-1, keepdims=True)
    return units


def _labelled(world: World, asked: npt.NDArray[np.bool_], rng: np.random.Generator) -> World:
    """Return the world with labels in the cells asked, (annotators, items)."""
    labels = world.annotations.labels
    heard = np.einsum("axd,id->aix", world.weights, world.vectors.astype(float)) + world.biases[:, None, :]
    heard = heard + world.noise * rng.normal(size=heard.shape)
    cuts = norm.ppf(np.arange(1, len(labels)) / len(labels)) * np.sqrt(1 + world.noise**2)
    codes = (heard > cuts).sum(axis=-1) if heard.shape[-1] == 1 else heard.argmax(axis=-1)
    annotator, item = np.nonzero(asked)
    its = replace(world.annotations, item=item, annotator=annotator, label=codes[annotator, item].astype(np.int64))
    return replace(world, annotations=its)
