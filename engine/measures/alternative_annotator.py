"""The alternative-annotator test: may a persona stand in for a human annotator?

Each annotator in turn is left out. On every item it labelled together with others, persona and annotator are scored by
how well their label fits the labels of the remaining ones; whoever fits at least as well has the advantage there, both
at a tie. The persona wins against the annotator if its share of advantages is significantly above the annotator's less
epsilon, what a human is allowed to be better for costing more.

Source: Calderon, Reichart and Dror, The Alternative Annotator Test for LLM-as-a-Judge, ACL 2025, 2025.acl-long.782.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints
from engine.measures.resampling import check_resampling, percentile_interval, resampled_sums
from engine.measures.similarity import check_pair, label_distances
from engine.measures.voices import People, Voices

Answer = Literal["likeliest", "drawn"]
"""Which label of its distribution a persona gives on an item."""
MIN_ITEMS = 30
"""Items that an annotator needs to be compared with, as in the paper: the t-test takes a mean to be normal."""
MIN_ANNOTATORS = 3
"""Annotators that the paper asks for; below, the verdict bears a note."""
VERDICT_COLUMNS = (
    "persona", "kind", "winning_rate", "winning_rate_low", "winning_rate_high", "advantage", "advantage_low",
    "advantage_high", "confidence", "passes", "own_annotator_won", "epsilon", "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of the verdicts."""
COMPARISON_COLUMNS = (
    "persona", "annotator", "own", "advantage", "advantage_low", "advantage_high", "confidence", "human_advantage",
    "p_value", "won", "n_items", "note",
)  # fmt: skip
"""Columns of the comparisons."""


@dataclass(frozen=True)
class AlternativeAnnotator:
    """Verdicts and what they rest on."""

    verdicts: pd.DataFrame
    """One row a persona: winning_rate (omega, share of annotators won against, 0 to 1), advantage (rho, mean chance of
    fitting at least as well as the annotator left out, 0 to 1), passes (omega >= 0.5; None
    where nobody could be compared with), own_annotator_won (None where
    the persona plays nobody, or its person was not compared with), n_items (labels compared), n_raters (annotators
    compared with), dropped (annotators with too few items)."""
    comparisons: pd.DataFrame
    """One row a persona and annotator left out: advantage (rho of the persona), human_advantage (of the annotator),
    p_value of the one-sided t-test, won (rejected under Benjamini-Yekutieli among the persona's annotators)."""


