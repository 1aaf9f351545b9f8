"""Personas: a gallery and a table of all personas of a run, and some of them side by side."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard import persona_cards, persona_facts, persona_filter, state, table_columns, text, ui
from dashboard.persona_facts import Facts
from dashboard.subject import Subject, pick
from engine.runs.manifest import RunPersona

PER_PAGE = 8


def main() -> None:
    """Draw the page."""
    st.title("Personas")
    subject = pick(sets=False)
    if subject is None:
        return
    with ui.guarded():
        facts = persona_facts.gathered(subject)
        for number, note in enumerate(facts.notes):
            ui.notice(note, key=f"fact-{number}")
        if facts.awaited:
            ui.awaited(text.joined(facts.awaited))
        look = st.segmented_control(
            "Show as", persona_cards.LOOKS, default="Gallery", required=True, key=persona_cards.LOOK,
            bind="query-params",
        )  # fmt: skip
        if look == "Side by side":
            side_by_side(subject, facts)
            return
        shown = persona_filter.choose(subject.manifest.personas)
        everybody = len(subject.manifest.personas)
        ui.say(f"{len(shown):,} of {text.plural(everybody, 'persona')}", "quiet", key="count")
        if not shown:
            ui.say("No persona fits. Take a filter away.", key="nobody")
        elif look == "Table":
            table(subject, shown, facts)
        else:
            gallery(subject, shown, facts)


def side_by_side(subject: Subject, facts: Facts) -> None:
    """Let the reader choose personas, and show them whole."""
    by_id = {persona.persona_id: persona for persona in subject.manifest.personas}
    key = persona_cards.CHOSEN
    first = [p.persona_id for p in subject.manifest.personas[: persona_cards.MOST - 1]]
    for name in state.read_address(key, list(by_id), several=True, otherwise=first):
        ui.problem(f"This run has no persona {text.plain(name, 80)!r}. Choose one below.", key="no-persona")
    chosen = st.multiselect(
        "Personas", list(by_id), format_func=lambda name: text.plain(name, 60), key=key, persist_state="session",
        max_selections=persona_cards.MOST, placeholder="Choose up to three",
    )  # fmt: skip
    state.write_address(key, chosen)
    if not chosen:
        ui.say("Choose a persona.", "quiet", key="no-choice")
        return
    persona_cards.side_by_side(subject, [by_id[name] for name in chosen], facts)


def gallery(subject: Subject, shown: Sequence[RunPersona], facts: Facts) -> None:
    """Show personas as cards, some at a time."""
    pages = -(-len(shown) // PER_PAGE)
    if not 1 <= st.session_state.get("personas_page", 1) <= pages:
        st.session_state["personas_page"] = 1
    page = st.pagination(pages, key="personas_page", bind="query-params") if pages > 1 else 1
    start = (page - 1) * PER_PAGE
    for row in range(start, min(start + PER_PAGE, len(shown)), 2):
        for number, column in enumerate(st.columns(2), start=row):
            if number < len(shown):
                with column:
                    persona_cards.short(subject, shown[number], facts, number)


def table(subject: Subject, shown: Sequence[RunPersona], facts: Facts) -> None:
    """Show one row a persona."""
    frame = persona_facts.overview(shown, facts)
    number = st.column_config.NumberColumn
    columns = table_columns.shares(subject.manifest.task) | {
        "persona": "Persona", "set": "Set", "kind": "Kind", "nearest_annotator": "Nearest annotator",
        "kappa_annotator": number("κ", format="%.2f", help="Agreement with it beyond chance"),
        "nearest_group": "Nearest group", "kappa_group": number("κ with the group", format="%.2f"),
        "stand_in": number("Best stand-in", format="%.2f", help="Highest probability of being a group's best stand-in"),
        "mode": "Failure mode",
    }  # fmt: skip
    ui.table(frame, "All personas, one a row", columns, key="personas-frame")
    ui.download("Personas as CSV", lambda: frame, f"{subject.run.run_id}-personas.csv", "personas-csv")
    st.caption(
        "κ: Cohen's κ of the persona's answers and the person's or group's labels, beyond chance. Best stand-in: "
        "highest probability, over resampled items, of being the persona most like a group. Intervals stand on the "
        "cards; one row's rank among many is partly luck."
    )


main()
