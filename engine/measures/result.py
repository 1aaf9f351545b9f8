"""Estimate: a number with its uncertainty, its N and what was left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Estimate:
    """One computed number. Undefined is NaN with the reason in `note`, never 0 and never an exception."""

    value: float
    low: float
    """Lower end of the interval; NaN where none could be computed."""
    high: float
    """Upper end of the interval; NaN where none could be computed."""
    confidence: float = 0.95
    """Coverage the interval aims at, between 0 and 1."""
    n_items: int = 0
    """Items that entered (for agreement: with at least two labels)."""
    n_raters: int = 0
    """Raters (annotators or personas) with at least one label that entered."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """What was left out: reason to count."""
    note: str = ""
    """What a reader must know: why it is undefined, which policy was used."""

    @property
    def defined(self) -> bool:
        """Whether the value is a number."""
        return not math.isnan(self.value)

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-ready mapping; NaN becomes None."""
        row = asdict(self) | {"dropped": dict(self.dropped)}
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in row.items()}
