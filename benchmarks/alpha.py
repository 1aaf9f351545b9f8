"""Alpha with its interval against looping the `krippendorff` package, and the time of a whole temperature curve.

The loop is what a script would do: draw items with replacement, call the package on the drawn columns, a thousand
times. It is timed over a few draws and multiplied; the draws cost the same, so this is no guess, and it is said below.
The loop is given the faster of the package's two forms (label counts, made once), beside the usual one.
"""

from __future__ import annotations

import krippendorff
import numpy as np

from benchmarks.report import median_seconds, peak_memory_gib, print_rows
from engine.measures import alpha, alpha_curve

N_ITEMS, N_RATERS, RESAMPLES = 41_667, 6, 1000
"""250,002 labels."""
LOOPS = 3
TEMPERATURES = np.linspace(0, 2, 41)


def labels(rng: np.random.Generator) -> np.ndarray:
    """Return codes (raters, items) of people who throw each item's own coin."""
    return (rng.random((N_RATERS, N_ITEMS)) < rng.beta(0.5, 1.5, N_ITEMS)).astype(np.int64)


def distributions(rng: np.random.Generator) -> np.ndarray:
    """Return log-probabilities (personas, items, labels) of 60 personas on HS-Brexit's number of items."""
    score = 1.5 * rng.normal(size=(1, 1120)) + rng.normal(size=(60, 1120))
    return np.stack([-np.logaddexp(0, score), -np.logaddexp(0, -score)], axis=-1)


def main() -> None:
    """Measure and print."""
    rng = np.random.default_rng(0)
    codes = labels(rng)
    data = codes.astype(float)
    counts = np.stack([(codes == k).sum(axis=0) for k in (0, 1)], axis=1)

    def loop_over_labels() -> None:
        for _ in range(LOOPS):
            krippendorff.alpha(data[:, rng.integers(0, N_ITEMS, N_ITEMS)], level_of_measurement="nominal")

    def loop_over_counts() -> None:
        for _ in range(LOOPS):
            drawn = counts[rng.integers(0, N_ITEMS, N_ITEMS)]
            krippendorff.alpha(value_counts=drawn, level_of_measurement="nominal")

    logprobs = distributions(rng)
    seconds = median_seconds(
        {
            "ours": lambda: alpha(codes, n_labels=2, resamples=RESAMPLES),
            "point": lambda: alpha(codes, n_labels=2, resamples=0),
            "ordinal": lambda: alpha(codes, n_labels=2, level="ordinal", resamples=RESAMPLES),
            "labels": loop_over_labels,
            "counts": loop_over_counts,
            "curve": lambda: alpha_curve(logprobs, TEMPERATURES, resamples=RESAMPLES),
        }
    )
    ours, per_label, per_count = seconds["ours"], seconds["labels"] / LOOPS, seconds["counts"] / LOOPS
    made = f"{{:.1f}} s ({RESAMPLES:,} x {{:.1f}} ms, timed over {LOOPS} a round) against {1000 * ours:.1f} ms"
    print_rows(
        f"alpha: {RESAMPLES:,} resamples of {codes.size:,} labels, medians of 5 rounds",
        [
            ("faster than looping the package by (aim: at least 100)", RESAMPLES * per_label / ours,
             made.format(RESAMPLES * per_label, 1000 * per_label)),
            ("the same, on label counts made once", RESAMPLES * per_count / ours,
             made.format(RESAMPLES * per_count, 1000 * per_count)),
            ("interval and value / value alone", ours / seconds["point"], f"value {1000 * seconds['point']:.1f} ms"),
            ("ordinal / nominal", seconds["ordinal"] / ours, f"ordinal {1000 * seconds['ordinal']:.1f} ms"),
            ("curve of 41 temperatures, in single calls of the package", seconds["curve"] / per_label,
             f"{1000 * seconds['curve']:.0f} ms with {RESAMPLES:,} resamples, 1,120 items x 60 personas"),
            ("peak memory, GiB", peak_memory_gib(), "the loop included"),
        ],
    )  # fmt: skip


if __name__ == "__main__":
    main()
