"""The model of the Live page: one held ready for all sessions of the dashboard, its state, starting and stopping it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import streamlit as st

from dashboard import run_form, sentences, state, text, ui
from engine.errors import PolyvocalError
from engine.inference.models import DEMO_MODELS
from engine.live import HolderStatus, LiveModel, ModelHolder
from engine.live.holder import IDLE
from engine.live.question import KEY_VARIABLE, checked

EVERY = 1.0
"""Seconds between two looks at a model that is starting or stopping."""
TAIL = 5
"""Lines of the log that are shown while a model starts."""
WHERE = {
    "vllm": "vLLM on this machine",
    "server": "A server that runs already",
    "scripted": "No model: scripted labels, for trying out only",
}
OPTIONS = {
    "vllm": ("vLLM engine arguments", '{"dtype": "bfloat16"}'),
    "server": ("Options for the server", '{"prompts": "chat"}'),
    "scripted": ("Options of the scripted labels", '{"refuse": 0.2}'),
}
"""Of each place a model runs in: what its options are, and an example."""
SCRIPTED = "scripted"
STATES: dict[str, text.Mark] = {
    "stopped": ("Not running", "power_settings_new", "gray"),
    "stopping": ("Stopping", "hourglass_bottom", "orange"),
    "starting": ("Starting", "hourglass_top", "blue"),
    "ready": ("Ready", "check_circle", "green"),
    "failed": ("Failed", "error", "red"),
}
"""Of each state of the model: the word, the icon and the colour it is shown with."""
EXACT = {
    "full": "distributions are read in full",
    "top": "only the likeliest words are shown, so small probabilities are missing",
    "none": "no log-probabilities, so answers are drawn only",
}
ADDRESS_HELP = (
    "An OpenAI-compatible server, such as one that `polyvocal serve` started. The address is not put into links: "
    "whoever follows one would send the key there."
)
KEY_HELP = (
    f"The NAME of the environment variable that holds the server's key, never the key itself: {KEY_VARIABLE}, or a "
    f"name that begins with {KEY_VARIABLE}_. It is read where the dashboard runs."
)


PATIENCE = {
    "vllm": "Demo models take about half a minute on a CPU; large ones some minutes, more with a download.",
    "server": "The server is tried, and the model's tokenizer looked for; without a network that takes half a minute.",
}
"""While a model starts: how long that takes."""
STOP_HELP = "It keeps its memory until then; a run or a training on the same graphics card needs that."


@st.cache_resource(show_spinner=False, validate=lambda held: not held.closed, on_release=lambda held: held.close())
def holder() -> ModelHolder:
    """Return what holds the model, one for all sessions."""
    return ModelHolder()


def me() -> str:
    """Return what tells this session from others."""
    mine: str = st.session_state.setdefault("_me", secrets.token_hex(6))
    return mine


def choose() -> LiveModel | None:
    """Let the reader choose a model and where it runs; None: something is missing or does not fit, which is shown."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state.preset("where", WHERE["vllm"])
        where = {words: name for name, words in WHERE.items()}[
            st.selectbox("Answers come from", list(WHERE.values()), key="where", bind="query-params", width=310)
        ]  # fmt: skip
        name, address, key = SCRIPTED, "", ""
        if where != "scripted":
            name = _name()
        if where == "server":
            address = st.text_input("Its base URL", key="live_server", placeholder="http://127.0.0.1:8000/v1",
                                    persist_state="session", help=ADDRESS_HELP, width=300)  # fmt: skip
            key = st.text_input("Variable that holds its key", key="live_key", placeholder=KEY_VARIABLE,
                                persist_state="session", help=KEY_HELP, max_chars=80, width=240)  # fmt: skip
        engine = _settings(where)
    if not name or (where == "server" and not address):
        ui.say("Name a model" + (" and the server's address" if where == "server" else "") + " to go on.", "quiet")
        return None
    with ui.guarded("live-model"):
        model: LiveModel = checked(
            LiveModel, model=name, backend=where, server=address.strip(), key_variable=key.strip(), engine=engine
        )
        return model
    return None


def _name() -> str:
    chosen = [*state.asked_for("model")[:1], st.session_state.get("model")]
    options = list(dict.fromkeys([*DEMO_MODELS, *(text.plain(name, 120) for name in chosen if name)]))
    state.read_address("model", options, several=False, otherwise=options[:1])
    name = st.selectbox(
        "Model", options, index=None, key="model", accept_new_options=True, persist_state="session",
        placeholder="A demo model, a Hugging Face id, or a folder", width=300,
    )  # fmt: skip
    state.write_address("model", [name] if name else [])
    return (name or "").strip()


def _settings(where: str) -> dict[str, Any]:
    """Let the reader give options as the engine calls them (docs/backends.md)."""
    what, example = OPTIONS[where]
    with st.popover("Options", icon=":material/tune:"), ui.guarded("live-engine"):
        words = st.text_input(f"{what} (JSON)", key=f"live_options_{where}", placeholder=example,
                              persist_state="session")  # fmt: skip
        return run_form.json_object("options", words)
    return {}


