"""Who is represented? Prototypical personas, each persona beside its own person, alignment, the replacement test."""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, Literal

from engine import figures
from engine.errors import InputError
from engine.measures import alignment, alternative_annotator, own_person, prototypes
from engine.report.content import Exhibit, Headline, Section
from engine.report.subject import Builder, Subject, attempt_all
from engine.report.words import counted, of_estimate, with_interval

LIKENESS: Literal["cosine", "centred", "kappa"] = "kappa"
"""Corrected for chance: plain cosines are high for all who share a base rate."""
MOST_CELLS = 4_000
"""Cells of a heatmap that a report holds; a matrix of more is named, with the command that gives it."""
MOST_RESAMPLED, MOST_TESTED = 50_000_000, 5_000_000
"""Personas times people times items beyond which own persons take minutes, and the replacement test gigabytes."""
EPSILON = 0.2
LEAD = (
    "Likeness is agreement corrected for chance (kappa) between a persona's answers and people's labels on the items "
    "that both labelled."
)
READ_STAND_INS = (
    "How probable each persona is to be the one most like the group, over resampled items. A group whose strong bar is "
    "short has no clear stand-in."
)
READ_MARGINS = (
    "How far the best stand-in of each group is ahead of the next persona, and of personas that play nobody. A margin "
    "whose interval holds 0 is no lead; a lead over nobody is what says that the persona stands for the group."
)
READ_OWN = (
    "Each persona that plays a person: how much more alike it is to its own person than to others, than nobody is, and "
    "beyond both. Only the last is free of people who are easy to agree with and of personas who agree with everybody."
)
READ_HEATMAP = (
    "The stronger the blue, the more alike. Hatched cells lie within what personas shuffled within items reach: no "
    "evidence that this persona is like this target. Nobody corrects for the many cells; read the rows of control "
    "personas beside the others."
)
READ_ALTERNATIVE = (
    "The alternative-annotator test (Calderon et al., ACL 2025, epsilon 0.2): may the persona replace a human "
    "annotator? Control and empty personas that pass show that passing does not mean standing for anybody."
)


def represented(subject: Subject) -> Section:
    """Say which persona stands for whom, and for whom none does."""
    parts: dict[str, tuple[str, Builder]] = {
        "prototypes": ("Prototypical personas", _prototypes),
        "own-person": ("Each persona beside the person it plays", _own_person),
        "alignment-group": ("Alignment of personas and groups", lambda s: _alignment(s, "group")),
        "alignment-annotator": ("Alignment of personas and people", lambda s: _alignment(s, "annotator")),
        "alternative-annotator": ("May a persona replace a person?", _alternative),
    }
    return Section("represented", "Who is represented?", LEAD, exhibits=attempt_all(subject, parts))


def _check_groups(subject: Subject) -> None:
    if not any(subject.both[1].groups):
        raise InputError("The corpus names no groups of people, so no persona can stand for one.")


def _stand_in(row: dict[Hashable, Any]) -> str:
    """Return a group's best stand-in in words; how far it is ahead of nobody where the run has personas that are."""
    line = f"{row['group']}: best stand-in {row['persona']}, with probability {row['probability_best']:.2f}"
    if math.isnan(row["control_margin"]):
        return f"{line}."
    margin = with_interval(row["control_margin"], row["control_margin_low"], row["control_margin_high"])
    return f"{line}; ahead of control and empty personas by {margin}."


def _prototypes(subject: Subject) -> list[Exhibit]:
    _check_groups(subject)
    found = prototypes(*subject.both, LIKENESS, **subject.resampling)
    says = tuple(_stand_in(row) for row in found.best.dropna(subset=["persona"]).to_dict("records"))
    return [
        Exhibit(
            "stand-ins", "Prototypical personas", says, lambda theme: figures.stand_ins(found, theme=theme),
            found.stand_ins, READ_STAND_INS,
        ),
        Exhibit(
            "stand-in-margins", "How sure the best stand-ins are", (),
            lambda theme: figures.stand_in_margins(found, theme=theme), found.best, READ_MARGINS,
        ),
        Exhibit(
            "deciding-items", "Items that decide the best stand-in", (),
            lambda theme: figures.deciding_items(found, theme=theme), found.items,
            "How much the lead of the best stand-in falls when an item is left out.",
        ),
    ]  # fmt: skip


def _own_person(subject: Subject) -> Exhibit:
    told, people = subject.both
    if not set(told.annotators) & set(people.annotators):
        raise InputError("No persona of this run plays one of the corpus's people, so none has a person of its own.")
    _check_size(subject, MOST_RESAMPLED, f"own-person {subject.folder.run_id} --measure {LIKENESS}")
    found = own_person(told, people, LIKENESS, **subject.resampling)
    return Exhibit(
        "own-person",
        "Each persona beside the person it plays",
        (
            f"On average a persona is more like its own person than like others by "
            f"{of_estimate(found.own_minus_others)}; beyond what is common to all: {of_estimate(found.specific)}.",
            f"To {of_estimate(found.nearest, 2)} of the personas their own person is the most alike (chance "
            f"{found.chance:.2f}; p = {found.p_value:.3f}).",
        ),
        lambda theme: figures.own_person(found, theme=theme),
        found.table,
        READ_OWN,
        headlines=(Headline("Specific likeness to the own person", found.specific),),
    )


def _check_size(subject: Subject, most: int, command: str) -> None:
    """Leave out what would keep a reader waiting, and say how to have it all the same."""
    told, people = subject.both
    if len(told.personas) * len(people.annotators) * len(told.items) > most:
        raise InputError(
            f"{len(told.personas):,} personas beside {len(people.annotators):,} people on {len(told.items):,} items "
            f"take too long for a report. Make the numbers with: polyvocal measure {command}"
        )


def _alignment(subject: Subject, by: str) -> Exhibit:
    told, people = subject.both
    if by == "group":
        _check_groups(subject)
    targets = len(people.annotators) if by == "annotator" else len(set(filter(None, people.groups)))
    if (cells := len(told.personas) * targets) > MOST_CELLS:
        raise InputError(
            f"{len(told.personas):,} personas beside {targets:,} {by}s are {cells:,} cells, too many for one page. "
            f"Make the table with: polyvocal measure alignment {subject.folder.run_id} --measure {LIKENESS} --by {by}"
        )
    table = alignment(told, people, LIKENESS, by, **subject.resampling)
    n = int(table["evidence"].sum())
    return Exhibit(
        f"alignment-{by}",
        f"Alignment of personas and {'groups' if by == 'group' else 'people'}",
        (f"{n} of {counted(len(table), 'cell')} lie above what personas shuffled within items reach.",),
        lambda theme: figures.alignment_heatmap(table, measure=LIKENESS, theme=theme),
        table,
        READ_HEATMAP,
    )


def _alternative(subject: Subject) -> Exhibit:
    _check_size(subject, MOST_TESTED, f"alternative {subject.folder.run_id}")
    found = alternative_annotator(*subject.both, EPSILON, **subject.resampling)
    known = found.verdicts[found.verdicts["n_raters"] > 0]
    passed: list[Any] = list(known.loc[known["passes"].astype(bool), "kind"])
    nobody = sum(kind in ("control", "empty") for kind in passed)
    says = f"{len(passed)} of {counted(len(known), 'persona')} pass, {nobody} of them control or empty."
    return Exhibit(
        "alternative-annotator",
        "May a persona replace a person?",
        (says,),
        lambda theme: figures.alternative_annotator(found, theme=theme),
        found.verdicts,
        READ_ALTERNATIVE,
    )
