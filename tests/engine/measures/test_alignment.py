"""Alignment: equal to scikit-learn where it has the same quantity, honest intervals, nulls and ceilings."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score
from sklearn.metrics.pairwise import cosine_similarity

from engine.errors import InputError
from engine.measures import ALIGNMENT_COLUMNS, alignment, resampling
from engine.measures.accelerated import acceleration_of
from engine.measures.resampling import resampled_sums
from engine.measures.similarity import Likeness, Pairs, pairs_of
from engine.measures.targets import targets_of
from tests.engine.measures.stand_ins import CHORUS, both, chances, demo, people_of, voices_of

NONE = {"resamples": 0}


def matrix(table, column: str = "value") -> np.ndarray:
    return table.pivot(index="persona", columns="target", values=column).to_numpy()


def labels(seed: int, n: int, n_items: int, k: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, k, size=(n, n_items))


@pytest.mark.parametrize(("level", "k"), [("nominal", 2), ("nominal", 4), ("ordinal", 4), ("interval", 3)])
def test_certain_labels_give_scikit_learns_cosine_and_kappa(level: str, k: int) -> None:
    ours, theirs = labels(1, 3, 40, k), labels(2, 2, 40, k)
    voices, people = voices_of(np.eye(k)[ours], level=level), people_of(theirs, k, level=level)
    flat = (lambda c: np.eye(k)[c].reshape(len(c), -1)) if level == "nominal" and k > 2 else (lambda c: c.astype(float))
    cosine = matrix(alignment(voices, people, "cosine", **NONE))
    np.testing.assert_allclose(cosine, cosine_similarity(flat(ours), flat(theirs)), atol=1e-9)
    weights = None if level == "nominal" else "quadratic"
    expected = [[cohen_kappa_score(a, b, weights=weights, labels=range(k)) for b in theirs] for a in ours]
    np.testing.assert_allclose(matrix(alignment(voices, people, "kappa", **NONE)), expected, atol=1e-9)


def test_centred_cosine_is_pearsons_correlation() -> None:
    ours, theirs = labels(3, 3, 50, 5), labels(4, 2, 50, 5)
    voices, people = voices_of(np.eye(5)[ours], level="interval"), people_of(theirs, 5, level="interval")
    found = matrix(alignment(voices, people, "centred", **NONE))
    np.testing.assert_allclose(found, np.corrcoef(ours, theirs)[:3, 3:], atol=1e-9)


def test_kappa_of_distributions_is_that_of_draws() -> None:
    """Closed form against drawing: chance agreement and observed agreement of 4,000 drawn personas."""
    rng = np.random.default_rng(5)
    p, theirs = rng.dirichlet([1, 1, 1], size=(1, 60)), labels(6, 1, 60, 3)
    drawn = (rng.random((4000, 60, 1)) > p[0].cumsum(axis=1)).sum(axis=2)
    observed = (drawn == theirs).mean(axis=1)
    chance = sum((drawn == k).mean(axis=1) * (theirs == k).mean() for k in range(3))
    found = alignment(voices_of(p), people_of(theirs, 3), "kappa", **NONE)["value"][0]
    assert found == pytest.approx(1 - (1 - observed).mean() / (1 - chance).mean(), abs=0.005)


def test_only_items_with_both_labels_count_and_the_rest_is_counted() -> None:
    ours, theirs = labels(7, 1, 30, 2), labels(8, 1, 30, 2)
    whole = alignment(voices_of(np.eye(2)[ours[:, :20]]), people_of(theirs[:, :20]), "kappa", **NONE).iloc[0]
    p, gaps = np.eye(2)[ours].astype(float), theirs.copy()
    p[0, 20:25], gaps[0, 25:] = np.nan, -1
    found = alignment(voices_of(p), people_of(gaps), "kappa", **NONE).iloc[0]
    assert found["value"] == pytest.approx(whole["value"], abs=1e-12)
    assert (found["n_items"], found["dropped"]) == (20, 10)


@pytest.mark.parametrize(
    ("likeness", "persona", "person", "reason"),
    [
        ("centred", [1, 1, 1, 1], [0, 1, 0, 1], "constant labels of the persona"),
        ("centred", [0, 1, 0, 1], [1, 1, 1, 1], "constant labels of the person or group"),
        ("cosine", [0, 0, 0, 0], [0, 1, 0, 1], "constant labels of the persona"),
        ("kappa", [1, 1, 1, 1], [1, 1, 1, 1], "one label in use"),
        ("cosine", [0, 1, 0, 1], [-1, -1, -1, -1], "the person or group has no label"),
        ("kappa", [-1, -1, -1, -1], [0, 1, 0, 1], "the persona has no label"),
        ("kappa", [0, 1, -1, -1], [-1, -1, 0, 1], "no item that both have a label for"),
    ],
)
def test_what_has_no_value_is_nan_with_the_reason(likeness, persona, person, reason) -> None:
    ours, theirs = np.array([persona]), np.array([person])
    p = np.where(ours[..., None] < 0, np.nan, np.eye(2)[ours])
    found = alignment(voices_of(p), people_of(theirs), likeness, resamples=50).iloc[0]
    assert reason in found["note"]
    assert np.isnan([found["value"], found["low"], found["high"], found["null_p"]]).all()
    assert not found["evidence"]


def test_a_persona_that_always_refuses_leaves_the_others_alone() -> None:
    voices, people = demo()
    p = voices.probability.copy()
    p[0] = np.nan
    found = alignment(replace(voices, probability=p), people, "kappa", resamples=100)
    before = alignment(voices, people, "kappa", resamples=100)
    assert found.loc[found["persona"] == "p0", "value"].isna().all()
    np.testing.assert_allclose(found["value"][12:], before["value"][12:])


@pytest.mark.parametrize("likeness", ["cosine", "centred"])
def test_swapping_persona_and_person_changes_nothing(likeness: str) -> None:
    ours, theirs = labels(9, 2, 30, 2), labels(10, 3, 30, 2)
    one = matrix(alignment(voices_of(np.eye(2)[ours]), people_of(theirs), likeness, **NONE))
    other = matrix(alignment(voices_of(np.eye(2)[theirs]), people_of(ours), likeness, **NONE))
    np.testing.assert_allclose(one, other.T, atol=1e-12)


@pytest.mark.parametrize("n_items", [60, 180])
def test_the_cosine_interval_covers_the_truth_of_the_demo_world(n_items: int) -> None:
    """500 corpora of posts from the demo world: nominal 95 % intervals cover in 92 to 98 %, and miss on both sides."""
    p = chances()
    cells = [(0, 0), (0, 8), (5, 5), (9, 3)]
    truth = np.array([(p[i] * p[j]).sum() / math.sqrt((p[i] ** 2).sum() * p[j].sum()) for i, j in cells])
    rng = np.random.default_rng(11)
    below, above = np.zeros(len(cells)), np.zeros(len(cells))
    for seed in range(500):
        items = rng.integers(0, p.shape[1], n_items)
        codes = (rng.random((12, n_items)) < p[:, items]).astype(np.int64)
        table = alignment(voices_of(both(p[:, items])[[0, 5, 9]]), people_of(codes[[0, 8, 5, 3]]), resamples=300,
                          seed=seed)  # fmt: skip
        low, high = (matrix(table, end)[[0, 0, 1, 2], [0, 1, 2, 3]] for end in ("low", "high"))
        below += truth < low
        above += high < truth
    covered = 500 - below - above
    assert (covered >= 460).all(), covered
    assert (covered <= 490).all(), covered
    assert below.sum() < 2 * above.sum(), "no interval may miss on one side alone"


def test_voices_stand_above_the_null_with_their_own_and_a_persona_of_the_pool_does_not() -> None:
    voices, people = demo()
    table = alignment(voices, people, "kappa")
    assert list(table.columns) == list(ALIGNMENT_COLUMNS)
    own, controls = table[table["own"]], table[table["kind"].isin(["control", "empty"])]
    assert len(own) == 12
    assert own["evidence"].mean() >= 10 / 12
    assert controls["evidence"].mean() <= 0.1


def test_the_null_is_nominal_where_names_mean_nothing() -> None:
    """Personas whose answers are exchangeable within items: null_p below .05 in about 5 % of cells."""
    rng = np.random.default_rng(12)
    low = []
    for seed in range(60):
        base = rng.random(100)
        p = np.clip(base + 0.3 * rng.normal(size=(6, 100)), 0, 1)
        codes = (rng.random((2, 100)) < base).astype(np.int64)
        table = alignment(voices_of(both(p)), people_of(codes), "kappa", resamples=200, seed=seed)
        low.append((table["null_p"] < 0.05).mean())
    assert 0.01 < np.mean(low) < 0.09


def test_personas_identical_to_each_other_have_no_evidence() -> None:
    p = both(np.tile(np.random.default_rng(13).random(80), (4, 1)))
    table = alignment(voices_of(p), people_of(labels(14, 2, 80, 2)), "centred", resamples=200)
    assert not table["evidence"].any()
    np.testing.assert_allclose(table["null_p"], 1.0)


@pytest.mark.parametrize("likeness", ["cosine", "centred", "kappa"])
@pytest.mark.parametrize("m", [1, 4])
def test_the_persona_ceiling_is_what_people_reach_who_label_as_it_does(likeness: str, m: int) -> None:
    p = chances()[:1, :400]
    rng = np.random.default_rng(15)
    groups = ("g",) * m
    means = []
    for _ in range(60):
        people = people_of((rng.random((m, 400)) < p).astype(np.int64), groups=groups)
        means.append(alignment(voices_of(both(p)), people, likeness, "group", **NONE)["value"][0])
    table = alignment(voices_of(both(p)), people, likeness, "group", **NONE)
    assert table["persona_ceiling"][0] == pytest.approx(np.mean(means), abs=0.012)


@pytest.mark.parametrize("likeness", ["cosine", "kappa"])
def test_the_ceiling_from_few_answers_has_no_bias_in_agreement(likeness: str) -> None:
    """Frequencies of 3 answers look more certain than they are; the ceiling allows for it."""
    p = chances()[:1]
    rng = np.random.default_rng(16)
    people = people_of((rng.random(p.shape) < p).astype(np.int64))
    few = [(rng.binomial(3, p) / 3) for _ in range(20)]
    found = [alignment(voices_of(both(f), draws=3.0), people, likeness, **NONE)["persona_ceiling"][0] for f in few]
    other = [alignment(voices_of(both(f)), people_of((rng.random(p.shape) < p).astype(np.int64)), likeness, **NONE)
             ["value"][0] for f in few]  # fmt: skip
    assert np.mean(found) == pytest.approx(np.mean(other), abs=0.012)
    alone = alignment(voices_of(both((rng.random(p.shape) < p).astype(float)), draws=1.0), people, likeness, **NONE)
    assert math.isnan(alone["persona_ceiling"][0])


def test_split_halves_of_a_group() -> None:
    codes = np.tile(labels(17, 1, 50, 2), (4, 1))
    people = people_of(np.vstack([codes, labels(18, 2, 50, 2)]), groups=("same",) * 4 + ("alone", ""))
    table = alignment(voices_of(np.eye(2)[codes[:2]]), people, "kappa", "group", **NONE).set_index("target")
    assert table.loc["same", "target_ceiling"].iloc[0] == pytest.approx(1)
    assert np.isnan(table.loc["alone", "target_ceiling"].iloc[0])
    assert set(table.index) == {"same", "alone"}
    assert table.loc["same", "n_raters"].iloc[0] == 4


def test_bad_input_is_named() -> None:
    voices, people = demo()
    with pytest.raises(InputError, match="measure 'dice' is unknown"):
        alignment(voices, people, "dice")
    with pytest.raises(InputError, match="by 'age' is unknown"):
        alignment(voices, people, by="age")
    with pytest.raises(InputError, match="no groups"):
        alignment(voices, replace(people, groups=("",) * 12), by="group")
    with pytest.raises(InputError, match="do not belong together"):
        alignment(voices, replace(people, items=people.items[::-1]))


def test_the_chorus_hardly_differs_from_its_patchwork() -> None:
    """Telling voices from a chorus: how far own cells lie above the mean of shuffled personas."""

    def gain(share: float) -> float:
        table = alignment(*demo(share), "kappa", resamples=200)
        own = table[table["own"]]
        return float((own["value"] - own["null_mean"]).mean())

    assert gain(1.0) > 5 * gain(CHORUS) > 0


def test_personas_identical_to_each_other_are_no_evidence() -> None:
    """Their null is their value, but for rounding."""
    voices, people = demo(n_items=90)
    same = replace(voices, probability=np.repeat(voices.probability[:1], 14, axis=0))
    for likeness in ("cosine", "centred", "kappa"):
        table = alignment(same, people, likeness, resamples=50)  # type: ignore[arg-type]
        assert not table["evidence"].any()
        np.testing.assert_allclose(table["null_p"], 1)


def test_no_items_at_all_have_no_value_and_no_crash() -> None:
    table = alignment(voices_of(np.zeros((2, 0, 2))), people_of(np.zeros((3, 0), np.int64)), resamples=20)
    assert len(table) == 6
    assert table["value"].isna().all()
    assert (table["note"] != "").all()


@pytest.mark.parametrize("likeness", ["cosine", "centred", "kappa"])
def test_totals_are_the_sums_of_rows(likeness: str) -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(3), (4, 20))
    p[0, :3] = np.nan
    codes = rng.integers(-1, 3, (5, 20))
    for level in ("nominal", "interval"):
        people = people_of(codes, 3, level=level)
        pairs = pairs_of(voices_of(p, level=level), targets_of(people, "annotator"), likeness)
        rows, totals = pairs.rows().sum(axis=0), pairs.totals()
        assert pairs.now == pytest.approx(pairs.solve(rows), abs=1e-12, nan_ok=True)
        assert totals.product == pytest.approx(rows[..., 0])
        for side, first in ((totals.ours, -2 * pairs.dims), (totals.theirs, -pairs.dims)):
            for column, at in zip(side[len(side) - pairs.dims :], range(first, first + pairs.dims), strict=True):
                assert np.broadcast_to(column, rows.shape[:2]) == pytest.approx(rows[..., at])


def test_without_intervals_all_else_stays() -> None:
    voices, people = demo(n_items=30)
    whole, quick = (alignment(voices, people, "kappa", intervals=there, resamples=50) for there in (True, False))
    ends = ["low", "high"]
    assert quick[ends].isna().all(axis=None)
    assert whole[ends].notna().all(axis=None)
    pd.testing.assert_frame_equal(whole.drop(columns=ends), quick.drop(columns=ends))


def some_pairs(likeness: str, level: str, n_labels: int, gaps: tuple[float, float]) -> Pairs:
    """Five personas beside a person with all labels, one with most, one with a few and one with none (if `gaps`)."""
    rng = np.random.default_rng(8)
    left = rng.dirichlet(np.ones(n_labels), (5, 40))
    right = np.eye(n_labels)[rng.integers(0, n_labels, (4, 40))]
    left[rng.random((5, 40)) < gaps[0]] = np.nan
    if gaps[1]:
        for person, missing in enumerate((0.0, 0.1, 0.9, 1.0)):
            right[person, rng.random(40) < missing] = np.nan
    return Pairs(likeness, level, tuple(range(n_labels)), left, right)


every_kind = pytest.mark.parametrize(("level", "n_labels"), [("nominal", 2), ("nominal", 3), ("interval", 3)])
with_gaps = pytest.mark.parametrize("gaps", [(0.0, 0.0), (0.2, 0.0), (0.0, 0.1), (0.2, 0.1)])
every_likeness = pytest.mark.parametrize("likeness", get_args(Likeness))


@every_likeness
@every_kind
@with_gaps
def test_draws_are_those_of_rows(likeness: str, level: str, n_labels: int, gaps: tuple[float, float]) -> None:
    """What is summed once for a persona or a target, and not for every cell, changes no draw."""
    pairs = some_pairs(likeness, level, n_labels, gaps)
    rows = pairs.rows()
    sums = resampled_sums(rows.reshape(40, -1), None, 50, 7).reshape(50, *rows.shape[1:])
    assert pairs.draws(50, 7) == pytest.approx(pairs.solve(sums), abs=1e-12, nan_ok=True)


def test_draws_in_blocks_are_those_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resampling, "CHUNK", 400)
    pairs = some_pairs("kappa", "nominal", 2, (0.2, 0.1))
    rows = pairs.rows()
    sums = resampled_sums(rows.reshape(40, -1), None, 50, 7).reshape(50, *rows.shape[1:])
    assert pairs.draws(50, 7) == pytest.approx(pairs.solve(sums), abs=1e-12, nan_ok=True)


@every_likeness
@every_kind
@with_gaps
def test_acceleration_leaves_out_each_item(likeness: str, level: str, n_labels: int, gaps: tuple[float, float]) -> None:
    pairs = some_pairs(likeness, level, n_labels, gaps)
    without = []
    for item in range(40):
        rest = np.delete(np.arange(40), item)
        without.append(replace(pairs, left=pairs.left[:, rest], right=pairs.right[:, rest]).now)
    assert pairs.acceleration == pytest.approx(acceleration_of(np.array(without)), abs=1e-10)


@every_likeness
@with_gaps
def test_patchworks_are_personas_put_together(likeness: str, gaps: tuple[float, float]) -> None:
    pairs = some_pairs(likeness, "nominal", 3, gaps)
    who = np.random.default_rng(4).integers(0, 5, (7, 40))
    together = np.array([[pairs.left[who[n, item], item] for item in range(40)] for n in range(7)])
    expected = replace(pairs, left=together).now
    assert pairs.of_patchworks(who) == pytest.approx(expected, abs=1e-12, nan_ok=True)


def test_without_items_no_draw_has_a_value() -> None:
    pairs = Pairs("kappa", "nominal", (0.0, 1.0), np.zeros((2, 0, 2)), np.zeros((3, 0, 2)))
    assert pairs.draws(10, 0).shape == (10, 2, 3)
    assert np.isnan(pairs.draws(10, 0)).all()
    assert pairs.acceleration.tolist() == np.zeros((2, 3)).tolist()
