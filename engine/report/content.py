"""What a report consists of, apart from how it is shown: sections of exhibits, each with its numbers and its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import pandas as pd

from engine.figures.theme import Theme
from engine.measures import Estimate

if TYPE_CHECKING:
    import plotly.graph_objects as go

Texts = Literal["none", "masked"]
"""Whether texts of items are in the report: not at all, or hidden until a reader asks for each."""
TEXTS: tuple[Texts, ...] = ("none", "masked")


@dataclass(frozen=True)
class Headline:
    """One of the few numbers that the report starts with."""

    name: str
    estimate: Estimate


@dataclass(frozen=True)
class Exhibit:
    """One measure of the run: a chart, its numbers, what they say and how to read them; or why there are none."""

    name: str
    """Unique in the report; names its files."""
    title: str
    says: tuple[str, ...] = ()
    """What the numbers say, in sentences."""
    draw: Callable[[Theme], go.Figure] | None = None
    """Makes the chart; None where there is nothing to draw."""
    frame: pd.DataFrame | None = None
    """The numbers behind it, as the measure gives them."""
    read: str = ""
    """How to read it, and when not to trust it."""
    note: str = ""
    """Why the measure has no meaning for this run; then there is neither chart nor table."""
    headlines: tuple[Headline, ...] = ()


@dataclass(frozen=True)
class ItemCard:
    """One item that personas and people part on."""

    item_id: str
    says: str
    """How people and personas split on it."""
    words: int
    """Length of its texts, in words; 0 where they are not known."""
    fields: tuple[tuple[str, str], ...] = ()
    """(name, text) of each field; empty where the report holds no texts."""


@dataclass(frozen=True)
class Block:
    """A text to be copied as it is: the spec, a prompt template, a citation."""

    title: str
    text: str


@dataclass(frozen=True)
class Section:
    """One part of a report."""

    name: str
    """Its anchor."""
    title: str
    lead: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    items: tuple[ItemCard, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A run told from beginning to end."""

    run_id: str
    made: datetime
    texts: Texts
    marks: tuple[tuple[str, str], ...]
    """(word, why) of what the run's labels do not prove: synthetic texts, demo models, scripted labels."""
    notes: tuple[str, ...]
    """What a reader of any number must know: a run that is not whole, low label mass, copies."""
    sections: tuple[Section, ...] = field(default=())

    @property
    def exhibits(self) -> Iterator[Exhibit]:
        """All exhibits in order."""
        return (exhibit for section in self.sections for exhibit in section.exhibits)

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Name of each exhibit that has numbers -> its frame."""
        return {exhibit.name: exhibit.frame for exhibit in self.exhibits if exhibit.frame is not None}

    @property
    def headlines(self) -> tuple[Headline, ...]:
        """The numbers that the report starts with."""
        return tuple(headline for exhibit in self.exhibits for headline in exhibit.headlines)

    @property
    def items(self) -> dict[str, ItemCard]:
        """Id of each item that the report shows -> its card."""
        return {card.item_id: card for section in self.sections for card in section.items}
