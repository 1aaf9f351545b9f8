"""Prototypical personas: the one that the world made for the group is found, and how surely is said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import alignment, prototypes
from tests.engine.measures.stand_ins import both, demo, people_of, voices_of


def camps(seed: int = 0, n_items: int = 300) -> tuple:
    """Two groups of five people, a persona for each, a mixture of both, and a control that knows neither."""
    rng = np.random.default_rng(seed)
    p = rng.random((2, n_items))
    codes = (rng.random((10, n_items)) < np.repeat(p, 5, axis=0)).astype(np.int64)
    rows = np.vstack([p, p.mean(axis=0, keepdims=True), np.full((1, n_items), 0.5) + 0.01 * rng.random(n_items)])
    voices = voices_of(both(rows), kinds=("weak", "weak", "strong", "control"), groups=("left", "right", "", ""))
    return voices, people_of(codes, groups=("left",) * 5 + ("right",) * 5)


def test_the_persona_made_for_a_group_is_its_best_stand_in() -> None:
    found = prototypes(*camps(), "centred")
    best = found.best.set_index("group")
    assert best.loc["left", "persona"] == "p0"
    assert best.loc["right", "persona"] == "p1"
    assert (best["next_persona"] == "p2").all()
    assert (best["probability_best"] > 0.99).all()
    assert (best["margin_low"] > 0).all()
    assert (best["control_margin_low"] > 0.3).all()
    assert (best["n_personas"] == 3).all(), "controls are no candidates"
    np.testing.assert_allclose(found.stand_ins.groupby("group")["probability_best"].sum(), 1)


def test_values_are_those_of_the_alignment() -> None:
    voices, people = demo(n_items=120)
    cells = alignment(voices, people, "kappa", "group", resamples=0).set_index(["target", "persona"])["value"]
    table = prototypes(voices, people, "kappa", resamples=50).stand_ins
    for row in table.to_dict("records"):
        assert row["value"] == pytest.approx(cells[row["group"], row["persona"]])
    assert table.groupby("group")["value"].apply(lambda v: v.is_monotonic_decreasing).all()


def test_twins_share_the_place() -> None:
    voices, people = camps()
    twins = replace(voices, probability=voices.probability[[0, 0, 2, 3]])
    found = prototypes(twins, people, "centred", resamples=200)
    left = found.best.set_index("group").loc["left"]
    assert left["probability_best"] == pytest.approx(0.5)
    assert left["margin"] == 0
    assert (left["margin_low"], left["margin_high"]) == (0, 0)


@pytest.mark.parametrize("likeness", ["cosine", "centred", "kappa"])
def test_the_influence_of_an_item_is_the_margin_it_takes_away(likeness: str) -> None:
    voices, people = camps(n_items=40)
    found = prototypes(voices, people, likeness, n_items=3, resamples=0)
    whole = found.best.set_index("group")["margin"]
    for row in found.items.to_dict("records"):
        keep = np.array(voices.items) != row["item"]
        names = tuple(np.array(voices.items)[keep])
        less = replace(voices, items=names, probability=voices.probability[:, keep], draws=voices.draws[:, keep])
        fewer = replace(people, items=names, codes=people.codes[:, keep])
        cells = alignment(less, fewer, likeness, "group", resamples=0).set_index(["target", "persona"])["value"]
        margin = cells[row["group"], row["persona"]] - cells[row["group"], row["next_persona"]]
        assert row["influence"] == pytest.approx(whole[row["group"]] - margin, abs=1e-12)
    assert list(found.items["rank"]) == [1, 2, 3] * 2
    assert found.items.groupby("group")["influence"].apply(lambda x: x.abs().is_monotonic_decreasing).all()


def test_no_labels_one_persona_and_no_controls_are_said() -> None:
    voices, people = camps(n_items=50)
    silent = replace(voices, probability=np.full_like(voices.probability, np.nan))
    nothing = prototypes(silent, people, resamples=50)
    assert nothing.best["persona"].isna().all()
    assert nothing.best["note"].str.contains("no persona has a value").all()
    assert nothing.items.empty
    assert nothing.stand_ins["note"].str.contains("the persona has no label").all()
    single = prototypes(voices.where([True, False, False, False]), people, resamples=50).best
    assert single["margin"].isna().all()
    assert single["note"].str.contains("no control or empty persona").all()
    assert single["note"].str.contains("no next one").all()
    assert (single["probability_best"] == 1).all()


def test_bad_input_is_named() -> None:
    voices, people = camps(n_items=30)
    with pytest.raises(InputError, match="no groups"):
        prototypes(voices, replace(people, groups=("",) * 10))
    with pytest.raises(InputError, match="n_items -1"):
        prototypes(voices, people, n_items=-1)


def test_one_item_has_no_interval() -> None:
    voices, people = demo(n_items=1)
    found = prototypes(voices, people, "cosine", resamples=50)
    columns = ["low", "high", "control_margin_low", "control_margin_high"]
    assert found.stand_ins[columns].isna().all(axis=None)
    assert found.best[["margin_low", "margin_high"]].isna().all(axis=None)
    assert (found.best["note"] != "").all()
