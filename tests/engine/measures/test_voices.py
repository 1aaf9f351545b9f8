"""Voices by the kind of their personas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.measures import alignment
from tests.engine.measures.from_codes import as_people, as_voices


def test_kinds_of_two_or_more_stand_apart() -> None:
    voices = as_voices(np.zeros((5, 3), dtype=int), "nominal", [0.0, 1.0])
    mixed = replace(voices, kinds=("strong", "control", "strong", "empty", "control"))
    parts = mixed.by_kind()
    assert {kind: part.personas for kind, part in parts.items()} == {
        "strong": (voices.personas[0], voices.personas[2]), "control": (voices.personas[1], voices.personas[4]),
    }  # fmt: skip
    alone = replace(voices, kinds=("strong", "weak", "control", "empty", "other"))
    assert {kind: part.personas for kind, part in alone.by_kind().items()} == {"all": voices.personas}
    assert list(replace(voices, kinds=()).by_kind()) == ["all"]


def test_of_some_people_the_cells_and_their_intervals_stay_as_they_were() -> None:
    codes = np.random.default_rng(0).integers(-1, 3, (6, 40))
    scale = ("nominal", [0.0, 1.0, 2.0, 3.0])
    voices, people = as_voices(codes[:2], *scale), as_people(codes[2:], *scale)
    some = people.where([False, True, False, True])
    assert (some.annotators, some.items) == (people.annotators[1::2], people.items)
    every = alignment(voices, people, "kappa", resamples=50).set_index(["persona", "target"])
    found = alignment(voices, some, "kappa", resamples=50).set_index(["persona", "target"])
    kept = every.loc[found.index]
    np.testing.assert_allclose(found[["value", "low", "high"]], kept[["value", "low", "high"]])
