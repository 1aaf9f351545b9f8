"""Parts of the alignment page below the cells: own persons, stand-ins of groups, the alternative-annotator test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import alignments, item_lists, state, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.subject import Subject
from engine import figures
from engine.measures import Prototypes

GROUP = "stand_in_for"
"""Key of the group whose stand-ins are looked at, and parameter of the address."""
MOST_TESTED = 5_000_000
"""Personas times people times items that the alternative-annotator test may hold at once (160 MB)."""
MOST_RESAMPLED = 50_000_000
"""The same of own persons, whose resamples of all cells take seconds beyond it."""
READ_OWN = (
    "How to read it. More alike than other people: the persona fits its own person better than the rest. More alike "
    "than nobody is: better than a helpful assistant does. Specific takes off both how easy the person is to agree "
    "with and how well the persona agrees with everybody. Bars hold 95 % of resampled items; filled marks exclude 0. "
    "When not to trust it. Other people's labels were not resampled: it says nothing of other annotators."
)
READ_STAND_INS = (
    "How to read it. The share of resampled item sets in which the persona is the most similar to the group of all. "
    "Many personas with small shares: no one stands out. When not to trust it. With few people in a group their shares "
    "are noisy; the best of many is partly luck, so look at its margin over the control personas too."
)
READ_MARGINS = (
    "How to read it. By how much the best stand-in is more like the group than the next persona, and than personas of "
    "nobody. An interval that holds 0: the data do not tell them apart. When not to trust it. The best was chosen on "
    "these very items, which flatters it."
)
READ_DECIDING = (
    "How to read it. How much the margin between the best stand-in and the next persona falls without the item. When "
    "not to trust it. If one item decides, so does its label noise."
)
READ_TEST = (
    "How to read it. A persona passes where it fits the other people at least as well as the person left out does, "
    "against half of the people or more, with the allowance ε. When not to trust it. The test asks for 30 items and "
    "three people; passing says that it fits the majority, not that it has a person's own view."
)


def own_persons(subject: Subject, measure: str) -> None:
    """Show every persona beside its own person, other people, and nobody."""
    if not any(p.annotator for p in subject.manifest.personas if p.persona_id in subject.personas):
        ui.say("None of these personas plays an annotator of the corpus. Choose a set of strong personas.", "quiet")
        return
    if _needs_labels(measure) or _too_many(subject, MOST_RESAMPLED):
        return
    likeness = alignments.MEASURES[measure]
    found = measured(_beside_nobody(subject), "own_person", likeness=likeness, resamples=alignments.resamples(subject))
    exhibit(
        figures.own_person(found, theme=theme.now(), title=f"Personas and the people they play, {measure}"),
        found.table, key="own-person", subject=subject, read=READ_OWN,
        alt="Of each persona how much more alike it is to its own person than to others, than nobody is, and beyond "
            "both; the table has the numbers.",
    )  # fmt: skip


def stand_ins(subject: Subject, measure: str) -> None:
    """Show who stands best for each group of people, and the items that decide it."""
    if _needs_labels(measure):
        return
    found: Prototypes = measured(_beside_nobody(subject), "prototypes", likeness=alignments.MEASURES[measure])
    found = _of_chosen_group(found)
    shown = theme.now()
    exhibit(
        figures.stand_ins(found, theme=shown, title="Prototypical personas of each group"), found.stand_ins,
        key="stand-ins", subject=subject, read=READ_STAND_INS,
        alt="Of each group how probable each persona is to be its best stand-in; the table has the numbers.",
    )  # fmt: skip
    exhibit(
        figures.stand_in_margins(found, theme=shown, title="Margins of the best stand-ins"), found.best, key="margins",
        subject=subject, read=READ_MARGINS,
        alt="Of each group by how much its best stand-in beats the next persona and personas of nobody.",
    )  # fmt: skip
    if found.items.empty:
        return
    exhibit(
        figures.deciding_items(found, theme=shown, title="Items that decide who stands in"), found.items,
        key="deciding-items", subject=subject, read=READ_DECIDING,
        alt="Of each group the items whose absence changes the margin most; the table has the numbers.",
    )  # fmt: skip
    _deciding_texts(subject, found)


def _needs_labels(measure: str) -> bool:
    """Say so where the measure does not compare labels item by item."""
    if alignments.MEASURES[measure] != alignments.COMPOSITE:
        return False
    ui.say("This part compares labels item by item: choose another measure above.", "quiet", key="needs-labels")
    return True


def _too_many(subject: Subject, most: int) -> bool:
    """Say so where there are more personas, people and items than this page computes at once."""
    n_people = alignments.n_annotators(subject)
    if len(subject.personas) * n_people * len(subject.manifest.item_ids) <= most:
        return False
    ui.say(
        f"{len(subject.personas):,} personas beside {n_people:,} people on {len(subject.manifest.item_ids):,} items "
        "are too many for this page. Choose fewer persona sets.", "quiet",
    )  # fmt: skip
    return True


def _beside_nobody(subject: Subject) -> Subject:
    """Return the chosen personas with the run's control and empty ones, which stand for nobody."""
    nobody = [p.persona_id for p in subject.manifest.personas if p.kind in ("control", "empty")]
    return subject.of_personas([*subject.personas, *(name for name in nobody if name not in subject.personas)])


