"""The alternative-annotator test: equal to the procedure written out label by label, and its known errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import false_discovery_control, ttest_1samp

from engine.errors import InputError
from engine.measures import alternative_annotator
from engine.measures.alternative_annotator import benjamini_yekutieli
from tests.engine.measures.stand_ins import both, demo, people_of, voices_of


def written_out(persona: np.ndarray, codes: np.ndarray, epsilon: float, rmse: bool) -> tuple[list, list, list]:
    """The paper's steps for one persona: advantages, p-values and who is won against."""
    advantages, p_values = [], []
    for j in range(len(codes)):
        w_f, w_h = [], []
        for i in range(codes.shape[1]):
            rest = [codes[k, i] for k in range(len(codes)) if k != j and codes[k, i] >= 0]
            if codes[j, i] < 0 or persona[i] < 0 or not rest:
                continue

            def score(label: int, rest: list[int] = rest) -> float:
                return -np.sqrt(np.mean([(label - r) ** 2 for r in rest])) if rmse else np.mean(np.equal(rest, label))

            w_f.append(float(score(persona[i]) >= score(codes[j, i])))
            w_h.append(float(score(codes[j, i]) >= score(persona[i])))
        advantages.append(np.mean(w_f))
        p_values.append(ttest_1samp(np.subtract(w_h, w_f), epsilon, alternative="less").pvalue)
    return advantages, p_values, list(false_discovery_control(p_values, method="by") <= 0.05)


@pytest.mark.parametrize(("level", "k"), [("nominal", 2), ("nominal", 4), ("interval", 4), ("ordinal", 3)])
@pytest.mark.parametrize("seed", [1, 2])
def test_every_number_is_that_of_the_procedure_written_out(level: str, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, k, 80)
    codes = np.where(rng.random((5, 80)) < 0.6, truth, rng.integers(0, k, (5, 80)))
    codes[rng.random((5, 80)) < 0.2] = -1
    persona = np.where(rng.random(80) < 0.65, truth, rng.integers(0, k, 80))
    persona[:3] = -1
    p = np.where(persona[:, None] < 0, np.nan, np.eye(k)[persona])[None]
    found = alternative_annotator(voices_of(p, level=level), people_of(codes, k, level=level), 0.15, resamples=50)
    advantages, p_values, won = written_out(persona, codes, 0.15, level != "nominal")
    np.testing.assert_allclose(found.comparisons["advantage"], advantages, atol=1e-12)
    np.testing.assert_allclose(found.comparisons["p_value"], p_values, atol=1e-9)
    assert list(found.comparisons["won"]) == won
    assert found.verdicts["winning_rate"][0] == pytest.approx(np.mean(won))
    assert found.verdicts["advantage"][0] == pytest.approx(np.mean(advantages))


def test_benjamini_yekutieli_is_scipys() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = rng.random(7) ** 4
        assert list(benjamini_yekutieli(p, 0.05)) == list(false_discovery_control(p, method="by") <= 0.05)
    gap = np.array([0.001, np.nan, 0.9])
    assert list(benjamini_yekutieli(gap, 0.05)) == [True, False, False]


def test_a_copy_of_the_majority_passes_and_a_contrarian_fails() -> None:
    _, people = demo()
    majority = (people.codes.mean(axis=0) > 0.5).astype(int)
    pair = voices_of(np.eye(2)[np.array([majority, 1 - majority])], annotators=("a0", "a1"))
    verdicts = alternative_annotator(pair, people, 0.1, resamples=100).verdicts
    assert list(verdicts["passes"]) == [True, False]
    assert list(verdicts["winning_rate"]) == [1, 0]
    assert list(verdicts["own_annotator_won"]) == [True, False]
    assert verdicts["advantage"][0] > 0.9 > 0.3 > verdicts["advantage"][1]


def test_at_the_edge_of_the_null_few_annotators_are_won_against() -> None:
    """A persona that is exactly epsilon worse: the false-discovery rate over annotators stays below q."""
    rng = np.random.default_rng(4)
    any_won = 0
    for seed in range(200):
        codes = np.tile((rng.random(100) < 0.5).astype(np.int64), (4, 1))
        persona = np.where(rng.random(100) < 0.2, 1 - codes[0], codes[0])  # people agree fully; d = 1 in a fifth
        found = alternative_annotator(voices_of(np.eye(2)[persona][None]), people_of(codes), 0.2, resamples=0,
                                      seed=seed)  # fmt: skip
        any_won += found.verdicts["winning_rate"][0] > 0
    assert any_won / 200 < 0.09


def test_an_answer_that_is_drawn_follows_the_distribution_and_the_seed() -> None:
    voices, people = voices_of(both(np.full((1, 400), 0.3))), people_of(np.ones((3, 400), dtype=np.int64))
    drawn = alternative_annotator(voices, people, answer="drawn", resamples=0, seed=5)
    assert drawn.verdicts["advantage"][0] == pytest.approx(0.3, abs=0.08)
    again = alternative_annotator(voices, people, answer="drawn", resamples=0, seed=5)
    assert drawn.verdicts.equals(again.verdicts)
    assert alternative_annotator(voices, people, resamples=0).verdicts["advantage"][0] == 0


def test_identical_differences_have_no_t_and_are_decided_by_epsilon() -> None:
    people = people_of(np.zeros((3, 40), dtype=np.int64))
    same, other = (voices_of(np.eye(2)[np.full((1, 40), k)]) for k in (0, 1))
    assert list(alternative_annotator(same, people).comparisons["p_value"]) == [0, 0, 0]
    assert list(alternative_annotator(other, people).comparisons["p_value"]) == [1, 1, 1]
    assert list(alternative_annotator(same, people, 0.0).comparisons["p_value"]) == [1, 1, 1], "a tie at epsilon 0"


def test_annotators_with_few_items_are_left_out_and_counted() -> None:
    voices, people = demo(n_items=60)
    codes = people.codes.copy()
    codes[0] = -1
    codes[1, 29:] = -1
    found = alternative_annotator(voices, replace(people, codes=codes), resamples=50)
    assert (found.verdicts["dropped"] == 2).all()
    assert (found.verdicts["n_raters"] == 10).all()
    assert found.verdicts["own_annotator_won"][0] is None
    left = found.comparisons[found.comparisons["annotator"].isin(["a0", "a1"])]
    assert left["p_value"].isna().all()
    assert left["note"].str.contains("fewer than 30 items").all()


def test_nobody_to_compare_with_is_undefined() -> None:
    voices, people = demo(n_items=60)
    alone = replace(people, codes=np.where(np.arange(12)[:, None] == 0, people.codes, -1))
    verdict = alternative_annotator(voices, alone, resamples=50).verdicts.iloc[0]
    assert np.isnan([verdict["winning_rate"], verdict["advantage"], verdict["winning_rate_low"]]).all()
    assert verdict["passes"] is None
    assert "no annotator with 30 items" in verdict["note"]


def test_all_wrong_settings_are_named_at_once() -> None:
    with pytest.raises(InputError, match=r"epsilon 2 .*q 0 .*answer 'best'.*min_items 1"):
        alternative_annotator(*demo(n_items=40), 2, q=0, answer="best", min_items=1)
