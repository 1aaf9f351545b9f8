"""Main effects and interactions: against statsmodels, against the demo world's rule, and where they cannot be told."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from engine.demo.posts import held_out_posts
from engine.demo.world import GENDER_LOGIT
from engine.errors import InputError
from engine.measures.factorial import FACTORIAL_COLUMNS, factorial_effects
from tests.engine.measures.world import chances

CROSSED = [
    {"politics": politics, "gender": gender, "region": region}
    for politics, gender, region in itertools.product(("left", "centre", "right"), ("woman", "man"), ("north", "south"))
]
REFERENCE = {"politics": "centre", "gender": "man", "region": "south"}
QUICK = {"resamples": 200, "seed": 2}


def test_main_effects_are_those_of_least_squares_with_item_levels() -> None:
    import statsmodels.formula.api as smf

    rng = np.random.default_rng(0)
    outcome = rng.normal(size=(len(CROSSED), 15))
    found = factorial_effects(outcome, CROSSED, scale="probability", reference=REFERENCE, **QUICK).set_index("term")
    assert tuple(found.reset_index()[list(FACTORIAL_COLUMNS)].columns) == FACTORIAL_COLUMNS
    rows = [{**own, "item": i, "y": outcome[p, i]} for p, own in enumerate(CROSSED) for i in range(15)]
    formula = (
        "y ~ C(item) + C(politics, Treatment('centre')) + C(gender, Treatment('man')) + C(region, Treatment('south'))"
    )
    fit = smf.ols(formula, pd.DataFrame(rows)).fit()
    for term in ("politics=left", "politics=right", "gender=woman", "region=north"):
        name, value = term.split("=")
        key = next(k for k in fit.params.index if name in k and f"T.{value}]" in k)
        assert found.loc[term, "effect"] == pytest.approx(fit.params[key], abs=1e-9)


def test_the_rule_of_the_demo_world_in_log_odds() -> None:
    """Gender without posts about women and men is one number; politics is weighted by the post's target."""
    posts = [post for post in held_out_posts()[:400] if post.target not in ("women", "men")]
    found = factorial_effects(chances(CROSSED, posts), CROSSED, reference=REFERENCE, interactions=True, **QUICK)
    effect = found.set_index("term")["effect"]
    assert effect["gender=woman"] == pytest.approx(GENDER_LOGIT["woman"] - GENDER_LOGIT["man"], abs=1e-9)
    assert effect["politics=left"] > 0 > effect["politics=right"]
    assert abs(effect["region=north"]) < 1e-9
    assert (found.loc[found["order"] == 2, "effect"].abs() < 1e-9).all()  # the rule is additive in log-odds
    assert found.set_index("term").loc["region=north", "p_value"] == 1.0


def test_an_interaction_is_what_two_values_add_together_and_main_effects_stay() -> None:
    both = np.array([own["politics"] == "left" and own["gender"] == "woman" for own in CROSSED])
    outcome = np.array([0.5 * (own["politics"] == "left") for own in CROSSED]) + 2.0 * both
    noisy = outcome[:, None] + np.random.default_rng(0).normal(0, 0.01, (len(CROSSED), 40))
    settings = {"scale": "probability", "reference": REFERENCE, **QUICK}
    alone = factorial_effects(noisy, CROSSED, **settings).set_index("term")["effect"]
    found = factorial_effects(noisy, CROSSED, interactions=True, **settings).set_index("term")
    assert found.loc["politics=left x gender=woman", "effect"] == pytest.approx(2.0, abs=0.02)
    assert found.loc["politics=left x gender=woman", "p_holm"] < 1e-6
    assert found.loc["politics=left", "effect"] == pytest.approx(alone["politics=left"], abs=1e-9)
    assert alone["politics=left"] == pytest.approx(1.5, abs=0.02)  # 0.5 for all, 2 more for half of them


def test_null_terms_are_found_at_the_nominal_rate_and_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(7)
    pool = held_out_posts()[:800]
    chance = chances(CROSSED, pool)
    logit = np.log(chance / (1 - chance))
    truth = factorial_effects(chance, CROSSED, reference=REFERENCE, resamples=0).set_index("term")["effect"]
    found, covered = [], []
    for study in range(150):
        posts = rng.choice(len(pool), 100)
        seen = logit[:, posts] + 0.4 * rng.standard_normal((len(CROSSED), 100))
        table = factorial_effects(
            1 / (1 + np.exp(-seen)), CROSSED, reference=REFERENCE, resamples=300, seed=study
        ).set_index("term")
        found.append(table.loc["region=north", "p_value"] < 0.05)
        covered.append((table["low"] <= truth[table.index]) & (truth[table.index] <= table["high"]))
    assert 0.005 <= np.mean(found) <= 0.11
    assert 0.91 <= np.mean(covered) <= 0.98


def test_terms_that_these_personas_cannot_tell_apart_are_undefined() -> None:
    attributes = [{"age": "old", "place": "here"}, {"age": "young", "place": "there"}] * 2
    found = factorial_effects(np.random.default_rng(0).random((4, 9)), attributes, **QUICK)
    assert found["effect"].isna().all()
    assert found["p_value"].isna().all()
    assert found["note"].str.contains("do not allow").all()


def test_items_without_every_persona_are_left_out_and_counted() -> None:
    outcome = np.random.default_rng(0).random((len(CROSSED), 10))
    outcome[3, 4] = np.nan
    found = factorial_effects(outcome, CROSSED, **QUICK)
    pd.testing.assert_frame_equal(
        found.drop(columns="dropped"),
        factorial_effects(np.delete(outcome, 4, axis=1), CROSSED, **QUICK).drop(columns="dropped"),
    )
    assert set(found["dropped"]) == {1}


def test_certain_probabilities_are_taken_as_nearly_so_and_told() -> None:
    outcome = np.where(np.arange(len(CROSSED))[:, None] % 2, 1.0, 0.5) * np.ones(5)
    found = factorial_effects(outcome, CROSSED, **QUICK)
    assert np.isfinite(found["effect"]).all()
    assert found["note"].str.contains("30 probabilities").all()


@pytest.mark.parametrize(
    ("outcome", "attributes", "more", "match"),
    [
        (np.zeros((3, 2)), CROSSED, {}, "shape"),
        (np.full((12, 2), 1.5), CROSSED, {}, "log-odds"),
        (np.zeros((12, 2)), CROSSED, {"scale": "odds"}, "scale 'odds'"),
        (np.zeros((12, 2)), CROSSED, {"reference": {"age": "old"}}, "attribute 'age'"),
        (np.zeros((12, 2)), CROSSED, {"reference": {"gender": "x"}}, "gender='x'"),
        (np.zeros((2, 2)), [{"a": "b"}] * 2, {}, "do not differ"),
    ],
)
def test_bad_input_is_named(outcome, attributes, more, match) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=match):
        factorial_effects(outcome, attributes, **more)
