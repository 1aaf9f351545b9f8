"""An exact and a sampled run side by side: do the draws come from the distributions that the logits promise?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.common_items import common_items
from engine.measures.exact_check import IMPOSSIBLE, ExactCheck, check_against_exact
from engine.measures.repeat_check import RepeatCheck, check_repeats
from engine.measures.temperature import at_temperature, log_probability
from engine.measures.voices import codes_at

if TYPE_CHECKING:
    import xarray as xr

ITEM_COLUMNS = ("item", "label", "n_draws", "drawn", "expected", "z")
"""Columns of the scores an item.

item, label: what is compared
n_draws: answers of all personas and wordings to the item
drawn: how many of them gave the label
expected: how many the exact distributions promise
z: (drawn - expected) / its standard deviation: mean 0 and variance 1 where both runs agree; NaN where it is certain
"""


@dataclass(frozen=True)
class ExactComparison:
    """A sampled run against an exact one at one temperature."""

    temperature: float
    check: ExactCheck
    """Scores of every cell, and their root mean square."""
    items: pd.DataFrame
    """One row an item and label, with ITEM_COLUMNS."""
    repeats: RepeatCheck
    """Whether repeats are copies, now that the distribution is known."""
    n_personas: int
    n_wordings: int
    dropped: Mapping[str, int]
    """What only one of the two runs has."""

    @property
    def agree(self) -> bool:
        """Whether nothing speaks against the draws: no impossible label, no copies, and an rms whose interval is not
        above 1."""
        low = self.check.rms.low if self.check.rms.defined else 0.0
        return not (self.check.n_impossible or self.repeats.verdict == "copies" or low > 1)

    @property
    def sentence(self) -> str:
        """The finding in one sentence with its numbers."""
        rms = self.check.rms
        score = (
            f"rms of z {rms.value:.2f} [{rms.low:.2f}, {rms.high:.2f}] over {rms.n_items:,} cells"
            if rms.defined
            else rms.note
        )
        verdict = "exact and sampled agree" if self.agree else "exact and sampled do not agree"
        impossible = f", {self.check.n_impossible:,} impossible" if self.check.n_impossible else ""
        copies = ", with repeats that are copies" if self.repeats.verdict == "copies" else ""
        return (
            f"At temperature {self.temperature:g} {verdict}: {score}; {self.check.n_draws:,} draws{impossible}{copies}."
        )


def compare_with_exact(
    exact: xr.Dataset, sampled: xr.Dataset, temperature: float | None = None, **settings: Any
) -> ExactComparison:
    """Compare the draws of a sampled run with an exact run of the same cells.

    Args:
        exact: of a run of the same model, personas, items and wordings; what only one has is left out and counted.
        sampled: of a run.
        temperature: one of the sampled run's own; None: the only one.
        settings: resamples, confidence, seed, as of `check_against_exact`.

    Raises:
        InputError: a run of the other kind, runs that share nothing, or a temperature that the run does not have.
    """
    if "probability" not in exact or "code" not in sampled:
        raise InputError("expected an exact run first and a sampled one second. Exchange them, or name others.")
    if list(exact.attrs["labels"]) != list(sampled.attrs["labels"]):
        raise InputError(
            f"the exact run's labels {list(exact.attrs['labels'])} are not the sampled run's "
            f"{list(sampled.attrs['labels'])}: they do not belong together. Compare runs of one task."
        )
    shared = {axis: _shared(exact, sampled, axis) for axis in ("persona", "wording")}
    shared["item"] = common_items({"the exact run": exact, "the sampled run": sampled})
    left, right = (_only(run, shared) for run in (exact, sampled))
    codes, temperature = codes_at(right, temperature)
    p = left["probability"].transpose("persona", "item", "wording", "repeat", "label").to_numpy()[:, :, :, 0]
    logprobs = log_probability(p)
    counts: Ints = (codes[..., None] == np.arange(p.shape[-1])).sum(axis=3)
    tempered = at_temperature(logprobs, temperature)
    n_labels = p.shape[-1]
    return ExactComparison(
        temperature,
        check_against_exact(
            logprobs.reshape(-1, n_labels), counts.reshape(-1, n_labels), temperature, **settings
        ),
        _scores(tempered, counts, shared["item"], [str(label) for label in exact.attrs["labels"]]),
        check_repeats(right, temperature, tempered, **settings),
        len(shared["persona"]),
        len(shared["wording"]),
        {
            f"{axis}s of one run alone": only
            for axis, names in shared.items()
            if (only := exact.sizes[axis] + sampled.sizes[axis] - 2 * len(names))
        },
    )  # fmt: skip


def _shared(exact: xr.Dataset, sampled: xr.Dataset, axis: str) -> list[str]:
    names = {name: [str(n) for n in run[axis].to_numpy()] for name, run in (("exact", exact), ("sampled", sampled))}
    shared = [name for name in names["exact"] if name in set(names["sampled"])]
    if not shared:
        raise InputError(
            f"the two runs share no {axis}: the exact one has {names['exact'][:3]} ({len(names['exact'])}), the "
            f"sampled one {names['sampled'][:3]} ({len(names['sampled'])}). Compare runs of the same personas and "
            "wordings."
        )
    return shared


def _only(run: xr.Dataset, shared: Mapping[str, list[str]]) -> xr.Dataset:
    for axis, names in shared.items():
        place = {str(name): i for i, name in enumerate(run[axis].to_numpy())}
        run = run.isel({axis: [place[name] for name in names]})
    return run


def _scores(p: Floats, counts: Ints, items: list[str], labels: list[str]) -> pd.DataFrame:
    known = ~np.isnan(p[..., :1])
    asked = np.where(known, counts.sum(axis=-1, keepdims=True), 0)
    filled = np.where(known, p, 0.0)
    expected = (asked * filled).sum(axis=(0, 2))
    variance = (asked * filled * (1 - filled)).sum(axis=(0, 2))
    drawn = np.where(known, counts, 0).sum(axis=(0, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(variance > IMPOSSIBLE, (drawn - expected) / np.sqrt(variance), np.nan)
    n_draws = np.broadcast_to(asked.sum(axis=(0, 2)), drawn.shape)
    return pd.DataFrame(
        {
            "item": np.repeat(np.array(items, dtype=object), len(labels)),
            "label": np.tile(np.array(labels, dtype=object), len(items)),
            "n_draws": n_draws.ravel(),
            "drawn": drawn.ravel(),
            "expected": expected.ravel(),
            "z": z.ravel(),
        },
        columns=list(ITEM_COLUMNS),
    )
