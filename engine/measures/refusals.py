"""Policies for answers that hold no label: what refusals do to agreement.

Three policies say what a refusal, a hedge or an unparsable answer (engine.measures.labelless) counts as:
    left out      missing; agreement is that of the labels there are
    own category  one more label (nominal tasks only): personas that refuse together agree
    worst case    the label that makes the labels of its unit differ most: no labels behind the answers could have
                  made percent agreement lower
Failed requests are no answers and always left out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.agreement import UNANIMOUS, undefined_note
from engine.measures.coincidence import Floats, Ints, Scale, label_counts, solve, terms_of_counts
from engine.measures.labelless import ANY, AXES, Bools, causes_of
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums

if TYPE_CHECKING:
    import xarray as xr

POLICIES = ("left out", "own category", "worst case")
POLICY_COLUMNS = (
    "temperature", "wording", "policy", "alpha", "low", "high", "agreement", "agreement_low", "agreement_high",
    "n_items", "n_raters", "n_labelless", "note",
)  # fmt: skip
"""Columns of `agreement_by_policy`, one row a temperature (and a wording) and a policy.

wording: which one; '' for all together
alpha, low, high: Krippendorff's alpha and its interval; NaN where undefined
agreement, agreement_low, agreement_high: percent agreement as a share, 0 to 1
n_items, n_raters: what entered; n_labelless: answers without a label, which the policy decides about
note: why a number is missing
"""


def agreement_by_policy(
    sampled: xr.Dataset,
    personas: Sequence[str] | None = None,
    *,
    by_wording: bool = False,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> pd.DataFrame:
    """Agreement of personas at each temperature under the three policies for answers without a label.

    Every repeat of an item in a wording is a unit of its own; items are drawn with all of theirs, for all rows alike.

    Args:
        sampled: `code` and `status` of a sampled run.
        personas: only these; None: all. One left out shows what its refusals do.
        by_wording: also each wording by itself, after all of them together.
        resamples: bootstrap draws of items; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        Frame with `POLICY_COLUMNS`.

    Raises:
        InputError: the arrays are not of a sampled run, lack a persona, or settings are out of range.
    """
    check_resampling(resamples, confidence)
    sampled, codes, labelless, scale = answers_of(sampled, personas)
    wordings = [str(name) for name in sampled["wording"].to_numpy()] if by_wording else []
    parts = {"": slice(None)} | {name: slice(w, w + 1) for w, name in enumerate(wordings)}
    rows = []
    for t, temperature in enumerate(sampled["temperature"].to_numpy()):
        for wording, part in parts.items():
            cells = codes[:, :, part, t], labelless[:, :, part, t]
            made = _under_policies(*cells, scale, resamples, confidence, seed)
            shared = {"temperature": float(temperature), "wording": wording, "n_labelless": int(cells[1].sum())}
            rows += [shared | {"policy": policy} | made[policy] for policy in POLICIES]
    return pd.DataFrame(rows, columns=list(POLICY_COLUMNS))


def answers_of(sampled: xr.Dataset, personas: Sequence[str] | None) -> tuple[xr.Dataset, Ints, Bools, Scale]:
    """Return a sampled run of these personas, its codes, where an answer holds no label (both AXES), and the scale.

    Raises:
        InputError: the arrays are not of a sampled run, or lack a persona.
    """
    if "status" not in sampled or "code" not in sampled:
        raise InputError(
            "the arrays have no `code` and `status`: an exact run reads probabilities of labels and holds no answers "
            "to have a policy for. Take a sampled run (mode: sampled), or look at the probability outside the labels."
        )
    if personas is not None:
        place = {str(name): i for i, name in enumerate(sampled["persona"].to_numpy())}
        if missing := [name for name in personas if name not in place]:
            raise InputError(f"persona {missing[0]!r} is not in the run ({len(place)} personas). Check its spelling.")
        sampled = sampled.isel(persona=[place[name] for name in personas])
    codes = sampled["code"].transpose(*AXES).to_numpy().astype(np.int64)
    labelless = causes_of(sampled)[0][ANY] > 0
    scale = Scale.of(str(sampled.attrs["level"]), len(sampled.attrs["labels"]), sampled.attrs["values"])
    return sampled, codes, labelless, scale


def worst_counts(counts: npt.ArrayLike, missing: npt.ArrayLike, scale: Scale) -> Ints:
    """Return label counts of units with every missing label filled in so that the unit's labels differ most.

    Labels are filled one by one with the label farthest from those there are. For nominal labels this is the lowest
    percent agreement that any labels could have given; for other levels it is the result of greedy filling.

    Args:
        counts: (units, labels) labels there are.
        missing: (units,) how many to fill in.
        scale: the labels' scale; ordinal distances are taken at the labels there are.
    """
    filled = np.asarray(counts, dtype=np.int64).copy()
    left = np.asarray(missing, dtype=np.int64).copy()
    distance = between_labels(filled, scale)
    while (rows := np.flatnonzero(left > 0)).size:
        farthest = (filled[rows] @ distance).argmax(axis=1)
        filled[rows, farthest] += 1
        left[rows] -= 1
    return filled


def between_labels(counts: Ints, scale: Scale) -> Floats:
    """Return the squared distance of every two labels, (labels, labels); ordinal ones at the counts (units, labels)."""
    first, second = scale.pairs
    distance = np.zeros((scale.n_labels, scale.n_labels))
    distance[first, second] = distance[second, first] = scale.pair_distances(counts.sum(axis=0).astype(np.float64))
    return distance


def _under_policies(
    codes: Ints, labelless: Bools, scale: Scale, resamples: int, confidence: float, seed: int
) -> dict[str, dict[str, Any]]:
    """Return agreement under each policy, of codes and missing answers (personas, items, wordings, repeats)."""
    made = {
        name: _agreement(*parts, resamples, confidence, seed)
        for name, parts in _policies(codes, labelless, scale).items()
    }
    if "own category" not in made:
        made["own category"] = no_place(scale.level)
    return made


def no_place(level: str) -> dict[str, Any]:
    """Return the numbers of `own category` where labels have an order."""
    nothing: dict[str, Any] = dict.fromkeys(POLICY_COLUMNS[3:9], math.nan)
    return nothing | {"n_items": 0, "n_raters": 0, "note": f"a refusal has no place on a scale of level {level!r}"}


def _policies(codes: Ints, labelless: Bools, scale: Scale) -> dict[str, tuple[Floats, Scale, int, Bools]]:
    """Return for each policy the rows of items, their scale, the items that pair labels, and who entered.

    Args:
        codes: (personas, items, wordings, repeats), -1 without a label.
        labelless: of the same axes.
        scale: the task's.
    """
    n_personas, n_items = codes.shape[:2]
    flat, gaps = codes.reshape(n_personas, -1), labelless.reshape(n_personas, -1)
    counts = label_counts(flat, scale.n_labels)
    missing = gaps.sum(axis=0)
    there = {"left out": flat >= 0, "worst case": (flat >= 0) | gaps}
    variants = {"left out": (counts, scale), "worst case": (worst_counts(counts, missing, scale), scale)}
    if scale.level == "nominal":
        variants["own category"] = (np.column_stack([counts, missing]), Scale.of("nominal", scale.n_labels + 1))
        there["own category"] = there["worst case"]
    made = {}
    for name, (of_units, its_scale) in variants.items():
        terms = terms_of_counts(of_units, its_scale)
        nominal = Scale.of("nominal", its_scale.n_labels)
        differ = terms_of_counts(of_units, nominal)[:, [its_scale.n_labels]]
        per_item = flat.shape[1] // max(n_items, 1)
        rows = np.concatenate([terms, differ], axis=1).reshape(n_items, per_item, terms.shape[1] + 1).sum(axis=1)
        pairing = of_units.sum(axis=1) >= 2
        items = int(pairing.reshape(n_items, per_item).any(axis=1).sum())
        made[name] = (rows, its_scale, items, (there[name] & pairing).any(axis=1))
    return made


def _agreement(
    rows: Floats, scale: Scale, n_items: int, entered: Bools, resamples: int, confidence: float, seed: int
) -> dict[str, Any]:
    """Return alpha and percent agreement of items' rows, whose last column is the nominal disagreement."""

    def both(sums: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            agreement = 1 - sums[..., -1] / sums[..., : scale.n_labels].sum(axis=-1)
        return np.stack([solve(sums[..., :-1], scale).alpha, agreement], axis=-1)

    alpha, agreement = both(rows.sum(axis=0)).tolist()
    low = high = np.full(2, math.nan)
    note = "no unit has two labels, so none can be compared" if not n_items else UNANIMOUS if math.isnan(alpha) else ""
    if resamples and n_items > 1:
        low, high, undefined = percentile_interval(both(resampled_sums(rows, None, resamples, seed)), confidence)
        note = note or undefined_note(int(undefined[0]), resamples)
    unknown = math.isnan(alpha)
    return {
        "alpha": alpha, "low": math.nan if unknown else float(low[0]), "high": math.nan if unknown else float(high[0]),
        "agreement": agreement, "agreement_low": float(low[1]), "agreement_high": float(high[1]),
        "n_items": n_items, "n_raters": int(entered.sum()), "note": note,
    }  # fmt: skip
