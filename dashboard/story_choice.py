"""Whose story is told: a run, another one beside it, and the temperature of both; the address restores all three."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import loaders, run_warnings, sentences, state, ui
from dashboard.subject import Subject, pick, pick_temperature
from engine.runs.choosing import persona_sets_of, personas_of


def choose(place: DeltaGenerator) -> list[Subject]:
    """Let the reader choose the run, another to lay beside it, and in `place` a temperature; the address restores all.

    The runs stand in the sidebar, because the step's picture needs the page; where there is none yet, on the page.
    """
    with st.sidebar if chosen_well() else st.container():
        subject = pick(temperature=False)
        other = None if subject is None else pick_beside(subject)
    if subject is None:
        return []
    with place:
        subject = replace(subject, temperature=pick_temperature(subject.manifest))
    return [subject] if other is None else [subject, at_the_same(other, subject)]


def chosen_well() -> bool:
    """Return whether there are runs, one of them is chosen, and the address names no others."""
    known = [run.run_id for run in loaders.runs() if run.done and run.state != "broken"]
    names = [*state.asked_for("run"), *state.asked_for("beside")]
    return bool(known) and set(names) <= set(known) and st.session_state.get("run", known[0]) is not None


def pick_beside(subject: Subject) -> Subject | None:
    """Let the reader choose another run to lay beside, asked by the same persona sets where it has them."""
    runs = {
        run.run_id: run
        for run in loaders.runs()
        if run.done and run.state != "broken" and run.run_id != subject.run.run_id
    }
    titles = sentences.titles(loaders.runs())
    for name in state.read_address("beside", list(runs), several=False, stored=True):
        ui.problem(run_warnings.no_such_run(name, list(runs), loaders.runs()))
    chosen = st.selectbox(
        "Beside it", list(runs), index=None, format_func=titles.__getitem__, key="beside", persist_state="session",
        placeholder="Choose another run to compare", width=380,
    )  # fmt: skip
    state.write_address("beside", [chosen] if chosen else [])
    if chosen is None:
        return None
    manifest = loaders.manifest(runs[chosen])
    usual = tuple(personas_of(subject.manifest)) == subject.personas
    sets = {p.set_name for p in subject.manifest.personas if p.persona_id in subject.personas}
    asked = [name for name in persona_sets_of(manifest) if name in sets]
    personas = personas_of(manifest, None if usual or not asked else asked)
    return Subject(runs[chosen], manifest, titles[chosen], tuple(personas), 1.0)


def at_the_same(other: Subject, subject: Subject) -> Subject:
    """Return a run at the temperature of another, or at the nearest one that it sampled."""
    at = subject.temperature
    if not other.exact:
        at = min(other.manifest.spec.temperatures, key=lambda known: abs(known - at))
    return replace(other, temperature=at)
