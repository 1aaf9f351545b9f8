"""Results that Streamlit keeps, and whether it still keeps them: a page asks before it decides whether to wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from dashboard.loaders import Key

T = TypeVar("T")


@dataclass(frozen=True)
class Kept:
    """A result with its key, so that letting go of it is noticed."""

    key: Key
    value: Any


@dataclass(frozen=True)
class Part(Generic[T]):
    """Something that a page shows and that is kept once it is computed."""

    key: Key
    """Unique among all parts."""
    known: Callable[[], bool]
    """Whether it is at hand."""
    compute: Callable[[], T]
    """Returns it, from where it is kept if it is at hand.

    Raises PolyvocalError where it cannot be computed."""


class Known:
    """The keys of one cache's results: its function returns what `keep` makes of them, its `on_release` is `forget`."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._keys: set[Key] = set()  # its operations are atomic, so threads need no lock

    def keep(self, key: Key, value: Any) -> Kept:
        """Return a result as the cache is to hold it."""
        self._keys.add(key)
        return Kept(key, value)

    def forget(self, kept: Kept) -> None:
        """Take note that the cache holds a result no longer."""
        self._keys.discard(kept.key)

    def part(self, key: Key, compute: Callable[[], Kept]) -> Part[Any]:
        """Return a result as a part of a page.

        Args:
            key: of it in the cache.
            compute: returns it from the cache.
        """
        return Part((self._name, *key), lambda: key in self._keys, lambda: compute().value)
