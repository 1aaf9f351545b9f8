"""Rows keep their item, annotator and label whatever is chosen; labels of personas are drawn as the run says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from engine.annotators.annotations import (
    Annotations,
    annotations_of_people,
    annotations_of_personas,
    on_common_items,
)
from engine.corpora import Corpus, load_corpus
from engine.errors import InputError
from engine.inference.backend import Failure
from engine.runs.execute import execute
from engine.runs.label_arrays import exact_labels, sampled_labels
from engine.runs.run_folder import RunFolder
from tests.engine.annotators.simulated import simulate
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec

Named = Counter[tuple[str, str, str]]


def named(annotations: Annotations) -> Named:
    """The rows by names instead of places."""
    rows = zip(annotations.item, annotations.annotator, annotations.label, strict=True)
    return Counter((annotations.items[i], annotations.annotators[a], annotations.labels[k]) for i, a, k in rows)


def facts_of(annotations: Annotations) -> dict[str, tuple[str, str, dict[str, str], str]]:
    rows = (annotations.groups, annotations.people, map(dict, annotations.attributes), annotations.descriptions)
    return dict(zip(annotations.annotators, zip(*rows, strict=True), strict=True))


@st.composite
def sparse(draw: st.DrawFn) -> Annotations:
    labels = draw(st.sampled_from((("n", "y"), ("a", "b", "c"))))
    world = simulate(
        draw(st.integers(0, 99)), n_items=draw(st.integers(1, 12)), n_annotators=draw(st.integers(1, 6)),
        share=draw(st.sampled_from((0.1, 0.5, 1.0))), bias=1.0, labels=labels, n_dimensions=2,
    )  # fmt: skip
    return world.annotations


@given(sparse(), st.data())
@settings(max_examples=60, deadline=None)
def test_of_items_keeps_the_rows_of_these_items_and_all_places(its: Annotations, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(its.items), unique=True))
    found = its.of_items([*chosen, "nowhere"])
    assert (found.items, found.annotators) == (its.items, its.annotators)
    assert named(found) == Counter({row: n for row, n in named(its).items() if row[0] in chosen})


@given(sparse(), st.data())
@settings(max_examples=60, deadline=None)
def test_of_annotators_keeps_their_rows_and_facts_in_any_order(its: Annotations, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(its.annotators), unique=True))
    found = its.of_annotators(chosen)
    assert list(found.annotators) == chosen
    assert named(found) == Counter({row: n for row, n in named(its).items() if row[1] in chosen})
    assert facts_of(found) == {name: facts_of(its)[name] for name in chosen}


@given(sparse(), st.data())
@settings(max_examples=60, deadline=None)
def test_where_takes_masks_and_places(its: Annotations, data: st.DataObject) -> None:
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=len(its), max_size=len(its))), dtype=bool)
    rows = list(named(its).elements())
    assert len(rows) == len(its)
    for chosen in (mask, np.flatnonzero(mask)):
        found = its.where(chosen)
        places = zip(found.item, found.annotator, found.label, strict=True)
        kept = zip(its.item[mask], its.annotator[mask], its.label[mask], strict=True)
        assert list(places) == list(kept)


@given(sparse(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_common_items_are_the_same_whatever_the_order_of_the_other_side(its: Annotations, random: Random) -> None:
    order = list(range(len(its.items)))
    random.shuffle(order)
    other = replace(
        its, name="other", items=tuple(its.items[i] for i in order), texts=tuple(its.texts[i] for i in order),
        splits=tuple(its.splits[i] for i in order), item=np.argsort(order)[its.item],
    ).where(its.item % 2 == 0)  # fmt: skip
    assert named(other) <= named(its)
    if not len(other):
        with pytest.raises(InputError, match="no item has labels in all of"):
            on_common_items(its, other)
        return
    first, second = on_common_items(its, other)
    common = {row[0] for row in named(other)}
    assert first.items == second.items == tuple(name for name in its.items if name in common)
    assert first.texts == second.texts
    assert named(second) == named(other)
    assert named(first) == Counter({row: n for row, n in named(its).items() if row[0] in common})
    lost = len(its) - len(first)
    assert first.dropped == ({"on items that the other side lacks": lost} if lost else {})


@given(sparse(), st.integers(0, 5))
@settings(max_examples=60, deadline=None)
def test_shuffled_annotators_keep_each_items_labels_and_who_labelled(its: Annotations, seed: int) -> None:
    found = its.shuffled_annotators(seed)
    assert np.array_equal(found.item, its.item)
    assert np.array_equal(found.annotator, its.annotator)
    for i in range(len(its.items)):
        assert sorted(found.label[its.item == i]) == sorted(its.label[its.item == i])
    assert np.array_equal(its.shuffled_annotators(seed).label, found.label)


def test_shuffling_gives_every_annotator_every_label_of_an_item_equally_often() -> None:
    its = simulate(n_items=1, n_annotators=4, bias=3.0, noise=0.0).annotations
    assert 0 < its.label.sum() < 4
    mean = np.mean([its.shuffled_annotators(seed).label for seed in range(2000)], axis=0)
    assert np.abs(mean - its.label.mean()).max() < 4 * np.sqrt(0.25 / 2000)


def test_wrong_names_labels_and_no_common_items_are_told() -> None:
    its = simulate(n_items=4, n_annotators=2).annotations
    with pytest.raises(InputError, match="'b9' is not among the 2 annotators"):
        its.of_annotators(["a0", "b9"])
    with pytest.raises(InputError, match="twice"):
        its.of_annotators(["a0", "a0"])
    with pytest.raises(InputError, match="do not belong together"):
        on_common_items(its, simulate(labels=("a", "b")).annotations)


def run_of_tiny(failing: bool = False, **spec: object) -> tuple[RunFolder, Corpus]:
    fill_store(n_items=40)
    backend = FakeBackend(fault=lambda text: Failure("error", "no") if failing and "number 7" in text else None)
    made = sampled_spec(**spec) if spec.get("mode") == "sampled" else exact_spec(**spec)
    return execute(made, backend=backend), load_corpus("tiny")


def test_labels_of_an_exact_run_are_drawn_from_its_distributions() -> None:
    run, corpus = run_of_tiny()
    probability = exact_labels(run)["probability"].mean(["wording", "repeat"]).to_numpy()[..., 1]
    drawn = np.zeros_like(probability)
    n = 400
    for seed in range(n):
        its = annotations_of_personas(run, corpus, seed=seed)
        drawn[its.annotator, its.item] += its.label
    expected, seen = n * probability.ravel(), drawn.ravel()
    z = (seen - expected) / np.sqrt(expected * (1 - probability.ravel()))
    assert 1e-4 < chi2.sf(np.sum(z**2), len(z)) < 1 - 1e-4
    again = annotations_of_personas(run, corpus, seed=3).label
    assert np.array_equal(again, annotations_of_personas(run, corpus, seed=3).label)


def test_at_temperature_0_the_likeliest_label_is_given() -> None:
    run, corpus = run_of_tiny()
    probability = exact_labels(run)["probability"].isel(wording=0, repeat=0).to_numpy()
    for seed in (0, 1):
        its = annotations_of_personas(run, corpus, temperature=0.0, seed=seed)
        assert np.array_equal(its.label, probability[its.annotator, its.item].argmax(axis=-1))
    assert its.source == "personas"
    assert its.people == ("ann-0", "ann-1", "ann-0")
    assert its.descriptions[1] == "You are person 1."
    assert set(its.splits) == {"train", "dev"}


def test_a_sampled_run_gives_each_cells_first_answer_with_a_label() -> None:
    run, corpus = run_of_tiny(failing=True, mode="sampled")
    codes = (
        sampled_labels(run)["code"].sel(temperature=0.7).transpose("persona", "item", "wording", "repeat").to_numpy()
    )
    its = annotations_of_personas(run, corpus, temperature=0.7, personas=["p2", "p0"])
    found = named(its)
    missing = 0
    for name, p in (("p2", 2), ("p0", 0)):
        for i, item in enumerate(run.manifest().item_ids):
            answers = [k for k in codes[p, i].ravel() if k >= 0]
            missing += not answers
            assert [found[item, name, label] for label in its.labels] == (
                [int(k == answers[0]) for k in range(2)] if answers else [0, 0]
            )
    assert its.annotators == ("p2", "p0")
    assert missing
    assert its.dropped == {"no label": missing}


def test_items_that_the_corpus_lacks_are_counted_and_none_at_all_is_an_error() -> None:
    run, corpus = run_of_tiny()
    fewer = replace(corpus, items=corpus.items[:30])
    its = annotations_of_personas(run, fewer)
    assert len(its) == 90
    assert its.dropped == {"on items that the corpus lacks": 30}
    with pytest.raises(InputError, match="do not belong together"):
        annotations_of_personas(run, replace(corpus, items=()))
    with pytest.raises(InputError):
        annotations_of_personas(run, corpus, personas=["p9"])
    with pytest.raises(InputError):
        annotations_of_personas(run, corpus, temperature=3.0)


def test_people_keep_their_labels() -> None:
    fill_store(n_items=6)
    corpus = load_corpus("tiny")
    its = annotations_of_people(corpus)
    table = corpus.annotations
    expected = zip(table["item_id"], table["annotator_id"], table["label"], strict=True)
    assert named(its) == Counter((str(i), str(a), str(k)) for i, a, k in expected)
    assert its.people == its.annotators
    assert its.texts[0] == "post number 0"
