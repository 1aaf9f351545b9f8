"""Voices by the kind of their personas."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.engine.measures.from_codes import as_voices


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
