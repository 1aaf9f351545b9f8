"""Variance components: how much of the spread of answers lies in items, personas, wordings, and chance.

An answer is taken apart as in a crossed random-effects model (generalizability theory):

    answer = mean + item + persona + persona x item [+ wording + persona x wording + item x wording + all three] + run

On complete, balanced cells the mean squares have known expectations, and solving them for the components is Henderson's
(and REML's, where all components are positive) estimate: closed form, a thousand resamples in one matrix product.

Nominal answers are one-hot vectors: a component is the sum over labels, and the run's is W = 1 - sum_k p(k)^2, the
noise of the other measures. Ordinal answers are their ranks, interval and ratio ones their values.

Source: Searle, Casella and McCulloch, Variance Components (1992), chapter 4, doi:10.1002/9780470316856; intervals of
few levels: Weerahandi, Exact Statistical Methods for Data Analysis (1995), doi:10.1007/978-1-4612-0825-9.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.coincidence import Floats
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.voices import Voices

COMPONENTS = (
    "item", "persona", "persona x item",
    "wording", "persona x wording", "item x wording", "persona x item x wording", "run",
)  # fmt: skip
FEW_LEVELS = ("persona", "wording", "persona x wording")
"""Components whose interval asks for other personas or wordings, not for other items."""
VARIANCE_COLUMNS = ("component", "variance", "low", "high", "share", "n_levels", "interval", "note")
"""Columns of the table of components.

component: one of COMPONENTS; without a second wording those with wording are missing
variance: of one answer, in squared units of the answer (nominal: 0 to 1); an estimate below 0 is shown as 0
low, high: its interval, never below 0
share: of the sum of all defined components, 0 to 1
n_levels: personas, items, wordings or cells that the component was estimated from
interval: 'items drawn again' or 'other personas' / 'other wordings' (normal effects)
note: why a number is missing, or what to know of it
"""
SMALLEST_PERSONA = 0.5
"""A persona with labels for a smaller share of the items is left out, so that it does not cost the items."""


@dataclass(frozen=True)
class VarianceComponents:
    """Where the spread of answers comes from."""

    table: pd.DataFrame
    """One row a component, with VARIANCE_COLUMNS."""
    n_items: int
    n_raters: int
    """Personas that entered."""
    n_wordings: int
    dropped: Mapping[str, int]
    temperature: float
    confidence: float
    note: str

    def variance(self, component: str) -> float:
        """Return one component; NaN where it is undefined or not in the table."""
        found = self.table.loc[self.table["component"] == component, "variance"]
        return float(found.iloc[0]) if len(found) else math.nan


def variance_components(
    voices: Voices, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> VarianceComponents:
    """Split the variance of answers into item, persona, persona x item, wording and run, with intervals.

    The components of items (and what crosses them) have percentile intervals over items drawn again. Those of persona
    and wording rest on a few levels: their intervals are generalized ones for normal effects and answer "what if other
    personas (wordings) of this kind had been asked?", so few levels give wide intervals. The run's noise is read from
    exact distributions, or from repeats; with one answer a cell it cannot be told from what crosses all factors.

    Args:
        voices: items without a label from every persona and wording are left out and counted, as are personas with
            labels for less than half of the items.
        resamples: bootstrap draws of items, and draws for the other intervals; 0 gives none.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    answers, noise, draws, dropped = _complete(voices)
    n_personas, n_items, n_wordings, _ = answers.shape
    names = [c for c in COMPONENTS if n_wordings > 1 or "wording" not in c]
    missing = _missing(answers.shape, bool(np.isnan(noise).any()))
    value = np.full(len(COMPONENTS), np.nan)
    low, high = value.copy(), value.copy()
    if n_items and n_personas:
        rows = _rows(answers, noise, draws)
        value = _components(_mean_squares(rows.sum(axis=0)[None], answers.shape), answers.shape)[0]
        if resamples and n_items > 1:
            drawn = _components(
                _mean_squares(resampled_sums(rows, None, resamples, seed), answers.shape), answers.shape
            )
            low, high, _ = percentile_interval(drawn, confidence)
            pivots = _pivots(rows.sum(axis=0), answers.shape, resamples, seed)
            few = np.isin(COMPONENTS, FEW_LEVELS)
            ends = percentile_interval(pivots, confidence)
            low, high = np.where(few, ends[0], low), np.where(few, ends[1], high)
    undefined = np.array([c in missing for c in COMPONENTS])
    value, low, high = (np.where(undefined, np.nan, numbers) for numbers in (value, low, high))
    return VarianceComponents(
        _table(names, value, low, high, answers.shape, missing),
        n_items, n_personas, n_wordings, dropped, voices.temperature, confidence,
        "" if n_wordings > 1 else "one wording: its effect is part of the others",
    )  # fmt: skip