def alternative_annotator(
    voices: Voices,
    people: People,
    epsilon: float = 0.2,
    *,
    q: float = 0.05,
    answer: Answer = "likeliest",
    min_items: int = MIN_ITEMS,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> AlternativeAnnotator:
    """Test each persona as an alternative annotator: leave-one-out advantages, t-tests, false-discovery control.

    With W_f = 1 where the persona fits the remaining annotators at least as well as the one left out, W_h the reverse,
    and d = W_h - W_f: H0 says mean d >= epsilon, tested by a one-sided one-sample t-test; Benjamini-Yekutieli at q over
    the annotators of a persona. The fit is the share of remaining annotators with the same label (nominal tasks), or
    minus the root mean square difference of values (others). The persona passes if it wins against at least half.

    Chosen here, where the paper leaves room: one label an item, the persona's likeliest (the first of labels that tie)
    or a seeded draw; no Wilcoxon test below `min_items`, such annotators are left out and counted; identical d on all
    items, where t is undefined, win if d < epsilon. Intervals are our addition, a bootstrap over items; that of the
    winning rate says how stable the decisions are, and is wide because testing adds its own chance.

    Args:
        voices: personas.
        people: on the same items.
        epsilon: 0 to 1; the paper suggests 0.2 for experts, 0.15 for skilled annotators, 0.1 for crowd workers.
        q: false-discovery rate, between 0 and 1.
        answer: likeliest or drawn.
        min_items: items an annotator needs, at least 2.
        resamples: bootstrap draws over items; 0: no intervals.
        confidence: coverage of the intervals.
        seed: decides draws of items and labels.

    Returns:
        Verdicts and comparisons; NaN with the reason in the note where no annotator could be compared with.

    Raises:
        InputError: settings out of range, or voices and people of different items.

    Source: Calderon, Reichart and Dror (ACL 2025), 2025.acl-long.782; Benjamini and Yekutieli (2001),
    doi:10.1214/aos/1013699998.
    """
    check_resampling(resamples, confidence)
    check_pair(voices, people)
    _check(epsilon, q, answer, min_items)
    given = _labels(voices, answer, seed)
    fits, theirs = _advantages(people)
    rows = _rows(given, people, fits, theirs)
    n_items, n_personas, n_people, _ = rows.shape
    now = rows.sum(axis=0)
    compared = now[..., 0] >= min_items
    counts = rows.reshape(n_items, n_personas * n_people * 4).astype(np.float32)  # whole numbers: 32 bits lose nothing
    drawn = resampled_sums(counts, None, resamples, seed).reshape(resamples, n_personas, n_people, 4)
    p_values, won = _tests(now, compared, epsilon, q)
    comparisons = _comparisons(voices, people, now, drawn, p_values, won, compared, confidence, min_items)
    rates = _summary(now, won, compared)
    rates_drawn = _summary(drawn, _tests(drawn, compared, epsilon, q)[1], compared)
    return AlternativeAnnotator(
        _verdicts(voices, people, rates, rates_drawn, now, won, compared, epsilon, confidence, min_items), comparisons
    )


def benjamini_yekutieli(p_values: Floats, q: float) -> np.ndarray:
    """Return which hypotheses are rejected at false-discovery rate q, whatever their dependence.

    Args:
        p_values: (..., hypotheses); NaN is no hypothesis.
        q: between 0 and 1.

    Returns:
        (..., hypotheses) booleans.

    Source: Benjamini and Yekutieli (2001), doi:10.1214/aos/1013699998.
    """
    known = ~np.isnan(p_values)
    m = known.sum(axis=-1, keepdims=True)
    ordered = np.sort(np.where(known, p_values, np.inf), axis=-1)
    rank = np.arange(1, p_values.shape[-1] + 1)
    harmonic = np.concatenate([[1.0], np.cumsum(1 / rank)])[m]
    below = ordered <= rank * q / (np.maximum(m, 1) * harmonic)
    cut = np.where(below, ordered, -np.inf).max(axis=-1, keepdims=True, initial=-np.inf)
    rejected: np.ndarray = known & (p_values <= cut)
    return rejected


def _check(epsilon: float, q: float, answer: str, min_items: int) -> None:
    problems = []
    if not 0 <= epsilon <= 1:
        problems.append(f"epsilon {epsilon!r} is not between 0 and 1")
    if not 0 < q < 1:
        problems.append(f"q {q!r} is not between 0 and 1")
    if answer not in get_args(Answer):
        problems.append(f"answer {answer!r} is not one of {', '.join(get_args(Answer))}")
    if min_items < 2:
        problems.append(f"min_items {min_items!r} is below 2")
    if problems:
        raise InputError(f"{'; '.join(problems)}. The paper's settings: epsilon 0.1 to 0.2, q 0.05, 30 items.")


def _labels(voices: Voices, answer: str, seed: int) -> Ints:
    """One label of each persona for each item, (personas, items), -1 where it has none."""
    p = voices.of_items()
    missing = np.isnan(p[..., 0])
    p = np.nan_to_num(p)
    if answer == "drawn":
        uniform = np.random.default_rng(seed).random(p.shape[:2])
        chosen = (np.cumsum(p, axis=2) <= uniform[..., None]).sum(axis=2).clip(max=p.shape[2] - 1)
    else:
        chosen = np.argmax(p >= p.max(axis=2, keepdims=True) - 1e-12, axis=2)  # the first of those that tie
    return np.where(missing, -1, chosen).astype(np.int64)


def _advantages(people: People) -> tuple[np.ndarray, np.ndarray]:
    """Whether each label would fit at least as well as the annotator left out, and the reverse.

    Returns:
        Two boolean arrays (annotators, items, labels).
    """
    counts = (people.codes[..., None] == np.arange(len(people.labels))).astype(float)
    others = counts.sum(axis=0) - counts  # labels of the remaining annotators, (annotators, items, labels)
    distance = label_distances(people.level, people.values)
    misfit = others @ distance  # nominal: how many differ; else sum of squares: both order as the paper's scores do
    place = np.maximum(people.codes, 0)[..., None]
    human = np.take_along_axis(misfit, place, axis=2)
    return misfit <= human + 1e-9, human <= misfit + 1e-9


def _rows(given: Ints, people: People, fits: np.ndarray, theirs: np.ndarray) -> Floats:
    """What each item adds, (items, personas, annotators, 4): 1, W_f, W_h and (W_h - W_f)^2; 0 where not compared."""
    labelled = people.codes >= 0
    usable = labelled & (labelled.sum(axis=0) >= 2)
    item = np.arange(given.shape[1])
    label = np.maximum(given, 0)
    w_f = fits[:, item[None, :], label].transpose(2, 1, 0)  # (items, personas, annotators)
    w_h = theirs[:, item[None, :], label].transpose(2, 1, 0)
    both = (given >= 0).T[:, :, None] & usable.T[:, None, :]
    rows: Floats = np.stack([both, both & w_f, both & w_h, both & (w_f != w_h)], axis=3).astype(np.float64)
    return rows


def _tests(sums: Floats, compared: np.ndarray, epsilon: float, q: float) -> tuple[Floats, np.ndarray]:
    """P-value of each comparison (NaN where none) and which are won, from sums (..., personas, annotators, 4)."""
    from scipy.special import stdtr

    n, w_f, w_h, squares = np.moveaxis(sums, -1, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (w_h - w_f) / n
        spread = np.maximum(squares - n * mean**2, 0.0) / (n - 1)
        t = (mean - epsilon) / np.sqrt(spread / n)
        p = stdtr(n - 1, t)
    same = spread <= 1e-12
    p = np.where(same, np.where(mean < epsilon - 1e-12, 0.0, 1.0), p)
    p = np.where(compared & (n >= 2), p, np.nan)
    return p, benjamini_yekutieli(p, q)


def _summary(sums: Floats, won: np.ndarray, compared: np.ndarray) -> Floats:
    """Winning rate and mean advantage, (2, ..., personas), over the annotators compared with."""
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where(compared & (sums[..., 0] > 0), sums[..., 1] / sums[..., 0], np.nan)
        known = ~np.isnan(rho)
        advantage = np.where(known, rho, 0.0).sum(axis=-1) / known.sum(axis=-1)
        winning = np.where(compared, won, 0).sum(axis=-1) / compared.sum(axis=-1)
    return np.stack([winning, advantage])


def _comparisons(
    voices: Voices, people: People, now: Floats, drawn: Floats, p_values: Floats, won: np.ndarray,
    compared: np.ndarray, confidence: float, min_items: int,
) -> pd.DataFrame:  # fmt: skip
    """The frame of comparisons."""
    shape = compared.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = np.where(compared[..., None], now[..., 1:3] / now[..., :1], np.nan)
        later = np.where(compared, drawn[..., 1] / drawn[..., 0], np.nan)
    low, high = _ends(later, confidence)
    own = [[bool(voices.annotators) and voices.annotators[p] == a for a in people.annotators] for p in range(shape[0])]
    note = np.where(compared, "", f"fewer than {min_items} items with labels of persona, annotator and another person")
    columns = {
        "persona": np.broadcast_to(np.array(voices.personas, dtype=object)[:, None], shape),
        "annotator": np.broadcast_to(np.array(people.annotators, dtype=object), shape),
        "own": np.array(own, dtype=bool).reshape(shape), "advantage": rho[..., 0], "advantage_low": low,
        "advantage_high": high, "confidence": np.full(shape, confidence), "human_advantage": rho[..., 1],
        "p_value": p_values, "won": won, "n_items": now[..., 0].astype(np.int64), "note": note,
    }  # fmt: skip
    return pd.DataFrame({name: columns[name].ravel() for name in COMPARISON_COLUMNS})


def _verdicts(
    voices: Voices, people: People, rates: Floats, drawn: Floats, now: Floats, won: np.ndarray, compared: np.ndarray,
    epsilon: float, confidence: float, min_items: int,
) -> pd.DataFrame:  # fmt: skip
    """The frame of verdicts."""
    n_raters = compared.sum(axis=1)
    ends = [_ends(draws, confidence) for draws in drawn]
    place = {name: i for i, name in enumerate(people.annotators)}
    own = [place.get(name, -1) for name in voices.annotators or [""] * len(voices.personas)]
    few = "fewer than 3 annotators to compare with: the paper asks for at least 3"
    none = f"no annotator with {min_items} items that the persona and another person labelled too"
    return pd.DataFrame(
        {
            "persona": list(voices.personas), "kind": list(voices.kinds or [""] * len(voices.personas)),
            "winning_rate": rates[0], "winning_rate_low": ends[0][0], "winning_rate_high": ends[0][1],
            "advantage": rates[1], "advantage_low": ends[1][0], "advantage_high": ends[1][1],
            "confidence": confidence,
            "passes": pd.array([bool(rate >= 0.5) if n else None for rate, n in zip(rates[0], n_raters, strict=True)],
                               dtype=object),
            "own_annotator_won": pd.array(
                [bool(won[p, a]) if a >= 0 and compared[p, a] else None for p, a in enumerate(own)], dtype=object
            ),
            "epsilon": epsilon, "n_items": np.where(compared, now[..., 0], 0).sum(axis=1).astype(np.int64),
            "n_raters": n_raters, "dropped": len(people.annotators) - n_raters,
            "note": [none if n == 0 else few if n < MIN_ANNOTATORS else "" for n in n_raters],
        },
        columns=list(VERDICT_COLUMNS),
    )  # fmt: skip


def _ends(draws: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Interval of every column of draws (resamples, ...); NaN without resamples."""
    shape = draws.shape[1:]
    if len(draws) == 0:
        return np.full(shape, math.nan), np.full(shape, math.nan)
    low, high, _ = percentile_interval(draws.reshape(len(draws), -1), confidence)
    return low.reshape(shape), high.reshape(shape)
