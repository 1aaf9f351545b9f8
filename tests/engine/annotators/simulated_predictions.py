"""Predictions of simulated models whose true scores are known, or small enough to count by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.annotators.scores.predictions import Predictions

NAMES = ("text only", "user token", "composite")


def random_predictions(
    seed: int = 0,
    *,
    n_items: int = 40,
    n_annotators: int = 4,
    n_labels: int = 3,
    models: Sequence[str] = NAMES,
    n_seeds: int = 3,
    level: str = "nominal",
    share: float = 0.7,
) -> Predictions:
    """Sparse labels and noisy distributions around them."""
    rng = np.random.default_rng(seed)
    item, annotator = np.nonzero(rng.random((n_items, n_annotators)) < share)
    label = rng.integers(0, n_labels, len(item))
    logits = rng.normal(size=(len(models), n_seeds, len(item), n_labels)) + (np.arange(n_labels) == label[:, None])
    return predictions_of(item, annotator, label, np.exp(logits), models, level=level)


def predictions_of(
    item: np.ndarray,
    annotator: np.ndarray,
    label: np.ndarray,
    weight: np.ndarray,
    models: Sequence[str] = NAMES,
    *,
    level: str = "nominal",
    seen: np.ndarray | None = None,
    **more: object,
) -> Predictions:
    """Predictions of rows with names made up; `weight` (models, seeds, rows, labels) is normalised."""
    probability = (weight / weight.sum(axis=-1, keepdims=True)).astype(np.float32)
    n_labels = weight.shape[-1]
    return Predictions(
        items=tuple(f"i{i}" for i in range(int(item.max(initial=-1)) + 1)),
        annotators=tuple(f"a{a}" for a in range(int(annotator.max(initial=-1)) + 1)),
        labels=tuple("xyzuvw"[:n_labels]), level=level, values=tuple(float(2**k) for k in range(n_labels)),
        item=item.astype(np.int64), annotator=annotator.astype(np.int64), label=label.astype(np.int64),
        seen=np.ones(len(item), dtype=bool) if seen is None else seen, models=tuple(models),
        seeds=tuple(range(weight.shape[1])), probability=probability, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def experiment(
    rng: np.random.Generator,
    n_items: int,
    n_seeds: int,
    *,
    seed_sd: float = 0.3,
    voices: float = 0.8,
    models: Sequence[str] = NAMES[:2],
) -> Predictions:
    """One experiment of a known world: six annotators who part by `voices`; every model but the first knows that.

    Items are drawn from a population; each seed moves all its predictions (seeds are random too), and each model's.
    """
    latent, places = rng.normal(size=n_items), np.linspace(-voices, voices, 6)
    item, annotator = np.repeat(np.arange(n_items), 6), np.tile(np.arange(6), n_items)
    truth = latent[item] + places[annotator]
    label = (truth + 0.5 * rng.normal(size=len(item)) > 0.8).astype(int)
    known = latent + 0.6 * rng.normal(size=n_items)
    weight = np.empty((len(models), n_seeds, len(item), 2))
    for s in range(n_seeds):
        shared = seed_sd * rng.normal()
        for m in range(len(models)):
            own = 0.5 * seed_sd * rng.normal() + 0.4 * rng.normal(size=n_items)[item]
            logit = 2 * (known[item] + (m > 0) * places[annotator] - 0.6 + shared + own)
            weight[m, s, :, 1] = 1 / (1 + np.exp(-logit))
    weight[..., 0] = 1 - weight[..., 1]
    return predictions_of(item, annotator, label, weight, models)
