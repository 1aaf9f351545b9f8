"""Homogenization: do personas agree more than the people they stand for, on the same items?

    homogenization = alpha(personas) - alpha(people)

Above 0 the personas are more of one voice than the people, below 0 they disagree more. Both alphas are drawn again
from the same resampled items, so the interval of the difference is that of a paired bootstrap.

Source: Krippendorff (2019), doi:10.4135/9781071878781, for alpha; agreement within and between groups as in Prabhakaran
et al., GRASP (NAACL 2024, 2024.naacl-long.190), here over one common expected disagreement.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.errors import InputError
from engine.measures.agreement import UNANIMOUS, undefined_note
from engine.measures.coincidence import Floats, Scale
from engine.measures.panels import (
    ALONE,
    Pairs,
    Panel,
    Solved,
    on_common_items,
    panel_of_people,
    panel_of_voices,
    solve_panel,
)
from engine.measures.resampling import check_resampling, resampled_sums, single_interval
from engine.measures.result import Estimate
from engine.measures.voices import People, Voices

AGREEMENT_COLUMNS = (
    "raters", "among",
    "alpha", "low", "high",
    "agreement", "agreement_low", "agreement_high",
    "homogenization", "homogenization_low", "homogenization_high",
    "n_items", "n_raters", "dropped", "note",
)  # fmt: skip
"""Columns of `agreement_of_panels`, one row a panel.

raters: strong, weak, control (personas of that kind), personas (of no known kind) or people
among: all; within groups (pairs of raters of one group) and between groups (of two), both against the disagreement
    expected of all of them, so that the two can be compared; or one group's name
alpha, low, high: Krippendorff's alpha and its interval, at most 1; NaN where undefined
agreement, agreement_low, agreement_high: chance that a pair of raters gave a unit the same label, 0 to 1
homogenization, homogenization_low, homogenization_high: alpha less that of the people in the same `among` (of all
    people for control personas), paired by item, -2 to 2; NaN in the rows of people. Where only one of the two has
    pairs on some items, both alphas are taken on the others, and the note says on how many
