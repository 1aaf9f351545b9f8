"""The items that part personas from people, with their texts where those were asked for."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from engine import figures
from engine.errors import PolyvocalError
from engine.measures import parting_items
from engine.report.content import Exhibit, ItemCard, Section
from engine.report.subject import Subject
from engine.report.words import number

MOST = 10
"""Items shown at each end."""
LEAD = (
    "Items on which people split and personas agree come first: there the voices are lost. At the other end are items "
    "on which people agree and personas split."
)
READ = (
    "Each mark is an item: how far people split on it, and how far personas do. Below the line personas agree more "
    "than people. With few people a single item's split is coarse; read many items, not one."
)
WARNING = (
    "The texts can be hateful, abusive or distressing. They are in this file, and hidden until you ask for each. Make "
    "the report without them (--texts none) before you pass it on to people who should not read them, or who may not: "
    "a corpus's licence can forbid it."
)
NO_TEXTS = "This report was made without the texts of items (--texts none)."


def parting(subject: Subject) -> Section:
    """Show where people and personas part."""
    title, name = "Items that part personas from people", "items"
    try:
        told, people = subject.main, subject.both[1]
        table = parting_items(told, people)
    except PolyvocalError as error:
        return Section(name, title, LEAD, exhibits=(Exhibit("parting-items", title, note=str(error)),))
    exhibit = Exhibit(
        "parting-items", f"How far people and the {len(told.personas)} personas split on every item", (),
        lambda theme: figures.parting_items(table, theme=theme), table, READ,
    )  # fmt: skip
    note = NO_TEXTS if subject.texts == "none" else subject.why_no_texts or WARNING
    return Section(name, title, LEAD, exhibits=(exhibit,), items=_cards(subject, table), notes=(note,))


def _cards(subject: Subject, table: pd.DataFrame) -> tuple[ItemCard, ...]:
    """Return the items at both ends of the table, the widest gaps first; those without a gap have none."""
    known = table.dropna(subset=["gap"])
    both = pd.concat([known[known["gap"] > 0].head(MOST), known[known["gap"] < 0].tail(MOST).iloc[::-1]])
    return tuple(_card(subject, row) for row in both.to_dict("records"))


def _card(subject: Subject, row: Mapping[Hashable, Any]) -> ItemCard:
    task = subject.manifest.task

    def side(who: str, split: float, label: Any) -> str:
        most = "their labels tie" if pd.isna(label) else f"mostly {task.answer(str(label))}"
        return f"{who} differ with chance {number(split, 2)} ({most})"

    says = (
        f"{side('Two people', row['people'], row['people_label'])}; "
        f"{side('two personas', row['personas'], row['personas_label'])}."
    )
    item = subject.corpus.item_by_id[str(row["item_id"])]
    words = sum(len(text.split()) for text in item.fields.values())
    shown = subject.texts != "none" and not subject.why_no_texts
    return ItemCard(str(row["item_id"]), says, words, tuple(item.fields.items()) if shown else ())
