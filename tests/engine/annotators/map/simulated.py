"""Annotators whose truth is known: camps that judge a direction of the texts each their own way."""

from __future__ import annotations

import numpy as np

from engine.annotators.annotations import Annotations
from engine.corpora import Task

TASK = Task(name="simulated", kind="simulated", labels=("0", "1"))


def texts(n_items: int = 200, dims: int = 12, seed: int = 0) -> np.ndarray:
    """Embeddings of length 1, (items, dims)."""
    embeddings = np.random.default_rng(seed).normal(size=(n_items, dims))
    return (embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)).astype(np.float32)


def camps_of(n: int, camps: int = 2) -> np.ndarray:
    return np.arange(n) % camps


def codes_of(
    embeddings: np.ndarray, camps: np.ndarray, strength: float = 4.0, seed: int = 0, missing: float = 0.0
) -> np.ndarray:
    """(annotators, items) labels: chance by the direction of the camp, times strength; -1 missing."""
    rng = np.random.default_rng(seed)
    directions = np.eye(embeddings.shape[1])[: camps.max() + 1] * np.sqrt(embeddings.shape[1])
    chance = 1 / (1 + np.exp(-strength * (embeddings @ directions.T).T[camps]))
    codes = (rng.random(chance.shape) < chance).astype(np.int64)
    return np.where(rng.random(chance.shape) < missing, -1, codes)


def annotations(
    codes: np.ndarray,
    source: str = "people",
    groups: tuple[str, ...] = (),
    people: tuple[str, ...] = (),
    task: Task = TASK,
    items: tuple[str, ...] = (),
) -> Annotations:
    """Annotations from codes (annotators, items); personas stand for the people named."""
    n, n_items = codes.shape
    names = tuple(f"{source}-{i}" for i in range(n))
    annotator, item = np.nonzero(codes >= 0)
    is_person = source == "people"
    return Annotations(
        name="simulated", source=source, task=task,  # type: ignore[arg-type]
        items=items or tuple(f"i{i}" for i in range(n_items)), texts=("",) * n_items, splits=("",) * n_items,
        annotators=names, groups=groups or ("",) * n, people=people or (names if is_person else ("",) * n),
        attributes=({},) * n, descriptions=("",) * n if is_person else tuple(f"persona {i}" for i in range(n)),
        item=item, annotator=annotator, label=codes[annotator, item],
    )  # fmt: skip