def _complete(voices: Voices) -> tuple[Floats, Floats, Floats, dict[str, int]]:
    """Return answers (personas, items, wordings, dimensions) of complete items, their variance within cells, draws."""
    present: npt.NDArray[np.bool_] = np.asarray(voices.draws > 0)
    asked: npt.NDArray[np.bool_] = np.all(present, axis=2)
    enough = asked.sum(axis=1) >= max(1.0, SMALLEST_PERSONA * asked.any(axis=0).sum())
    whole = asked[enough].all(axis=0) if enough.any() else np.zeros(asked.shape[1], dtype=bool)
    p = voices.probability[enough][:, whole]
    draws = voices.draws[enough][:, whole]
    code = np.eye(len(voices.labels)) if voices.level == "nominal" else np.array(_numbers(voices))[:, None]
    answers = p @ code
    spread = p @ (code**2).sum(axis=1) - (answers**2).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        correction = np.where(np.isinf(draws), 1.0, draws / np.where(draws > 1, draws - 1, np.nan))
    found = {
        "cells without a label": int((~present).sum()),
        "personas with labels for less than half of the items": int((~enough).sum()),
        "items without a label from every persona and wording": int((~whole).sum()),
    }
    dropped = {reason: count for reason, count in found.items() if count}
    return answers, np.maximum(spread, 0.0) * correction, draws, dropped


def _numbers(voices: Voices) -> tuple[float, ...]:
    return tuple(map(float, range(len(voices.labels)))) if voices.level == "ordinal" else voices.values


def _rows(answers: Floats, noise: Floats, draws: Floats) -> Floats:
    """Return what one item adds, (items, 6 + cells): four sums of squares, noise, noise of cell means, cell values."""
    n_personas, _, n_wordings, _ = answers.shape
    y = answers - answers.mean(axis=(0, 1, 2))
    squares = [
        (y**2).sum(axis=(0, 2, 3)),
        n_wordings * (y.mean(axis=2) ** 2).sum(axis=(0, 2)),
        n_personas * (y.mean(axis=0) ** 2).sum(axis=(1, 2)),
        n_personas * n_wordings * (y.mean(axis=(0, 2)) ** 2).sum(axis=1),
        noise.mean(axis=(0, 2)),
        (noise / draws).mean(axis=(0, 2)),
    ]
    cells = y.transpose(1, 0, 2, 3).reshape(y.shape[1], -1)
    rows: Floats = np.concatenate([np.stack(squares, axis=1), cells], axis=1)
    return rows


def _mean_squares(sums: Floats, shape: tuple[int, ...]) -> Floats:
    """Return mean squares of p, i, w, pi, pw, iw, piw, then the noise of an answer and of a cell, (draws, 9)."""
    p, i, w, d = shape
    mean = sums[:, 6:].reshape(-1, p, w, d) / i
    all_cells, by_pi, by_iw, by_i = sums[:, :4].T
    by_pw = i * (mean**2).sum(axis=(1, 2, 3))
    by_p = i * w * (mean.mean(axis=2) ** 2).sum(axis=(1, 2))
    by_w = i * p * (mean.mean(axis=1) ** 2).sum(axis=(1, 2))
    grand = i * p * w * (mean.mean(axis=(1, 2)) ** 2).sum(axis=1)
    squares = [
        by_p - grand, by_i - grand, by_w - grand,
        by_pi - by_p - by_i + grand, by_pw - by_p - by_w + grand, by_iw - by_i - by_w + grand,
        all_cells - by_pi - by_pw - by_iw + by_p + by_i + by_w - grand,
    ]  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        means = [s / n if n else np.zeros_like(s) for s, n in zip(squares, _degrees(shape), strict=True)]
    return np.stack([*means, sums[:, 4] / i, sums[:, 5] / i], axis=1)


