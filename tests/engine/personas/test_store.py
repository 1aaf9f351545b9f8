from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import InputError
from engine.paths import persona_sets_dir
from engine.personas import (
    Persona,
    PersonaSet,
    list_persona_sets,
    list_template_families,
    load_persona_set,
    load_template_family,
    save_persona_set,
)

MINE = PersonaSet(
    name="mine",
    description="Two of us: ‘quoted’, and with\nlines.",
    corpus="my-corpus",
    personas=(
        Persona(
            persona_id="no",
            kind="strong",
            text='You are: someone.\n\nYou say "no".',
            annotator="1",
            attributes={"age": "34", "student": "no"},
        ),
        Persona(persona_id="empty", kind="empty"),
    ),
)


def test_saved_set_loads_equal_by_name_and_by_file() -> None:
    path = save_persona_set(MINE, persona_sets_dir() / "mine.yaml")
    assert load_persona_set("mine") == MINE
    assert load_persona_set(path) == MINE
    assert load_persona_set(str(path)) == MINE


def test_a_set_must_be_saved_where_it_can_be_found_again(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"end in \.yaml"):
        save_persona_set(MINE, tmp_path / "mine.txt")


def test_own_set_hides_the_shipped_one_of_its_name() -> None:
    save_persona_set(MINE, persona_sets_dir() / "control.yaml")
    assert load_persona_set("control") == MINE
    found = [summary for summary in list_persona_sets() if summary.name == "control"]
    assert [summary.where for summary in found] == ["own"]


def test_list_tells_what_each_set_is_and_keeps_broken_ones_with_their_problem() -> None:
    save_persona_set(MINE, persona_sets_dir() / "mine.yaml")
    (persona_sets_dir() / "broken.yaml").write_text(
        "name: broken\npersonas:\n- {persona_id: a, kind: stronk, text: x}\n"
    )
    by_name = {summary.name: summary for summary in list_persona_sets()}
    assert (by_name["mine"].n_personas, by_name["mine"].kinds, by_name["mine"].corpus) == (
        2,
        ("strong", "empty"),
        "my-corpus",
    )
    assert "line 3, personas[0].kind: found 'stronk'" in by_name["broken"].problem
    assert "Did you mean 'strong'?" in by_name["broken"].problem
    assert by_name["hs-brexit-strong"].where == "shipped"
    assert by_name["hs-brexit-strong"].problem == ""


def test_list_without_a_store_shows_the_shipped_sets(store: Path) -> None:
    assert not persona_sets_dir().exists()
    assert {summary.where for summary in list_persona_sets()} == {"shipped"}


def test_unknown_name_lists_the_known_and_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        load_persona_set("hs-brexit-stong")
    text = str(caught.value)
    assert "Did you mean 'hs-brexit-strong'?" in text
    assert "control" in text
    assert len(text.splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "found nothing"),
        ("name: x\npersonas: []\n", "line 2, personas:"),
        ("name: x\npersonas:\n- {persona_id: a, kind: strong}\n", "line 3, personas[0]: persona 'a' has no text"),
        ("name: x\npersonas:\n- {persona_id: a, kind: empty, text: hi}\n", "is of kind 'empty' but has a text"),
        (
            "name: x\npersonas:\n- {persona_id: a, kind: empty}\n- {persona_id: a, kind: empty}\n",
            "these ids twice: 'a'",
        ),
        ("name: x\npersonas:\n- {persona_id: a, kind: control, txt: hi}\n", "line 3, personas[0].txt: unknown key"),
        ("name: x\nversion: 2\npersonas:\n- {persona_id: a, kind: empty}\n", "line 2, version: found 2; expected 1."),
    ],
)
def test_faulty_sets_name_file_line_and_field(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "set.yaml"
    path.write_text(content)
    with pytest.raises(InputError) as caught:
        load_persona_set(path)
    assert expected in str(caught.value)
    assert "set.yaml" in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


def test_numbers_in_attributes_and_ids_are_taken_as_text(tmp_path: Path) -> None:
    path = tmp_path / "set.yaml"
    path.write_text(
        "name: x\npersonas:\n- {persona_id: 1, kind: control, text: Hi, attributes: {age: 34, student: no}}\n"
    )
    persona = load_persona_set(path).personas[0]
    assert (persona.persona_id, persona.attributes) == ("1", {"age": "34", "student": "no"})


def test_template_families_by_name_by_file_and_unknown(tmp_path: Path) -> None:
    assert load_template_family("nli").name == "nli"
    assert "sarcasm" in {summary.name for summary in list_template_families()}
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nwordings:\n- {name: a, user: no request here, label: x, explanation: y}\n")
    with pytest.raises(InputError, match=r"line 3, wordings\[0\]\.user: must place"):
        load_template_family(path)
    with pytest.raises(InputError, match="Did you mean 'nli'"):
        load_template_family("nil")
