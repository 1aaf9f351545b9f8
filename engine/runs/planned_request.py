"""PlannedRequest: one request of a run, from the cell of the grid it belongs to, by way of the cell's prompt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.corpora.corpus import Item
from engine.errors import BackendError
from engine.inference.backend import Failure, Prompt
from engine.personas.template import Messages, Wording
from engine.runs.keys import KeyStart, finish_key
from engine.runs.manifest import RunPersona

Prepare = Callable[[Sequence[Messages]], Sequence[Prompt]]
"""A backend's `prepare`."""


@dataclass(slots=True)
class PlannedRequest:
    """One request of a run, ready to be asked."""

    key: str
    persona_id: str
    item_id: str
    wording: str
    temperature: float | None
    """None in an exact run."""
    repeat: int
    prompt: Prompt | None
    """None where it could not be made; `failure` says why."""
    failure: Failure | None = None

    @property
    def seed(self) -> int:
        """The sampling seed that follows from the key, 0 to 2**31 - 1, which every server takes."""
        return int(self.key[:8], 16) >> 1


@dataclass(frozen=True)
class Cell:
    """One persona put before one item in one wording."""

    persona: RunPersona
    wording: Wording
    item: Item


@dataclass(frozen=True, slots=True)
class CellPrompt:
    """The prompt of a cell, from which its requests differ in temperature and repeat alone."""

    cell: Cell
    key_start: KeyStart
    prompt: Prompt | None
    failure: Failure | None

    def request(self, temperature: float | None, repeat: int) -> PlannedRequest:
        """Return one of the cell's requests."""
        cell, key = self.cell, finish_key(self.key_start, temperature, repeat)
        return PlannedRequest(
            key, cell.persona.persona_id, cell.item.item_id, cell.wording.name, temperature, repeat,
            self.prompt, self.failure,
        )  # fmt: skip


def prepare_all(prepare: Prepare, conversations: list[Messages]) -> list[Prompt | Failure]:
    """Prepare all; where that fails, one by one, so that only the culprit goes without a prompt."""
    if not conversations:
        return []
    try:
        return list(prepare(conversations))
    except BackendError:
        raise
    except Exception as error:  # noqa: BLE001 (whatever a tokenizer throws at one text must not end the run)
        if len(conversations) == 1:
            return [Failure("rejected", f"the prompt cannot be prepared: {type(error).__name__}: {error}")]
    return [result for one in conversations for result in prepare_all(prepare, [one])]
