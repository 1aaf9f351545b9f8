"""Parts of the attributes page: effects of attributes from pairs of personas, and from many that vary at once."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import effect_items, text, theme, ui
from dashboard import measured as of
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.subject import Subject
from engine import figures
from engine.figures.attributes import drawn_effects
from engine.personas import counterfactual_pairs
from engine.report.tables import flat

NAMED = 6
"""Attributes that a sentence names at most."""
READ_EFFECTS = (
    "How to read it. How far the label distribution moves (total variation, 0 to 1) when the attribute is stated and "
    "when it is not, all else equal. The mark of mere rewording is how far another wording of the same persona moves "
    "it. Filled: beyond chance, corrected for the number of attributes, and beyond mere words. When not to trust it. "
    "With one wording nothing shows what mere words do, and a small allowance stands in for it. An attribute that "
    "moves the model need not move it as it moves people."
)
READ_VALUES = (
    "How to read it. By how much the probability of the positive label rises (right) or falls (left) with the value; "
    "filled: beyond chance and mere words. When not to trust it. Each value is tested on the personas that have it, "
    "often few; their other attributes come along."
)
READ_FACTORIAL = (
    "How to read it. What each value adds to the log-odds of the positive label against the value named when you hover "
    "over it, estimated from all personas that vary in many attributes at once. A cross: these personas cannot tell "
    "the term from others. When not to trust it. Personas of real annotators have attributes that go together, so "
    "effects are those of persona sets made for it, or of whatever else goes with them."
)


def by_attribute(subject: Subject) -> None:
    """Show how far each attribute moves the labels, beside what mere rewording does, and the items of an effect."""
    found = effects_of(subject)
    if found is None:
        return
    effects, pairs = found
    whole = effects[effects["value"] == ""]
    ui.say(effects_line(effects), key="effects")
    exhibit(
        figures.ranked_effects(effects, theme=theme.now(), title="How far each attribute moves the labels"),
        flat(whole), key="attributes", subject=subject, read=READ_EFFECTS,
        alt="Of each attribute the change of the label distribution with its interval, largest on top; the table has "
            "the numbers, and the list below chooses an effect.",
        picked=effect_items.clickable("attributes", drawn_effects(effects), "effect"),
    )  # fmt: skip
    _notes(whole)
    effect_items.behind(subject, whole, pairs, "effect")


def by_value(subject: Subject) -> None:
    """Show which way each value of an attribute moves the positive label, and the items of an effect."""
    found = effects_of(subject)
    if found is None:
        return
    effects, pairs = found
    values = effects[effects["value"] != ""]
    if values["shift"].isna().all():
        ui.say("The labels of this task have no direction, so values cannot be told to raise or lower one.", "quiet")
        return
    exhibit(
        figures.ranked_effects(effects, by_value=True, theme=theme.now(), title="Which way each value moves labels"),
        flat(values), key="values", subject=subject, read=READ_VALUES,
        alt="Of each value of an attribute the shift of the positive label with its interval; the table has the "
            "numbers, and the list below chooses an effect.",
        picked=effect_items.clickable("values", drawn_effects(effects, by_value=True), "effect_of_value"),
    )  # fmt: skip
    _notes(values)
    effect_items.behind(subject, values, pairs, "effect_of_value")


def factorial(subject: Subject) -> None:
    """Show what each value adds, estimated from all personas that have attributes."""
    positive = subject.manifest.task.positive
    own = [p.persona_id for p in subject.manifest.personas if p.attributes]
    if positive is None:
        ui.say("The task has no positive label, so there are no log-odds for effects to add up in.", "quiet")
        return
    if len(own) < 2:
        ui.empty(
            "No two personas of this run have attributes",
            "Effects need personas that vary in attributes: a strong set, or a set of variants of one:",
            ("polyvocal persona counterfactual SET --exchange",),
        )
        return
    interactions = st.toggle("What two values add together", key="interactions", bind="query-params")
    table = of.factorial(subject.of_personas(own), positive, bool(interactions))
    if table["effect"].isna().all():
        ui.empty(
            "These personas do not tell one attribute from another",
            "Too few of them share a value while others differ, so no effect of its own can be told of any. Make more "
            "of a set by exchanging one attribute at a time, and start a run with it:",
            ("polyvocal persona counterfactual SET --exchange",),
        )
        ui.start_link()
        _notes(table)
        return
    exhibit(
        figures.factorial_effects(table, theme=theme.now(), title="What each value adds"), flat(table),
        key="factorial", subject=subject, read=READ_FACTORIAL,
        alt="Of each value the effect on the log-odds of the positive label with its interval; the table has the "
            "numbers.",
    )  # fmt: skip
    _notes(table)


def effects_of(subject: Subject) -> tuple[pd.DataFrame, list[list[str]]] | None:
    """Return the effects of attributes, stated or exchanged as the reader chooses, and the pairs that they are of.

    None: the run has no such pairs.
    """
    kinds = {
        "Stated or not": counterfactual_pairs(subject.manifest.personas),
        "Exchanged for another": counterfactual_pairs(subject.manifest.personas, exchanged=True),
    }
    known = [name for name, pairs in kinds.items() if pairs]
    if not known:
        _how_to_make_them()
        return None
    if st.session_state.get("compared") not in (None, *known):
        del st.session_state["compared"]
    chosen = known[0]
    if len(known) > 1:
        chosen = str(st.segmented_control(
            "Compared", known, default=known[0], required=True, key="compared", bind="query-params"
        ))  # fmt: skip
    pairs, positive = [list(pair) for pair in kinds[chosen]], subject.manifest.task.positive
    effects: pd.DataFrame = measured(subject.everybody, "attribute_effects", pairs=pairs, positive=positive)
    return effects, pairs


def effects_line(effects: pd.DataFrame) -> str:
    """Return which attributes move the labels, in a sentence."""
    rows = effects[effects["value"] == ""]
    found = rows[rows["found"].astype(bool)]
    n = text.plural(len(rows), "attribute")
    if found.empty:
        return f"None of {n} moves the labels beyond chance and mere words."
    names = [
        f"{text.plain(str(row['attribute']), 40)} ({text.number(row['total_variation'], 3)})"
        for row in found.head(NAMED).to_dict("records")
    ]
    more = [f"{len(found) - NAMED:,} more"] if len(found) > NAMED else []
    return f"Of {n}, {len(found):,} beyond chance and mere words: {text.joined([*names, *more])}."


def _notes(table: pd.DataFrame) -> None:
    """Show what the rows' notes say, each once, with how many rows say it."""
    for number, (note, n) in enumerate(table.loc[table["note"] != "", "note"].value_counts(sort=False).items()):
        whose = "All rows" if n == len(table) else f"{n:,} of {text.plural(len(table), 'row')}"
        ui.say(f"{whose}: {note}.", "quiet", key=f"effect-note-{number}")


def _how_to_make_them() -> None:
    ui.empty(
        "No two personas of this run differ in one attribute alone",
        "Make a set of the same personas, each also with one attribute left out, and start a run with it. The personas "
        "of SET need attributes from which their texts are composed:",
        ("polyvocal persona counterfactual SET", "polyvocal persona counterfactual SET --exchange"),
    )
    ui.start_link()