def show(model: LiveModel | None) -> bool:
    """Show how the shared model is, with the button that makes sense; return whether the chosen one is ready."""
    status = holder().status
    if status.state in ("starting", "ready"):
        holder().seen(me())
    with st.container(border=True, key="live-model"):
        if status.moving:
            _moving()
        else:
            _still(status, model)
    return status.state == "ready" and status.model == model


@st.fragment(run_every=EVERY)
def _moving() -> None:
    """Show a model that is starting or stopping; when it no longer is, have the page drawn anew."""
    status = holder().status
    if not status.moving:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        ui.badge(STATES[status.state])
        what = title(status.model) if status.model else "the model"
        words = f"{what} is loading" if status.state == "starting" else "the model before it is being stopped"
        ui.say(f"{words}: {text.duration(status.seconds)}", key="moving")
        if status.state == "starting":
            st.button("Cancel", key="live-cancel", icon=":material/stop_circle:", on_click=_stop)
    if status.state == "starting":
        ui.say(PATIENCE["server" if status.model and status.model.backend == "server" else "vllm"], "quiet",
               key="patience")  # fmt: skip
        if status.log:
            st.caption("End of its log")
            st.code("\n".join(status.log.splitlines()[-TAIL:]), language=None)


def _still(status: HolderStatus, model: LiveModel | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        ui.badge(STATES[status.state])
        ui.say(line(status), key="still")
        if status.state == "ready" and status.model in (model, None):
            st.button("Stop", key="live-stop", icon=":material/stop_circle:", on_click=_stop, help=STOP_HELP)
        elif model is not None:
            _start_button(status, model)
    if status.state == "ready" and model is not None and status.model != model:
        _in_use()
    elif status.state == "ready" and (others := holder().others(me())):
        ui.say(f"{text.plural(others, 'other session')} looked at it within the last minute: stopping is for all.",
               "quiet", key="shared")  # fmt: skip
    if status.state == "failed":
        ui.problem(status.reason, key="live-failed")
        with st.expander("End of its log", key="live-log", type="compact"):
            st.code(status.log or "It wrote nothing.", language=None)
    if status.state == "stopped":
        ui.say(
            f"One model at a time is held ready, for everybody who has this dashboard open. It stops by itself "
            f"{text.duration(IDLE)} after the last question, and with the dashboard.", "quiet", key="stopped",
        )  # fmt: skip
    if problem := st.session_state.pop("_live_problem", None):
        ui.problem(problem, key="live-start")


def _start_button(status: HolderStatus, model: LiveModel) -> None:
    verb = "Connect to" if model.backend == "server" else "Start"
    label = f"{verb} {_on_button(model)}"
    if status.state == "ready" and status.model is not None:
        label = f"Stop {_on_button(status.model)}, {label[:1].lower()}{label[1:]}"
    if st.button(label, key="live-start", type="primary", icon=":material/play_arrow:"):
        _told(lambda: holder().start(model))  # no callback: it would start what stood here before the last word
        st.rerun()


def _in_use() -> None:
    """Say whom stopping the model would disturb."""
    if others := holder().others(me()):
        ui.notice(
            f"{text.plural(others, 'other session')} looked at this model within the last minute. Another one takes "
            "its place for everybody; answers that have come stay.", "group", key="in-use",
        )  # fmt: skip
    else:
        ui.say("Nobody else has looked at it within the last minute. Another one takes its place.", "quiet",
               key="not-in-use")  # fmt: skip


def line(status: HolderStatus) -> str:
    """Return what a model that neither starts nor stops is, in one line."""
    if status.state == "ready" and status.model is not None:
        parts = [title(status.model), f"since {text.duration(status.seconds)}"]
        parts += [EXACT[status.facts["exact"]]] if status.facts.get("exact") in EXACT else []
        parts += [f"vLLM {version}" for version in dict.fromkeys((status.facts.get("versions") or {}).values())]
        return text.DOT.join(text.plain(part) for part in parts)
    if status.state == "failed" and status.model is not None:
        return f"{title(status.model)} is not running."
    return f"No model is running: {status.reason}." if status.reason else "No model is running."


def title(model: LiveModel) -> str:
    """Return what the page calls a model."""
    if model.backend == "scripted":
        return "scripted labels"
    name = sentences.model_name(model.model)
    return f"{name} at {text.plain(model.server, 80)}" if model.backend == "server" else name


def _on_button(model: LiveModel) -> str:
    """Return a model's name without what could mark up a button's label; a server's address would lose its colons."""
    words = sentences.model_name(model.model) if model.backend == "server" else title(model)
    kept = "".join(c for c in words if c.isalnum() or c in " ._-/")
    return kept[:60].strip().replace("_", r"\_") or "the model"


def _stop() -> None:
    _told(holder().stop)


def _told(do: Callable[[], None]) -> None:
    """Do what a button says; what goes wrong is shown in the next drawing."""
    try:
        do()
    except PolyvocalError as error:
        st.session_state["_live_problem"] = str(error)