def _degrees(shape: tuple[int, ...]) -> tuple[int, ...]:
    p, i, w = (n - 1 for n in shape[:3])
    return (p, i, w, p * i, p * w, i * w, p * i * w)


def _components(mean_squares: Floats, shape: tuple[int, ...]) -> Floats:
    """Solve the expected mean squares for the components, (draws, COMPONENTS); may fall below 0."""
    n_personas, n_items, n_wordings = shape[:3]
    p, i, w, pi, pw, iw, piw, run, cell = mean_squares.T
    cell = np.where(np.isnan(cell), 0.0, cell)  # one answer a cell: its noise stays in what crosses all factors
    if n_wordings == 1:
        nothing = np.full_like(p, np.nan)
        found = [(i - pi) / n_personas, (p - pi) / n_items, pi - cell, nothing, nothing, nothing, nothing, run]
    else:
        found = [
            (i - pi - iw + piw) / (n_personas * n_wordings),
            (p - pi - pw + piw) / (n_items * n_wordings),
            (pi - piw) / n_wordings,
            (w - pw - iw + piw) / (n_personas * n_items),
            (pw - piw) / n_items,
            (iw - piw) / n_personas,
            piw - cell,
            run,
        ]
    return np.maximum(np.stack(found, axis=1), 0.0)


def _pivots(sums: Floats, shape: tuple[int, ...], resamples: int, seed: int) -> Floats:
    """Return draws of the components from generalized pivotal quantities: each sum of squares over its chi-square."""
    squares = _mean_squares(sums[None], shape)
    degrees = np.array(_degrees(shape), dtype=np.float64)
    chance = np.random.default_rng((seed, 2)).chisquare(np.maximum(degrees, 1), size=(resamples, len(degrees)))
    drawn = np.repeat(squares, resamples, axis=0)
    drawn[:, : len(degrees)] *= degrees / chance
    return _components(drawn, shape)


def _missing(shape: tuple[int, ...], no_noise: bool) -> dict[str, str]:
    """Return which components cannot be estimated, and why."""
    p, i, w = shape[:3]
    missing: dict[str, str] = {}
    for component in COMPONENTS:
        lacking = [
            f"{'no' if n == 0 else 'one'} {factor}"
            for factor, n in (("persona", p), ("item", i), ("wording", w))
            if n < 2 and (factor in component or (factor != "wording" and component != "run"))
        ]
        if lacking or not (p and i):
            missing[component] = ", ".join(lacking or ["nothing complete"])
    if no_noise:
        missing["run"] = "one answer a cell: the run's noise is part of what crosses all factors; repeat the run"
    return missing


def _table(
    names: list[str], value: Floats, low: Floats, high: Floats, shape: tuple[int, ...], missing: Mapping[str, str]
) -> pd.DataFrame:
    levels: dict[str, int] = {}
    sizes = dict(zip(("persona", "item", "wording"), shape, strict=False))
    for component in COMPONENTS:
        parts = component.split(" x ") if component != "run" else list(sizes)
        levels[component] = math.prod(sizes[part] for part in parts)
    chosen: npt.NDArray[np.intp] = np.array([COMPONENTS.index(name) for name in names])
    with np.errstate(invalid="ignore", divide="ignore"):
        share = value / np.nansum(value[chosen])
    few = {"persona": "other personas", "wording": "other wordings", "persona x wording": "other personas, wordings"}
    frame = pd.DataFrame(
        {
            "component": names,
            "variance": value[chosen],
            "low": low[chosen],
            "high": high[chosen],
            "share": share[chosen],
            "n_levels": [levels[name] for name in names],
            "interval": [few.get(name, "items drawn again") for name in names],
            "note": [missing.get(name, "") for name in names],
        },
        columns=list(VARIANCE_COLUMNS),
    )
    return frame
