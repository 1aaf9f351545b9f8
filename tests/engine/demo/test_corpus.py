"""The demo corpus: made from the seed alone, byte for byte, and plausible."""

from __future__ import annotations

import csv

import krippendorff
import numpy as np
import pytest

from engine.corpora.store import load_corpus
from engine.demo.corpus import CORPUS_ITEMS, GROUPS, corpus_people, corpus_posts, make_corpus, write_all
from engine.demo.world import probability
from engine.paths import DATA
from engine.personas.store import load_persona_set


def test_committed_files_are_what_the_seed_makes(tmp_path) -> None:
    for made in write_all(tmp_path):
        committed = DATA / made.relative_to(tmp_path)
        assert committed.read_bytes() == made.read_bytes(), (
            f"{made.name} differs: run python -m engine.demo.corpus and commit what it writes"
        )


def test_shipped_corpus_is_marked_synthetic_and_says_what_is_missing() -> None:
    corpus = load_corpus("demo")
    assert corpus.synthetic
    assert len(corpus.items) == CORPUS_ITEMS >= 300
    assert len(corpus.annotators) == 12
    assert {a.group for a in corpus.annotators} == set(GROUPS)
    assert corpus.splits == ("train", "dev", "test")
    missing = CORPUS_ITEMS * 12 - len(corpus.annotations)
    assert 0.01 < missing / (CORPUS_ITEMS * 12) < 0.03
    assert any(str(missing) in note for note in corpus.notes)


def test_people_disagree_as_much_as_in_real_corpora() -> None:
    rows = make_corpus().annotations
    table = rows.pivot(index="annotator_id", columns="item_id", values="label").astype(float).to_numpy()
    assert 0.35 < krippendorff.alpha(table, level_of_measurement="nominal") < 0.65


def test_labels_follow_the_truth_beside_them() -> None:
    with (DATA / "corpora" / "demo" / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = {(r["item_id"], r["annotator_id"]): r for r in csv.DictReader(file)}
    assert len(truth) == CORPUS_ITEMS * 12
    people = {a.annotator_id: a for a in corpus_people()}
    for number, post in enumerate(corpus_posts(), start=1):
        for name, person in people.items():
            row = truth[f"p{number:03d}", name]
            assert float(row["probability"]) == pytest.approx(probability(post, person.attributes), abs=1e-6)
            assert float(row["blind_probability"]) == pytest.approx(probability(post, {}), abs=1e-6)
    rows = make_corpus().annotations
    p = np.array([float(truth[i, a]["probability"]) for i, a in zip(rows.item_id, rows.annotator_id, strict=True)])
    label = (rows.label == "1").to_numpy()
    z = (label.sum() - p.sum()) / np.sqrt((p * (1 - p)).sum())
    assert abs(z) < 3  # unbiased draws ...
    assert abs(np.mean((label - p) ** 2 / (p * (1 - p))) - 1) < 0.2  # ... of the stated chances


def test_persona_sets_stand_for_the_annotators() -> None:
    strong, weak = load_persona_set("demo-strong"), load_persona_set("demo-weak")
    people = {a.annotator_id: a for a in load_corpus("demo").annotators}
    assert [p.annotator for p in strong.personas] == list(people)
    for persona in strong.personas:
        assert persona.annotator is not None
        assert persona.attributes == people[persona.annotator].attributes
        assert persona.group == people[persona.annotator].group
    assert [(p.group, p.attributes) for p in weak.personas] == list(GROUPS.items())
    assert all(people_share(w.group, w.attributes) for w in weak.personas)


def people_share(group: str | None, attributes: dict[str, str]) -> bool:
    return all(
        attributes.items() <= dict(a.attributes).items() for a in corpus_people() if a.group == group
    ) and not any(attributes.items() <= dict(a.attributes).items() for a in corpus_people() if a.group != group)
