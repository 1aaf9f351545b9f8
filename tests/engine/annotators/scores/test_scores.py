"""Scores against scikit-learn, draws against drawing by hand, intervals and signatures against simulated truth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, mean_absolute_error

from engine.annotators.scores.draws import each_annotator, score_draws
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.scores import (
    ANNOTATOR_SCORE_COLUMNS,
    DIFFERENCE_COLUMNS,
    SCORE_COLUMNS,
    annotator_scores,
    differences,
    model_scores,
)
from engine.annotators.scores.terms import item_terms, pooled_scores
from engine.errors import InputError
from engine.measures.resampling import resampled_weights
from tests.engine.annotators.simulated_predictions import NAMES, experiment, predictions_of, random_predictions


def row(table: pd.DataFrame, **wanted: str) -> Any:
    found = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    assert len(found) == 1
    return found.iloc[0]


def macro(truth: np.ndarray, said: np.ndarray) -> float:
    return float(f1_score(truth, said, average="macro", zero_division=0))


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_every_score_is_that_of_scikit_learn(level: str) -> None:
    made = random_predictions(level=level)
    table = model_scores(made, resamples=0)
    assert tuple(table.columns) == SCORE_COLUMNS
    assert ("mean_absolute_error" in set(table["score"])) == (level != "nominal")
    for m, name in enumerate(made.models):
        said = made.predicted[m]
        own = [
            np.mean([macro(made.label[made.annotator == a], s[made.annotator == a]) for a in range(4)]) for s in said
        ]
        expected = {
            "macro_f1": np.mean([macro(made.label, s) for s in said]),
            "accuracy": np.mean([accuracy_score(made.label, s) for s in said]),
            "annotator_macro_f1": np.mean(own),
        }
        if (numbers := made.numbers) is not None:
            expected["mean_absolute_error"] = np.mean(
                [mean_absolute_error(numbers[made.label], numbers[s]) for s in said]
            )
        for score, value in expected.items():
            assert row(table, model=name, score=score)["value"] == pytest.approx(value, abs=1e-12)
        exact = made.probability[m].astype(float)
        losses = [log_loss(made.label, p / p.sum(axis=-1, keepdims=True), labels=range(3)) for p in exact]
        assert row(table, model=name, score="cross_entropy")["value"] == pytest.approx(np.mean(losses), abs=1e-6)
        spread = np.std([accuracy_score(made.label, s) for s in said], ddof=1)
        assert row(table, model=name, score="accuracy")["seed_sd"] == pytest.approx(spread, abs=1e-12)


def test_labels_that_occur_on_neither_side_do_not_count() -> None:
    label = np.array([0, 0, 1, 1])
    weight = np.eye(3)[[0, 1, 1, 1]][None, None]  # the third label neither given nor predicted
    made = predictions_of(np.arange(4), np.zeros(4, dtype=int), label, weight, ["m"])
    expected = macro(label, np.array([0, 1, 1, 1]))
    assert row(model_scores(made, resamples=0), score="macro_f1")["value"] == pytest.approx(expected, abs=1e-12)


def test_draws_are_scores_of_items_drawn_by_hand_with_all_their_rows() -> None:
    made = random_predictions(5, n_items=12, n_annotators=3)
    draws = score_draws(made, 30, seed=4)
    weights = resampled_weights(len(np.unique(made.item)), 30, seed=4)
    place = np.unique(made.item, return_inverse=True)[1]
    annotators = {a: (f1, acc) for a, _, f1, acc in each_annotator(made, 30, seed=4)}
    for b in (0, 13, 29):
        rows = np.repeat(np.arange(len(made)), weights[place, b])
        for m in range(3):
            for s in range(3):
                truth, said = made.label[rows], made.predicted[m, s, rows]
                assert draws["macro_f1"].of_items[b, m, s] == pytest.approx(macro(truth, said), abs=1e-12)
                assert draws["accuracy"].of_items[b, m, s] == pytest.approx(accuracy_score(truth, said), abs=1e-12)
                own = []
                for a in range(3):
                    of_a = made.annotator[rows] == a
                    if of_a.any():
                        own.append(macro(truth[of_a], said[of_a]))
                        assert annotators[a][0].of_items[b, m, s] == pytest.approx(own[-1], abs=1e-6)
                        accuracy = accuracy_score(truth[of_a], said[of_a])
                        assert annotators[a][1].of_items[b, m, s] == pytest.approx(accuracy, abs=1e-6)
                assert draws["annotator_macro_f1"].of_items[b, m, s] == pytest.approx(np.mean(own), abs=1e-6)


def test_the_spread_over_seeds_is_what_their_standard_error_is_and_falls_with_their_number() -> None:
    """One item part alone: seeds that all shift every item alike have no part of their own in the draws."""
    rng = np.random.default_rng(0)
    item = np.arange(4000)
    label = rng.integers(0, 2, 4000)
    rates = np.array([0.6, 0.7, 0.8, 0.9])
    right = np.argsort(np.argsort(rng.random(4000)))[None] < (rates * 4000)[:, None]
    weight = np.eye(2)[np.where(right, label, 1 - label)][None]
    draws = score_draws(predictions_of(item, item % 5, label, weight, ["m"]), 4000, 1)["accuracy"]
    assert draws.seed_error[0] == pytest.approx(np.std(rates, ddof=1) / 2, rel=0.02)
    middle = np.diff(np.quantile(draws.moved - draws.item_part, [0.025, 0.975]))[0] / 2
    assert middle == pytest.approx(3.182 * draws.seed_error[0], rel=0.1), "t with 3 degrees of freedom"


def test_one_seed_says_that_its_interval_holds_items_only() -> None:
    one = model_scores(random_predictions().of_seed(1), resamples=200)
    f1 = row(one, model="composite", score="macro_f1")
    assert "one seed: the interval holds items only" in f1["note"]
    assert f1["low"] < f1["value"] < f1["high"]
    assert np.isnan(f1["seed_sd"])
    assert f1["n_seeds"] == 1


def test_seeds_that_have_not_finished_are_left_out_and_said() -> None:
    made = random_predictions()
    probability = made.probability.copy()
    probability[1, 0] = np.nan
    probability[2] = np.nan
    part = replace(made, probability=probability)
    table = model_scores(part, resamples=100)
    some, none = (row(table, model=name, score="macro_f1") for name in NAMES[1:])
    assert some["value"] == pytest.approx(np.mean([macro(made.label, made.predicted[1, s]) for s in (1, 2)]), abs=1e-12)
    assert (some["n_seeds"], some["note"]) == (2, "2 of 3 seeds have finished")
    assert np.isnan([none["value"], none["low"], none["seed_sd"]]).all()
    assert none["note"] == "no seed has finished"
    pairs = differences(part, resamples=100)
    expected = np.mean(
        [macro(made.label, made.predicted[1, s]) - macro(made.label, made.predicted[0, s]) for s in (1, 2)]
    )
    assert row(pairs, model="user token")["value"] == pytest.approx(expected, abs=1e-12), "paired by the common seeds"
    assert row(pairs, model="composite")["verdict"] == "not known"
    assert np.isnan(row(pairs, model="composite")["p_holm"])


def test_what_cannot_be_scored_is_nan_with_its_reason() -> None:
    nothing = np.zeros(0, dtype=int)
    empty = predictions_of(nothing, nothing, nothing, np.zeros((2, 2, 0, 2)), NAMES[:2])
    table = model_scores(empty, resamples=20)
    assert table["value"].isna().all()
    assert set(table["note"]) == {"no test rows"}
    assert set(differences(empty, resamples=20)["verdict"]) == {"not known"}
    assert id_model_signature(empty, resamples=20).verdict == "not known"
    one = predictions_of(np.zeros(3, dtype=int), np.arange(3), np.array([0, 1, 1]), np.ones((1, 2, 3, 2)), ["m"])
    table = model_scores(one, resamples=20)
    assert table["value"].notna().all()
    assert table["low"].isna().all()
    assert table["note"].str.contains("one item: no interval").all()


def test_unseen_annotators_left_out_rows_and_probabilities_of_0_are_counted() -> None:
    made = random_predictions()
    probability = made.probability.copy()
    probability[0, 0, 5] = np.eye(3)[(made.label[5] + 1) % 3]
    counted = replace(made, probability=probability, seen=made.annotator > 0, dropped={"no text": 4}, note="by item")
    found = row(model_scores(counted, resamples=0), model="text only", score="cross_entropy")
    assert found["n_unseen"] == (made.annotator == 0).sum()
    assert found["dropped"] == {"no text": 4}
    assert found["note"] == "probability 0 taken as 1e-12 (1 labels); by item"
    assert found["n_raters"] == 4


def test_annotators_of_one_label_or_none_are_told_as_what_they_are() -> None:
    item = np.array([0, 1, 2, 3, 4, 0, 1, 0])
    annotator = np.array([0, 0, 0, 0, 0, 1, 1, 2])
    label = np.array([0, 1, 0, 1, 1, 0, 0, 1])
    weight = np.eye(2)[[0, 1, 0, 1, 0, 0, 0, 0]][None, None]
    made = predictions_of(item, annotator, label, weight, ["m"], seen=annotator < 2)
    made = replace(made, annotators=(*made.annotators, "silent"))
    table = annotator_scores(made, resamples=200)
    assert tuple(table.columns) == ANNOTATOR_SCORE_COLUMNS
    second, third, last = (row(table, annotator=a, score="macro_f1") for a in ("a1", "a2", "silent"))
    assert second["value"] == 1
    assert "all labels are 'x': 1, or at most 0.5" in second["note"]
    assert "2 labels: too few to trust the interval" in second["note"]
    assert "of 200 draws hold none of its items" in second["note"]
    assert third["value"] == 0
    assert "one item: no interval" in third["note"]
    assert not third["seen"]
    assert np.isnan(third["low"])
    assert np.isnan(last["value"])
    assert last["note"] == "no test labels"
    pooled = row(model_scores(made, resamples=50), score="annotator_macro_f1")
    assert pooled["note"].startswith("one seed: the interval holds items only; 2 of 3 annotators have one label only")


def test_annotators_scores_are_their_own_and_have_intervals() -> None:
    made = random_predictions(3)
    table = annotator_scores(made, resamples=300)
    assert len(table) == 4 * 3 * 2
    for a in range(4):
        rows = made.annotator == a
        found = row(table, annotator=f"a{a}", model="user token", score="macro_f1")
        expected = np.mean([macro(made.label[rows], s[rows]) for s in made.predicted[1]])
        assert found["value"] == pytest.approx(expected, abs=1e-12)
        assert found["low"] < expected < found["high"]
        assert found["n_labels"] == rows.sum()


def test_differences_are_paired_and_errors_win_by_being_low() -> None:
    good = experiment(np.random.default_rng(2), 150, 5)
    table = differences(good, score="macro_f1", resamples=500)
    assert tuple(table.columns) == DIFFERENCE_COLUMNS
    assert table["model"].tolist() == ["user token"]
    assert table["verdict"].tolist() == ["beats"]
    assert differences(good, score="cross_entropy", resamples=500)["verdict"].tolist() == ["beats"]
    assert differences(good, against="user token", resamples=500)["verdict"].tolist() == ["loses"]
    assert table["p_value"][0] <= 0.01
    scores = model_scores(good, resamples=500)
    apart = np.ptp(row(scores, model="user token", score="macro_f1")[["low", "high"]].to_numpy(float))
    assert table["high"][0] - table["low"][0] < apart, "paired intervals are narrower than those of one model"


def test_a_model_ties_with_itself_exactly() -> None:
    made = random_predictions()
    twin = replace(made, probability=made.probability[[0, 0, 2]])
    found = row(differences(twin, resamples=200), model="user token")
    assert (found["value"], found["low"], found["high"], found["p_value"]) == (0, 0, 0, 1)
    assert found["verdict"] == "ties"


def test_the_same_seed_gives_the_same_numbers_and_another_others() -> None:
    made = random_predictions()
    pd.testing.assert_frame_equal(model_scores(made, 100, seed=3), model_scores(made, 100, seed=3))
    assert not model_scores(made, 100, seed=3)["low"].equals(model_scores(made, 100, seed=4)["low"])


@pytest.fixture(scope="module")
def truth() -> dict[str, np.ndarray]:
    """Scores of the world of `experiment` over very many items and seeds."""
    parts = []
    for part in range(4):
        large = experiment(np.random.default_rng(900 + part), 1200, 200)
        parts.append(pooled_scores(item_terms(large).sum(axis=0), large))
    return {name: np.mean([part[name].mean(axis=1) for part in parts], axis=0) for name in parts[0]}


@pytest.mark.parametrize(("n_seeds", "least"), [(5, 0.90), (10, 0.92)])
def test_intervals_cover_the_truth_of_items_and_seeds(truth: dict[str, np.ndarray], n_seeds: int, least: float) -> None:
    """300 experiments: a share has a standard error of 1.3 %. Five seeds cover a little less than ten."""
    covered: dict[str, list[bool]] = {}
    too_narrow: list[bool] = []
    for number in range(300):
        made = experiment(np.random.default_rng(number), 150, n_seeds)
        for score, draws in score_draws(made, 400, number, annotators=False).items():
            for name, part, true in (
                (score, draws, truth[score][1]),
                (f"{score} difference", draws.minus(0), truth[score][1] - truth[score][0]),
            ):
                low, high, _ = part.interval(0.95)
                covered.setdefault(name, []).append(bool(low[1] <= true <= high[1]))
            if score == "accuracy":
                low, high = np.quantile(draws.value[1] + draws.item_part[:, 1], [0.025, 0.975])
                too_narrow.append(bool(low <= truth[score][1] <= high))
    shares = {name: float(np.mean(hits)) for name, hits in covered.items()}
    assert all(least <= share <= 0.98 for share in shares.values()), shares
    assert np.mean(too_narrow) < 0.9, "items alone do not hold what other seeds would change"


def test_the_signature_is_absent_where_annotators_have_voices_and_present_where_they_have_none() -> None:
    rng = np.random.default_rng(8)
    voices = id_model_signature(experiment(rng, 200, 5, voices=1.2), resamples=500)
    assert voices.verdict == "not found"
    assert voices.value.low > 0
    assert voices.evidence.startswith("Knowing who annotates pays: 'user token', which knows who annotates, gains 0.")
    one_voice = id_model_signature(experiment(rng, 1000, 10, voices=0, seed_sd=0.1, models=NAMES), resamples=500)
    assert one_voice.verdict == "found"
    assert one_voice.value.high < 0.02
    assert "the best of 2 models" in one_voice.evidence
    few = id_model_signature(experiment(rng, 40, 3, voices=0.2), resamples=500)
    assert few.verdict == "undecided"
    assert "too small to tell" in few.evidence
    tiny = id_model_signature(experiment(np.random.default_rng(8), 8, 8, voices=3.0), resamples=300)
    assert tiny.value.low > 0
    assert tiny.verdict == "undecided"
    assert "8 test items are too few" in tiny.evidence


def test_the_signature_errs_no_more_often_with_many_models_than_with_one() -> None:
    """Eight equal models, none better than text only: told to pay in about 2.5 % of experiments, not in 8 times it."""
    names = ("text only", *(f"id {i}" for i in range(8)))
    wrong, single = [], []
    for number in range(150):
        made = experiment(np.random.default_rng(5000 + number), 60, 3, voices=0, models=names)
        wrong.append(id_model_signature(made, names[1:], resamples=300, seed=number).verdict == "not found")
        single.append((differences(made, resamples=300, seed=number)["verdict"] == "beats").any())
    assert np.mean(wrong) <= 0.06
    assert np.mean(single) > np.mean(wrong)


def test_mistakes_are_told() -> None:
    made = random_predictions()
    with pytest.raises(InputError, match=r"score 'f1' is unknown for nominal labels.*macro_f1"):
        differences(made, score="f1")
    with pytest.raises(InputError, match="mean_absolute_error"):
        differences(made, score="mean_absolute_error")
    with pytest.raises(InputError, match=r"'bert' is not among the models .* text only"):
        differences(made, against="bert")
    with pytest.raises(InputError, match="none, against 'text only'"):
        id_model_signature(made.of_models(["text only"]))
    with pytest.raises(InputError, match="'bert'"):
        id_model_signature(made, ["bert"])
    with pytest.raises(InputError, match="resamples -1"):
        model_scores(made, -1)
