"""Persona signal: the split against brute force, known truths, and a test that finds what is there and nothing else."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine.demo.corpus import corpus_people, corpus_posts
from engine.demo.world import CHORUS_SHARE, consensus, probability
from engine.errors import InputError
from engine.measures import persona_signal
from engine.measures.voices import voices
from tests.engine.measures import arrays

QUICK = {"permutations": 199, "resamples": 100}


def of_exact(p: np.ndarray, **more: object) -> object:
    """Voices of distributions (personas, items, wordings, labels)."""
    return voices(arrays.exact(p[:, :, :, None], **more))


def of_draws(p: np.ndarray, repeats: int, seed: int) -> object:
    """Voices of `repeats` draws from distributions (personas, items, wordings, labels)."""
    drawn = np.random.default_rng(seed).random((*p.shape[:3], 1, repeats, 1))
    codes = (drawn > np.cumsum(p, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1)
    return voices(arrays.sampled(codes, [1.0], p.shape[-1]))


def demo(share: float | None = None, n_items: int = 360) -> np.ndarray:
    """The demo world's rule as distributions of its twelve people; a share: what demo-chorus is taught."""
    posts = corpus_posts()[:n_items]
    yes = [
        [probability(p, a.attributes) if share is None else consensus(p, a.attributes, share) for p in posts]
        for a in corpus_people()
    ]
    return np.stack([1 - np.array(yes), np.array(yes)], axis=-1)[:, :, None]


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
def test_signal_and_noise_are_the_split_of_the_curve(level: str) -> None:
    """Another way to the same numbers: the columns of the temperature curve."""
    from engine.measures import agreement_by_temperature

    p = np.random.default_rng(1).dirichlet(np.ones(4), (3, 8, 2))
    run = arrays.exact(p[:, :, :, None], level=level)
    found = persona_signal(voices(run), **QUICK)
    curve = agreement_by_temperature(run, [1.0], resamples=0)
    assert found.signal.value == pytest.approx(curve["signal"][0], abs=1e-12)
    assert found.noise.value == pytest.approx(curve["noise"][0], abs=1e-12)
    assert found.ratio.value == pytest.approx(found.signal.value / found.noise.value)


def test_signal_by_brute_force_where_answers_are_missing() -> None:
    rng = np.random.default_rng(2)
    p = rng.dirichlet(np.ones(3), (4, 6, 1))
    p[0, :3] = p[1, 2] = p[2, 2] = np.nan  # item 2 has one persona left
    found = persona_signal(of_exact(p), **QUICK)
    signal = noise = weight = 0.0
    for item in range(6):
        there = [a for a in range(4) if not np.isnan(p[a, item, 0, 0])]
        if len(there) < 2:
            continue
        pairs = [((p[a, item, 0] - p[b, item, 0]) ** 2).sum() / 2 for a, b in itertools.combinations(there, 2)]
        own = [1 - (p[a, item, 0] ** 2).sum() for a in there]
        signal += len(there) * float(np.mean(pairs))
        noise += len(there) * float(np.mean(own))
        weight += len(there)
    assert found.signal.value == pytest.approx(signal / weight)
    assert found.noise.value == pytest.approx(noise / weight)
    assert found.signal.n_items == 5
    assert found.signal.dropped["cells without a label"] == 5


@pytest.mark.parametrize("temperature", [0.0, 0.3, 1.0, 2.0])
def test_identical_personas_have_a_signal_of_exactly_zero(temperature: float) -> None:
    one = np.random.default_rng(3).dirichlet(np.ones(3), (1, 50, 2))
    run = arrays.exact(np.repeat(one, 7, axis=0)[:, :, :, None])
    found = persona_signal(voices(run, temperature), **QUICK)
    assert found.signal.value == 0.0
    assert found.signal.low == found.signal.high == 0.0
    assert not found.distinguishable
    assert "not distinguishable from one persona asked twice" in found.sentence


