"""Attribute effects against the demo world's rule, by hand, and at the nominal rate where there is nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.demo.corpus import corpus_posts
from engine.demo.posts import held_out_posts
from engine.demo.world import NULL_ATTRIBUTES
from engine.errors import InputError
from engine.measures.attributes import EFFECT_COLUMNS, attribute_effects, hotelling
from engine.measures.holm import holm
from engine.personas import Persona, counterfactual_pairs, counterfactual_set, load_persona_set
from tests.engine.measures.world import chances, voices_of

QUICK = {"resamples": 200, "seed": 1}


def counterfactuals() -> list[Persona]:
    return list(counterfactual_set(load_persona_set("demo-strong")).personas)


def demo_effects(noise: float = 0.0, wordings: int = 1, seed: int = 0, posts=None):  # type: ignore[no-untyped-def]
    """Effects of all six attributes by the rule, each persona and wording with logit noise of its own."""
    personas = counterfactuals()
    chance = np.repeat(chances([p.attributes for p in personas], posts)[:, :, None], wordings, axis=2)
    logit = np.log(chance / (1 - chance)) + noise * np.random.default_rng(seed).standard_normal(chance.shape)
    voices = voices_of(1 / (1 + np.exp(-logit)), [p.persona_id for p in personas])
    return attribute_effects(voices, counterfactual_pairs(personas), "1", **QUICK)


def test_by_hand() -> None:
    """Two items, two pairs: +0.2 and -0.1 in one, 0 in the other."""
    voices = voices_of(np.array([[0.6, 0.3], [0.4, 0.4], [0.5, 0.5], [0.5, 0.5]]), list("abcd"))
    table = attribute_effects(voices, [("a", "b", "age", "old"), ("c", "d", "place", "here")], "1", **QUICK)
    assert tuple(table.columns) == EFFECT_COLUMNS
    assert list(table["attribute"]) == ["age", "place", "age", "place"]
    assert list(table["value"]) == ["", "", "old", "here"]
    np.testing.assert_allclose(table["total_variation"], [0.15, 0, 0.15, 0])
    np.testing.assert_allclose(table["shift"], [0.05, 0, 0.05, 0], atol=1e-12)
    np.testing.assert_allclose(table["flipped"], [0.5, 0, 0.5, 0])
    assert list(table["p_value"])[1] == 1.0


def test_two_wordings_give_the_floor_of_mere_rewording() -> None:
    chance = np.array([[[0.6, 0.5]], [[0.2, 0.1]]])  # (personas, 1 item, wordings)
    row = attribute_effects(voices_of(chance, ["a", "b"]), [("a", "b", "age", "old")], "1", **QUICK).iloc[0]
    assert row["rewording"] == pytest.approx(0.1)
    assert row["total_variation"] == pytest.approx(0.4)
    assert row["excess"] == pytest.approx(0.3)
    assert "one wording" in demo_effects().loc[0, "note"]


def test_the_rule_of_the_demo_world_comes_out() -> None:
    """Effective attributes with the right sign, exactly the rule's own values; region and occupation nothing."""
    table = demo_effects().set_index(["attribute", "value"])
    whole = table.xs("", level="value")
    assert set(whole.index[whole["p_holm"] < 0.05]) == {"age", "gender", "religion", "politics"}
    assert (whole.loc[list(NULL_ATTRIBUTES), "total_variation"] < 1e-12).all()
    assert table.loc[("politics", "left"), "shift"] > 0 > table.loc[("politics", "right"), "shift"]
    assert table.loc[("gender", "woman"), "shift"] > 0 > table.loc[("gender", "man"), "shift"]
    assert table.loc[("religion", "Muslim"), "low"] > 0
    assert (table["low"] <= table["total_variation"]).all()
    assert (table["total_variation"] <= table["high"]).all()


