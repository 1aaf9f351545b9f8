"""Cells: one row for each persona and target, its value beside its interval, its null and its ceilings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.measures.accelerated import accelerated_interval
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import percentile_interval
from engine.measures.targets import Targets
from engine.measures.voices import Voices

CELL_COLUMNS = (
    "persona", "kind", "target", "target_group", "own", "value", "low", "high", "confidence", "null_mean", "null_low",
    "null_high", "null_p", "evidence", "persona_ceiling", "target_ceiling", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of a table of cells, one row a persona and target.

kind, target_group, own: of the persona; the group that the target belongs to; whether the persona stands for it
value, low, high: similarity and its interval at `confidence`
null_mean, null_low, null_high: of personas shuffled within items (strong and weak ones; any kind where there are fewer
    than two); null_p the share of them at least as like (never 0); evidence, whether value lies above null_high
persona_ceiling: the persona beside as many fresh answers of its own as the target has people
target_ceiling: the group beside itself (mean of random halves; NaN for annotators, who labelled once)
n_items: items that both have labels for; n_raters: people behind the target
dropped: items left out for lack of a label
note: why a value is missing, or what to know of it
"""
TOLERANCE = 1e-12
"""Similarities nearer than this are equal but for rounding."""


@dataclass(frozen=True)
class Cells:
    """What the table of cells is made of."""

    values: Floats
    """(personas, targets); NaN where undefined."""
    low: Floats
    high: Floats
    null: Floats
    """(shuffled personas, targets)."""
    persona_ceiling: Floats
    """(personas, targets)."""
    target_ceiling: Floats
    """(targets,)."""
    n_items: Ints
    """(personas, targets)."""
    notes: npt.NDArray[np.object_]
    """(personas, targets)."""

    def table(self, voices: Voices, targets: Targets, by: str, confidence: float) -> pd.DataFrame:
        """Return one row a cell, with CELL_COLUMNS."""
        shape = self.values.shape
        null_low, null_high, _ = intervals_of_cells(self.null, confidence, np.full(len(targets.names), 2))
        stands_for = voices.annotators if by == "annotator" else voices.groups
        own = np.array(stands_for or ("",) * shape[0], dtype=object)[:, None] == np.array(targets.names, dtype=object)
        by_target = {
            "target": np.array(targets.names, dtype=object), "target_group": np.array(targets.groups, dtype=object),
            "null_mean": mean_of_known(self.null), "null_low": null_low, "null_high": null_high,
            "target_ceiling": self.target_ceiling, "n_raters": np.array(targets.n_people),
        }  # fmt: skip
        by_persona = {
            "persona": np.array(voices.personas, dtype=object),
            "kind": np.array(voices.kinds or [""] * shape[0], dtype=object),
        }
        by_cell = {
            "own": own.astype(bool) & bool(stands_for), "value": self.values, "low": self.low, "high": self.high,
            "confidence": np.full(shape, confidence), "null_p": share_at_least(self.null, self.values),
            "evidence": self.values > null_high + TOLERANCE, "persona_ceiling": self.persona_ceiling,
            "n_items": self.n_items, "dropped": len(voices.items) - self.n_items, "note": self.notes,
        }  # fmt: skip
        columns = {name: np.broadcast_to(array, shape) for name, array in by_target.items()}
        columns |= {name: np.broadcast_to(array[:, None], shape) for name, array in by_persona.items()} | by_cell
        return pd.DataFrame({name: columns[name].ravel() for name in CELL_COLUMNS})


def intervals_of_cells(
    draws: Floats, confidence: float, n_items: Ints, values: Floats | None = None, acceleration: Floats | None = None
) -> tuple[Floats, Floats, Ints]:
    """Return low, high and the undefined draws of every cell; no interval from fewer than two items.

    Args:
        draws: (resamples, ...cells).
        confidence: coverage that the intervals aim at.
        n_items: (...cells), or what spreads to it.
        values: (...cells) of all items, and
        acceleration: (...cells): with both the intervals are bias-corrected and accelerated, else percentiles.
    """
    resamples, *shape = draws.shape
    if resamples == 0:
        return np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int64)
    flat = draws.reshape(resamples, int(np.prod(shape)))
    if values is None or acceleration is None:
        ends = percentile_interval(flat, confidence)
    else:
        ends = accelerated_interval(flat, values.ravel(), acceleration.ravel(), confidence)
    low, high = (np.where(n_items < 2, np.nan, end.reshape(shape)) for end in ends[:2])
    return low, high, ends[2].reshape(shape)


def shuffled_personas(voices: Voices) -> Ints:
    """Return the places of the personas that the null shuffles: those that play somebody, where there are two."""
    playing = np.flatnonzero([kind in ("strong", "weak") for kind in voices.kinds])
    return playing if len(playing) > 1 else np.arange(len(voices.personas))


def mean_of_known(draws: Floats) -> Floats:
    """Return the mean over the first axis of what is there; NaN where nothing is."""
    known = ~np.isnan(draws)
    with np.errstate(invalid="ignore"):
        mean: Floats = np.where(known, draws, 0.0).sum(axis=0) / known.sum(axis=0)
    return mean


def share_at_least(null: Floats, values: Floats) -> Floats:
    """Return (1 + shuffled personas at least as like) / (1 + shuffled personas), NaN where there is no value or null.

    Args:
        null: (shuffled personas, targets).
        values: (personas, targets).
    """
    known = ~np.isnan(null)
    ordered = np.sort(np.where(known, null, -np.inf), axis=0)
    below = [np.searchsorted(ordered[:, a], values[:, a] - TOLERANCE) for a in range(values.shape[1])]
    share = (1 + len(null) - np.stack(below, axis=1)) / (1 + known.sum(axis=0))
    return np.where(np.isnan(values) | ~known.any(axis=0), np.nan, share)
