"""Kappas of panels against those of single pairs and panels, against draws, and what has none."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import cohen_kappa_score

from engine.errors import InputError
from engine.measures import (
    KAPPA_COLUMNS,
    agreement_of_panels,
    cohen_kappa,
    fleiss_kappa,
    item_disagreement,
    kappas_of_panels,
)
from tests.engine.measures.demo_voices import chorus, drawn, people_of, rule, voices_of


def row(table: pd.DataFrame, raters: str, among: str = "all") -> pd.Series:
    found = table[(table["raters"] == raters) & (table["among"] == among)]
    assert len(found) == 1
    return found.iloc[0]


def of_pairs(codes: np.ndarray, pairs: list[tuple[int, int]]) -> list[float]:
    return [cohen_kappa(codes[a], codes[b], n_labels=2, resamples=0).value for a, b in pairs]


@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_kappas_of_people_are_those_of_their_labels(missing: float) -> None:
    people = people_of(drawn(rule(), 1, missing))
    table = kappas_of_panels(voices_of(rule()), people, resamples=0)
    pairs = list(itertools.combinations(range(12), 2))
    same = [people.groups[a] == people.groups[b] for a, b in pairs]
    kappas = np.array(of_pairs(people.codes, pairs))
    assert row(table, "people")["cohen"] == pytest.approx(kappas.mean(), abs=1e-12)
    assert row(table, "people", "within groups")["cohen"] == pytest.approx(kappas[same].mean(), abs=1e-12)
    assert row(table, "people", "between groups")["cohen"] == pytest.approx(kappas[~np.array(same)].mean(), abs=1e-12)
    for among in ("all", *set(people.groups)):
        codes = people.codes[[among in ("all", group) for group in people.groups]]
        found, expected = row(table, "people", among), fleiss_kappa(codes, n_labels=2, resamples=0)
        assert found["fleiss"] == pytest.approx(expected.value, abs=1e-12)
        assert sum(found["dropped"].values()) == sum(expected.dropped.values())
        split = item_disagreement(codes, people.items, people.labels)
        several = split["n_labels"] > 1
        assert found["entropy"] == pytest.approx(split["entropy"][several].mean(), abs=1e-12)
        assert (found["n_items"], found["n_raters"]) == (several.sum(), len(codes))


def test_the_rows_are_those_of_agreement_of_panels() -> None:
    voices, people = voices_of(rule()), people_of(drawn(rule(), 2))
    control = replace(voices_of(chorus()[:4], kind="control"), groups=("",) * 4)
    both = replace(
        voices, personas=voices.personas + control.personas, kinds=voices.kinds + control.kinds,
        groups=voices.groups + control.groups, draws=np.concatenate([voices.draws, control.draws]),
        probability=np.concatenate([voices.probability, control.probability]),
    )  # fmt: skip
    kappas, alphas = (f(both, people, resamples=0) for f in (kappas_of_panels, agreement_of_panels))
    for column in ("raters", "among", "n_items", "n_raters"):
        assert kappas[column].to_list() == alphas[column].to_list()
    assert tuple(kappas.columns) == KAPPA_COLUMNS


def test_personas_stand_for_one_draw_of_each() -> None:
    rng = np.random.default_rng(3)
    chance = np.tile(rule()[:4], 6)  # 2,160 items: the ratio of expectations is near the expectation of the ratio
    voices = replace(voices_of(chance), groups=("x", "x", "y", "y"))
    people = people_of(drawn(chance, 4))
    found = row(kappas_of_panels(voices, people, resamples=0), "strong")
    draws = [(rng.random(chance.shape) < chance).astype(np.int64) for _ in range(60)]
    pairs = list(itertools.combinations(range(4), 2))
    cohen = [np.mean([cohen_kappa_score(codes[a], codes[b]) for a, b in pairs]) for codes in draws]
    fleiss = [fleiss_kappa(codes, n_labels=2, resamples=0).value for codes in draws]
    for name, simulated in (("cohen", cohen), ("fleiss", fleiss)):
        error = np.std(simulated) / math.sqrt(len(draws))
        assert found[name] == pytest.approx(np.mean(simulated), abs=4 * error + 5e-4)


def test_ordered_labels_are_weighted_by_their_values() -> None:
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 4, (3, 60))
    codes[1] = np.clip(codes[0] + rng.integers(0, 2, 60), 0, 3)
    people = replace(people_of(codes, 4), level="ordinal")
    voices = replace(voices_of(np.full((2, 60), 0.5)), labels=people.labels, values=people.values, level="ordinal")
    voices = replace(voices, probability=np.full((2, 60, 1, 4), 0.25))
    expected = [cohen_kappa_score(codes[a], codes[b], weights="quadratic") for a, b in ((0, 1), (0, 2), (1, 2))]
    found = kappas_of_panels(voices, people, resamples=0)
    assert row(found, "people")["cohen"] == pytest.approx(np.mean(expected), abs=1e-12)


def test_intervals_hold_the_value_and_are_those_of_the_single_kappas() -> None:
    people = people_of(drawn(rule(), 6, missing=0))
    table = kappas_of_panels(voices_of(rule()), people, resamples=400, seed=3)
    for name in ("fleiss", "cohen", "entropy"):
        known = table[table[name].notna()]
        assert (known[f"{name}_low"] < known[name]).all()
        assert (known[name] < known[f"{name}_high"]).all()
    expected = fleiss_kappa(people.codes, resamples=4000)
    found = row(table, "people")
    assert [found["fleiss_low"], found["fleiss_high"]] == pytest.approx([expected.low, expected.high], abs=0.02)


def test_a_chorus_agrees_more_and_its_labels_split_less() -> None:
    people = people_of(drawn(rule(), 7))
    voices, one = (row(kappas_of_panels(voices_of(p, 0.5), people, resamples=0), "strong") for p in (rule(), chorus()))
    assert one["cohen"] > voices["cohen"] + 0.05
    assert one["fleiss"] > voices["fleiss"] + 0.05
    assert one["entropy"] < voices["entropy"]


def test_what_has_no_kappa_says_why() -> None:
    people = people_of(drawn(rule(), 8))
    unanimous = row(kappas_of_panels(voices_of(np.ones((12, 360))), people), "strong")
    assert math.isnan(unanimous["fleiss"])
    assert math.isnan(unanimous["cohen"])
    assert unanimous["note"].startswith("unanimous")
    assert unanimous["dropped"] == {"pairs without a kappa": 66}
    assert unanimous["entropy"] == 0
    single = row(kappas_of_panels(voices_of(rule()[:1], groups=False), people), "strong")
    assert single["note"] == "only one rater; agreement needs two"
    assert math.isnan(single["entropy"])
    apart = np.full((2, 360), -1)
    apart[0, :180], apart[1, 180:] = 1, 0
    nothing = row(kappas_of_panels(voices_of(rule()), people_of(apart)), "people")
    assert nothing["note"] == "no unit has two labels, so none can be compared"
    holes = drawn(rule(), 9, missing=0)
    holes[np.arange(360) % 12, np.arange(360)] = -1
    partly = row(kappas_of_panels(voices_of(rule()), people_of(holes), resamples=0), "people")
    assert math.isnan(partly["fleiss"])
    assert "Fleiss" in partly["note"]
    assert partly["cohen"] > 0


def test_one_item_has_no_interval() -> None:
    voices, people = voices_of(rule()[:, :1]), people_of(drawn(rule(), 1, missing=0)[:, :1])
    found = kappas_of_panels(voices, people)
    assert found[["fleiss_low", "cohen_low", "entropy_low"]].isna().all(axis=None)
    assert found["note"].str.contains("one item: no interval").all()


def test_other_items_are_refused() -> None:
    with pytest.raises(InputError, match="not the same ones"):
        kappas_of_panels(voices_of(rule()), people_of(drawn(rule(), 1)[:, :10]))
