"""Every measure of a run on 1,120 items x 60 personas with 1,000 resamples, and alpha of very many labels.

Times are ratios to one alpha with its interval on the same labels, so that a busy machine hits both sides; the seconds
stand beside. The sum is what a page would wait for that shows everything at once (aim: under 2 s).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from benchmarks.report import median_seconds, median_times, peak_memory_gib, print_rows
from engine.measures import (
    People,
    Voices,
    abstention_curve,
    agreement_of_panels,
    alignment,
    alpha,
    alpha_curve,
    alternative_annotator,
    at_temperature,
    attribute_effects,
    calibration_scores,
    composite_cosine,
    effective_number,
    failure_modes,
    failure_signatures,
    fleiss_kappa,
    homogenization,
    kappas_of_panels,
    log_probability,
    own_person,
    parting_items,
    persona_signal,
    prototypes,
    retest,
    variance_components,
    wording_sensitivity,
)

N_PERSONAS, N_ITEMS, N_ANNOTATORS = 60, 1120, 6
DIMENSIONS = 384
"""Of text embeddings, for the composite cosine: those of all-MiniLM-L6-v2."""
SIZES = (2_500_000, 5_000_000, 10_000_000)
"""Labels of the linear-cost check, 200 raters each; every size is twice the one before."""


def world(seed: int = 0) -> tuple[Voices, People]:
    """Return personas with an item, a persona and a private part, and people drawn from the same items."""
    rng = np.random.default_rng(seed)
    item = rng.normal(0, 1.5, N_ITEMS)
    score = item + rng.normal(0, 0.5, (N_PERSONAS, 1)) + rng.normal(0, 0.7, (N_PERSONAS, N_ITEMS))
    p = 1 / (1 + np.exp(-score))
    said = rng.random((N_ANNOTATORS, N_ITEMS)) < 1 / (1 + np.exp(-item - rng.normal(0, 1, (N_ANNOTATORS, N_ITEMS))))
    items = tuple(f"i{i}" for i in range(N_ITEMS))
    groups = ("target", "control")
    voices = Voices(
        personas=tuple(f"p{i}" for i in range(N_PERSONAS)), items=items, wordings=("w",), labels=("0", "1"),
        level="nominal", values=(0.0, 1.0), temperature=1.0, probability=np.stack([1 - p, p], axis=-1)[:, :, None],
        draws=np.full((N_PERSONAS, N_ITEMS, 1), np.inf),
        kinds=("strong",) * 48 + ("control",) * 12, sets=("strong",) * 48 + ("control",) * 12,
        groups=tuple(groups[i % 2] for i in range(48)) + ("",) * 12,
        annotators=tuple(f"a{i % N_ANNOTATORS}" for i in range(48)) + ("",) * 12,
    )  # fmt: skip
    annotators = tuple(f"a{i}" for i in range(N_ANNOTATORS))
    people = People(annotators, items, ("0", "1"), "nominal", (0.0, 1.0), said.astype(np.int64),
                    tuple(groups[i % 2] for i in range(N_ANNOTATORS)))  # fmt: skip
    return voices, people


def many_labels(n: int) -> npt.NDArray[np.int8]:
    """Return codes (200 raters, n / 200 items) of people who throw each item's own coin."""
    rng = np.random.default_rng(0)
    return (rng.random((200, n // 200)) < rng.beta(0.5, 1.5, n // 200)).astype(np.int8)


def print_many_labels() -> None:
    """Measure alpha at three sizes, with its interval and alone: the interval's draws cost the same at every size."""
    codes = {n: many_labels(n) for n in SIZES}
    sides: dict[str, Callable[[], object]] = {}
    for n in SIZES:
        sides[f"{n} with"] = partial(alpha, codes[n], n_labels=2)
        sides[f"{n} alone"] = partial(alpha, codes[n], n_labels=2, resamples=0)
    seconds = median_seconds(sides)
    rows = []
    for n in SIZES:
        with_, alone = seconds[f"{n} with"], seconds[f"{n} alone"]
        how = f"value {1000 * alone:.0f} ms, with its interval {1000 * with_:.0f} ms"
        rows.append((f"{n:,} labels: nanoseconds a label, without the interval", 1e9 * alone / n, how))
    first, last = (seconds[f"{n} alone"] / n for n in (SIZES[0], SIZES[-1]))
    rows.append((f"time a label at {SIZES[-1]:,} / at {SIZES[0]:,} (linear: 1)", last / first, ""))
    rows.append(("peak memory, GiB", peak_memory_gib(), "the making of the labels and all above included"))
    print_rows("alpha of many labels, 200 raters (aim: 10,000,000 under 5 s and 3 GB)", rows)


def main() -> None:
    """Measure and print."""
    voices, people = world()
    counts = np.stack([(people.codes == k).sum(axis=0) for k in (0, 1)], axis=1)
    pooled = np.nanmean(voices.of_items(), axis=0)
    texts = np.random.default_rng(1).normal(size=(N_ITEMS, DIMENSIONS))
    pairs = [(f"p{i}", f"p{i + 1}", f"attribute {i % 6}", f"value {i % 24}") for i in range(48)]
    log_p = log_probability(voices.probability[:, :, 0])
    worded = replace(
        voices, wordings=("w", "other"), draws=np.repeat(voices.draws, 2, axis=2),
        probability=np.concatenate([voices.probability, at_temperature(log_p, 0.9)[:, :, None]], axis=2),
    )  # fmt: skip
    sides = {
        "one alpha with its interval": lambda: alpha(people.codes, n_labels=2),
        "homogenization": lambda: homogenization(voices, people),
        "agreement of all panels": lambda: agreement_of_panels(voices, people),
        "failure signatures": lambda: failure_signatures(voices, people),
        "effective number of voices": lambda: effective_number(voices),
        "items where they part": lambda: parting_items(voices, people),
        "persona signal": lambda: persona_signal(voices),
        "variance components": lambda: variance_components(voices),
        "failure modes": lambda: failure_modes(voices, people),
        "test-retest": lambda: retest(voices, voices),
        "sensitivity to wording": lambda: wording_sensitivity(worded),
        "curve of 41 temperatures": lambda: alpha_curve(log_p, np.linspace(0, 2, 41)),
        "kappa of Fleiss": lambda: fleiss_kappa(people.codes),
        "kappas of all panels": lambda: kappas_of_panels(voices, people),
        "alignment": lambda: alignment(voices, people),
        "cosine of composite embeddings": lambda: composite_cosine(voices, people, texts),
        "own person": lambda: own_person(voices, people),
        "alternative-annotator test": lambda: alternative_annotator(voices, people),
        "prototypes": lambda: prototypes(voices, people),
        "attribute effects, 48 pairs": lambda: attribute_effects(worded, pairs, "1"),
        "calibration": lambda: calibration_scores(voices, people),
        "abstention": lambda: abstention_curve(pooled, counts),
    }
    times = median_times(sides, rounds=3)
    unit = times.pop("one alpha with its interval").wall
    rows = [
        (name, wall / unit, f"{1000 * wall:.0f} ms, {1000 * processor:.0f} ms of processor")
        for name, (wall, processor) in times.items()
    ]
    wall, processor = (sum(part) for part in zip(*times.values(), strict=True))
    how = f"{processor:.2f} s of processor; one alpha takes {1000 * unit:.1f} ms"
    rows.append(("all together, in seconds (aim: under 2)", wall, how))
    print_rows("measures: 1,120 items x 60 personas, 1,000 resamples, in alphas of 6 annotators", rows)
    print_many_labels()


if __name__ == "__main__":
    main()
