"""Personas one by one: how often each gives each label, and the items where one departs from the others.

Distances of distributions are those of `failure_modes`: with the noise of few answers taken out, on nominal labels half
the squared difference of probabilities, 0 to 1.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats
from engine.measures.own_noise import apart, label_distances, noise_over_wordings
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.short_axes import zeroed
from engine.measures.voices import Voices

LABEL_RATE_COLUMNS = (
    "persona", "kind", "label", "rate", "low", "high", "confidence", "n_items", "dropped", "note",
)  # fmt: skip
"""Columns of `label_rates`."""
DEPARTING_COLUMNS = ("item_id", "departure", "label", "probability", "others", "n_others")
"""Columns of `departing_items`."""
DIFFERING_COLUMNS = (
    "item_id", "difference", "label", "most_persona", "most", "least_persona", "least", "n_personas",
)  # fmt: skip
"""Columns of `differing_items`."""


def label_rates(
    voices: Voices, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:  # fmt: skip
    """How often each persona gives each label: the mean of its probability over items, 0 to 1.

    Args:
        voices: personas at one temperature.
        resamples: bootstrap draws over items; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a persona and label, with `LABEL_RATE_COLUMNS`: rate, its interval, n_items (with a label of the
        persona), dropped (items without one), note (why there is no rate or interval).

    Raises:
        InputError: settings out of range.
    """
    check_resampling(resamples, confidence)
    p = voices.of_items()
    there = ~np.isnan(p[..., 0])
    n_items = there.sum(axis=1)
    n_personas, _, n_labels = p.shape
    rows = np.concatenate([zeroed(p), there[..., None]], axis=2).transpose(1, 0, 2)  # (items, personas, + 1)
    width = n_personas * (n_labels + 1)
    now = _rates(rows.sum(axis=0))
    low = high = np.full(now.shape, np.nan)
    if resamples and rows.size:
        drawn = resampled_sums(rows.reshape(len(rows), width), None, resamples, seed)
        ends = percentile_interval(_rates(drawn.reshape(resamples, n_personas, n_labels + 1)).reshape(resamples, -1),
                                   confidence)  # fmt: skip
        low, high = (np.where(n_items[:, None] < 2, np.nan, end.reshape(now.shape)) for end in ends[:2])
    notes = np.where(n_items == 0, "the persona has no label", np.where(n_items == 1, "one item: no interval", ""))
    each = {
        "persona": np.array(voices.personas, dtype=object),
        "kind": np.array(voices.kinds or ("",) * n_personas, dtype=object),
        "n_items": n_items, "dropped": len(voices.items) - n_items, "note": notes.astype(object),
    }  # fmt: skip
    columns = {name: np.repeat(of_persona, n_labels) for name, of_persona in each.items()}
    columns |= {"label": np.tile(np.array(voices.labels, dtype=object), n_personas)}
    columns |= {"rate": now.ravel(), "low": low.ravel(), "high": high.ravel()}
    table = pd.DataFrame(columns).assign(confidence=confidence)
    return table[list(LABEL_RATE_COLUMNS)]


def departing_items(voices: Voices, persona: str) -> pd.DataFrame:
    """Return every item with how far one persona departs from the mean of the others on it, the farthest first.

    Args:
        voices: personas at one temperature, the persona among them.
        persona: its id.

    Returns:
        One row an item, with `DEPARTING_COLUMNS`: departure (distance of its distribution from the mean of the
        others', beyond the noise of few answers; NaN where either has no label, and where a sampled run asked once);
        label (the one whose probability differs most); probability (the persona's of that label); others (their mean);
        n_others (personas with a label there).

    Raises:
        InputError: a persona that is not among the voices.
    """
    if persona not in voices.personas:
        raise InputError(f"persona {persona!r} is not among the {len(voices.personas)} personas. Check its spelling.")
    own = voices.personas.index(persona)
    distances = label_distances(voices)
    p, chance = _with_chance(voices, distances)
    rest = np.delete(p, own, axis=0)
    known = ~np.isnan(rest[..., 0])
    n = known.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(known[..., None], rest, 0.0).sum(axis=0) / n[:, None]
        theirs = np.where(known, np.delete(chance, own, axis=0), 0.0).sum(axis=0) / n**2
    move = p[own] - mean
    label = np.abs(np.nan_to_num(move)).argmax(axis=1) if move.size else np.zeros(len(move), dtype=np.int64)
    at = np.arange(len(move))
    table = pd.DataFrame(
        {
            "item_id": list(voices.items), "departure": apart(move, distances) - chance[own] - theirs,
            "label": np.array(voices.labels, dtype=object)[label], "probability": p[own][at, label],
            "others": mean[at, label], "n_others": n,
        },
        columns=list(DEPARTING_COLUMNS),
    )  # fmt: skip
    return table.sort_values("departure", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


def differing_items(voices: Voices) -> pd.DataFrame:
    """Return every item with how far these personas lie apart on it, the farthest first.

    Args:
        voices: two or more personas at one temperature.

    Returns:
        One row an item, with `DIFFERING_COLUMNS`: difference (mean distance of two personas' distributions, beyond the
        noise of few answers; NaN below two personas with a label); label (the one whose probability spreads most);
        most_persona, most and least_persona, least (who gives it with the highest and with the lowest probability);
        n_personas (with a label there; below two there is nothing else).
    """
    distances = label_distances(voices)
    p, chance = _with_chance(voices, distances)
    known = ~np.isnan(p[..., 0])
    n = known.sum(axis=0)
    filled = np.where(known[..., None], p, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.sum(axis=0) / n[:, None]
        # the mean over pairs is twice the mean distance from the mean, and each pair has the chance of both
        spread = np.where(known, apart(filled - mean, distances), 0.0).sum(axis=0) * 2 / (n - 1)
        difference = np.where(n > 1, spread - 2 * np.where(known, chance, 0.0).sum(axis=0) / n, np.nan)
    lowest, highest = np.where(known[..., None], p, np.inf), np.where(known[..., None], p, -np.inf)
    some = n > 1
    at = np.arange(p.shape[1])
    spreads = np.where(some[:, None], highest.max(axis=0, initial=-np.inf) - lowest.min(axis=0, initial=np.inf), 0.0)
    label = spreads.argmax(axis=1)
    names, words = (np.array([*found, None], dtype=object) for found in (voices.personas, voices.labels))
    most = highest[:, at, label].argmax(axis=0) if len(p) else np.zeros(len(at), dtype=np.int64)
    least = lowest[:, at, label].argmin(axis=0) if len(p) else most
    table = pd.DataFrame(
        {
            "item_id": list(voices.items), "difference": difference,
            "label": words[np.where(some, label, -1)],
            "most_persona": names[np.where(some, most, -1)],
            "most": np.where(some, p[most, at, label] if len(p) else np.nan, np.nan),
            "least_persona": names[np.where(some, least, -1)],
            "least": np.where(some, p[least, at, label] if len(p) else np.nan, np.nan), "n_personas": n,
        },
        columns=list(DIFFERING_COLUMNS),
    )  # fmt: skip
    return table.sort_values("difference", ascending=False, kind="stable", na_position="last").reset_index(drop=True)


def _rates(sums: Floats) -> Floats:
    """Return rates (..., labels) from sums of probabilities and, last, the number of items."""
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = sums[..., :-1] / sums[..., -1:]
    return found


def _with_chance(voices: Voices, distances: Floats) -> tuple[Floats, Floats]:
    """Return distributions (personas, items, labels), and what the chance of few answers adds to a distance from each,
    (personas, items); NaN where one answer cannot tell."""
    _, chance = noise_over_wordings(voices.probability, voices.draws, distances)
    return voices.of_items(), chance
