"""The whole map on annotators whose truth is known, and on what should break it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import cdist

from engine.annotators.annotations import annotations_of_people
from engine.annotators.map import CLOUD_COLUMNS, PAIR_COLUMNS, POINT_COLUMNS, AnnotatorMap, annotator_map
from engine.corpora import read_lewidi2023
from engine.errors import InputError
from tests.engine.annotators.map.simulated import annotations, camps_of, codes_of, texts

TEXTS = texts()


def people(n: int = 12, strength: float = 4.0, seed: int = 0, n_items: int = 200) -> object:
    camps = camps_of(n)
    codes = codes_of(TEXTS[:n_items], camps, strength, seed)
    return annotations(codes, groups=tuple("AB"[camp] for camp in camps))


def personas_of(side: object, strength: float = 4.0, seed: int = 50) -> object:
    names = side.annotators  # type: ignore[attr-defined]
    codes = codes_of(TEXTS, camps_of(len(names)), strength, seed)
    return annotations(codes, "personas", groups=side.groups, people=names)  # type: ignore[attr-defined]


def quick(*sides: object, **more: object) -> AnnotatorMap:
    settings: dict[str, object] = {"embeddings": TEXTS, "replicates": 10, "null_draws": 19} | more
    return annotator_map(*sides, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("space", ["composite", "labels"])
def test_two_camps_are_found_in_the_space_and_drawn_apart(space: str) -> None:
    made = quick(people(), space=space)
    group, source = made.clustering.labellings
    assert made.clustering.n_clusters == 2
    assert group.adjusted_rand.value == 1
    assert group.adjusted_rand_p < 0.02
    assert made.exchange.p_value == 0.05, "the smallest that 19 exchanges allow"
    assert np.isnan(source.silhouette.value), "there are no personas"
    x = made.points["x"].to_numpy()
    assert np.ptp(x[::2]) < np.ptp(x), "the first axis tells the camps"
    assert (x[::2].min() > x[1::2].max()) or (x[::2].max() < x[1::2].min())
    assert "it matters who labels" in made.trust.sentence


def test_each_step_is_told() -> None:
    told: list[tuple[str, int, int]] = []
    quick(people(), told=lambda *news: told.append(news))
    names, done, totals = zip(*told, strict=True)
    assert names == ("map: the picture", "map: clouds", "map: exchanges", "map: clusters", "map: trust", "map: done")
    assert done == tuple(range(6))
    assert set(totals) == {5}


def test_annotators_who_differ_in_nothing_are_not_told_apart() -> None:
    """The p of the exchange is uniform over data sets where who labels makes no difference."""
    p = [quick(people(8, 0.0, seed, 60), embeddings=TEXTS[:60], replicates=0, seed=seed).exchange.p_value
         for seed in range(40)]  # fmt: skip
    assert np.mean(p) == pytest.approx(0.525, abs=0.15)
    assert np.mean(np.array(p) <= 0.1) <= 0.25
    made = quick(people(12, 0.0))
    assert made.trust.sentence.startswith("Take no place for a voice")


def test_clouds_grow_as_labels_get_fewer() -> None:
    """A quarter of the items doubles the noise of a place; radius and uncertainty follow, the distances hardly."""
    many, few = quick(people(), replicates=60), quick(people(n_items=50), embeddings=TEXTS[:50], replicates=60)
    ratio = few.points["radius"].median() / many.points["radius"].median()
    assert ratio == pytest.approx(2, abs=0.6)
    assert few.uncertainty > 1.4 * many.uncertainty
    # Everybody labels in both camps' own way, so a place is far surer than a place of nobody.
    assert many.uncertainty < 0.6 * many.exchange.exchanged_uncertainty


def test_personas_stand_near_their_own_person_only_where_they_follow_it() -> None:
    side = people()
    following, deaf = quick(side, personas_of(side)), quick(side, personas_of(side, 0.0))
    assert following.method == "UMAP"
    assert following.pairing.p_value < 0.01
    assert following.pairing.distance.value < following.pairing.random_distance
    assert following.pairing.rank.value < following.pairing.chance_rank == 6.5
    assert deaf.pairing.p_value > 0.05
    apart = {labelling.name: labelling for labelling in deaf.clustering.labellings}["source"]
    assert apart.silhouette_p == pytest.approx(1 / 1001), "people and deaf personas are two camps"
    same = {labelling.name: labelling for labelling in following.clustering.labellings}["source"]
    assert same.silhouette_p > 0.05
    again = quick(side, personas_of(side))
    pd.testing.assert_frame_equal(following.points, again.points)
    pd.testing.assert_frame_equal(following.clouds, again.clouds)
    assert tuple(following.points.columns) == POINT_COLUMNS
    assert tuple(following.clouds.columns) == CLOUD_COLUMNS
    assert len(following.clouds) == 24 * 10


def test_distances_and_ranks_of_pairs_by_brute_force() -> None:
    side = people(5)
    personas = replace(personas_of(side), people=("people-3", "people-0", "", "nobody", "people-3"))  # type: ignore[type-var]
    made = quick(side, personas, space="labels")
    assert tuple(made.pairs.columns) == PAIR_COLUMNS
    assert made.pairs["persona"].tolist() == ["personas-0", "personas-1", "personas-4"]
    codes = codes_of(TEXTS, camps_of(5), seed=0)
    others = codes_of(TEXTS, camps_of(5), seed=50)
    distance = np.sqrt(cdist(others, codes, "hamming"))
    for row in made.pairs.itertuples():
        mine = distance[int(row.persona[-1])]
        own = mine[int(row.person[-1])]
        assert row.distance == pytest.approx(own)
        assert row.rank == 1 + (mine < own - 1e-9).sum() + ((abs(mine - own) < 1e-9).sum() - 1) / 2
    assert made.pairing.distance.dropped == {"personas whose person is not on the map": 2}


def test_identical_personas_lie_on_one_place_and_nothing_breaks() -> None:
    side = people(4)
    one_voice = np.tile(codes_of(TEXTS, camps_of(1), seed=3), (20, 1))
    made = quick(side, annotations(one_voice, "personas", people=side.annotators * 5))  # type: ignore[attr-defined]
    at = made.points[made.points["source"] == "personas"]
    assert at["x"].nunique() == at["y"].nunique() == 1
    assert made.method == "PCA", "five places, whatever the number of personas"
    assert "19 points lie exactly on another one" in made.note
    assert made.pairing.p_value == 1, "any assignment is as good"
    cluster = made.points.loc[at.index, "cluster"]
    assert cluster.nunique() == 1, "what is one place is one cluster"


def test_unanimous_annotators_share_one_place() -> None:
    for space in ("composite", "labels"):
        made = quick(annotations(np.zeros((6, 200), np.int64), groups=tuple("AABBAB")), space=space)
        assert (made.points[["x", "y"]] == 0).all(axis=None)
        assert made.clustering.n_clusters == 0
        assert made.clustering.labellings[0].silhouette.note == "all points are at one place"
        assert np.isnan(made.uncertainty)
        assert made.exchange.p_value == 1


@pytest.mark.parametrize("n", [0, 1, 2, 3])
@pytest.mark.parametrize("space", ["composite", "labels"])
def test_few_annotators_make_a_map_that_says_what_it_cannot(n: int, space: str) -> None:
    codes = np.full((4, 200), -1)
    codes[:n] = codes_of(TEXTS, camps_of(3))[:n]
    codes[3, :2] = 1
    made = quick(annotations(codes), space=space)
    assert len(made.points) == n
    assert made.dropped["annotators with fewer than 10 labels on these items"] == 1
    assert made.method == "PCA"
    assert np.isnan(made.clustering.silhouette.value)
    assert np.isnan(made.trust.trustworthiness.value) == (n < 3)
    assert np.isnan(made.exchange.p_value) == (n < 2)


def test_items_without_an_embedding_are_left_out_and_counted() -> None:
    holes = TEXTS.copy()
    holes[:20, 3] = np.nan
    made = quick(people(), embeddings=holes)
    assert made.dropped["items whose embedding is not finite"] == 20
    assert (made.points["n_labels"] == 180).all()
    assert made.points[["x", "y"]].notna().all(axis=None)


def test_items_that_one_side_lacks_are_left_out_and_embeddings_still_fit() -> None:
    side = people()
    elsewhere = annotations(
        codes_of(TEXTS, camps_of(12), seed=50)[:, 100:][:, ::-1], "personas", people=side.annotators,  # type: ignore[attr-defined]
        items=tuple(f"i{i}" for i in range(199, 99, -1)),
    )  # fmt: skip
    made = quick(side, elsewhere)
    assert made.n_items == 100
    assert made.pairing.p_value < 0.01, "texts and labels still belong together"
    assert made.dropped["people: on items that the other side lacks"] == 1200


def test_tokens_and_descriptions_have_no_items_to_draw() -> None:
    rng = np.random.default_rng(0)
    side = people(6)
    personas = personas_of(side)
    tokens = rng.normal(size=(12, 8))
    made = quick(side, personas, space="tokens", tokens=tokens)
    assert len(made.clouds) == 0
    assert np.isnan(made.points["radius"]).all()
    assert "give those of several seeds" in made.note
    assert "no labels to exchange" in made.exchange.note
    several = quick(side, personas, space="tokens", tokens=np.stack([tokens, tokens + 0.1, tokens * 1.1]))
    assert len(several.clouds) == 24
    assert several.uncertainty > 0
    tokens[3, 0] = np.inf
    assert quick(side, personas, space="tokens", tokens=tokens).dropped == {"annotators whose token is not finite": 1}
    described = quick(side, personas, space="descriptions", descriptions=rng.normal(size=(6, 8)))
    assert described.points["source"].tolist() == ["personas"] * 6
    assert described.dropped == {"people, who have no description": 6}
    assert described.pairs.empty


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"space": "galaxy"}, "composite, labels, tokens, descriptions"),
        ({"embeddings": None}, "needs embeddings"),
        ({"embeddings": TEXTS[:7]}, r"shape \(7, 12\).*200 items"),
        ({"embeddings": [["a"] * 3] * 200}, "Expected numbers"),
        ({"space": "tokens"}, "needs tokens"),
        ({"space": "tokens", "tokens": np.zeros((3, 2))}, "12 people, then personas"),
        ({"space": "descriptions", "descriptions": np.zeros((3, 2))}, "there are no personas"),
        ({"replicates": -1}, "replicates -1"),
    ],
)
def test_mistakes_are_told(more: dict[str, object], told: str) -> None:
    with pytest.raises(InputError, match=told):
        quick(people(), **more)


def test_sides_without_common_items_are_refused() -> None:
    other = annotations(codes_of(TEXTS, camps_of(3)), "personas", items=tuple(f"other{i}" for i in range(200)))
    with pytest.raises(InputError, match="no item has labels in all"):
        quick(people(), other)


def test_the_two_groups_of_hs_brexit_part_along_the_first_axis(shared_corpora: Path) -> None:
    side = annotations_of_people(read_lewidi2023(shared_corpora / "HS-Brexit_dataset"))
    made = quick(side, space="labels", replicates=20)
    x = made.points.groupby("group")["x"]
    assert x.max().min() < x.min().max(), "all of one group lie on one side of all of the other"
    assert made.exchange.p_value == 0.05
    assert made.method == "PCA"
    assert (made.points["n_labels"] == 1120).all()
    assert (made.points["uncertainty"] < 0.1).all(), "1,120 items leave little doubt"
