"""Story: what homogenization is, in five steps, told of one run or of two beside one another."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import item_lists, loaders, sentences, state, story, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.story_steps import STEPS, Scene, Step, share_range
from dashboard.subject import Subject, pick, pick_temperature
from engine.errors import PolyvocalError
from engine.figures.enlarged import enlarged
from engine.runs.choosing import persona_sets_of, personas_of

NAMES = [step.name for step in STEPS]
LARGER = 1.35
"""How much larger a chart's letters are when presenting."""
PRESENT = "One step a screen, in large letters. F11 makes the browser fill the screen; Esc ends."


def go(by: int) -> None:
    """Go some steps on, or back; the ends hold."""
    here = NAMES.index(st.session_state.get("step") or NAMES[0])
    st.session_state["step"] = NAMES[min(max(here + by, 0), len(NAMES) - 1)]


def end() -> None:
    """Leave the presentation."""
    st.session_state["present"] = False


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
    for name in state.read_address("beside", list(runs), several=False):
        ui.problem(sentences.no_such_run(name, list(runs)))
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


def scenes_of(step: Step, subjects: list[Subject]) -> list[Scene | None]:
    """Return what the step tells of each run; None, with the reason shown, where it cannot be told."""
    found: list[Scene | None] = []
    for subject in subjects:
        try:
            found.append(step.scene(subject))
        except PolyvocalError as error:
            ui.problem(str(error))
            found.append(None)
    share_range(step, [scene for scene in found if scene is not None])
    return found


def draw(step: Step, subjects: list[Subject], presenting: bool) -> None:
    """Draw one step of one run, or of two beside one another under a sentence that compares them."""
    told = scenes_of(step, subjects)
    if len(subjects) == 2 and told[0] is not None and told[1] is not None:
        titles = [subject.title for subject in subjects]
        if words := story.compared((titles[0], told[0].told), (titles[1], told[1].told)):
            ui.say(words, "lead", key="compared")
    columns = st.columns(len(subjects), gap="medium")
    for side, (column, subject, scene) in enumerate(zip(columns, subjects, told, strict=True)):
        if scene is None:
            continue
        with column, st.container(key=f"scene-{side}", gap="small"):
            if len(subjects) == 2:
                ui.say(subject.title, "name", key=f"title-{side}")
            ui.say(scene.told.headline, "headline", key=str(side))
            if len(subjects) == 1:
                ui.say(scene.told.sentence, "lead", key=f"told-{side}")
            elif not presenting:
                ui.say(scene.told.sentence)
            if presenting:
                with st.container(key=f"stage-{len(subjects)}-{side}"):
                    figure = enlarged(scene.figure, LARGER if len(subjects) == 1 else 1.15)
                    ui.chart(figure, scene.seen, f"story-{step.name}-{side}", height="stretch")
            else:
                exhibit(scene.figure, scene.frame, key=f"{step.name.lower()}-{side}", alt=scene.seen, read=scene.read,
                        subject=subject)  # fmt: skip
    if told[0] is not None:
        behind(subjects[0], told[0])


def behind(subject: Subject, scene: Scene) -> None:
    """Show the items behind a step when they are asked for; their texts stay hidden until asked for too."""
    more = st.expander("Show me the items", icon=":material/article:", key="items", on_change="rerun")
    if not more.open:
        return
    with more:
        st.markdown(f"**{scene.behind}**")
        ui.say(subject.title, "quiet", key="items-of")
        ui.notice(text.WARNING, "visibility_off")
        task, rows = subject.manifest.task, measured(subject, "parting_items").set_index("item_id", drop=False)
        words = {label: task.answer(label) for label in task.labels}
        item_lists.listed(
            subject, rows.loc[list(scene.items)], lambda row: [story.item_line(row, words)], key="behind"
        )  # fmt: skip


def steps() -> tuple[Step, DeltaGenerator, bool]:
    """Draw the steps and the way into the presentation; return the open step, the place between, and whether it is on.

    Whether it is on is the toggle's word: the address still says what it said before a button changed it.
    """
    state.preset("step", NAMES[0])
    state.keep_known("step", NAMES)
    with st.container(key="steps", horizontal=True, vertical_alignment="bottom"):
        chosen = st.segmented_control(
            "Step", NAMES, required=True, key="step", bind="query-params", label_visibility="collapsed"
        )
        place = st.container(width="content")
        presenting = st.toggle("Present", key="present", bind="query-params", help=PRESENT)
    return STEPS[NAMES.index(chosen or NAMES[0])], place, presenting


def turn(step: Step, subjects: list[Subject], presenting: bool) -> None:
    """Draw the way on and back: buttons, arrow keys, and when presenting the page keys that remotes send."""
    here = NAMES.index(step.name)
    with st.container(key="turn", horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.button("Back", key="back", icon=":material/arrow_back:", shortcut="Left", on_click=go, args=(-1,),
                  disabled=here == 0)  # fmt: skip
        with st.container(horizontal=True, width="content", vertical_alignment="center", gap="small"):
            ui.dots(here, len(STEPS))
            if presenting:
                ui.badges_of_runs([subject.run for subject in subjects])
                st.button("End", key="end", shortcut="Escape", on_click=end, type="tertiary")
        st.button("Next", key="next", icon=":material/arrow_forward:", shortcut="Right", on_click=go, args=(1,),
                  disabled=here == len(STEPS) - 1)  # fmt: skip
    if presenting:
        with st.container(key="remote"):
            st.button("Back (remote)", key="page-back", shortcut="PageUp", on_click=go, args=(-1,))
            st.button("Next (remote)", key="page-next", shortcut="PageDown", on_click=go, args=(1,))


def main() -> None:
    """Draw the page."""
    title = st.container()
    step, place, presenting = steps()
    title.title(step.question)
    if presenting:
        st.html(theme.presenting())
    subjects = choose(place)
    if not subjects:
        return
    draw(step, subjects, presenting)
    if not presenting:
        with st.container(horizontal=True):
            ui.badges_of_runs([subject.run for subject in subjects])
    turn(step, subjects, presenting)


main()
