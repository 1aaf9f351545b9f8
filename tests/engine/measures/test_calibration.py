"""Calibration against scipy and scikit-learn, Le-Wi-Di's definitions written out, and floors that are the truth's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy, wasserstein_distance
from sklearn.metrics import log_loss

from engine.demo.corpus import corpus_people
from engine.errors import InputError
from engine.measures.calibration import CALIBRATION_COLUMNS, OWN, POOLED, calibration_scores, expected_calibration_error
from engine.measures.calibration_floor import fitted_dirichlet, perfect_scores
from engine.measures.calibration_terms import score_terms
from engine.measures.voices import People, Voices
from tests.engine.measures.world import chances, people_of, voices_of

QUICK = {"resamples": 100, "floors": 50, "seed": 3}
RNG = np.random.default_rng(0)
K = 5
VALUES = np.arange(1.0, K + 1)
PREDICTED = RNG.dirichlet(np.ones(K), 30)
CODES = RNG.integers(0, K, (7, 30))
COUNTS = np.stack([np.bincount(column, minlength=K) for column in CODES.T]).astype(float)
SHARES = COUNTS / COUNTS.sum(axis=1, keepdims=True)


def five_points(level: str = "ordinal") -> tuple[Voices, People]:
    items, labels = tuple(f"i{n}" for n in range(30)), tuple("12345")
    array = PREDICTED[None, :, None]
    values = tuple(map(float, VALUES))
    voices = Voices(("p",), items, ("w",), labels, level, values, 1.0, array, np.full((1, 30, 1), np.inf))
    return voices, People(tuple("abcdefg"), items, labels, level, values, CODES, ("",) * 7)


def scores(who: str = POOLED, level: str = "ordinal", **more: int):  # type: ignore[no-untyped-def]
    table = calibration_scores(*five_points(level), **(QUICK | more))
    assert tuple(table.columns) == CALIBRATION_COLUMNS
    return table[table["who"] == who].set_index("score")


def test_scores_are_those_of_scipy_and_scikit_learn() -> None:
    value = scores()["value"]
    weights = COUNTS.ravel() / 7
    labels, predicted = np.tile(np.arange(K), 30), np.repeat(PREDICTED, K, axis=0)
    assert value["cross_entropy"] == pytest.approx(
        log_loss(labels, predicted, sample_weight=weights, labels=np.arange(K)), abs=1e-9
    )
    divergence = np.mean(jensenshannon(PREDICTED, SHARES, base=2, axis=1) ** 2)
    assert value["jensen_shannon"] == pytest.approx(divergence, abs=1e-9)
    transport = [wasserstein_distance(VALUES, VALUES, p, q) for p, q in zip(PREDICTED, SHARES, strict=True)]
    assert value["wasserstein"] == pytest.approx(np.mean(transport), abs=1e-9)
    assert value["total_variation"] == pytest.approx(np.abs(PREDICTED - SHARES).sum(axis=1).mean() / 2, abs=1e-9)


def test_scores_of_the_third_le_wi_di_as_defined() -> None:
    """Each item's mean over its annotators, then the mean over items; distances divided by the number of labels."""
    value = scores()["value"]
    said = PREDICTED.argmax(axis=1)
    assert value["manhattan"] == pytest.approx(np.abs(PREDICTED - SHARES).sum(axis=1).mean(), abs=1e-9)
    assert value["error_rate"] == pytest.approx((said != CODES).mean(axis=0).mean(), abs=1e-9)
    assert value["absolute_distance"] == pytest.approx((np.abs(CODES - said).mean(axis=0) / K).mean(), abs=1e-9)


def test_intervals_hold_the_value_and_nominal_labels_have_no_distances() -> None:
    table = scores(resamples=500)
    plain = table.drop(index="calibration_error")  # its resamples are biased upwards
    assert (plain["low"] < plain["value"]).all()
    assert (plain["value"] < plain["high"]).all()
    assert {"wasserstein", "absolute_distance"} & set(scores(level="nominal").index) == set()
    gone = calibration_scores(*five_points(), resamples=0, floors=0)
    assert gone[["low", "high", "floor"]].isna().all(axis=None)


def test_cross_entropy_of_the_shares_themselves_is_peoples_entropy() -> None:
    found = score_terms(SHARES[None], COUNTS, VALUES)
    np.testing.assert_allclose(found["cross_entropy"][0], entropy(SHARES, axis=1), atol=1e-9)
    for score in ("jensen_shannon", "total_variation", "manhattan", "wasserstein"):
        np.testing.assert_allclose(found[score], 0, atol=1e-12)


