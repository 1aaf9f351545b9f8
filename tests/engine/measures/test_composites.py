"""Composite embeddings: the mean text of each label, with intervals that allow for its noise, null and ceilings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics.pairwise import cosine_similarity

from engine.errors import InputError
from engine.measures import COMPOSITE_COLUMNS, Voices, composite_cosine
from engine.measures.composites import _replayed
from tests.engine.measures.stand_ins import CHORUS, both, chances, demo, people_of, voices_of


def matrix(table, column: str = "value") -> np.ndarray:
    return table.pivot(index="persona", columns="target", values=column).to_numpy()


def texts_of(n_items: int, dimensions: int = 16) -> np.ndarray:
    """Texts that lean to one side the more people say 1."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(n_items, dimensions)) + 4 * np.outer(
        chances()[:, :n_items].mean(axis=0), rng.normal(size=dimensions)
    )


def test_composites_are_the_mean_embeddings_of_each_label() -> None:
    rng = np.random.default_rng(19)
    texts, ours, theirs = rng.normal(size=(30, 5)), rng.integers(0, 2, (2, 30)), rng.integers(0, 2, (3, 30))

    def joined(codes: np.ndarray) -> np.ndarray:
        return np.array([np.concatenate([texts[c == k].mean(axis=0) for k in range(2)]) for c in codes])

    voices, people = voices_of(np.eye(2)[ours]), people_of(theirs)
    table = composite_cosine(voices, people, texts, centre=False, resamples=200)
    np.testing.assert_allclose(matrix(table), cosine_similarity(joined(ours), joined(theirs)), atol=1e-9)
    assert tuple(table.columns) == COMPOSITE_COLUMNS
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_the_interval_covers_where_noise_pulls_the_cosine_down() -> None:
    """Percentiles alone cover in under half of these: means of few texts lie apart, in resamples once more."""
    p, texts = chances(), texts_of(960)
    voices, people = voices_of(both(p[[3, 0]])), people_of((p[[9, 8]] > 0.5).astype(int))
    whole = composite_cosine(voices, replace(people, codes=_drawn(p[[9, 8]], 0)), texts, resamples=0)
    expected = _population(p, texts)
    assert matrix(whole)[[0, 1], [0, 1]] == pytest.approx(expected, abs=0.03)
    rng, covered = np.random.default_rng(2), np.zeros(2)
    for seed in range(100):
        items = rng.integers(0, 960, 180)
        voices, people = voices_of(both(p[[3, 0]][:, items])), people_of(_drawn(p[[9, 8]][:, items], seed))
        table = composite_cosine(voices, people, texts[items], resamples=200, seed=seed)
        low, high = (matrix(table, end)[[0, 1], [0, 1]] for end in ("low", "high"))
        covered += (low <= expected) & (expected <= high)
    assert (covered >= 85).all()


def _drawn(p: np.ndarray, seed: int) -> np.ndarray:
    return (np.random.default_rng(seed).random(p.shape) < p).astype(np.int64)


def _population(p: np.ndarray, texts: np.ndarray) -> np.ndarray:
    texts = texts - texts.mean(axis=0)

    def joined(share: np.ndarray) -> np.ndarray:
        return np.concatenate([(side[:, None] * texts).sum(axis=0) / side.sum() for side in (1 - share, share)])

    return np.array([cosine_similarity([joined(p[a])], [joined(p[b])])[0, 0] for a, b in ((3, 9), (0, 8))])


def test_a_chorus_lies_within_its_patchworks_and_voices_do_not() -> None:
    texts = texts_of(360)

    def gain(share: float) -> float:
        table = composite_cosine(*demo(share), texts, resamples=200)
        own = table[table["own"]]
        assert (own["null_low"] <= own["null_mean"]).all()
        assert (own["null_mean"] <= own["null_high"]).all()
        return float((own["value"] - own["null_mean"]).mean())

    assert gain(1.0) > 2 * gain(CHORUS)


def test_personas_identical_to_each_other_are_no_evidence() -> None:
    voices, people = demo(n_items=100)
    same = replace(voices, probability=np.repeat(voices.probability[:1], 14, axis=0))
    table = composite_cosine(same, people, texts_of(100), resamples=50)
    assert not table["evidence"].any()
    np.testing.assert_allclose(table["null_p"], 1)


def test_ceilings_are_those_of_a_persona_asked_again_and_of_half_a_group() -> None:
    voices, people = demo()
    texts = texts_of(360)
    table = composite_cosine(voices, people, texts, "group", resamples=0)
    alone = composite_cosine(voices, people, texts, resamples=0)
    assert (table["persona_ceiling"] > alone["persona_ceiling"].max()).mean() > 0.5, "several people: less noise"
    assert alone["target_ceiling"].isna().all()
    assert table["target_ceiling"].between(0.3, 1).all()
    certain = replace(voices, probability=np.round(voices.probability))
    np.testing.assert_allclose(composite_cosine(certain, people, texts, resamples=0)["persona_ceiling"], 1)


def test_the_ceiling_of_answers_is_that_of_their_distribution() -> None:
    """Half of 40 answers beside the other half: as like as 20 fresh answers are to the distribution, nearly."""
    p = chances()[:3, :300]
    people = people_of(_drawn(chances()[:1, :300], 3))
    frequency = np.random.default_rng(4).binomial(40, p) / 40
    sampled, exact = (
        composite_cosine(voices_of(both(x), draws=d), people, texts_of(300), resamples=0)["persona_ceiling"].to_numpy()
        for x, d in ((frequency, 40.0), (p, np.inf))
    )
    np.testing.assert_allclose(sampled, exact, atol=0.03)
    once = voices_of(both(np.round(frequency)), draws=1.0)
    assert composite_cosine(once, people, texts_of(300), resamples=0)["persona_ceiling"].isna().all()


def test_embeddings_of_other_items_are_refused() -> None:
    with pytest.raises(InputError, match="embeddings have the shape"):
        composite_cosine(*demo(), np.zeros((3, 2)))


@pytest.mark.parametrize("m", [1, 2])
def test_fresh_answers_of_several_wordings_are_as_like_the_rest_as_two_answers_are(m: int) -> None:
    """Drawn from all answers together, a fresh one's wording would be rare in the rest, and both too unlike."""
    p = np.tile([[0.9, 0.1], [0.1, 0.9]], (1, 40_000, 1, 1))
    counts = np.random.default_rng(1).multinomial(2, p)
    said = Voices(
        ("a",), tuple(map(str, range(40_000))), ("v", "w"), ("0", "1"), "nominal", (0.0, 1.0), 1.0, counts / 2,
        np.full((1, 40_000, 2), 2.0),
    )  # fmt: skip
    rest, fresh = _replayed(said, m, np.random.default_rng(2))
    assert rest.sum(axis=2) == pytest.approx(1)
    assert fresh.sum(axis=2) == pytest.approx(1)
    assert (rest * fresh).sum(axis=2).mean() == pytest.approx(0.5, abs=0.01)  # two wordings at random; pooled: 0.39
    once = replace(said, draws=np.ones((1, 40_000, 2)), probability=np.broadcast_to([1.0, 0.0], counts.shape))
    assert not np.any(_replayed(once, m, np.random.default_rng(3)))