def test_intervals_cover_the_rule_and_null_attributes_are_found_at_the_nominal_rate() -> None:
    """100 studies, each of 120 posts drawn from 1,000 and with noise: truth is the rule's mean over the 1,000."""
    rng = np.random.default_rng(5)
    pool = held_out_posts()[:1000]
    personas = [p for p in counterfactuals() if p.persona_id.split(" ")[0].startswith(("a01", "a09"))]
    pairs = counterfactual_pairs(personas)
    chance = chances([p.attributes for p in personas], pool)
    logit = np.log(chance / (1 - chance))
    names = [p.persona_id for p in personas]
    # Noise moves the mean probability too, so truth is the noisy rule's: its mean over many draws of the noise.
    noisy = np.mean([1 / (1 + np.exp(-logit - 0.3 * rng.standard_normal(logit.shape))) for _ in range(200)], axis=0)
    truth = attribute_effects(voices_of(noisy, names), pairs, "1", resamples=0).set_index(["attribute", "value"])
    covered, found, signs = [], [], []
    for study in range(100):
        posts = rng.choice(len(pool), 120)
        seen = logit[:, posts] + 0.3 * rng.standard_normal((len(personas), 120))
        table = attribute_effects(voices_of(1 / (1 + np.exp(-seen)), names), pairs, "1", resamples=300, seed=study)
        table = table.set_index(["attribute", "value"]).loc[truth.index]
        politics = table.loc[("politics", "left")]
        covered.append((table["shift_low"] <= truth["shift"]) & (truth["shift"] <= table["shift_high"]))
        found.append((table.xs("", level="value")["p_value"] < 0.05).loc[list(NULL_ATTRIBUTES)])
        signs.append(politics["shift"] > 0 and politics["p_holm"] < 0.05)
    assert 0.90 <= np.mean(covered) <= 0.98
    assert 0.01 <= np.mean(found) <= 0.10  # 200 tests of a true null: 5 % give or take 3.1 standard errors
    assert np.mean(signs) > 0.95


def test_an_attribute_whose_values_pull_apart_is_found_although_its_mean_shift_is_nothing() -> None:
    rng = np.random.default_rng(0)
    chance = 0.5 + 0.02 * rng.standard_normal((4, 200))
    chance[0] += 0.1
    chance[2] -= 0.1
    pairs = [("a", "b", "politics", "left"), ("c", "d", "politics", "right")]
    row = attribute_effects(voices_of(chance, list("abcd")), pairs, "1", **QUICK).iloc[0]
    assert abs(row["shift"]) < 0.01
    assert row["p_value"] < 1e-6


def test_a_shift_that_is_certain_but_no_larger_than_any_words_is_not_found() -> None:
    """What real models do: a thousandth on every item, beyond chance and of no meaning."""
    base = np.random.default_rng(0).uniform(0.2, 0.8, 200)
    tiny = base + np.random.default_rng(1).uniform(0.0005, 0.0015, 200)
    real = base + np.random.default_rng(2).uniform(0.03, 0.05, 200)
    pairs = [("tiny", "base", "region", "north"), ("real", "base", "politics", "left")]
    table = attribute_effects(voices_of(np.vstack([base, tiny, real]), ["base", "tiny", "real"]), pairs, "1", **QUICK)
    whole = table[table["value"] == ""].set_index("attribute")
    assert whole["p_holm"].max() < 1e-6
    assert whole["found"].to_dict() == {"politics": True, "region": False}


def test_missing_cells_are_counted_and_change_nothing_else() -> None:
    voices = voices_of(np.array([[0.6, 0.3, 0.9], [0.4, 0.4, 0.1]]), ["a", "b"])
    holes = voices.probability.copy()
    holes[1, 2] = np.nan
    row = attribute_effects(replace(voices, probability=holes), [("a", "b", "age", "old")], "1", **QUICK).iloc[0]
    assert row["total_variation"] == pytest.approx(0.15)
    assert (row["n_items"], row["dropped"]) == (2, 1)


def test_nominal_labels_without_a_positive_one_have_no_direction_but_a_test() -> None:
    rng = np.random.default_rng(0)
    voices = voices_of(np.vstack([0.7 + 0.05 * rng.random(50), 0.5 + 0.05 * rng.random(50)]), ["a", "b"])
    row = attribute_effects(voices, [("a", "b", "age", "old")], **QUICK).iloc[0]
    assert np.isnan(row["shift"])
    assert row["p_value"] < 1e-6
    assert "no direction" in row["note"]


