"""TrainingRecord: how a training went. Light: no torch here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class TrainingRecord:
    """How a training went."""

    losses: list[tuple[float, float]] = field(default_factory=list)
    """Mean loss on train and dev after each epoch."""
    best_epoch: int = 0
    """The epoch whose weights were kept, from 1; 0 where nothing was trained."""
    seconds: float = 0.0
    device: str = ""
    batch: int = 0
    """Rows a step, after halvings."""
    note: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> TrainingRecord:
        """Return the record that `dataclasses.asdict` made these facts of, after a way through JSON.

        Raises:
            KeyError, TypeError, ValueError: they are no such facts.
        """
        return cls(**{**facts, "losses": [(float(train), float(dev)) for train, dev in facts["losses"]]})
