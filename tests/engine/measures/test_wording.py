"""Sensitivity to wording, persona and temperature: by hand, with known truths, and undefined where it must be."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures.voices import voices
from engine.measures.wording import wording_sensitivity
from tests.engine.measures import arrays


def run(p: np.ndarray) -> object:
    return arrays.exact(p[:, :, :, None])


def test_the_three_distances_by_hand() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(3), (3, 7, 4))
    warm, cold = voices(run(p)), voices(run(p), 0.5)
    found = wording_sensitivity(warm, cold, resamples=50)

    def mean(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
        return float(np.mean([((a - b) ** 2).sum(axis=-1) / 2 for a, b in pairs]))

    assert found.wording.value == pytest.approx(
        mean([(p[:, :, a], p[:, :, b]) for a, b in itertools.combinations(range(4), 2)])
    )
    assert found.persona.value == pytest.approx(mean([(p[a], p[b]) for a, b in itertools.combinations(range(3), 2)]))
    assert found.temperature.value == pytest.approx(mean([(p, cold.probability)]))
    assert found.wording_to_persona.value == pytest.approx(found.wording.value / found.persona.value)
    per_item = [
        np.mean([((p[:, i, a] - p[:, i, b]) ** 2).sum(-1).mean() / 2 for a, b in itertools.combinations(range(4), 2)])
        for i in range(7)
    ]
    truth = np.corrcoef(per_item, p.max(axis=-1).mean(axis=(0, 2)))[0, 1]
    assert found.confidence_correlation.value == pytest.approx(truth)
    assert found.at == (1.0, 0.5)


def test_wordings_that_do_nothing_have_a_sensitivity_of_exactly_zero() -> None:
    p = np.random.default_rng(2).dirichlet(np.ones(3), (4, 30, 1)).repeat(3, axis=2)
    found = wording_sensitivity(voices(run(p)), resamples=50)
    assert found.wording.value == 0.0
    assert found.wording_to_persona.value == 0.0
    assert found.persona.value > 0.1


def test_wording_matters_where_the_model_is_unsure() -> None:
    rng = np.random.default_rng(3)
    logit = rng.normal(0, 3, (1, 200, 1)) + rng.normal(0, 0.7, (5, 200, 3))
    yes = 1 / (1 + np.exp(-logit))
    slope = wording_sensitivity(voices(run(np.stack([1 - yes, yes], axis=-1)))).confidence_correlation
    assert slope.high < 0


def test_draws_show_the_sensitivity_without_bias() -> None:
    p = np.random.default_rng(4).dirichlet(np.ones(2), (4, 80, 3))
    truth = wording_sensitivity(voices(run(p)), resamples=0)
    found = []
    for seed in range(60):
        u = np.random.default_rng(seed).random((4, 80, 3, 1, 2))
        codes = (u > p[..., :1][..., None]).astype(int)
        found.append(wording_sensitivity(voices(arrays.sampled(codes, [1.0], 2)), resamples=0))
    for name in ("wording", "persona"):
        values = np.array([getattr(f, name).value for f in found])
        assert abs(values.mean() - getattr(truth, name).value) < 3.5 * values.std() / np.sqrt(60), name


def test_draws_have_no_confidence_because_chance_alone_would_correlate() -> None:
    """Two wordings that do nothing, three answers: chance alone makes a correlation of 0.19."""
    chance = np.random.default_rng(5).random((4, 200, 1, 1, 1))
    codes = (np.random.default_rng(6).random((4, 200, 2, 1, 3)) < chance).astype(int)
    found = wording_sensitivity(voices(arrays.sampled(codes, [1.0], 2)), resamples=20)
    assert abs(found.wording.value) < 0.01
    assert math.isnan(found.confidence_correlation.value)
    assert "from draws" in found.confidence_correlation.note


def test_one_wording_is_undefined_with_a_reason() -> None:
    p = np.random.default_rng(5).dirichlet(np.ones(2), (3, 10, 1))
    found = wording_sensitivity(voices(run(p)))
    assert np.isnan([found.wording.value, found.wording_to_persona.value, found.confidence_correlation.value]).all()
    assert "one wording" in found.wording.note
    assert "no second temperature" in found.temperature.note


def test_cells_that_do_not_fit_are_refused() -> None:
    p = np.random.default_rng(6).dirichlet(np.ones(2), (3, 10, 2))
    with pytest.raises(InputError, match="Take both from one run"):
        wording_sensitivity(voices(run(p)), voices(run(p[:2])))
