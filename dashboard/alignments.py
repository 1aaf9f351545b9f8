"""Personas beside people, as the pages show it: the table of cells, its order, and one cell with its interval."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import embedded, later, loaders
from dashboard.kept import Kept, Known, Part
from dashboard.loaders import Key
from dashboard.measured import measured, part_of
from dashboard.subject import Subject
from dashboard.text import DOT, interval_of, number, plain, plural
from engine import measures
from engine.measures import cluster_order
from engine.runs.manifest import RunPersona

COMPOSITE = "composite"
MEASURES = {
    "Cosine": "cosine", "Centred cosine": "centred", "Cohen's κ": "kappa", "Cosine of embeddings": COMPOSITE,
}  # fmt: skip
"""What a reader chooses, and what the engine calls it."""
MEANING = {
    "cosine": "Cosine: 1 where persona and person point the same way; labels that nearly everybody gives make it high.",
    "centred": "Centred cosine: a correlation, 0 where nothing but the frequent label is shared.",
    "kappa": "Cohen's κ: agreement beyond what chance would make, 0 at chance, 1 at full agreement.",
    COMPOSITE: "Cosine of embeddings: 1 where the texts that persona and person give each label mean the same on "
    "average, whether or not they are the same texts.",
}
TARGETS = {"Annotator": "annotator", "Group": "group"}
ORDERS = ("Clustered", "By group", "As in the run")
INTERVAL_WORK = 10_000_000
"""Cells times items beyond which a table comes without intervals; a cell that is looked at still gets its own."""
PAIRED_CELLS = 5_000_000
"""Cells times resamples that a measure of all cells may hold at once."""


def targets(subject: Subject) -> tuple[str, ...]:
    """Return what personas can be set beside: groups only where the corpus names some."""
    return tuple(TARGETS) if has_groups(subject) else ("Annotator",)


def has_groups(subject: Subject) -> bool:
    """Return whether the corpus names groups of annotators."""
    return any(str(group) for group in loaders.human(subject.corpus)["group"].to_numpy())


def by_items(measure: str) -> str:
    """Return the engine's name of a measure where items are compared one by one, which embeddings cannot be."""
    return "cosine" if MEASURES[measure] == COMPOSITE else MEASURES[measure]


def too_many_to_embed(subject: Subject) -> bool:
    """Return whether composite embeddings of so many raters would take this page minutes."""
    return len(subject.personas) * n_annotators(subject) * len(subject.manifest.item_ids) > INTERVAL_WORK


def in_sentence(measure: str) -> str:
    """Return a measure's name as it stands within a sentence."""
    return measure if measure.startswith("Cohen") else measure.lower()


def n_annotators(subject: Subject) -> int:
    """Return how many annotators the corpus has."""
    return int(loaders.human(subject.corpus).sizes["annotator"])


def cells(subject: Subject, likeness: str, by: str) -> pd.DataFrame:
    """Return the table of `engine.measures.alignment`; without intervals where they would take long.

    That of embeddings is of `composite_cosine`; the vectors must be there (`dashboard.embedded`).
    """
    if likeness == COMPOSITE:
        return embedded.composite_cells(subject, by, resamples(subject))
    return later.now(cells_part(subject, likeness, by), later.size(subject.run))


def cells_part(subject: Subject, likeness: str, by: str) -> Part[pd.DataFrame]:
    """Return `cells` as a part that a page need not wait for; not of embeddings."""
    n_targets = n_annotators(subject) if by == "annotator" else 1
    work = len(subject.personas) * n_targets * len(subject.manifest.item_ids)
    return part_of(subject, "alignment", likeness=likeness, by=by, intervals=work <= INTERVAL_WORK)


def grid(subject: Subject, likeness: str, by: str, order: str) -> pd.DataFrame:
    """Return the table of cells, its rows and columns in an order of ORDERS."""
    stamps = (*loaders.run_key(subject.run), *loaders.corpus_key(subject.corpus))
    key = (*stamps, json.dumps([subject.personas, subject.temperature, likeness, by, order]))
    found: pd.DataFrame = later.now(_known.part(key, lambda: _grid(subject, key)), later.size(subject.run))
    return found


_known = Known("ordered cells")


@st.cache_resource(max_entries=2, show_spinner="Ordering personas and people", on_release=_known.forget)
def _grid(_subject: Subject, key: Key) -> Kept:
    *_, likeness, by, order = json.loads(key[-1])
    return _known.keep(key, ordered(cells(_subject, likeness, by), order, _subject.manifest.personas))


