"""What the measures say of each persona of a run, gathered for the gallery, the table and the cards."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import alignments, later, text
from dashboard.kept import Part
from dashboard.measured import measured, part_of
from dashboard.subject import Subject
from engine.errors import PolyvocalError
from engine.measures import LABEL_RATE_COLUMNS
from engine.personas import counterfactual_pairs
from engine.runs.manifest import RunPersona

LIKENESS = "kappa"
"""Personas are set beside people beyond what chance would make alike."""
MODES: Mapping[str, str] = {
    "none": "moves the model, no failure is shown",
    "resistance": "resistance: moves the model no further than a control persona does",
    "undecided": "undecided: it may resist, or move the model",
    "distortion": "distortion: moves answers against its group's people",
    "instability": "instability: adds noise more than it moves answers",
    "undefined": "undefined",
}
"""Of each failure mode what cards say."""


@dataclass(frozen=True)
class Facts:
    """What is known of the personas of a run at one temperature."""

    rates: pd.DataFrame
    """Of `engine.measures.label_rates`."""
    by_annotator: pd.DataFrame | None
    """Of `engine.measures.alignment`; None where people cannot be set beside them. Large tables lack intervals."""
    by_group: pd.DataFrame | None
    stand_ins: pd.DataFrame | None
    """Of `engine.measures.prototypes`."""
    modes: pd.DataFrame | None
    """Of `engine.measures.failure_modes`."""
    notes: tuple[str, ...]
    """Why something is missing."""
    awaited: tuple[str, ...] = ()
    """What is being measured, and missing until it is there."""

    def of_persona(self, table: pd.DataFrame | None, persona: str) -> pd.DataFrame:
        """Return one persona's rows of a table; none where there is no table."""
        return pd.DataFrame() if table is None else table[table["persona"] == persona]

    def rates_of(self, persona: str) -> pd.DataFrame:
        """Return how often a persona gives each label."""
        found = self.of_persona(self.rates, persona)
        return found if len(found) else pd.DataFrame(columns=list(LABEL_RATE_COLUMNS))

    def nearest(self, table: pd.DataFrame | None, persona: str, n: int = 3) -> pd.DataFrame:
        """Return the targets most like a persona, the most alike first."""
        rows = self.of_persona(table, persona)
        if rows.empty:
            return rows
        return rows[rows["value"].notna()].sort_values("value", ascending=False, kind="stable").head(n)

    def mode_of(self, persona: str) -> tuple[str, str]:
        """Return how a persona fails and the evidence; '' twice where that was not judged."""
        rows = self.of_persona(self.modes, persona)
        if rows.empty:
            return "", ""
        row = rows.iloc[0]
        return str(row["mode"]), "; ".join(filter(None, [str(row["evidence"]), str(row["note"])]))


def gathered(subject: Subject) -> Facts:
    """Return what the measures say of all personas of the run; what cannot be measured is None, with its reason.

    Of a large run also what is not measured yet is None: it is awaited.
    """
    everybody = subject.everybody
    notes: list[str] = []
    awaited: list[str] = []

    def tried(what: str, part: Callable[[], Part[Any]]) -> Any:
        """Return a part at hand; why not, or that it is awaited, is noted."""
        try:
            found = later.soon(part(), later.size(subject.run))
        except PolyvocalError as error:
            notes.append(f"{what}: {error}")
            return None
        if found is None:
            awaited.append(f"{what[:1].lower()}{what[1:]}")
        return found

    rates = measured(everybody, "label_rates")
    by_annotator = tried("Nearest annotators", lambda: alignments.cells_part(everybody, LIKENESS, "annotator"))
    comparable = not notes
    by_group = stand_ins = modes = None
    if comparable and alignments.has_groups(subject):
        by_group = tried("Nearest group", lambda: alignments.cells_part(everybody, LIKENESS, "group"))
        found = tried("Stand-ins", lambda: part_of(everybody, "prototypes", likeness=LIKENESS))
        stand_ins = None if found is None else found.stand_ins
    if not any(p.kind in ("empty", "control") for p in subject.manifest.personas):
        notes.append("Failure modes: the run has no empty or control persona to compare with.")
    elif comparable:  # else its reason is told already
        modes = tried("Failure modes", lambda: part_of(everybody, "failure_modes"))
    return Facts(rates, by_annotator, by_group, stand_ins, modes, tuple(notes), tuple(awaited))


