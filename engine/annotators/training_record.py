"""TrainingRecord: how a training went. Light: no torch here."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class TrainingRecord:
    """How a training went."""

    losses: list[tuple[float, float]] = field(default_factory=list)
    """Mean loss on train and dev after each epoch."""
    best_epoch: int = 0
    """The epoch whose weights were kept, from 1."""
    seconds: float = 0.0
    device: str = ""
    batch: int = 0
    """Rows a step, after halvings."""
    note: str = ""
