"""Predictions: what they hold, hand out and refuse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.annotators.scores.predictions import PREDICTION_COLUMNS
from engine.errors import InputError
from tests.engine.annotators.simulated_predictions import predictions_of, random_predictions


def test_the_likeliest_label_is_predicted_and_the_first_on_ties() -> None:
    weight = np.array([[[[1, 2, 1], [2, 2, 1], [0, 1, 1]]]], dtype=float)
    three = np.arange(3)
    found = predictions_of(three, three, three, weight, ["m"])
    assert found.predicted.tolist() == [[[1, 0, 1]]]


def test_unfinished_seeds_predict_nothing_and_are_left_out_of_the_frame() -> None:
    made = random_predictions()
    probability = made.probability.copy()
    probability[1, 2] = np.nan
    part = replace(made, probability=probability)
    assert part.finished.sum() == 8
    assert (part.predicted[1, 2] == -1).all()
    frame = part.frame()
    assert len(frame) == 8 * len(part)
    assert not ((frame["model"] == "user token") & (frame["seed"] == 2)).any()


def test_the_frame_holds_every_row_as_it_is() -> None:
    made = random_predictions()
    frame = made.frame()
    assert tuple(frame.columns) == PREDICTION_COLUMNS
    row = frame[(frame["model"] == "composite") & (frame["seed"] == 1)].iloc[7]
    assert (row["item_id"], row["annotator"]) == (made.items[made.item[7]], made.annotators[made.annotator[7]])
    assert (row["label"], row["predicted"]) == (made.labels[made.label[7]], made.labels[made.predicted[2, 1, 7]])
    assert row["probability"] == made.probability[2, 1, 7, made.label[7]]


def test_one_seed_and_some_models_are_handed_out_with_their_own_numbers() -> None:
    made = random_predictions()
    np.testing.assert_array_equal(made.of_seed(2).probability[:, 0], made.probability[:, 2])
    assert made.of_seed(2).seeds == (2,)
    some = made.of_models(["composite", "text only"])
    np.testing.assert_array_equal(some.probability, made.probability[[2, 0]])
    with pytest.raises(InputError, match=r"seed 7 .* \[0, 1, 2\]"):
        made.of_seed(7)
    with pytest.raises(InputError, match=r"'bert'.*text only, user token"):
        made.of_models(["bert"])


def test_differences_of_labels_count_by_their_level() -> None:
    assert random_predictions().numbers is None
    ordinal, interval = random_predictions(level="ordinal").numbers, random_predictions(level="interval").numbers
    assert ordinal is not None
    assert ordinal.tolist() == [0, 1, 2]
    assert interval is not None
    assert interval.tolist() == [1, 2, 4]


def test_predictions_of_no_rows_are_allowed_and_have_not_finished() -> None:
    nothing = np.zeros(0, dtype=int)
    empty = predictions_of(nothing, nothing, nothing, np.zeros((1, 2, 0, 3)), ["m"])
    assert not empty.finished.any()
    assert len(empty.frame()) == 0


def test_what_does_not_fit_is_named_all_at_once() -> None:
    made = random_predictions()
    holes = made.probability.copy()
    holes[0, 1, 3] = np.nan
    doubled = made.probability.copy()
    doubled[2, 0] *= 2
    changes: list[tuple[dict[str, object], str]] = [
        ({"probability": holes}, r"'text only' from seed 1 has no prediction for 1 of"),
        ({"probability": doubled}, "'composite' from seed 0 holds numbers that are no distribution"),
        ({"label": made.label + 1}, "label holds places 1 to 3 of 3 names"),
        ({"item": made.item[1:]}, "item has the shape"),
        ({"models": ("a", "a", "b")}, "models names one twice"),
        ({"level": "odd"}, "level 'odd' is unknown"),
        ({"seeds": (1, 1, 2), "seen": made.seen[1:]}, r"seeds .* name one twice; seen has the shape"),
    ]
    for change, message in changes:
        with pytest.raises(InputError, match=message):
            replace(made, **change)  # type: ignore[arg-type]
