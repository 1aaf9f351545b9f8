"""The prompt of a persona as the model got it: the run's wording around its description and an item."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import loaders, state, text, ui
from dashboard.subject import Subject
from engine.corpora.corpus import Item
from engine.personas import answer_options, render
from engine.personas.template import Messages
from engine.runs.manifest import Manifest, RunPersona

ROLES = {"system": "System", "user": "User", "assistant": "Assistant"}


def rendered(manifest: Manifest, persona: RunPersona, wording: str, item: Item, *, revealed: bool) -> Messages:
    """Return the chat messages that asked a persona about an item; the item's texts are masked unless `revealed`.

    They are masked before they are rendered, so that no part of a template can bring them to the page.

    Raises:
        InputError: the wording asks for what the item does not have.
    """
    if not revealed:
        item = replace(item, fields={name: f"[{text.masked(words)}]" for name, words in item.fields.items()})
    chosen = next(w for w in manifest.wordings if w.name == wording)
    options = answer_options(manifest.task, manifest.spec.answers)
    return render(chosen, persona, item, options, manifest.spec.answer_with)


def choose(subject: Subject) -> tuple[str, Item] | None:
    """Let the reader choose a wording and an item of the run; None: the corpus no longer has the run's items."""
    known = loaders.corpus(subject.corpus).item_by_id
    ids = [item_id for item_id in subject.manifest.item_ids if item_id in known]
    if not ids:
        ui.say("The corpus no longer has the items of this run.", "quiet")
        return None
    names = [wording.name for wording in subject.manifest.wordings]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if st.session_state.get("prompt_item", 1) > len(ids):
            st.session_state["prompt_item"] = 1
        place = st.number_input(
            f"Item (1 to {len(ids):,})", 1, len(ids), key="prompt_item", bind="query-params", width=160
        )
        state.keep_known("wording", names)
        wording = st.selectbox("Wording", names, format_func=lambda name: text.plain(name, 60), key="wording",
                               persist_state="session", width=220) if len(names) > 1 else names[0]  # fmt: skip
    return wording or names[0], known[ids[int(place) - 1]]


def show(subject: Subject, personas: list[RunPersona]) -> None:
    """Show the prompts of some personas for one item, with a button for its text."""
    chosen = choose(subject)
    if chosen is None:
        return
    wording, item = chosen
    seen = state.revealed(subject.corpus, item.item_id)
    ui.say(f"Item {text.plain(item.item_id, 80)}", "quiet", key="prompt-item")
    if not state.show_all():
        label, action = ("Hide the item's text", state.hide) if seen else ("Show the item's text", state.reveal)
        st.button(label, key="reveal-prompt", type="tertiary", on_click=action, args=(subject.corpus, item.item_id),
                  icon=":material/visibility_off:" if seen else ":material/visibility:")  # fmt: skip
    for column, persona in zip(st.columns(len(personas)), personas, strict=True):
        with column, st.container(gap="xsmall"), ui.guarded(f"prompt-{personas.index(persona)}"):
            if len(personas) > 1:
                ui.say(text.plain(persona.persona_id, 60), "name")
            for message in rendered(subject.manifest, persona, wording, item, revealed=seen):
                ui.say(ROLES.get(message["role"], "Message"), "quiet")
                with st.container(border=True):
                    ui.say(text.shown(message["content"]))
