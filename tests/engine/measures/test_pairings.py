"""Contradictions in closed form against dealing the answers."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

import numpy as np
import pytest

from engine.measures.pairings import contradictions, dealt_contradictions


@pytest.mark.parametrize(("n_pairs", "n_second"), [(1, 0), (1, 1), (2, 2), (3, 2), (3, 3), (4, 3), (4, 8)])
def test_chances_are_those_of_all_deals(n_pairs: int, n_second: int) -> None:
    answers = [1] * n_second + [0] * (2 * n_pairs - n_second)
    found = Counter(sum(a != b for a, b in zip(deal[::2], deal[1::2], strict=True)) for deal in permutations(answers))
    possible, chances = contradictions(n_pairs, n_second)
    assert possible.tolist() == sorted(found)
    np.testing.assert_allclose(chances, [found[d] / found.total() for d in sorted(found)], atol=1e-12)


def test_dealt_contradictions_are_distributed_as_those_of_permuted_answers() -> None:
    rng = np.random.default_rng(0)
    codes = (rng.random((40, 24)) < rng.random((40, 1))).astype(np.int8)
    moved = [rng.permuted(codes, axis=1) for _ in range(4000)]
    slow = np.array([(c[:, ::2] != c[:, 1::2]).sum() for c in moved])
    quick = dealt_contradictions(12, codes.sum(axis=1, dtype=np.int64), 4000, rng)
    assert quick.mean() == pytest.approx(slow.mean(), abs=4 * slow.std() * np.sqrt(2 / 4000))
    assert quick.std() == pytest.approx(slow.std(), rel=0.06)


def test_many_pairs_keep_their_precision() -> None:
    possible, chances = contradictions(5000, 5000)
    assert chances.sum() == pytest.approx(1)
    assert (possible * chances).sum() == pytest.approx(5000 * 2 * 0.5 * 5000 / 9999, rel=1e-9)