def _of_chosen_group(found: Prototypes) -> Prototypes:
    """Let the reader choose a group, of which alone the exhibits then are: all do not fit a phone."""
    groups = list(found.best["group"])
    for name in state.read_address(GROUP, groups, several=False):
        ui.problem(f"The corpus has no group {text.plain(name, 80)!r}.", key="no-group")
    chosen = st.selectbox("Group", groups, index=None, format_func=lambda name: text.plain(name, 60), key=GROUP,
                          persist_state="session", placeholder="All groups", width=300)  # fmt: skip
    state.write_address(GROUP, [chosen] if chosen else [])
    if not chosen:
        return found
    return Prototypes(*(table[table["group"] == chosen] for table in (found.best, found.stand_ins, found.items)))


def _deciding_texts(subject: Subject, found: Prototypes) -> None:
    def says(item: Mapping[Any, Any]) -> list[str]:
        speaks = item["persona"] if item["influence"] > 0 else item["next_persona"]
        return [
            f"Decides for {text.plain(str(item['group']), 60)}: speaks for {text.plain(str(speaks), 60)}, by "
            f"{text.number(abs(item['influence']), 4)}"
        ]

    item_lists.listed(subject, found.items.rename(columns={"item": "item_id"}), says, key="deciding_page")


def alternatives(subject: Subject, _measure: str) -> None:
    """Show which personas pass the alternative-annotator test."""
    if _too_many(subject, MOST_TESTED):
        return
    columns = st.columns([2, 5], vertical_alignment="bottom")
    with columns[0]:
        epsilon = st.slider(
            "Allowance ε", 0.0, 0.3, 0.2, 0.05, key="epsilon", bind="query-params",
            help="What a person may be better for costing more: 0.2 for experts, 0.15 skilled, 0.1 crowd workers.",
        )  # fmt: skip
    found = measured(
        subject, "alternative_annotator", epsilon=epsilon, resamples=min(300, alignments.resamples(subject))
    )
    exhibit(
        figures.alternative_annotator(found, theme=theme.now(), title="May the persona stand in for a person?"),
        found.verdicts, key="alternative", subject=subject, read=READ_TEST,
        alt="Of each persona the share of people it wins against and its mean advantage; filled where it passes.",
    )  # fmt: skip
    more = st.expander("Each persona against each person", key="comparisons", type="compact", on_change="rerun")
    if more.open:
        with more:
            ui.table(found.comparisons, "Each persona against each person", key="comparisons-frame")
            ui.download("Comparisons as CSV", lambda: found.comparisons,
                        f"{subject.run.run_id}-comparisons.csv", "comparisons-csv")  # fmt: skip
