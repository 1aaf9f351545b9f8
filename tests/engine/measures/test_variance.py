"""Variance components: mean squares by hand, an independent REML fit, and truths that the intervals must hold."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest

from engine.demo.corpus import corpus_posts
from engine.demo.world import ATTRIBUTES, probability
from engine.measures.variance import COMPONENTS, variance_components
from engine.measures.voices import Voices, voices
from tests.engine.measures import arrays


def of_numbers(values: np.ndarray, draws: float = np.inf) -> Voices:
    """Voices whose answers are these numbers (personas, items, wordings), as means of a scale from -50 to 50."""
    p = np.stack([(50 - values) / 100, (50 + values) / 100], axis=-1)
    p_, i, w = values.shape
    names = [tuple(f"{k}{n}" for n in range(size)) for k, size in (("p", p_), ("i", i), ("w", w))]
    return Voices(
        *names, labels=("low", "high"), level="interval", values=(-50.0, 50.0), temperature=1.0,
        probability=p, draws=np.full(values.shape, draws),
    )  # fmt: skip


def crossed(sizes: tuple[int, int, int], spread: dict[str, float], seed: int) -> np.ndarray:
    """Normal crossed effects with these standard deviations, (personas, items, wordings)."""
    rng = np.random.default_rng(seed)
    y = np.zeros(sizes)
    for component, sd in spread.items():
        parts = component.split(" x ")
        shape = [n if f in parts else 1 for f, n in zip(("persona", "item", "wording"), sizes, strict=True)]
        y = y + rng.normal(0, sd, shape)
    return y


def value_of(found: object, component: str) -> float:
    return found.variance(component)  # type: ignore[attr-defined, no-any-return]


def test_two_factors_by_hand() -> None:
    y = crossed((4, 6, 1), {"persona": 1, "item": 2, "persona x item": 1.5}, 1)
    z = y[..., 0]
    rest = z - z.mean(0) - z.mean(1)[:, None] + z.mean()
    ms_pi = (rest**2).sum() / 15
    ms_p = 6 * ((z.mean(1) - z.mean()) ** 2).sum() / 3
    ms_i = 4 * ((z.mean(0) - z.mean()) ** 2).sum() / 5
    found = variance_components(of_numbers(y), resamples=0)
    assert value_of(found, "persona x item") == pytest.approx(ms_pi)
    assert value_of(found, "persona") == pytest.approx(max(0, (ms_p - ms_pi) / 6))
    assert value_of(found, "item") == pytest.approx(max(0, (ms_i - ms_pi) / 4))
    assert list(found.table["component"]) == ["item", "persona", "persona x item", "run"]
    assert found.table["share"].sum() == pytest.approx(1)


def test_agrees_with_the_reml_estimate_of_statsmodels() -> None:
    """On balanced data whose components are all positive, REML solves the same equations."""
    import statsmodels.formula.api as smf

    y = crossed((6, 8, 1), {"persona": 2, "item": 3, "persona x item": 1}, 2)[..., 0]
    frame = pd.DataFrame(
        [(v, f"p{a}", f"i{b}", "one") for (a, b), v in np.ndenumerate(y)], columns=["y", "p", "i", "g"]
    )
    fit = smf.mixedlm(
        "y ~ 1", frame, groups="g", re_formula="0", vc_formula={"persona": "0 + C(p)", "item": "0 + C(i)"}
    ).fit(reml=True)
    theirs = dict(zip(fit.model.exog_vc.names, fit.vcomp, strict=True))
    found = variance_components(of_numbers(y[..., None]), resamples=0)
    assert value_of(found, "persona") == pytest.approx(theirs["persona"], rel=1e-3)
    assert value_of(found, "item") == pytest.approx(theirs["item"], rel=1e-3)
    assert value_of(found, "persona x item") == pytest.approx(fit.scale, rel=1e-3)


def test_three_factors_by_hand() -> None:
    """Mean squares from effects that are averaged and subtracted one by one."""
    sizes = (3, 5, 4)
    y = crossed(
        sizes, dict.fromkeys(("persona", "item", "wording", "persona x item", "persona x item x wording"), 1.0), 3
    )
    effects: dict[tuple[int, ...], np.ndarray] = {}
    ms: dict[tuple[int, ...], float] = {}
    for kept in [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]:
        away = tuple(a for a in range(3) if a not in kept)
        mean = y.mean(axis=away, keepdims=True) if away else y
        below = [e for k, e in effects.items() if set(k) < set(kept)]
        effects[kept] = mean - sum(below) if below else mean
        degrees = np.prod([sizes[a] - 1 for a in kept])
        ms[kept] = float((np.broadcast_to(effects[kept], sizes) ** 2).sum() / degrees) if kept else 0.0
    p, i, w = sizes
    piw = ms[0, 1, 2]
    truth = {
        "persona": (ms[0,] - ms[0, 1] - ms[0, 2] + piw) / (i * w),
        "item": (ms[1,] - ms[0, 1] - ms[1, 2] + piw) / (p * w),
        "wording": (ms[2,] - ms[0, 2] - ms[1, 2] + piw) / (p * i),
        "persona x item": (ms[0, 1] - piw) / w,
        "persona x wording": (ms[0, 2] - piw) / i,
        "item x wording": (ms[1, 2] - piw) / p,
        "persona x item x wording": piw,
    }
    found = variance_components(of_numbers(y), resamples=0)
    for component, value in truth.items():
        assert value_of(found, component) == pytest.approx(max(0, value), abs=1e-12), component


def test_normal_effects_lie_in_their_intervals() -> None:
    spread = {
        "persona": 2.0, "item": 3.0, "wording": 1.0, "persona x item": 1.5, "persona x wording": 0.7,
        "item x wording": 0.8, "persona x item x wording": 1.0,
    }  # fmt: skip
    held = dict.fromkeys(spread, 0)
    for seed in range(100):
        found = variance_components(of_numbers(crossed((10, 60, 4), spread, seed)), resamples=400, seed=seed)
        for row in found.table.itertuples():
            if row.component in held:
                held[row.component] += row.low <= spread[row.component] ** 2 <= row.high
    assert min(held.values()) >= 90, held


def world(rng: random.Random, n_personas: int, n_items: int) -> np.ndarray:
    """Probabilities of the demo's rule for people and posts drawn at random, (personas, items)."""
    people = [{name: rng.choice(values) for name, values in ATTRIBUTES.items()} for _ in range(n_personas)]
    posts = rng.choices(corpus_posts(), k=n_items)
    return np.array([[probability(post, person) for post in posts] for person in people])