def test_draws_show_the_true_signal_without_bias() -> None:
    p = np.random.default_rng(4).dirichlet(np.ones(3), (5, 60, 1))
    truth = persona_signal(of_exact(p), **QUICK)
    found = [persona_signal(of_draws(p, 2, seed), permutations=1, resamples=0) for seed in range(150)]
    for name in ("signal", "noise"):
        values = np.array([getattr(f, name).value for f in found])
        error = values.std() / math.sqrt(len(values))
        assert abs(values.mean() - getattr(truth, name).value) < 3.5 * error, name


def test_one_persona_under_twelve_names_is_found_at_the_nominal_rate() -> None:
    one = np.random.default_rng(5).dirichlet(np.ones(2), (1, 30, 1))
    same = np.repeat(one, 6, axis=0)
    p = np.array(
        [persona_signal(of_draws(same, 3, s), permutations=99, resamples=0, seed=s).p_value for s in range(200)]
    )
    assert 0.01 <= (p <= 0.05).mean() <= 0.10
    assert 0.4 < p.mean() < 0.6


def test_the_rule_of_the_demo_is_heard_and_its_chorus_is_not() -> None:
    many, one = (persona_signal(of_exact(demo(share)), **QUICK) for share in (None, CHORUS_SHARE))
    assert many.distinguishable
    assert not one.distinguishable
    assert many.ratio.low > 10 * one.ratio.high
    assert "12 personas, 360 items" in one.sentence
    drawn = persona_signal(of_draws(demo(), 4, seed=6), **QUICK)
    assert drawn.distinguishable
    assert drawn.signal.low < many.signal.value < drawn.signal.high


def test_the_interval_covers_the_signal_of_all_items() -> None:
    everything = demo()
    truth = persona_signal(of_exact(everything), permutations=1, resamples=0).signal.value
    rng = np.random.default_rng(7)
    covered = 0
    for seed in range(200):
        chosen = everything[:, rng.integers(0, 360, 150)]
        found = persona_signal(of_exact(chosen), permutations=1, resamples=300, seed=seed).signal
        covered += found.low <= truth <= found.high
    assert 0.90 <= covered / 200 <= 0.98


def test_a_persona_that_never_answers_is_left_out_and_counted() -> None:
    p = np.random.default_rng(8).dirichlet(np.ones(2), (3, 20, 1))
    silent = np.concatenate([p, np.full((1, 20, 1, 2), np.nan)])
    found, without = (persona_signal(of_exact(q), **QUICK) for q in (silent, p))
    assert found.signal.value == pytest.approx(without.signal.value)
    assert found.signal.n_raters == 3
    assert found.signal.dropped == {"cells without a label": 20}


def test_no_noise_no_ratio() -> None:
    p = np.eye(2)[np.random.default_rng(9).integers(0, 2, (3, 20, 1))]
    found = persona_signal(of_exact(p), **QUICK)
    assert found.noise.value == 0.0
    assert math.isnan(found.ratio.value)
    assert "no noise" in found.ratio.note
    assert found.sentence.startswith("Persona signal is 0.")


@pytest.mark.parametrize(
    ("case", "words"), [("one persona", "one persona"), ("one repeat", "without repeats"), ("nothing", "repeats")]
)
def test_too_little_is_undefined_with_a_reason(case: str, words: str) -> None:
    p = np.full((3, 4, 1, 2), 0.5)
    given = {
        "one persona": lambda: of_exact(p[:1]),
        "one repeat": lambda: of_draws(p, 1, 0),
        "nothing": lambda: of_exact(np.full((3, 4, 1, 2), np.nan)),
    }[case]()
    found = persona_signal(given, **QUICK)
    assert math.isnan(found.signal.value)
    assert math.isnan(found.p_value)
    assert words in found.signal.note
    assert words in found.sentence


def test_settings_out_of_range_are_refused() -> None:
    with pytest.raises(InputError, match="permutations 0"):
        persona_signal(of_exact(np.full((2, 3, 1, 2), 0.5)), permutations=0)
