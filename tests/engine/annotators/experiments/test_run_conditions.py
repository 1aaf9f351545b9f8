"""Conditions out of one run: the personas, temperatures and names that were asked for."""

from __future__ import annotations

import numpy as np
import pytest

from engine import paths
from engine.annotators.annotations import annotations_of_personas
from engine.annotators.experiments.run_conditions import at_temperatures, of_kinds, of_sets
from engine.corpora import Corpus, load_corpus
from engine.errors import InputError
from engine.personas.persona import Persona, PersonaSet
from engine.personas.store import save_persona_set
from engine.runs.execute import execute
from engine.runs.run_folder import RunFolder
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store


@pytest.fixture
def run() -> tuple[RunFolder, Corpus]:
    """Three strong personas in set 'few', two weak ones in set 'groups', one empty one in set 'one'."""
    fill_store(n_items=40)
    weak = [Persona(persona_id=f"w{i}", kind="weak", text=f"You are of group {i}.", group=f"g{i}") for i in range(2)]
    made = PersonaSet(name="groups", personas=tuple(weak))
    save_persona_set(made, paths.persona_sets_dir() / "groups.yaml")
    return execute(exact_spec(persona_sets=("few", "groups", "one")), backend=FakeBackend()), load_corpus("tiny")


def test_kinds_and_sets_are_conditions_of_their_personas(run: tuple[RunFolder, Corpus]) -> None:
    kinds = of_kinds(*run, temperature=0.5, seed=2)
    assert {name: its.annotators for name, its in kinds.items()} == {"strong": ("p0", "p1", "p2"), "weak": ("w0", "w1")}
    expected = annotations_of_personas(*run, 0.5, ["w0", "w1"], 2)
    np.testing.assert_array_equal(kinds["weak"].label, expected.label)
    assert kinds["weak"].name.endswith("at temperature 0.5")
    sets = of_sets(*run, ["groups", "few"], 0.5, 2)
    assert list(sets) == ["groups", "few"]
    np.testing.assert_array_equal(sets["few"].label, kinds["strong"].label)


def test_temperatures_are_conditions_of_the_strong_personas_and_differ_by_temperature_alone(
    run: tuple[RunFolder, Corpus],
) -> None:
    found = at_temperatures(*run, [2.0, 0.5, 0.0], seed=1)
    assert list(found) == ["temperature 2", "temperature 0.5", "temperature 0"]
    assert all(its.annotators == ("p0", "p1", "p2") for its in found.values())
    hot, warm, cold = (its.label for its in found.values())
    assert (warm != cold).mean() < (hot != cold).mean()
    np.testing.assert_array_equal(warm, annotations_of_personas(*run, 0.5, ["p0", "p1", "p2"], 1).label)
    assert at_temperatures(*run, [1.0], ["w1"])["temperature 1"].annotators == ("w1",)


def test_what_the_run_does_not_have_is_told(run: tuple[RunFolder, Corpus]) -> None:
    with pytest.raises(InputError, match="too few personas by kind: 'control' 0"):
        of_kinds(*run, ["strong", "control"])
    with pytest.raises(InputError, match="too few personas by persona set: 'one' 1"):
        of_sets(*run)
    with pytest.raises(InputError, match="name one twice"):
        at_temperatures(*run, [1.0, 1.0])
