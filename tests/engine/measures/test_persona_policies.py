"""Policies persona by persona: weighted together they are those of all, and no labels could be worse than the worst."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import agreement_by_policy, alpha, persona_agreement_by_policy
from tests.engine.measures import arrays
from tests.engine.measures.test_refusals import OK, REFUSAL, cell, run


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval"])
def test_weighted_by_labels_personas_agree_as_all_do(level: str) -> None:
    data, code, status = run(np.random.default_rng(1), (5, 40, 2, 2, 2), 3, 0.3)
    data = data.assign_attrs(level=level)
    every, each = agreement_by_policy(data, resamples=0), persona_agreement_by_policy(data, resamples=0)
    pairing = (code >= 0).sum(axis=0) >= 2
    for t, temperature in enumerate(data["temperature"].to_numpy()):
        n = ((code >= 0) & pairing)[:, :, :, t].sum(axis=(1, 2, 3))
        rows = each[(each["temperature"] == temperature) & (each["policy"] == "left out")]
        all_of_them = cell(every, temperature=temperature, policy="left out")
        for number in ("alpha", "agreement"):
            assert (rows[number] * n).sum() / n.sum() == pytest.approx(all_of_them[number], abs=1e-12)
        assert list(rows["n_labelless"]) == list(((status > 0) & (status < 4))[:, :, :, t].sum(axis=(1, 2, 3)))
    assert (each["n_raters"] == 5)[each["policy"] == "left out"].all()


def test_own_category_is_one_more_label_and_needs_names() -> None:
    data, code, status = run(np.random.default_rng(2), (4, 30, 1, 1, 1), 2, 0.4)
    found = persona_agreement_by_policy(data, resamples=0)
    own = found[found["policy"] == "own category"]
    filled = np.where((status > 0) & (status < 4), 2, code).reshape(4, 30)
    n = (filled >= 0)[:, (filled >= 0).sum(axis=0) >= 2].sum(axis=1)
    assert (own["alpha"] * n).sum() / n.sum() == pytest.approx(alpha(filled, n_labels=3, resamples=0).value)
    ordered = persona_agreement_by_policy(data.assign_attrs(level="ordinal"), resamples=0)
    assert ordered[ordered["policy"] == "own category"]["alpha"].isna().all()
    assert ordered[ordered["policy"] == "own category"]["note"].str.contains("no place").all()


@pytest.mark.parametrize("n_labels", [2, 3])
def test_no_labels_behind_the_answers_agree_less_than_the_worst_case(n_labels: int) -> None:
    """Brute force over all labels that the missing answers of each unit could have hidden."""
    rng = np.random.default_rng(3)
    code = rng.integers(0, n_labels, (4, 12))
    code[rng.random(code.shape) < 0.4] = -1
    status = np.where(code < 0, REFUSAL, OK)[:, :, None, None, None]
    data = arrays.sampled(code[:, :, None, None, None], [1.0], n_labels, status)
    found = persona_agreement_by_policy(data, resamples=0)
    for persona in range(4):
        least = []
        for unit in code.T:
            missing = np.flatnonzero(unit < 0)
            filled = np.tile(unit, (n_labels ** len(missing), 1))
            filled[:, missing] = list(product(range(n_labels), repeat=len(missing)))
            others = np.delete(filled, persona, axis=1)
            least.append((others == filled[:, [persona]]).mean(axis=1).min())
        assert cell(found, persona=f"persona-{persona}", policy="worst case")["agreement"] == pytest.approx(
            np.mean(least)
        )


def test_a_persona_that_refuses_what_it_would_contradict_is_seen() -> None:
    """It agrees with the others on all that it answers; its refusals hide that it would not."""
    code = np.tile(np.arange(60) % 2, (4, 1))
    code[3, :30] = -1
    status = np.where(code < 0, REFUSAL, OK)[:, :, None, None, None]
    found = persona_agreement_by_policy(arrays.sampled(code[:, :, None, None, None], [1.0], 2, status), resamples=200)
    silent = found[found["persona"] == "persona-3"].set_index("policy")
    other = found[found["persona"] == "persona-0"].set_index("policy")
    assert silent["agreement"].to_dict() == {"left out": 1.0, "own category": 0.5, "worst case": 0.5}
    assert other.loc["worst case", "agreement"] == pytest.approx(1 - 0.5 / 3)
    assert silent.loc["left out", "n_items"] == 30
    assert list(silent["n_labelless"]) == [30] * 3
    assert silent.loc["worst case", "agreement_low"] < 0.5 < silent.loc["worst case", "agreement_high"] < 0.7


def test_a_persona_that_never_answers_and_unanimous_ones_have_no_alpha() -> None:
    code = np.zeros((3, 10, 1, 1, 1), dtype=int)
    code[2] = -1
    found = persona_agreement_by_policy(arrays.sampled(code, [1.0], 2, np.where(code < 0, REFUSAL, OK)), resamples=50)
    silent = cell(found, persona="persona-2", policy="left out")
    assert np.isnan(silent["agreement"])
    assert (silent["note"], silent["n_items"]) == ("none of its labels has another beside it", 0)
    assert "unanimous" in cell(found, persona="persona-0", policy="left out")["note"]
    assert cell(found, persona="persona-0", policy="left out")["agreement"] == 1


def test_intervals_cover_the_agreement_that_other_items_give() -> None:
    rng = np.random.default_rng(4)
    found = []
    for seed in range(200):
        yes = rng.beta(1, 1, 80)
        code = (rng.random((4, 80)) < yes).astype(int)
        code[rng.random(code.shape) < 0.2 * yes] = -1
        data = arrays.sampled(code[:, :, None, None, None], [1.0], 2, np.where(code < 0, 1, 0)[:, :, None, None, None])
        found.append(cell(persona_agreement_by_policy(data, resamples=200, seed=seed), persona="persona-1",
                          policy="left out"))  # fmt: skip
    for number, low, high in (("alpha", "low", "high"), ("agreement", "agreement_low", "agreement_high")):
        truth = np.mean([row[number] for row in found])
        assert 0.9 <= np.mean([row[low] <= truth <= row[high] for row in found]) <= 0.99


def test_chosen_personas_are_beside_each_other_alone_and_bad_input_is_refused() -> None:
    data, code, _ = run(np.random.default_rng(5), (4, 20, 1, 1, 1), 2, 0)
    pair = persona_agreement_by_policy(data, ["persona-3", "persona-1"], resamples=0)
    same = (code[3] == code[1]).mean()
    assert list(pair[pair["policy"] == "left out"]["agreement"]) == pytest.approx([same, same])
    rows = persona_agreement_by_policy(data, resamples=0).query("policy == 'left out'")
    by_pairs = [np.mean([(code[a] == code[b]).mean() for b in range(4) if b != a]) for a in range(4)]
    assert list(rows["agreement"]) == pytest.approx(by_pairs)
    assert rows["agreement"].mean() == pytest.approx(np.mean([(code[a] == code[b]).mean()
                                                              for a, b in combinations(range(4), 2)]))  # fmt: skip
    with pytest.raises(InputError, match="persona 'nobody'"):
        persona_agreement_by_policy(data, ["nobody"])
    with pytest.raises(InputError, match="exact run"):
        persona_agreement_by_policy(arrays.exact(np.full((2, 3, 1, 1, 2), 0.5)))