def test_the_truth_of_the_demo_is_in_at_least_90_of_100_intervals() -> None:
    """Personas and posts drawn from the demo world, three answers each; the truth is that of very many."""
    big = world(random.Random(0), 600, 1200)
    i, p = big.mean(axis=0), big.mean(axis=1)
    rest = big - i - p[:, None] + big.mean()
    truth = {  # nominal with two labels: the sum over both
        "item": 2 * i.var(), "persona": 2 * p.var(), "persona x item": 2 * (rest**2).mean(),
        "run": 2 * (big * (1 - big)).mean(),
    }  # fmt: skip
    held = dict.fromkeys(truth, 0)
    for seed in range(100):
        yes = world(random.Random(seed + 1), 12, 150)
        drawn = np.random.default_rng(seed).random((12, 150, 1, 1, 3)) < yes[:, :, None, None, None]
        found = variance_components(voices(arrays.sampled(drawn.astype(int), [1.0], 2)), resamples=400, seed=seed)
        for row in found.table.itertuples():
            held[row.component] += row.low <= truth[row.component] <= row.high
    assert min(held.values()) >= 90, held


def test_draws_show_the_components_of_their_distributions() -> None:
    """The noise of few repeats does not leak into persona x item."""
    p = np.random.default_rng(4).dirichlet(np.ones(3), (8, 300, 1))
    exact = variance_components(voices(arrays.exact(p[:, :, :, None])), resamples=0)
    u = np.random.default_rng(5).random((8, 300, 1, 1, 3, 1))
    codes = (u > np.cumsum(p, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1)
    drawn = variance_components(voices(arrays.sampled(codes, [1.0], 3)), resamples=0)
    for component in ("persona x item", "run"):
        assert value_of(drawn, component) == pytest.approx(value_of(exact, component), rel=0.08)


def test_identical_personas_have_no_component() -> None:
    one = np.random.default_rng(6).dirichlet(np.ones(2), (1, 40, 2))
    found = variance_components(voices(arrays.exact(np.repeat(one, 5, axis=0)[:, :, :, None])), resamples=200)
    table = found.table.set_index("component")
    for component in ("persona", "persona x item", "persona x wording", "persona x item x wording"):
        assert table.loc[component, "variance"] == pytest.approx(0, abs=1e-15)
        assert table.loc[component, "high"] == pytest.approx(0, abs=1e-12)
    assert table.loc["item x wording", "variance"] > 0.01


def test_one_answer_a_cell_cannot_tell_the_runs_noise() -> None:
    codes = np.random.default_rng(7).integers(0, 2, (4, 30, 1, 1, 1))
    table = variance_components(voices(arrays.sampled(codes, [1.0], 2)), resamples=100).table.set_index("component")
    assert np.isnan(table.loc["run", "variance"])
    assert "repeat the run" in table.loc["run", "note"]
    assert table.loc["persona x item", "variance"] > 0.3  # all of the coin's noise is in there


def test_a_silent_persona_and_incomplete_items_are_left_out_and_counted() -> None:
    p = np.random.default_rng(8).dirichlet(np.ones(2), (3, 20, 1))
    gaps = np.concatenate([p, np.full((1, 20, 1, 2), np.nan)])
    gaps[0, :2] = np.nan
    found = variance_components(voices(arrays.exact(gaps[:, :, :, None])), resamples=0)
    alone = variance_components(voices(arrays.exact(p[:, 2:, :, None])), resamples=0)
    assert found.table.equals(alone.table)
    assert (found.n_items, found.n_raters) == (18, 3)
    assert found.dropped == {
        "cells without a label": 22,
        "personas with labels for less than half of the items": 1,
        "items without a label from every persona and wording": 2,
    }


@pytest.mark.parametrize("shape", [(0, 5, 1), (1, 5, 1), (3, 1, 1), (3, 0, 1), (1, 1, 2)])
def test_too_few_levels_are_undefined_with_a_reason(shape: tuple[int, int, int]) -> None:
    found = variance_components(of_numbers(np.zeros(shape)), resamples=50)
    for row in found.table.itertuples():
        if row.component != "run":
            assert np.isnan(row.variance), row.component
            assert row.note, row.component
    assert set(found.table["component"]) <= set(COMPONENTS)
