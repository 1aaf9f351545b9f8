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


class Known:
    """The keys of a cache's results: `keep` what it returns, `forget` what it releases (`on_release`)."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()  # its operations are atomic, so threads need no lock

    def __contains__(self, key: Key) -> bool:
        return key in self._keys

    def keep(self, key: Key, value: Any) -> Kept:
        """Return a result as the cache is to hold it."""
        self._keys.add(key)
        return Kept(key, value)

    def forget(self, kept: Kept) -> None:
        """Take note that the cache holds a result no longer."""
        self._keys.discard(kept.key)


@dataclass(frozen=True)
class Part(Generic[T]):
    """Something that a page shows and that is kept once it is computed."""

    key: Key
    known: Callable[[], bool]
    """Whether it is at hand."""
    compute: Callable[[], T]
    """Returns it, from where it is kept if it is at hand.

    Raises PolyvocalError where it cannot be computed."""
