"""Two answers a persona, dealt out again: how many personas contradict themselves where names mean nothing.

With two labels the number of contradictions among m pairs, dealt from 2m answers of which k are the second label, has a
closed form, so a permutation of all answers is one draw a cell:

    P(d) = m! / (c! d! (m - c - d)!) 2^d / binom(2m, k)        c = (k - d) / 2 pairs of two second labels
"""

from __future__ import annotations

import numpy as np

from engine.measures.coincidence import Floats, Ints


def contradictions(n_pairs: int, n_second: int) -> tuple[Ints, Floats]:
    """Return the possible numbers of contradicting pairs and their probabilities.

    Args:
        n_pairs: m, pairs that 2m answers are dealt to.
        n_second: k of the answers that are the second label.
    """
    from scipy.special import gammaln

    possible = np.arange(n_second % 2, min(n_second, 2 * n_pairs - n_second) + 1, 2)
    both = (n_second - possible) // 2
    neither = n_pairs - both - possible
    logs = possible * np.log(2) - gammaln(both + 1) - gammaln(possible + 1) - gammaln(neither + 1)
    chances = np.exp(logs - logs.max())
    return possible, chances / chances.sum()


def dealt_contradictions(n_pairs: int, n_second: Ints, times: int, rng: np.random.Generator) -> Floats:
    """Return the contradictions of all cells together, in each of `times` deals, (times,).

    Args:
        n_pairs: m, the pairs of every cell.
        n_second: (cells,) answers of each cell that are the second label.
        times: how often all cells are dealt again.
        rng: draws the deals.
    """
    total = np.zeros(times)
    for k, n_cells in zip(*np.unique(n_second, return_counts=True), strict=True):
        possible, chances = contradictions(n_pairs, int(k))
        steps = np.cumsum(chances)[:-1]
        total += possible[np.searchsorted(steps, rng.random((times, n_cells)), side="right")].sum(axis=1)
    return total
