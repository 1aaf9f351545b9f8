"""Personas as cards: short ones for the gallery, whole ones side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import alignments, item_lists, persona_facts, prompts, sentences, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.persona_facts import Facts
from dashboard.subject import Subject
from engine import figures
from engine.errors import PolyvocalError
from engine.runs.manifest import RunPersona

CHOSEN, LOOK = "persona", "look"
"""Keys of the personas side by side and of the way to look, and parameters of the address."""
LOOKS = ("Gallery", "Table", "Side by side")
MOST = 3
"""Personas side by side."""
SHORT = 170
"""Characters of a description in the gallery."""
READ_RATES = (
    "How to read it. The share of items to which the persona gives the label, its probability counted. Personas whose "
    "bars overlap give it equally often, which does not mean on the same items. When not to trust it. Rates of a "
    "sampled run hold the answers that have a label."
)
READ_DRIVERS = (
    "How to read it. How far the persona's answers move when one attribute is left out. Filled: more than another "
    "wording would. When not to trust it. It is of this persona alone; a run with one wording cannot show what mere "
    "words do."
)


def look_closer(persona: str) -> None:
    """Open one persona beside those that are open, the oldest making room."""
    open_ones = [name for name in st.session_state.get(CHOSEN, []) if name != persona]
    st.session_state[CHOSEN] = [*open_ones[-(MOST - 1) :], persona]
    st.session_state[LOOK] = LOOKS[2]


def short(subject: Subject, persona: RunPersona, facts: Facts, number: int) -> None:
    """Show one persona in the gallery."""
    name = persona.persona_id
    with st.container(border=True, gap="xsmall", key=f"persona-{number}", height="stretch"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            ui.say(text.plain(name, 60), "name")
            st.button("Look closer", key=f"open-{number}", type="tertiary", icon=":material/open_in_full:",
                      on_click=look_closer, args=(name,))  # fmt: skip
        ui.say(persona_facts.about_line(persona), "quiet")
        ui.say(text.plain(persona.text, SHORT) or "No description: the model is asked as itself.")
        _rates(subject, facts.rates_of(name))
        for what, table in (("Nearest annotator", facts.by_annotator), ("Nearest group", facts.by_group)):
            for row in facts.nearest(table, name, 1).to_dict("records"):
                ui.say(f"{what} {persona_facts.near_line(row)}", "quiet")
        mode, _ = facts.mode_of(name)
        if mode:
            ui.say(f"Failure mode: {persona_facts.MODES.get(mode, mode)}", "quiet")


def _rates(subject: Subject, rates: pd.DataFrame) -> None:
    """Show label rates as a bar and in words."""
    task = subject.manifest.task
    values = [float(rate) for rate in rates["rate"]]
    if not values or any(rate != rate for rate in values):  # NaN
        ui.say("No label of this persona.", "quiet")
        return
    ui.split_bar(values, theme.label_colours(task, theme.now()))
    words = [
        f"{text.plain(task.answer(str(label)), 40)} {text.number(rate)}"
        for label, rate in zip(rates["label"], values, strict=True)
    ]
    ui.say(text.DOT.join(words), "quiet")


def side_by_side(subject: Subject, personas: Sequence[RunPersona], facts: Facts) -> None:
    """Show one to three personas whole, and where they differ."""
    columns = st.columns(len(personas), gap="medium")
    for number, (column, persona) in enumerate(zip(columns, personas, strict=True)):
        with column:
            whole(subject, persona, facts, number)
    _compared_rates(subject, personas, facts)
    if len(personas) == 1:
        _drivers(subject, personas[0])
    more = st.expander("Prompt as the model got it", key="prompt", icon=":material/chat:", on_change="rerun")
    if more.open:
        with more, ui.guarded("prompt"):
            prompts.show(subject, list(personas))
    with ui.guarded("items"):
        (departing if len(personas) == 1 else differing)(subject, personas)


def whole(subject: Subject, persona: RunPersona, facts: Facts, number: int) -> None:
    """Show all that is known of one persona."""
    name = persona.persona_id
    with st.container(border=True, gap="xsmall", key=f"whole-{number}", height="stretch"):
        ui.say(text.plain(name, 80), "name")
        ui.say(persona_facts.about_line(persona), "quiet")
        ui.say(text.shown(persona.text) or "No description: the model is asked as itself.")
        if persona.attributes:
            told = [f"{text.field_words(key)}: {value}" for key, value in persona.attributes.items()]
            ui.say(text.DOT.join(text.plain(one, 80) for one in told), "quiet")
        st.markdown("**Label rates**")
        _rates(subject, facts.rates_of(name))
        for title, table, by in (
            ("Nearest annotators", facts.by_annotator, "annotator"),
            ("Groups, most alike first", facts.by_group, "group"),
        ):
            if table is not None:
                st.markdown(f"**{title}**")
                with ui.guarded(f"near-{by}-{number}"):
                    rows = alignments.with_intervals(
                        subject.everybody, table, name, persona_facts.LIKENESS, by
                    )  # fmt: skip
                    near = facts.nearest(rows, name)
                    for row in near.to_dict("records"):
                        ui.say(persona_facts.near_line(row))
                    if near.empty:
                        ui.say(
                            f"Undefined: {rows['note'].iloc[0] if len(rows) else 'nobody to compare with'}.", "quiet"
                        )
        _stand_in(facts, name)
        mode, evidence = facts.mode_of(name)
        if mode:
            st.markdown("**Failure mode**")
            ui.say(persona_facts.MODES.get(mode, mode).capitalize())
            ui.say(evidence, "quiet")
        if persona.attributes:
            st.markdown("**What drives it**")
            with ui.guarded(f"drives-{number}"):
                effects = persona_facts.drivers(subject, name, subject.manifest.task.positive)
                for line in persona_facts.driver_lines(effects):
                    ui.say(line, None if effects is not None else "quiet")


def _stand_in(facts: Facts, name: str) -> None:
    rows = facts.of_persona(facts.stand_ins, name)
    if rows.empty:
        return
    st.markdown("**How prototypical**")
    for row in rows.sort_values("probability_best", ascending=False, kind="stable").to_dict("records"):
        margin = text.interval_of(row["control_margin_low"], row["control_margin_high"], "no interval")
        over = "" if row["control_margin"] != row["control_margin"] else (
            f"; {text.number(row['control_margin'])} over nobody's personas ({margin})"
        )  # fmt: skip
        group = text.plain(str(row["group"]), 60)
        ui.say(f"Best stand-in of {group} with probability {text.number(row['probability_best'])}{over}")


def _compared_rates(subject: Subject, personas: Sequence[RunPersona], facts: Facts) -> None:
    names = [persona.persona_id for persona in personas]
    table = pd.concat([facts.rates_of(name) for name in names], ignore_index=True)
    if table["rate"].isna().all():
        return
    task = subject.manifest.task
    words = {label: sentences.label_words(task, label) for label in task.labels}
    table = table.assign(label=table["label"].map(words))
    positive = words[task.positive] if task.positive is not None and len(words) == 2 else None
    exhibit(
        figures.label_rates(table, positive=positive, theme=theme.now(), title="How often each gives each label"),
        table, key="label-rates", subject=subject, read=READ_RATES,
        alt="Label rates of the chosen personas with their intervals; the table has the numbers.",
    )  # fmt: skip


def _drivers(subject: Subject, persona: RunPersona) -> None:
    with ui.guarded("drivers"):
        effects = persona_facts.drivers(subject, persona.persona_id, subject.manifest.task.positive)
        if effects is None:
            return
        exhibit(
            figures.ranked_effects(effects, theme=theme.now(), title="What drives it"), effects, key="drivers",
            subject=subject, read=READ_DRIVERS,
            alt="How far each attribute moves the persona's labels, the largest first; the table has the numbers.",
        )  # fmt: skip


def departing(subject: Subject, personas: Sequence[RunPersona]) -> None:
    """Show the items on which one persona departs most from the other personas."""
    st.header("Where it departs most from the other personas", anchor=False)
    persona = personas[0].persona_id
    found = measured(subject.everybody, "departing_items", persona=persona)
    task = subject.manifest.task

    def says(row: Mapping[Any, Any]) -> list[str]:
        label = text.plain(sentences.label_words(task, row["label"]), 40)
        return [
            f"{text.plain(persona, 60)}: {label} with probability {text.number(row['probability'])}",
            f"{text.plural(int(row['n_others']), 'other persona')}: {text.number(row['others'])}",
        ]

    _items(subject, found.dropna(subset="departure"), says, "departing-items")


def differing(subject: Subject, personas: Sequence[RunPersona]) -> None:
    """Show the items on which two or three personas lie furthest apart."""
    st.header("Where they differ most", anchor=False)
    found = measured(subject.of_personas([p.persona_id for p in personas]), "differing_items")
    task = subject.manifest.task

    def says(row: Mapping[Any, Any]) -> list[str]:
        label = text.plain(sentences.label_words(task, row["label"]), 40)
        return [
            f"{text.plain(str(row['most_persona']), 60)}: {label} with probability {text.number(row['most'])}",
            f"{text.plain(str(row['least_persona']), 60)}: {text.number(row['least'])}",
        ]

    _items(subject, found.dropna(subset="difference"), says, "differing-items")


def _items(subject: Subject, found: pd.DataFrame, says: Any, key: str) -> None:
    if found.empty:
        ui.say("Not known: a sampled run tells it from two answers an item on. Repeat the run.", "quiet")
        return
    try:
        item_lists.listed(subject, found, says, key="persona_items")
    except PolyvocalError as error:
        ui.problem(str(error), "no-corpus")
    more = st.expander("All items", key=f"all-{key}", type="compact", on_change="rerun")
    if more.open:
        with more:
            ui.table(found, "All items, the furthest apart first", key=f"frame-{key}")
            ui.download("Items as CSV", lambda: found, f"{subject.run.run_id}-{key}.csv", f"csv-{key}")
