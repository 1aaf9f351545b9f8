"""No public measure escapes the registry, and none is registered without a property that it keeps."""

from __future__ import annotations

import inspect

import engine.measures
from tests.engine.measures.kept import KEPT, RANGES
from tests.engine.measures.registry import REGISTRY


def public_measures() -> set[str]:
    return {name for name in engine.measures.__all__ if inspect.isfunction(getattr(engine.measures, name))}


def test_every_measure_is_registered() -> None:
    assert set(REGISTRY) == public_measures(), "register it in registry.py, under its public name"


def test_every_measure_keeps_a_property() -> None:
    assert set().union(*KEPT.values()) == public_measures(), "name in kept.py the properties that it keeps"


def test_every_range_has_two_ends() -> None:
    assert all(low < high for low, high in RANGES.values())
