"""Keys: the name of a request, from everything its answer depends on; what has an answer is not asked again."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    KeyStart: TypeAlias = hashlib._Hash
else:
    KeyStart = Any


def key_start(
    *, model: str, revision: str, prompt: str, decoding: dict[str, Any], seed: int, cell: tuple[str, str, str]
) -> KeyStart:
    """Return the part of a key that the requests of one prompt share, to be finished by temperature and repeat.

    The cell's ids are part of it: two items of equal text are two questions, each with an answer of its own.
    """
    content = json.dumps([model, revision, prompt, decoding, seed, cell], sort_keys=True)
    return hashlib.sha256(content.encode())


def request_key(
    *,
    model: str,
    revision: str,
    prompt: str,
    decoding: dict[str, Any],
    temperature: float | None,
    seed: int,
    repeat: int,
    cell: tuple[str, str, str] = ("", "", ""),
) -> str:
    """Return the key of a request: 32 hex digits that name all its answer depends on."""
    start = key_start(model=model, revision=revision, prompt=prompt, decoding=decoding, seed=seed, cell=cell)
    return finish_key(start, temperature, repeat)


def finish_key(start: KeyStart, temperature: float | None, repeat: int) -> str:
    """Return the key of one request of the prompt that `start` is of."""
    whole = start.copy()
    whole.update(f"|{temperature!r}|{repeat}".encode())
    return whole.hexdigest()[:32]
