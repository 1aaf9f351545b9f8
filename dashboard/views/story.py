"""Story: what homogenization is, in five steps, told of one run or of two beside one another."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import state, story, ui
from dashboard.exhibit import exhibit
from dashboard.story_choice import choose
from dashboard.story_steps import STEPS, Step, behind, cautions, once, scenes_of
from dashboard.subject import Subject
from engine.figures.enlarged import enlarged

NAMES = [step.name for step in STEPS]
AT = "_story_at"
"""Where the session keeps the step that is shown."""
LARGER = 1.35
"""How much larger a chart's letters are when presenting."""
PRESENT = "One step a screen, in large letters. F11 makes the browser fill the screen; Esc ends."


def go(by: int) -> None:
    """Go some steps on, or back; the ends hold.

    From where the last run of the script was: with a second press in a hurry the browser still sends the step before.
    """
    here = NAMES.index(st.session_state[AT])
    st.session_state[AT] = st.session_state["step"] = NAMES[min(max(here + by, 0), len(NAMES) - 1)]


def end() -> None:
    """Leave the presentation."""
    st.session_state["present"] = False


def draw(step: Step, subjects: list[Subject], presenting: bool) -> None:
    """Draw one step of one run, or of two beside one another under a sentence that compares them."""
    shown, told = once(subjects, scenes_of(step, subjects))
    if len(shown) == 2 and told[0] is not None and told[1] is not None:
        titles = [subject.title for subject in shown]
        if words := story.compared((titles[0], told[0].told), (titles[1], told[1].told)):
            ui.say(words, "lead", key="compared")
    columns = st.columns(len(shown), gap="medium")
    for side, (column, subject, scene) in enumerate(zip(columns, shown, told, strict=True)):
        if scene is None:
            continue
        with column, st.container(key=f"scene-{side}", gap="small"):
            if len(shown) == 2:
                ui.say(subject.title, "name", key=f"title-{side}")
            ui.say(scene.told.headline, "headline", key=str(side))
            if len(shown) == 1:
                ui.say(scene.told.sentence, "lead", key=f"told-{side}")
            elif not presenting:
                ui.say(scene.told.sentence)
            if presenting:
                with st.container(key=f"stage-{side}"):
                    figure = enlarged(scene.figure, LARGER if len(shown) == 1 else 1.15)
                    ui.chart(figure, scene.seen, f"story-{step.name}-{side}", height="stretch")
            else:
                exhibit(scene.figure, scene.frame, key=f"{step.name.lower()}-{side}", alt=scene.seen, read=scene.read,
                        subject=subject)  # fmt: skip
    with ui.guarded("cautions"):
        for number, words in enumerate(cautions(subjects)):
            ui.notice(words, "warning", key=f"caution-{number}")
    behind(shown, told)


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
    st.session_state[AT] = chosen or NAMES[0]
    return STEPS[NAMES.index(st.session_state[AT])], place, presenting


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
        ui.fill_screen()
    subjects = choose(place)
    if not subjects:
        return
    with ui.guarded("step"):
        draw(step, subjects, presenting)
    if not presenting:
        with st.container(horizontal=True):
            ui.badges_of_runs([subject.run for subject in subjects])
    turn(step, subjects, presenting)


main()
