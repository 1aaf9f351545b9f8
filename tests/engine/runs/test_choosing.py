"""The one rule of whose agreement is measured."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.corpora.corpus import Task
from engine.errors import InputError
from engine.personas.template import Wording
from engine.runs import RunSpec, persona_sets_of, personas_of
from engine.runs.manifest import CorpusRecord, Manifest


def manifest(**sets: list[tuple[str, str]]) -> Manifest:
    """A manifest of persona sets, each a list of (persona, kind)."""
    personas: list[dict[str, Any]] = [
        {
            "persona_id": persona,
            "kind": kind,
            "text": "" if kind == "empty" else f"You are {persona}.",
            "set_name": name,
        }
        for name, members in sets.items()
        for persona, kind in members
    ]
    return Manifest.model_validate(
        {
            "run_id": "r",
            "spec": RunSpec(corpus="c", persona_sets=tuple(sets), model="m"),
            "created": datetime.now(UTC),
            "state": "finished",
            "task": Task(name="t", kind="k", labels=("a", "b")),
            "corpus": CorpusRecord(name="c", digest="0", n_items=1),
            "item_ids": ("i",),
            "personas": personas,
            "template": "k",
            "wordings": (Wording(name="plain", user="{{ request }}", label="?", explanation="?"),),
        }
    )


MIXED = manifest(
    people=[("ann", "strong"), ("ben", "strong"), ("helper", "control")], groups=[("women", "weak")],
    none=[("nobody", "empty")],
)  # fmt: skip


def test_strong_personas_are_measured_when_nobody_chose() -> None:
    assert personas_of(MIXED) == personas_of(MIXED, []) == ["ann", "ben"]


def test_one_strong_persona_agrees_with_nobody_so_all_are_measured() -> None:
    assert personas_of(manifest(people=[("ann", "strong")], groups=[("women", "weak")])) == ["ann", "women"]
    assert personas_of(manifest(groups=[("women", "weak"), ("men", "weak")])) == ["women", "men"]


def test_named_sets_are_taken_whole_in_the_runs_order() -> None:
    assert personas_of(MIXED, ["none", "people"]) == ["ann", "ben", "helper", "nobody"]


def test_a_set_that_the_run_did_not_ask_is_refused_with_its_sets() -> None:
    with pytest.raises(InputError, match=r"r has no persona set 'gone'\. Its sets: people, groups, none\."):
        personas_of(MIXED, ["people", "gone"])


def test_the_sets_of_a_run_or_of_some_of_its_personas() -> None:
    assert persona_sets_of(MIXED) == ["people", "groups", "none"]
    assert persona_sets_of(MIXED, personas_of(MIXED)) == ["people"]