def resamples(subject: Subject) -> int:
    """Return how many resamples a measure of every persona and annotator may take."""
    return max(100, min(1000, PAIRED_CELLS // max(1, len(subject.personas) * n_annotators(subject))))


def with_intervals(subject: Subject, table: pd.DataFrame, persona: str, likeness: str, by: str) -> pd.DataFrame:
    """Return one persona's rows of a table of cells, with intervals where the table has none."""
    rows = table[table["persona"] == persona]
    if rows["low"].notna().any() or rows["value"].isna().all():
        return rows
    alone = measured(subject.of_personas([persona]), "alignment", likeness=likeness, by=by).set_index("target")
    ends = alone.loc[rows["target"], ["low", "high"]]
    return rows.assign(low=ends["low"].to_numpy(), high=ends["high"].to_numpy())


def with_known_intervals(subject: Subject, part: pd.DataFrame, likeness: str, by: str) -> pd.DataFrame:
    """Return a part of a table of cells with intervals; without them while they are measured beside the page."""
    if part["low"].notna().any() or part["value"].isna().all():
        return part
    shown = set(part["persona"])
    personas = [name for name in subject.personas if name in shown]  # in one order, however the table is sorted
    stamps = (*loaders.run_key(subject.run), *loaders.corpus_key(subject.corpus))
    key = (*stamps, json.dumps([personas, sorted(set(part["target"])), subject.temperature, likeness, by]))
    found = later.soon(_known_ends.part(key, lambda: _ends(key)), later.size(subject.run))
    if found is None:
        return part
    ends = found.loc[pd.MultiIndex.from_frame(part[["persona", "target"]])]
    return part.assign(low=ends["low"].to_numpy(), high=ends["high"].to_numpy())


_known_ends = Known("intervals of a part")


@st.cache_resource(max_entries=16, show_spinner="Computing intervals", on_release=_known_ends.forget)
def _ends(key: Key) -> Kept:
    """Return the ends of intervals of some personas beside some targets, by their names."""
    run_folder, run_stamp, corpus_folder, corpus_stamp, part = key
    personas, targets, temperature, likeness, by = json.loads(part)
    human, chosen = loaders.human_of((corpus_folder, corpus_stamp)), set(targets)
    voices, people = measures.beside(loaders.labels_of((run_folder, run_stamp)), human, temperature, personas)
    kept = people.where([name in chosen for name in (people.annotators if by == "annotator" else people.groups)])
    found = measures.alignment(voices, kept, likeness, by)
    return _known_ends.keep(key, found.set_index(["persona", "target"])[["low", "high"]])


def ordered(table: pd.DataFrame, order: str, personas: Sequence[RunPersona]) -> pd.DataFrame:
    """Return a table of cells with its rows and columns in another order.

    Args:
        table: of `cells`.
        order: one of ORDERS.
        personas: of the run, for their groups.
    """
    if order == "As in the run":
        return table
    if order == "By group":
        group = {p.persona_id: p.group or "" for p in personas}
        keys = {"_p": table["persona"].map(group).fillna(""), "_t": table["target_group"].fillna("")}
        # a stable sort by target first keeps each persona's cells together, and equal ones in the run's order
        by_target = table.assign(**keys).sort_values("_t", kind="stable")
        places = {name: i for i, name in enumerate(dict.fromkeys(table["persona"]))}
        by_target["_n"] = by_target["persona"].map(places)
        return by_target.sort_values(["_p", "_n"], kind="stable")[list(table.columns)]
    wide = table.pivot(index="persona", columns="target", values="value")
    rows, columns = cluster_order(wide.to_numpy())
    persona_at = {wide.index[place]: i for i, place in enumerate(rows)}
    target_at = {wide.columns[place]: i for i, place in enumerate(columns)}
    order_of_cells = pd.DataFrame({"p": table["persona"].map(persona_at), "t": table["target"].map(target_at)})
    return table.loc[order_of_cells.sort_values(["p", "t"]).index]


def cell_line(cell: Mapping[Any, Any], measure: str) -> str:
    """Return what one cell says, with its null and ceilings, in one line.

    Args:
        cell: a row of the table.
        measure: as readers know it.
    """
    if math.isnan(cell["value"]):
        return f"No {measure}: {cell['note'] or 'undefined'}."
    parts = [
        f"{measure} {number(cell['value'])} ({interval_of(cell['low'], cell['high'])})",
        plural(int(cell["n_items"]), "item"),
        plural(int(cell["n_raters"]), "person", "people"),
    ]
    if not math.isnan(cell["null_high"]):
        above = "above" if cell["evidence"] else "not above"
        parts.append(f"{above} shuffled personas (mean {number(cell['null_mean'])}, up to {number(cell['null_high'])})")
    ceilings = {"the persona beside itself": cell["persona_ceiling"], "the group beside itself": cell["target_ceiling"]}
    parts += [f"{name} {number(value)}" for name, value in ceilings.items() if not math.isnan(value)]
    return DOT.join([*parts, *([plain(str(cell["note"]))] if cell["note"] else [])])


def yardsticks_line(table: pd.DataFrame) -> str:
    """Return what cells are to be held against, null and ceilings, over the whole table; '' where that is unknown."""
    known = (
        ("shuffled personas reach up to", "null_high"), ("a persona beside itself", "persona_ceiling"),
        ("a group beside itself", "target_ceiling"),
    )  # fmt: skip
    said = [f"{what} {number(table[name].min())} to {number(table[name].max())}" for what, name in known
            if table[name].notna().any()]  # fmt: skip
    line = "; ".join(said)
    return f"{line[:1].upper()}{line[1:]}." if line else ""


def cell_columns(measure: str) -> dict[str, Any]:
    """Return how the columns of a table of cells are shown."""
    figure = st.column_config.NumberColumn
    shown = {name: figure(name.replace("_", " ").capitalize(), format="%.3f") for name in
             ("low", "high", "null_mean", "null_low", "null_high", "null_p", "persona_ceiling",
              "target_ceiling")}  # fmt: skip
    return shown | {
        "value": figure(measure, format="%.3f"), "n_items": figure("Items"), "n_raters": figure("People"),
        "target_group": "Group", "own": "Its own", "evidence": "Above shuffled", "confidence": None,
    }  # fmt: skip
