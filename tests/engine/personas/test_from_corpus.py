from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from engine.corpora import read_lewidi2025
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.errors import InputError
from engine.paths import persona_sets_dir
from engine.personas import load_persona_set, personas_from_corpus, save_persona_set

TASK = Task(name="t", kind="offensiveness", labels=("0", "1"))
PEOPLE = (
    Annotator("1", "north", {"Gender": "Female", "Age": "34", "Region": "north"}),
    Annotator("2", "north", {"Gender": "Male", "Age": "nan", "Region": "north"}),
    Annotator("3", "south", {"Gender": "Male", "Age": "51", "Region": "south"}),
    Annotator("4", None, {"Gender": "DATA_EXPIRED"}),
)


def corpus(people: tuple[Annotator, ...] = PEOPLE, counts: tuple[int, ...] = (3, 1, 2, 3)) -> Corpus:
    rows = [
        (str(item), annotator.annotator_id, "1", None)
        for annotator, count in zip(people, counts, strict=True)
        for item in range(count)
    ]
    frame = pd.DataFrame(rows, columns=["item_id", "annotator_id", "label", "explanation"])
    return Corpus("mine", TASK, tuple(Item(str(i), {"text": "x"}) for i in range(3)), people, frame)


def test_strong_personas_tell_the_attributes_that_are_known() -> None:
    made = personas_from_corpus(corpus(), "strong")
    assert [(p.persona_id, p.annotator, p.group, p.text) for p in made.personas] == [
        ("1", "1", "north", "You are a 34-year-old woman. You live in the north."),
        ("2", "2", "north", "You are a man. You live in the north."),
        ("3", "3", "south", "You are a 51-year-old man. You live in the south."),
    ]
    assert made.personas[1].attributes == {"Gender": "Male", "Region": "north"}
    assert made.corpus == "mine"
    assert "Left out, because nothing is known of them: 1." in made.description


def test_weak_personas_tell_the_group_and_what_its_members_share() -> None:
    made = personas_from_corpus(corpus(), "weak")
    assert [(p.persona_id, p.kind, p.group, p.annotator) for p in made.personas] == [
        ("north", "weak", "north", None),
        ("south", "weak", "south", None),
    ]
    assert made.personas[0].text == "You belong to the group called north."
    assert made.personas[1].attributes == {"group": "south", "Gender": "Male", "Age": "51"}


def test_both_and_ids_that_people_and_groups_share() -> None:
    people = (Annotator("a", "a", {"age": "20"}), Annotator("b", "a", {"age": "30"}))
    made = personas_from_corpus(corpus(people, (1, 1)), "both")
    assert [(p.persona_id, p.kind) for p in made.personas] == [("a", "strong"), ("b", "strong"), ("group a", "weak")]


def test_both_without_groups_gives_the_strong_ones() -> None:
    made = personas_from_corpus(corpus((Annotator("a", None, {"age": "20"}),), (1,)))
    assert [p.kind for p in made.personas] == ["strong"]


def test_groups_alone_are_enough() -> None:
    made = personas_from_corpus(corpus((Annotator("a", "target"), Annotator("b", "control")), (1, 1)), "strong")
    assert [p.text for p in made.personas] == [
        "You belong to the group called target.",
        "You belong to the group called control.",
    ]


def test_min_annotations_and_limit() -> None:
    assert [p.persona_id for p in personas_from_corpus(corpus(), "strong", min_annotations=2).personas] == ["1", "3"]
    assert [p.persona_id for p in personas_from_corpus(corpus(), "strong", limit=2).personas] == ["1", "3"]
    assert [p.persona_id for p in personas_from_corpus(corpus(), "strong", limit=1).personas] == ["1"]


@pytest.mark.parametrize(
    ("options", "people", "message"),
    [
        ({}, (Annotator("a"),), "neither attributes nor groups"),
        ({"kind": "strong"}, (Annotator("a", None, {"age": "nan"}),), "neither attributes nor groups"),
        ({"kind": "weak"}, (Annotator("a", None, {"age": "20"}),), "attributes, but no groups"),
        ({"min_annotations": 9}, (Annotator("a", "g"),), "none of 1 annotators has 9 annotations .the most is 2"),
        ({"limit": 0}, (Annotator("a", "g"),), "limit is 0"),
    ],
)
def test_what_cannot_be_made_is_told(options: dict, people: tuple[Annotator, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        personas_from_corpus(corpus(people, (2,)), **options)


def test_saved_and_loaded_again_it_is_the_same() -> None:
    made = personas_from_corpus(corpus())
    save_persona_set(made, persona_sets_dir() / f"{made.name}.yaml")
    assert load_persona_set("mine-personas") == made


@pytest.mark.parametrize("folder", ["CSC", "VariErrNLI"])
def test_real_annotators(shared_corpora: Path, folder: str) -> None:
    real = read_lewidi2025(shared_corpora / folder)
    made = personas_from_corpus(real, "strong", limit=50)
    assert 3 <= len(made.personas) <= 50
    for persona in made.personas:
        assert persona.annotator in real.annotator_by_id
        assert persona.text.startswith("You ")
        assert not {"nan", "expired", "revoked"} & set(persona.text.lower().replace("_", " ").replace(".", "").split())
