"""Annotator models: what can be learned of who says what, from people and from personas, and the map of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import gap_parts, map_parts, model_parts, state, studies, study_cards, study_form, text, ui
from engine.annotators.studies import StudySummary, gaps_of, map_of
from engine.annotators.studies.results import COMPARISON

DO, STUDY, BESIDE, NAMES = "study_do", "study", "beside_run", "_study_names"
LOOK, FORM = "Studies", "Start a study"
PARTS: dict[str, tuple[Callable[[StudySummary, str | None], None], Callable[[int], str] | None, str]] = {
    "Models": (model_parts.models, None, "comparison"),
    "Each annotator": (model_parts.each_annotator, None, "comparison"),
    "Alignment gaps": (gap_parts.gaps, gaps_of, "gaps"),
    "Map": (map_parts.picture, map_of, "map"),
    "Trainings": (model_parts.trainings, None, ""),
}
"""Of each tab: what draws it, the name of its result by the place of a run, and the part of the study it is."""


def main() -> None:
    """Draw the page."""
    st.title("Annotator models")
    ui.say(
        "Can a model learn who says what? On people it can, where they have voices of their own. Where it cannot on "
        "personas, their labels show no voices to learn.", "lead",
    )  # fmt: skip
    found = studies.all_studies()
    if started := st.session_state.pop(study_form.STARTED, None):
        st.session_state[DO], st.session_state[STUDY] = LOOK, started
        found = studies.all_studies()
    if not found:
        state.preset(DO, FORM)
    ui.tabs({LOOK: partial(look, found), FORM: study_form.show}, DO)


def look(found: list[StudySummary]) -> None:
    """Show one study: how far it is, and what it says."""
    study = pick(found)
    if study is None:
        return
    study_cards.card(study, st.session_state[NAMES][study.study_id])
    if study.manifest is None or not study.results:
        return
    run = beside(study)
    tabs = st.tabs(list(PARTS), key="part_of_models", on_change="rerun", bind="query-params")
    for tab, (draw, named, part) in zip(tabs, PARTS.values(), strict=True):
        with tab:
            if tab.open:
                with ui.guarded():
                    if waiting := missing(study, run, named, part):
                        ui.say(waiting, "quiet", key="waiting")
                    else:
                        draw(study, run)


def pick(found: list[StudySummary]) -> StudySummary | None:
    """Let the reader choose a study; the address names it."""
    by_id = {study.study_id: study for study in found}
    for name in state.read_address(
        STUDY, list(by_id), several=False, otherwise=list(by_id)[:1], required=True, stored=True
    ):
        ui.problem(
            f"There is no study {text.plain(name, 80)!r} any more. Choose another, or start one.", key="no-study"
        )
    if not found:
        ui.empty(
            "There is no study yet",
            "A study trains annotator models on a corpus's people and on the personas of runs, as a job of its own. "
            "Start one in the other tab, or in a terminal:",
            ("polyvocal study start demo --run RUN",),
        )
        return None
    names = st.session_state[NAMES] = studies.titles(found)
    chosen = st.selectbox(
        "Study", list(by_id), index=None, format_func=names.__getitem__, key=STUDY, persist_state="session",
        placeholder="Choose a study", width=560,
    )  # fmt: skip
    state.write_address(STUDY, [chosen] if chosen else [])
    return by_id[chosen] if chosen else None


def beside(study: StudySummary) -> str | None:
    """Let the reader choose the run that stands beside the people; None where the study has none."""
    assert study.manifest is not None
    runs = list(study.manifest.spec.runs)
    if len(runs) < 2:
        return runs[0] if runs else None
    for name in state.read_address(BESIDE, runs, several=False, otherwise=runs[:1]):
        ui.problem(f"This study has no run {text.plain(name, 80)!r}. Choose one below.", key="no-run")
    names = studies.run_titles(study.manifest)
    if st.session_state.get(BESIDE) is None:
        st.session_state[BESIDE] = runs[0]
    chosen = st.segmented_control(
        "Beside the people", runs, format_func=names.__getitem__, required=True, key=BESIDE, persist_state="session"
    )
    state.write_address(BESIDE, [str(chosen)])
    return str(chosen)


def missing(study: StudySummary, run: str | None, named: Callable[[int], str] | None, part: str) -> str:
    """Return why there is nothing to show of a part; '' where there is."""
    assert study.manifest is not None
    spec = study.manifest.spec
    name = COMPARISON if named is None else named(spec.runs.index(run) if run else 0)
    if not part or name in study.results:
        return ""
    if part not in spec.wanted:
        return (
            "The study did not ask for this. Start one that does in the other tab; what is trained is not made again."
        )
    return "Not there yet: it comes when the trainings of this part are done."


main()