def test_sampled_answers_are_told_as_biased() -> None:
    voices = voices_of(np.array([[0.6], [0.4]]), ["a", "b"], draws=5)
    assert "sampled, 5 answers" in attribute_effects(voices, [("a", "b", "age", "old")], "1", **QUICK).loc[0, "note"]


def test_what_cannot_be_measured_is_said() -> None:
    voices = voices_of(np.array([[0.6], [0.4]]), ["a", "b"])
    with pytest.raises(InputError, match="persona counterfactual"):
        attribute_effects(voices, [], "1")
    with pytest.raises(InputError, match="persona 'z'"):
        attribute_effects(voices, [("a", "z", "age", "old")], "1")
    with pytest.raises(InputError, match="positive 'x'"):
        attribute_effects(voices, [("a", "b", "age", "old")], "x")


def test_hotelling_is_the_t_test_in_one_dimension_and_says_what_is_certain() -> None:
    from scipy.stats import ttest_1samp

    x = np.random.default_rng(3).normal(0.2, 1, (40, 1))
    mean = x.mean(axis=0)
    assert hotelling(x - mean, mean) == pytest.approx(ttest_1samp(x[:, 0], 0).pvalue, abs=1e-12)
    assert hotelling(np.zeros((5, 1)), np.zeros(1)) == 1.0
    assert hotelling(np.zeros((5, 1)), np.ones(1)) == 0.0
    halves = np.random.default_rng(0).random(30) - 0.5
    opposite = np.column_stack([halves, -halves])  # always add up to the same: certain, although each varies
    assert hotelling(opposite - opposite.mean(axis=0), np.array([0.1, 0.2])) == 0.0
    assert np.isnan(hotelling(np.zeros((1, 1)), np.ones(1)))  # one item shows nothing


def test_hotelling_does_not_depend_on_which_label_is_left_out() -> None:
    shares = np.random.default_rng(1).dirichlet([2, 3, 4], 60) - [0.25, 0.33, 0.42]
    results = []
    for kept in ([0, 1], [0, 2], [1, 2]):
        mean = shares[:, kept].mean(axis=0)
        results.append(hotelling(shares[:, kept] - mean, mean))
    np.testing.assert_allclose(results, results[0], rtol=1e-9)


def test_holm_is_that_of_statsmodels() -> None:
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(0).random(20) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1], atol=1e-12)
    np.testing.assert_allclose(holm([0.01, np.nan, 0.04]), [0.02, np.nan, 0.04])


def test_the_demo_posts_are_those_of_the_corpus() -> None:
    assert demo_effects().loc[0, "n_items"] == len(corpus_posts())


def test_more_values_than_items_find_nothing_where_there_is_nothing() -> None:
    """25 values, 20 items: the values' covariance cannot be known, and must not be taken for certainty."""
    found = []
    for study in range(200):
        x = np.random.default_rng(study).normal(size=(20, 25))
        found.append(hotelling(x - x.mean(axis=0), x.mean(axis=0)) < 0.05)
    assert np.mean(found) <= 0.10
    x[:, 3] += 3
    assert hotelling(x - x.mean(axis=0), x.mean(axis=0)) < 1e-6


def test_pairs_without_a_common_item_are_no_raters_and_one_item_has_no_interval() -> None:
    chance = np.array([[0.6, 0.3], [0.4, 0.4], [np.nan, 0.5], [0.5, np.nan]])
    pairs = [("a", "b", "age", "old"), ("c", "d", "place", "here")]
    table = attribute_effects(voices_of(chance, list("abcd")), pairs, "1", **QUICK).set_index(["attribute", "value"])
    nothing = table.loc[("place", "")]
    assert (nothing["n_pairs"], nothing["n_items"], nothing["n_raters"], nothing["dropped"]) == (0, 0, 0, 2)
    assert np.isnan(nothing["total_variation"])
    assert "no item has a label of both personas" in nothing["note"]
    one = attribute_effects(voices_of(chance[:2, :1], list("ab")), pairs[:1], "1", **QUICK).iloc[0]
    assert one["total_variation"] == pytest.approx(0.2)
    assert np.isnan([one["low"], one["excess_low"], one["shift_high"], one["p_value"]]).all()
    assert "one item: no interval" in one["note"]