def test_calibration_error_by_hand() -> None:
    """Bins of a tenth: 0.55 and 0.6 in one (an edge falls into the lower), 0.9 in another."""
    predicted = np.array([[0.55, 0.45], [0.4, 0.6], [0.1, 0.9]])
    counts = np.array([[2, 2], [1, 3], [2, 2]])
    # |0.55 + 0.6 - 0.5 - 0.75| = 0.1 and |0.9 - 0.5| = 0.4, over three items
    assert expected_calibration_error(predicted, counts) == pytest.approx(0.5 / 3, abs=1e-12)
    assert expected_calibration_error(predicted, counts, bins=1) == pytest.approx(0.3 / 3, abs=1e-12)
    assert np.isnan(expected_calibration_error(predicted, np.zeros((3, 2))))


def test_calibration_error_is_that_of_scikit_learns_curve() -> None:
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(1)
    confidence = 0.5 + 0.5 * rng.random(400)
    right = rng.random(400) < confidence**2
    fraction, mean = calibration_curve(right, confidence, n_bins=10)
    n = np.histogram(confidence, np.linspace(0, 1, 11))[0]
    expected = (n[n > 0] * np.abs(fraction - mean)).sum() / 400
    counts = np.column_stack([right, ~right]).astype(float)
    found = expected_calibration_error(np.column_stack([confidence, 1 - confidence]), counts)
    assert found == pytest.approx(expected, abs=1e-9)


def test_the_table_and_the_function_agree_on_calibration_error() -> None:
    assert scores()["value"]["calibration_error"] == pytest.approx(expected_calibration_error(PREDICTED, COUNTS))


def test_each_person_by_their_own_persona() -> None:
    codes = np.array([[1, 0, -1, 1], [0, 0, 1, 1]])
    voices = voices_of(np.array([[0.9, 0.8, 0.1, 0.9], [0.2, 0.3, 0.4, 0.7]]), annotators=("ann", "bob"))
    table = calibration_scores(voices, people_of(codes, ["ann", "bob"]), **QUICK)
    own = table[(table["who"] == OWN) & (table["score"] == "error_rate")].iloc[0]
    # item by item: both right; one of two wrong; the only one wrong; both right
    assert own["value"] == pytest.approx((0 + 0.5 + 1 + 0) / 4)
    assert own["note"] == "7 labels of 2 people"
    assert OWN not in set(
        calibration_scores(voices_of(voices.probability[:, :, 0, 1]), people_of(codes), **QUICK)["who"]
    )


def test_the_floor_is_what_the_truth_scores() -> None:
    """60 corpora of 150 items and 6 people from known distributions: mean and range of what the truth scores."""
    rng = np.random.default_rng(4)
    inside, found, floors = [], [], []
    for study in range(60):
        truth = rng.dirichlet([0.8, 0.5], 150)
        counts = rng.multinomial(6, truth).astype(float)
        scored = {name: terms.mean() for name, terms in score_terms(truth[None], counts, None).items()}
        table = perfect_scores(counts, None, 10, 100, 0.95, study).set_index("score")
        names = list(scored)
        inside.append([table.loc[k, "floor_low"] <= scored[k] <= table.loc[k, "floor_high"] for k in names])
        found.append([scored[k] for k in names])
        floors.append([table.loc[k, "floor"] for k in names])
    np.testing.assert_allclose(np.mean(floors, axis=0), np.mean(found, axis=0), rtol=0.04)
    assert np.mean(inside) > 0.88


def test_the_floor_falls_with_more_people() -> None:
    truth = np.random.default_rng(5).dirichlet([1, 1], 200)
    floor = [
        perfect_scores(np.random.default_rng(6).multinomial(n, truth).astype(float), None, 10, 50, 0.95, 0)
        .set_index("score")
        .loc["total_variation", "floor"]
        for n in (2, 6, 50)
    ]
    assert floor[0] > floor[1] > floor[2] > 0


def test_the_fitted_distribution_is_the_one_drawn_from() -> None:
    truth = np.random.default_rng(8).dirichlet([2.0, 1.0, 0.5], 5000)
    counts = np.random.default_rng(9).multinomial(8, truth).astype(float)
    np.testing.assert_allclose(fitted_dirichlet(counts), [2.0, 1.0, 0.5], rtol=0.08)
    assert fitted_dirichlet(np.array([[3.0, 0.0], [2.0, 0.0]]))[1] == 0


