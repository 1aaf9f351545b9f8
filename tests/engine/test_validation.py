from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.validation import explain, nearest, unknown_name


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str
    level: Literal["low", "high"] = "low"


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    inner: tuple[Inner, ...] = Field(default=(), min_length=1)
    by_key: dict[str, Inner] | None = None
    number: int = 0

    @model_validator(mode="after")
    def _check(self) -> Outer:
        if self.name == "bad":
            raise ValueError("name: 'bad' is taken")
        return self


def explained(data: dict[str, Any], **options: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate(data)
    return explain(caught.value, "spec", **({"model": Outer} | options))


def test_missing_names_the_field() -> None:
    assert explained({}) == "spec, name: required, but missing. Add it."


def test_unknown_key_names_the_nearest_and_comes_before_the_missing_one() -> None:
    lines = explained({"nmae": "x"}).splitlines()
    assert lines[0] == "spec, nmae: unknown key. Did you mean 'name'?"
    assert lines[1] == "spec, name: required, but missing. Add it."


def test_unknown_key_of_a_nested_record_is_compared_with_that_records_keys() -> None:
    assert "inner[1].txet: unknown key. Did you mean 'text'?" in explained(
        {"name": "x", "inner": [{"text": "a"}, {"text": "b", "txet": "c"}]}
    )
    assert "by_key.k.lvel: unknown key. Did you mean 'level'?" in explained(
        {"name": "x", "by_key": {"k": {"text": "a", "lvel": "low"}}}
    )


def test_unknown_key_without_a_near_one_lists_the_valid_keys() -> None:
    assert explained({"name": "x", "zzz": 1}).endswith("unknown key. Valid keys: name, inner, by_key, number.")


def test_unknown_key_without_the_model_still_reads() -> None:
    assert explained({"name": "x", "nmae": 1}, model=None) == (
        "spec, nmae: unknown key. Remove it or correct its spelling."
    )


def test_literal_names_the_choices_and_the_nearest() -> None:
    assert explained({"name": "x", "inner": [{"text": "a", "level": "hihg"}]}) == (
        "spec, inner[0].level: found 'hihg'; expected 'low' or 'high'. Did you mean 'high'?"
    )


def test_wrong_type_shows_what_was_found() -> None:
    assert explained({"name": 5}) == "spec, name: found 5; expected text. Put it in quotes."
    assert "number: found 'many';" in explained({"name": "x", "number": "many"})


def test_message_of_a_validator_stands_as_it_is() -> None:
    assert explained({"name": "bad"}) == "spec: name: 'bad' is taken"


def test_a_list_whose_entries_fail_is_not_reported_twice() -> None:
    assert explained({"name": "x", "inner": ["a"]}).count("\n") == 0


def test_never_more_than_three_lines_and_every_place_is_named() -> None:
    text = explained({"name": 1, "number": "x", "a1": 1, "b2": 1, "c3": 1})
    assert len(text.splitlines()) == 3
    assert all(word in text for word in ("a1", "b2", "c3", "name", "number"))
    assert "3 more problems" in text


def test_huge_values_are_shortened() -> None:
    assert len(explained({"name": "x", "number": "9" * 100_000})) < 300


def test_line_numbers_come_from_the_file() -> None:
    assert explained({"name": 5}, line_of=lambda location: 7) == (
        "spec, line 7, name: found 5; expected text. Put it in quotes."
    )


def test_nearest_ignores_case_and_gives_up_on_the_far() -> None:
    assert nearest("HS-Brexitt", ["hs-brexit", "armis"]) == "hs-brexit"
    assert nearest("quite else", ["hs-brexit", "armis"]) is None
    assert nearest("x", []) is None


def test_unknown_name_lists_known_and_nearest_in_three_lines() -> None:
    text = str(unknown_name("persona set", "contrl", ["control", "empty"], "Give a file."))
    assert text.splitlines() == [
        "no persona set is called 'contrl'. Did you mean 'control'?",
        "Known: control, empty.",
        "Give a file.",
    ]