n_items, n_raters: what entered
dropped: reason to count, a dict
note: why a number is missing, or what to know of it
"""
KINDS = ("strong", "weak", "control")
"""Kinds of personas that can disagree among themselves; there is one empty persona."""
EVERYBODY = "all"
GROUPED: tuple[Pairs, ...] = ("within groups", "between groups")


@dataclass(frozen=True)
class Panels:
    """Panels on the same items, with their values and the draws that they share."""

    panels: tuple[Panel, ...]
    scale: Scale
    value: Solved
    """Arrays (panels,)."""
    draws: Solved | None
    """Arrays (resamples, panels); None where no interval is wanted or can be had."""
    confidence: float
    resamples: int

    def interval(self, draws: Floats) -> tuple[float, float, int]:
        """Return low, high and the undefined draws of one column."""
        return single_interval(draws, self.confidence)


def homogenization(
    voices: Voices, people: People, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> Estimate:
    """Alpha of all given personas less alpha of all people, -2 to 2; 0: the personas agree as much as people do.

    Above 0 the personas are homogenized. NaN with a note where either alpha is undefined (one rater, or unanimous:
    unanimous personas are the extreme of homogenization, but their alpha is no number; look at percent agreement).

    Args:
        voices: personas at one temperature; choose them before (`Voices.where`).
        people: on the same items in the same order.
        resamples: bootstrap draws of items, the same for both; 0 gives no interval.
        confidence: coverage of the interval.
        seed: decides the draws.

    Raises:
        InputError: personas and people on different items or labels, or settings out of range.
    """
    check_same_items(voices, people)
    panels = on_common_items(panel_of_voices(voices, "personas", EVERYBODY), panel_of_people(people, EVERYBODY))
    solved = solve_panels(panels, _scale(people), resamples, confidence, seed)
    value, low, high, note = _difference(solved, 0, 1)
    dropped = {f"{panel.raters}: {why}": count for panel in panels for why, count in panel.dropped.items()}
    n_items = min(panel.n_items for panel in panels)
    return Estimate(value, low, high, confidence, n_items, panels[0].n_raters, dropped, note)


def agreement_of_panels(
    voices: Voices, people: People, *, resamples: int = 1000, confidence: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """Agreement within every kind of personas, within and between groups, and among people, with homogenization.

    Args:
        voices: personas at one temperature.
        people: on the same items in the same order.
        resamples: bootstrap draws of items, the same for all rows; 0 gives no intervals.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        One row a panel, with `AGREEMENT_COLUMNS`; people first.

    Raises:
        InputError: personas and people on different items or labels, or settings out of range.
    """
    check_same_items(voices, people)
    shown = _panels_of_people(people)
    human = {panel.among: panel for panel in shown}
    for kind in kinds_of(voices):
        shown += _panels_of_kind(voices.where(_of_kind(voices, kind)), kind)
    compared = [
        (panel, human[panel.among]) if panel.raters != "people" and panel.among in human else None for panel in shown
    ]
    panels, places = _with_common_items(shown, compared)
    solved = solve_panels(panels, _scale(people), resamples, confidence, seed)
    rows = []
    for i, pair in enumerate(places):
        row = _row(solved, i)
        value, low, high, note = (math.nan, math.nan, math.nan, "") if pair is None else _difference(solved, *pair)
        row |= {"homogenization": value, "homogenization_low": low, "homogenization_high": high}
        row["note"] = "; ".join(dict.fromkeys(part for part in (str(row["note"]), note) if part))
        rows.append(row)
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def check_same_items(voices: Voices, people: People) -> None:
    """Raise InputError unless personas and people are on the same items and labels."""
    if voices.items != people.items or voices.labels != people.labels:
        raise InputError(
            f"the personas have {len(voices.items):,} items and the labels {list(voices.labels)}, the people "
            f"{len(people.items):,} items and {list(people.labels)}: not the same ones in the same order. Take both "
            "from engine.measures.voices.beside."
        )


def kinds_of(voices: Voices) -> list[str]:
    """Return the kinds of personas that can disagree among themselves, in their order; 'personas' where unknown."""
    if not voices.kinds:
        return ["personas"]
    return [kind for kind in KINDS if kind in voices.kinds]


def _of_kind(voices: Voices, kind: str) -> list[bool]:
    return [kind == "personas" or k == kind for k in voices.kinds or ("personas",) * len(voices.personas)]


def solve_panels(panels: Sequence[Panel], scale: Scale, resamples: int, confidence: float, seed: int) -> Panels:
    """Solve all panels with one set of bootstrap weights: what is drawn for one is drawn for all."""
    check_resampling(resamples, confidence)
    rows = np.stack([panel.rows for panel in panels], axis=1)  # (items, panels, columns)
    some = rows[..., -1].any(axis=1)  # an item without a pair anywhere adds nothing to any panel
    rows = rows[some]
    value = solve_panel(rows.sum(axis=0), scale)
    draws = None
    if resamples and len(rows) > 1:
        sums = resampled_sums(np.nan_to_num(rows).reshape(len(rows), -1), None, resamples, seed)
        draws = solve_panel(sums.reshape(resamples, *rows.shape[1:]), scale)
    return Panels(tuple(panels), scale, value, draws, confidence, resamples)


def _with_common_items(
    shown: Sequence[Panel], compared: Sequence[tuple[Panel, Panel] | None]
) -> tuple[list[Panel], list[tuple[int, int] | None]]:
    """Return the panels shown, followed by those cut to common items, and where to find both sides of a comparison."""
    panels, place = list(shown), {id(panel): i for i, panel in enumerate(shown)}
    places: list[tuple[int, int] | None] = []
    for pair in compared:
        sides = None if pair is None else on_common_items(*pair)
        for panel in sides or ():
            if id(panel) not in place:
                place[id(panel)] = len(panels)
                panels.append(panel)
        places.append(None if sides is None else (place[id(sides[0])], place[id(sides[1])]))
    return panels, places


def _panels_of_people(people: People) -> list[Panel]:
    panels = [panel_of_people(people, EVERYBODY)]
    groups = _groups(people.groups)
    if len(groups) > 1:
        panels += [panel_of_people(people, pairs, pairs) for pairs in GROUPED]
    return panels + [panel_of_people(people, group, group=group) for group in groups]


def _panels_of_kind(voices: Voices, kind: str) -> list[Panel]:
    panels = [panel_of_voices(voices, kind, EVERYBODY)]
    sizes = {group: voices.groups.count(group) for group in _groups(voices.groups)}
    if kind == "control" or max(sizes.values(), default=0) < 2:  # one persona a group: its pairs are all between groups
        return panels
    if len(sizes) > 1:
        with_group = voices.where([bool(group) for group in voices.groups])
        panels += [panel_of_voices(with_group, kind, pairs, pairs) for pairs in GROUPED]
    return panels + [panel_of_voices(voices.where([g == group for g in voices.groups]), kind, group) for group in sizes]


def _groups(groups: Sequence[str]) -> list[str]:
    return sorted({group for group in groups if group})


def _scale(people: People) -> Scale:
    return Scale.of(people.level, len(people.labels), people.values)


def _row(solved: Panels, i: int) -> dict[str, object]:
    """Return alpha and percent agreement of a panel with their intervals."""
    panel = solved.panels[i]
    alpha, agreement = float(solved.value.alpha[i]), float(solved.value.agreement[i])
    row: dict[str, object] = {"raters": panel.raters, "among": panel.among, "alpha": alpha, "agreement": agreement}
    row |= dict.fromkeys(("low", "high", "agreement_low", "agreement_high"), math.nan)
    note = panel.undefined or (UNANIMOUS if math.isnan(alpha) else "")
    if solved.draws is not None and not panel.undefined:
        low, high, undefined = solved.interval(solved.draws.alpha[:, i])
        row["agreement_low"], row["agreement_high"], _ = solved.interval(solved.draws.agreement[:, i])
        if not math.isnan(alpha):
            row["low"], row["high"] = low, high
            note = undefined_note(undefined, solved.resamples)
    return row | {"n_items": panel.n_items, "n_raters": panel.n_raters, "dropped": panel.dropped, "note": note}


def _difference(solved: Panels, i: int, j: int) -> tuple[float, float, float, str]:
    """Return alpha of panel i less that of panel j with its paired interval, and what to know of it."""
    value = float(solved.value.alpha[i] - solved.value.alpha[j])
    if math.isnan(value):
        whose = next(k for k in (i, j) if math.isnan(solved.value.alpha[k]))
        panel = solved.panels[whose]
        return math.nan, math.nan, math.nan, f"alpha of {panel.raters}: {panel.undefined or UNANIMOUS}"
    cut = f"homogenization on the {solved.panels[i].n_items:,} items where both have pairs"
    notes = [cut if ALONE in solved.panels[i].dropped else ""]
    if solved.draws is None or solved.panels[i].n_items < 2:
        one = "one item: no interval" if solved.resamples else ""
        return value, math.nan, math.nan, "; ".join(note for note in (*notes, one) if note)
    low, high, undefined = solved.interval(solved.draws.alpha[:, i] - solved.draws.alpha[:, j])
    notes.append(undefined_note(undefined, solved.resamples))
    return value, low, high, "; ".join(note for note in notes if note)