def test_personas_that_follow_the_demo_rule_are_calibrated_and_blind_ones_are_not() -> None:
    people = corpus_people()
    truth = chances([p.attributes for p in people])
    blind = chances([{}])
    codes = (np.random.default_rng(2).random(truth.shape) < truth).astype(int)
    names = [p.annotator_id for p in people]
    follow = calibration_scores(voices_of(truth, annotators=names), people_of(codes, names), **QUICK)
    ignore = calibration_scores(voices_of(blind), people_of(codes, names), **QUICK)
    follow, ignore = (t[t["who"] == POOLED].set_index("score") for t in (follow, ignore))
    assert follow.loc["total_variation", "value"] < follow.loc["total_variation", "floor_high"]
    assert (ignore["value"] > follow["value"]).loc[["cross_entropy", "jensen_shannon", "total_variation"]].all()


def test_items_without_labels_are_left_out_and_counted() -> None:
    codes = np.array([[1, -1, 0], [1, -1, 1]])
    chance = np.array([[0.9, 0.5, np.nan], [0.7, 0.5, 0.6]])
    table = calibration_scores(voices_of(chance), people_of(codes), **QUICK).set_index(["who", "score"])
    pooled = table.loc[(POOLED, "total_variation")]
    assert (pooled["n_items"], pooled["dropped"], pooled["n_raters"]) == (2, 1, 2)
    assert pooled["value"] == pytest.approx((0.2 + 0.1) / 2)
    assert table.loc[("persona-0", "total_variation"), "n_items"] == 1


def test_a_probability_of_zero_and_nobody_at_all_are_told() -> None:
    table = calibration_scores(voices_of(np.zeros((1, 2))), people_of(np.ones((1, 2), dtype=int)), **QUICK)
    row = table.set_index(["who", "score"]).loc[(POOLED, "cross_entropy")]
    assert row["value"] == pytest.approx(-np.log(1e-12))
    assert "1e-12" in row["note"]
    nobody = calibration_scores(voices_of(np.zeros((1, 2))), people_of(np.full((1, 2), -1)), **QUICK)
    assert nobody["value"].isna().all()
    assert set(nobody["n_items"]) == {0}


def test_voices_and_people_of_other_items_are_refused() -> None:
    with pytest.raises(InputError, match=r"beside"):
        calibration_scores(voices_of(np.zeros((1, 3))), people_of(np.zeros((1, 2), dtype=int)))
    with pytest.raises(InputError, match="bins 0"):
        calibration_scores(*five_points(), bins=0)
    with pytest.raises(InputError, match="shape"):
        expected_calibration_error(np.zeros((2, 2)), np.zeros((3, 2)))


@pytest.mark.parametrize("sharpened", [1.0, 1.5])
def test_the_interval_of_calibration_error_covers_although_chance_adds_to_it(sharpened: float) -> None:
    """Pooled personas of the rule are calibrated: 0 is the truth, and no percentile of resamples is ever 0."""
    p = chances([person.attributes for person in corpus_people()])
    pooled = p.mean(axis=0) ** sharpened / (p.mean(axis=0) ** sharpened + (1 - p.mean(axis=0)) ** sharpened)
    endless = np.stack([1 - p.mean(axis=0), p.mean(axis=0)], axis=1)
    truth = expected_calibration_error(np.stack([1 - pooled, pooled], axis=1), endless)
    rng, covered = np.random.default_rng(4), 0
    for seed in range(60):
        items = rng.integers(0, p.shape[1], 120)
        people = people_of((rng.random((12, 120)) < p[:, items]).astype(np.int64))
        table = calibration_scores(voices_of(pooled[None, items]), people, resamples=200, floors=0, seed=seed)
        row = table[(table["who"] == POOLED) & (table["score"] == "calibration_error")].iloc[0]
        covered += row["low"] <= truth + 1e-12 and truth <= row["high"]
        assert row["low"] <= row["value"]
    assert covered >= 54


def test_one_item_has_no_interval_and_no_item_no_value_and_the_notes_say_so() -> None:
    voices, people = voices_of(np.array([[0.7], [0.4]])), people_of(np.array([[1], [0], [1]]))
    table = calibration_scores(voices, people, resamples=50, floors=0)
    assert table["value"].notna().all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert set(table["note"]) == {"one item: no interval"}
    nobody = calibration_scores(voices, people_of(np.array([[-1]])), resamples=50, floors=0)
    assert nobody["value"].isna().all()
    assert set(nobody["note"]) == {"no item with labels of both people and predictor"}
