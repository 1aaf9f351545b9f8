"""Copies are found where draws are copied, and honest draws, however certain, are let be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.runs.copies import find_copies
from engine.runs.run_folder import RunFolder

CELLS, REPEATS = 60, 4


def stored(tmp_path: Path, draws: dict[float, np.ndarray]) -> RunFolder:
    """A run folder of texts from (cells, repeats) arrays by temperature."""
    tmp_path.mkdir(exist_ok=True)
    run = RunFolder(tmp_path)
    run.append(
        [
            {"key": f"{t}-{c}-{r}", "persona_id": "p", "item_id": f"i{c}", "wording": "w", "temperature": t,
             "repeat": r, "status": "ok", "label": "x", "text": str(array[c, r])}
            for t, array in draws.items() for c in range(array.shape[0]) for r in range(array.shape[1])
        ]
    )  # fmt: skip
    return run


def honest(rng: np.random.Generator, p: np.ndarray, temperature: float, repeats: int = REPEATS) -> np.ndarray:
    odds = (p / (1 - p)) ** (1 / temperature)
    return (rng.random((len(p), repeats)) < (odds / (1 + odds))[:, None]).astype(int)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("certainty", [1, 20])
def test_honest_draws_are_let_be(tmp_path: Path, seed: int, certainty: int) -> None:
    rng = np.random.default_rng(seed)
    p = rng.beta(1 / certainty, 1 / certainty, CELLS).clip(1e-6, 1 - 1e-6)
    run = stored(tmp_path, {t: honest(rng, p, t) for t in (0.3, 0.7, 1.5)})
    assert find_copies(run) == []


def test_repeats_that_are_one_draw_are_found_by_the_temperature_below(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    p = rng.uniform(0.2, 0.8, CELLS)
    run = stored(tmp_path, {t: honest(rng, p, t, 1).repeat(REPEATS, axis=1) for t in (0.7, 1.5)})
    notes = find_copies(run)
    assert len(notes) == 1
    assert "T=1.5" in notes[0]
    assert "copies of one draw" in notes[0]


def test_an_attempt_that_replays_another_is_found_by_the_pairs(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    draws = honest(rng, rng.uniform(0.2, 0.8, CELLS), 1.0)
    draws[:, 3] = draws[:, 1]
    notes = find_copies(stored(tmp_path, {1.0: draws}))
    assert len(notes) == 1
    assert "repeats 1 and 3" in notes[0]


def test_full_agreement_at_one_temperature_is_told_as_open(tmp_path: Path) -> None:
    draws = np.random.default_rng(3).integers(0, 2, (CELLS, 1)).repeat(3, axis=1)
    notes = find_copies(stored(tmp_path, {0.7: draws}))
    assert len(notes) == 1
    assert "Either the model is certain" in notes[0]


def test_too_little_to_tell_says_nothing(tmp_path: Path) -> None:
    few = np.ones((10, 3), dtype=int)
    assert find_copies(stored(tmp_path / "a", {0.7: few, 1.5: few})) == []
    assert find_copies(stored(tmp_path / "b", {0.0: np.ones((CELLS, 5), dtype=int)})) == []
    assert find_copies(stored(tmp_path / "c", {0.7: np.ones((CELLS, 1), dtype=int)})) == []
