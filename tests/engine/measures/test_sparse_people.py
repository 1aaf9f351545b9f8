"""Many people who labelled a few items each: their ways give what the plain ways give, and what counting gives."""

from __future__ import annotations

import itertools
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from engine.measures import alignment, cohen_kappa, effective_number, kappas_of_panels, prototypes
from engine.measures import products as products_module
from engine.measures import rater_pairs as pairs_module
from engine.measures.rater_pairs import drawn_sums, sparse_pairs, whole_sums
from engine.measures.resampling import resampled_sums
from engine.measures.voices import People, Voices
from tests.engine.measures.demo_voices import people_of, voices_of

N_PEOPLE, N_ITEMS = 90, 70


def sparse_people(filled: float = 0.05, seed: int = 0, n_labels: int = 2, level: str = "nominal") -> People:
    """People of three groups, and of none, who labelled a few items."""
    rng = np.random.default_rng(seed)
    codes = np.where(rng.random((N_PEOPLE, N_ITEMS)) < filled, rng.integers(0, n_labels, (N_PEOPLE, N_ITEMS)), -1)
    people = replace(people_of(codes.astype(np.int64)), groups=tuple(("a", "b", "c", "")[i % 4] for i in range(90)))
    labels, values = tuple(map(str, range(n_labels))), tuple(map(float, range(n_labels)))
    return replace(people, labels=labels, values=values, level=level)


def voices(n_labels: int = 2, level: str = "nominal", missing: float = 0.0) -> Voices:
    rng = np.random.default_rng(9)
    p = rng.dirichlet(np.ones(n_labels), (8, N_ITEMS, 1))
    p[rng.random((8, N_ITEMS, 1)) < missing] = np.nan
    made = voices_of(rng.random((8, N_ITEMS)))
    return replace(
        made, probability=p, labels=tuple(map(str, range(n_labels))), values=tuple(map(float, range(n_labels))),
        level=level, draws=np.where(np.isnan(p[..., 0]), 0.0, np.inf), kinds=("strong",) * 6 + ("control",) * 2,
    )  # fmt: skip


def test_pairs_are_those_that_labelled_a_unit_in_common() -> None:
    present = sparse_people(0.03).codes >= 0
    item_of_unit = np.arange(N_ITEMS) // 2  # two units an item
    found = {}
    for part in sparse_pairs(present, item_of_unit, at_once=7):
        assert len(part.first) <= 7
        for pair in range(len(part.first)):
            found[int(part.first[pair]), int(part.second[pair])] = sorted(part.unit[part.pair == pair].tolist())
    expected = {
        (a, b): np.flatnonzero(present[a] & present[b]).tolist()
        for a, b in itertools.combinations(range(N_PEOPLE), 2)
        if (present[a] & present[b]).any()
    }
    assert found == expected
    assert len(expected) > 100


def test_sums_of_sparse_rows_are_those_of_dense_ones() -> None:
    present = sparse_people().codes >= 0
    drawn = drawn_sums(N_ITEMS, 40, 3)
    for part in sparse_pairs(present, np.arange(N_ITEMS), at_once=50):
        a, b, unit = part.raters_and_units
        dense = np.zeros((N_ITEMS, len(part.first)))
        np.add.at(dense, (unit, part.pair), (a + b).astype(float))
        np.testing.assert_allclose(part.summed(whole_sums, (a + b).astype(float)), dense.sum(axis=0)[None])
        np.testing.assert_allclose(part.summed(drawn, (a + b).astype(float)), resampled_sums(dense, None, 40, 3))


@pytest.mark.parametrize(("n_labels", "level"), [(2, "nominal"), (3, "nominal"), (4, "ordinal"), (3, "interval")])
def test_kappas_and_effective_numbers_do_not_depend_on_the_way(
    monkeypatch: pytest.MonkeyPatch, n_labels: int, level: str
) -> None:
    people, personas = sparse_people(n_labels=n_labels, level=level), voices(n_labels, level)
    assert pairs_module.is_sparse(people.codes >= 0)
    sparse = kappas_of_panels(personas, people, resamples=50), effective_number(people, resamples=50)
    monkeypatch.setattr(pairs_module, "MOST_FILLED", -1.0)
    dense = kappas_of_panels(personas, people, resamples=50), effective_number(people, resamples=50)
    pd.testing.assert_frame_equal(sparse[0], dense[0], rtol=1e-4, atol=1e-5)  # intervals are of 32 bits
    for name in ("cohen", "fleiss", "entropy", "n_pairs"):
        np.testing.assert_allclose(sparse[0][name], dense[0][name], rtol=1e-10, atol=1e-12)
    assert sparse[1].as_labelled.value == pytest.approx(dense[1].as_labelled.value, rel=1e-10)
    for name in ("low", "high", "n_items", "n_raters"):
        assert asdict(sparse[1].as_labelled)[name] == pytest.approx(asdict(dense[1].as_labelled)[name], rel=1e-4)


def test_cohens_kappa_of_sparse_people_is_the_mean_over_their_pairs() -> None:
    people = sparse_people()
    kappas = np.array(
        [
            cohen_kappa(one, other, n_labels=2, resamples=0).value
            for one, other in itertools.combinations(people.codes, 2)
        ]
    )
    row = kappas_of_panels(voices(), people, resamples=0).iloc[0]
    assert row["n_pairs"] == (~np.isnan(kappas)).sum()
    assert row["cohen"] == pytest.approx(np.nanmean(kappas), abs=1e-12)
    assert row["dropped"]["pairs without a kappa"] == np.isnan(kappas).sum()


@pytest.mark.parametrize("likeness", ["cosine", "centred", "kappa"])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_similarity_does_not_depend_on_the_way(monkeypatch: pytest.MonkeyPatch, likeness: str, missing: float) -> None:
    people, personas = sparse_people(n_labels=3), voices(3, missing=missing)
    found = []
    for least in (0, 10**9):
        monkeypatch.setattr(products_module, "LEAST_SPARSE", least)
        found.append(alignment(personas, people, likeness, intervals=False, resamples=30))  # type: ignore[arg-type]
    pd.testing.assert_frame_equal(*found, rtol=1e-9, atol=1e-9)


def test_a_margin_over_nobody_leaves_the_persona_itself_out() -> None:
    personas = replace(voices(), kinds=("control",) * 8)  # all are candidates, and all are nobody
    found = prototypes(personas, sparse_people(0.5), resamples=0).stand_ins
    for _, rows in found.groupby("group"):
        value = rows.set_index("persona")["value"]
        for persona, margin in rows.set_index("persona")["control_margin"].items():
            assert margin == pytest.approx(value[persona] - value.drop(persona).mean(), abs=1e-12)
