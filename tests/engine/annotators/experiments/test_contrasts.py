"""Contrasts of gains: the draws of both conditions are of the same items, against brute force, and cover the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotators.experiments.contrasts import CONTRAST_COLUMNS, GAIN_COLUMNS, contrasts_of, gains_of
from engine.annotators.scores.predictions import Predictions
from engine.errors import InputError
from engine.measures.resampling import resampled_weights
from tests.engine.annotators.simulated_predictions import experiment, predictions_of, random_predictions


def one_seed(made: Predictions) -> Predictions:
    return made.of_seed(made.seeds[0])


def accuracy(made: Predictions, model: int, weight: np.ndarray) -> np.ndarray:
    """(draws,) accuracy with items weighted, row by row; one seed."""
    hit = made.predicted[model, 0] == made.label
    of_rows = weight[made.item]
    return (of_rows * hit[:, None]).sum(axis=0) / of_rows.sum(axis=0)


def test_every_draw_holds_the_same_items_in_both_conditions() -> None:
    one, other = (one_seed(random_predictions(seed, share=1.0)) for seed in (1, 2))
    row = contrasts_of({"a": one, "b": other}, "a", score="accuracy", resamples=500, seed=3).iloc[0]
    weight = resampled_weights(len(one.items), 500, 3).astype(float)
    gains = [accuracy(made, 1, weight) - accuracy(made, 0, weight) for made in (one, other)]
    drawn = gains[1] - gains[0]
    value = row["value"]
    low, high = np.quantile(drawn - drawn.mean() + value, [0.025, 0.975])
    assert (row["low"], row["high"]) == (pytest.approx(low), pytest.approx(high))
    assert row["note"] == "one seed: the interval holds items only"


def test_a_condition_does_not_differ_from_itself_in_any_draw() -> None:
    made = random_predictions(share=1.0)
    table = contrasts_of({"a": made, "copy": made}, "a", resamples=200)
    assert list(table.columns) == list(CONTRAST_COLUMNS)
    assert (table[["value", "low", "high"]] == 0).all(axis=None)
    assert (table["p_holm"] == 1).all()


def test_seeds_that_move_both_conditions_alike_are_taken_off() -> None:
    rng = np.random.default_rng(0)
    item, label = np.repeat(np.arange(200), 2), rng.integers(0, 2, 400)
    annotator = np.tile([0, 1], 200)
    good = 0.6 + 0.1 * np.linspace(-1, 1, 4)  # the share that each seed's model gets right
    right = rng.random((1, 4, 400)) < good[None, :, None]
    weight = np.full((2, 4, 400, 2), 0.5)
    weight[1, :, np.arange(400), label] = 0.5 + 0.4 * (2 * right[0].T - 1)
    made = predictions_of(item, annotator, label, np.maximum(weight, 0.01), ("text only", "user token"))
    same = replace(made, label=made.label.copy())
    table = contrasts_of({"a": made, "b": same}, "a", score="accuracy", resamples=200)
    assert table["seed_sd"].item() == 0


def test_intervals_cover_the_difference_of_gains() -> None:
    truth, hits, n = 0.0, 0, 60
    for k in range(n):
        rng = np.random.default_rng([5, k])
        one, other = experiment(rng, 120, 3), experiment(rng, 120, 3)
        row = contrasts_of({"a": one, "b": other}, "a", score="accuracy", resamples=200).iloc[0]
        hits += row["low"] <= truth <= row["high"]
    assert hits / n >= 0.88, "95 % intervals; 3 standard errors below is .866"


def test_gains_name_their_condition_and_kind_of_labels() -> None:
    made = random_predictions(share=1.0)
    table = gains_of({("a", "as given"): made, ("a", "names shuffled"): made}, resamples=0)
    assert list(table.columns) == list(GAIN_COLUMNS)
    assert list(table["labels"]) == ["as given"] * 2 + ["names shuffled"] * 2


def test_other_items_or_seeds_cannot_be_paired() -> None:
    made = random_predictions(share=1.0)
    fewer = replace(
        made, item=made.item[4:], annotator=made.annotator[4:], label=made.label[4:], seen=made.seen[4:],
        probability=made.probability[:, :, 4:],
    )  # fmt: skip
    for other in (fewer, replace(made, seeds=(3, 4, 5))):
        with pytest.raises(InputError, match="cannot be paired"):
            contrasts_of({"a": made, "b": other}, "a", resamples=0)