def drivers(subject: Subject, persona: str, positive: str | None) -> pd.DataFrame | None:
    """Return the effects of a persona's attributes; None where the run has no counterfactuals of it."""
    found = counterfactual_pairs(subject.manifest.personas)
    pairs = [list(pair) for pair in found if pair.with_it == persona]
    if not pairs:
        return None
    effects: pd.DataFrame = measured(subject.everybody, "attribute_effects", pairs=pairs, positive=positive)
    return effects


def driver_lines(effects: pd.DataFrame | None, most: int = 3) -> list[str]:
    """Return what moves a persona's labels, a line an attribute, the largest effect first.

    Args:
        effects: of `drivers`.
        most: attributes to name.
    """
    if effects is None:
        return ["Not known: no other persona of the run is this one with an attribute left out."]
    rows = effects[effects["value"] == ""].head(most).to_dict("records")
    return [
        f"{text.plain(text.field_words(str(row['attribute'])), 40)}: moves labels by "
        f"{text.number(row['total_variation'], 3)} ({text.interval_of(row['low'], row['high'], row['note'], 3)}), "
        f"{'beyond' if row['found'] else 'not beyond'} chance and mere words"
        for row in rows
    ]


def overview(personas: Sequence[RunPersona], facts: Facts) -> pd.DataFrame:
    """Return one row a persona: who it is, its label rates (columns `share <label>`), whom it is nearest to, how likely
    it is a group's best stand-in, and how it fails."""
    rows = []
    near = {"annotator": _most_alike(facts.by_annotator), "group": _most_alike(facts.by_group)}
    shares: dict[str, dict[str, object]] = {}  # looked up, not filtered for: 200 personas, three tables, every run
    for name, label, rate in zip(*(facts.rates[column] for column in ("persona", "label", "rate")), strict=True):
        shares.setdefault(str(name), {})[f"share {label}"] = rate
    best_of = {} if facts.stand_ins is None else facts.stand_ins.groupby("persona")["probability_best"].max().to_dict()
    mode_of = {} if facts.modes is None else dict(zip(facts.modes["persona"], facts.modes["mode"], strict=True))
    for persona in personas:
        row: dict[str, object] = {
            "persona": persona.persona_id, "set": persona.set_name, "kind": persona.kind, "group": persona.group or "",
            **shares.get(persona.persona_id, {}),
        }  # fmt: skip
        for kind, best in near.items():
            if best is not None:
                target, value = best.get(persona.persona_id, ("", math.nan))
                row |= {f"nearest_{kind}": target, f"kappa_{kind}": value}
        if facts.stand_ins is not None:
            row["stand_in"] = best_of.get(persona.persona_id, math.nan)
        if facts.modes is not None:
            row["mode"] = mode_of.get(persona.persona_id, "")
        rows.append(row)
    return pd.DataFrame(rows)


def _most_alike(table: pd.DataFrame | None) -> dict[str, tuple[str, float]] | None:
    """Return of each persona the target most like it, and their value; None where there is no table."""
    if table is None:
        return None
    known = table[table["value"].notna()]
    best = known.loc[known.groupby("persona", sort=False)["value"].idxmax()]
    return {
        str(persona): (str(target), float(value))
        for persona, target, value in zip(best["persona"], best["target"], best["value"], strict=True)
    }


def near_line(row: Mapping[Any, Any]) -> str:
    """Return how alike a persona is to a target: 'a01: κ 0.42, 95 % interval 0.31 to 0.52, above shuffled personas'."""
    parts = [f"{text.plain(str(row['target']), 60)}: κ {text.number(row['value'])}"]
    if not math.isnan(row["low"]):
        parts.append(text.interval_of(row["low"], row["high"]))
    if not math.isnan(row["null_high"]):
        parts.append(f"{'above' if row['evidence'] else 'not above'} shuffled personas")
    return ", ".join(parts) + (" (its own)" if row["own"] else "")


def about_line(persona: RunPersona) -> str:
    """Return who a persona is, in one line."""
    parts = [persona.kind, f"set {text.plain(persona.set_name, 40)}"]
    parts += [f"group {text.plain(persona.group, 40)}"] if persona.group else []
    parts += [f"plays {text.plain(persona.annotator, 40)}"] if persona.annotator else []
    return text.DOT.join(parts)
