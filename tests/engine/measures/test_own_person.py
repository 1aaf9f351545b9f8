"""Own person: voices are like the person they play, a chorus is like everybody."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from engine.measures import alignment, own_person
from tests.engine.measures.stand_ins import CHORUS, both, demo, people_of, voices_of


def test_the_contrasts_are_those_of_the_alignment_matrix() -> None:
    voices, people = demo(n_items=120)
    found = own_person(voices, people, "kappa", resamples=100)
    cells = alignment(voices, people, "kappa", resamples=0).pivot(index="persona", columns="target", values="value")
    s = cells.loc[list(voices.personas), list(people.annotators)].to_numpy()
    row = found.table.iloc[4]
    others = np.delete(s[4], 4).mean()
    assert row["own"] == pytest.approx(s[4, 4])
    assert row["others"] == pytest.approx(others)
    assert row["nobody"] == pytest.approx(s[12:, 4].mean())
    assert row["own_minus_nobody"] == pytest.approx(s[4, 4] - s[12:, 4].mean())
    assert row["specific"] == pytest.approx(s[4, 4] - s[4].mean() - s[:12, 4].mean() + s[:12].mean())
    assert row["rank"] == 1 + (s[4] > s[4, 4]).sum()
    assert found.own_minus_others.value == pytest.approx(found.table["own_minus_others"].mean())


def test_voices_are_their_own_persons_and_a_chorus_hardly() -> None:
    voices, chorus = (own_person(*demo(share), "kappa", resamples=300) for share in (1.0, CHORUS))
    assert voices.specific.low > 0.02
    assert voices.p_value < 0.01
    assert voices.nearest.value >= 0.5 > 2 * voices.chance
    assert (voices.table["verdict"] == "more like its person").sum() >= 4
    assert chorus.specific.value < 0.25 * voices.specific.value
    assert len(voices.table) == 12, "control and empty personas play nobody"


def test_personas_identical_to_each_other_have_nothing_of_their_own() -> None:
    voices, people = demo(n_items=200)
    same = replace(voices, probability=np.repeat(voices.probability[12:13], 14, axis=0))
    found = own_person(same, people, "kappa", resamples=200)
    np.testing.assert_allclose(found.table["specific"], 0, atol=1e-12)
    np.testing.assert_allclose(found.table["own_minus_nobody"], 0, atol=1e-12)
    assert found.p_value == pytest.approx(1)
    assert found.nearest.value == pytest.approx(found.chance), "all tie"


def test_the_assignment_test_is_nominal_for_personas_that_play_at_random() -> None:
    rng = np.random.default_rng(1)
    low = 0
    for seed in range(200):
        voices = voices_of(both(rng.random((5, 40))), annotators=tuple(f"a{i}" for i in range(5)))
        people = people_of((rng.random((5, 40)) < 0.5).astype(np.int64))
        low += own_person(voices, people, "kappa", resamples=200, seed=seed).p_value < 0.05
    assert 2 <= low <= 20


def test_an_annotator_without_labels_is_no_number() -> None:
    voices, people = demo(n_items=100)
    codes = people.codes.copy()
    codes[3] = -1
    found = own_person(voices, replace(people, codes=codes), "kappa", resamples=100)
    row = found.table.iloc[3]
    assert math.isnan(row["own"])
    assert row["verdict"] == "unknown"
    assert "the person or group has no label" in row["note"]
    assert found.specific.dropped == {"personas without a value": 1}
    assert found.table["own"].notna().sum() == 11
    assert found.chance == pytest.approx(1 / 11), "nobody can be nearest to an annotator without labels"
    others = own_person(voices.where([i != 3 for i in range(14)]), replace(people, codes=codes), "kappa", resamples=100)
    assert found.p_value == pytest.approx(others.p_value)


def test_without_controls_or_own_people_it_says_so() -> None:
    voices, people = demo(n_items=60, nobody=False)
    found = own_person(voices, people, resamples=50)
    assert found.table["nobody"].isna().all()
    assert found.table["note"].str.contains("no control or empty persona").all()
    strangers = own_person(replace(voices, annotators=("x",) * 12), people, resamples=50)
    assert strangers.table.empty
    assert not strangers.specific.defined
    assert "no persona whose annotator" in strangers.specific.note
    assert np.isnan(own_person(voices, people, resamples=0).table["own_low"]).all()
