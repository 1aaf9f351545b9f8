"""Live: a model answers now, as the personas that are chosen, about texts of a corpus or typed ones."""

from __future__ import annotations

import streamlit as st

from dashboard import live_answers, live_form, live_model, loaders, ui
from engine.live import Ask, LiveModel

ASKED = "asked"
"""Where address and session say which question is shown."""
WHAT = "Ask a model now: the same texts, put to several personas, at several temperatures, side by side."


def asked() -> Ask | None:
    """Return the question that the address or the session names, if it is still here."""
    named = st.query_params.get(ASKED) or st.session_state.get(ASKED)
    if not named:
        return None
    found = live_model.holder().find(str(named))
    if found is None:
        st.session_state.pop(ASKED, None)
        st.query_params.pop(ASKED, None)
        ui.notice("The answers of this link are gone: they were not saved, or the dashboard was started again. What "
                  "was chosen stands below; ask again.", "history", key="live-gone")  # fmt: skip
        return None
    st.session_state[ASKED] = st.query_params[ASKED] = found.ask_id
    return found


def ask(choice: live_form.Choice, model: LiveModel) -> None:
    """Put what was chosen to the model, in place of this session's question before, and draw the page anew.

    Raises:
        PolyvocalError: it cannot be asked.
    """
    held = live_model.holder()
    before = held.find(str(st.session_state.get(ASKED, "")))
    if before is not None and before.status.going:
        before.cancel()
    put = held.ask(choice.question(model), choice.corpus if choice.typed else None)
    st.session_state[ASKED] = st.query_params[ASKED] = put.ask_id
    st.rerun()


def main() -> None:
    """Draw the page."""
    st.title("Live")
    if not [corpus for corpus in loaders.corpora() if corpus.task is not None]:
        ui.empty("There is no corpus yet", "Its task and labels say what is asked. In a terminal:", ("make demo",))
        return
    ui.say(WHAT, "lead")
    shown = asked()
    st.header("Model", anchor=False)
    model = live_model.choose()
    ready = live_model.show(model)
    with ui.guarded("live-form"):
        choice = live_form.fields()
        if choice is not None:
            ask_button(choice, model, ready)
    if shown is not None:
        st.divider()
        st.header("Answers", anchor=False)
        with ui.guarded("live-answers"):
            live_answers.show(shown)


def ask_button(choice: live_form.Choice, model: LiveModel | None, ready: bool) -> None:
    """Say what would be asked, and ask it when told to."""
    if model is not None:
        ui.say(live_form.asked_line(choice.question(model, seed=0)), key="live-plan")
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button("Ask now", key="live-ask", type="primary", icon=":material/forum:", disabled=not ready)
        if not ready:
            ui.say("Start the model first.", "quiet", key="live-not-ready")
    if pressed and model is not None:  # no callback: it would ask what stood here before the last word was typed
        ask(choice, model)


main()
