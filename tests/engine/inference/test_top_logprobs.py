"""Label probabilities out of the few tokens that a server shows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inference.top_logprobs import hidden_mass, read_by_id, read_by_text


def test_by_id() -> None:
    shown = {"token_id:5": math.log(0.6), "token_id:7": math.log(0.3), "token_id:9": math.log(0.05)}
    assert read_by_id(shown, [7, 5]) == ((math.log(0.3), math.log(0.6)), 0.0)
    logprobs, missing = read_by_id(shown, [5, 6])
    assert logprobs == (math.log(0.6), -math.inf)
    assert missing == pytest.approx(0.05), "the hidden label is at most as probable as the least shown"


def test_what_is_left_bounds_what_is_hidden() -> None:
    assert hidden_mass({"a": math.log(0.9), "b": math.log(0.08)}, 5) == pytest.approx(0.02)
    assert hidden_mass({}, 2) == 1.0
    assert hidden_mass({}, 0) == 0.0


def test_the_logarithm_of_zero() -> None:
    assert read_by_id({"token_id:1": -9999.0, "token_id:2": 0.0}, [1, 2]) == ((-math.inf, 0.0), 0.0)


def test_by_text_forms_of_one_answer_add_up_and_ambiguous_tokens_count_for_none() -> None:
    shown = {"yes": math.log(0.4), " yes": math.log(0.2), "n": math.log(0.1), "no": math.log(0.1), "x": math.log(0.1)}
    logprobs, missing = read_by_text(shown, ["yes", "no", "neutral"])
    assert logprobs[0] == pytest.approx(math.log(0.6))
    assert logprobs[1] == pytest.approx(math.log(0.1))
    assert logprobs[2] == -math.inf
    assert missing == pytest.approx(0.1)


@given(st.lists(st.floats(0.001, 1), min_size=6, max_size=30), st.integers(1, 5), st.data())
def test_the_bound_holds(weights: list[float], top: int, data: st.DataObject) -> None:
    total = sum(weights)
    probabilities = [w / total for w in weights]
    labels = data.draw(st.lists(st.integers(0, len(weights) - 1), min_size=2, max_size=4, unique=True))
    best = sorted(range(len(weights)), key=lambda i: -probabilities[i])[:top]
    logprobs, missing = read_by_id({f"token_id:{i}": math.log(probabilities[i]) for i in best}, labels)
    hidden = sum(probabilities[i] for i, value in zip(labels, logprobs, strict=True) if value == -math.inf)
    assert hidden <= missing + 1e-9
