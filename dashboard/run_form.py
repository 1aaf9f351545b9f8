"""The form that starts a run: every choice goes through `RunSpec` and the engine's plan, as on the command line."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st
from pydantic import ValidationError

from dashboard import loaders, sentences, state, text, ui
from engine import paths
from engine.corpora.store import CorpusSummary
from engine.errors import InputError
from engine.personas.store import list_persona_sets, list_template_families
from engine.runs import jobs
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from engine.validation import explain

STARTED = "_started"
"""Where the form leaves the id of the run it started; the page shows that run next."""
MODELS = ("demo-voices", "demo-chorus")
BACKENDS = {
    "vllm": "vLLM on this machine",
    "server": "An OpenAI-compatible server",
    "transformers": "Transformers on this machine (slow, the reference)",
    "scripted": "No model: scripted labels, for trying out only",
}
MODES = {"exact": "Exact: every temperature", "sampled": "Sampled: drawn answers"}
FORMS = {"label": "The label", "label+explanation": "The label and an explanation"}
WORDS = {"words": "In the task's words", "letters": "As letters A, B, C"}


def show() -> None:
    """Draw the form, say what the run would ask, and start it when told to."""
    corpora = [corpus for corpus in loaders.corpora() if corpus.task is not None]
    sets = [found for found in list_persona_sets() if not found.problem]
    if not corpora or not sets:
        ui.empty(
            "A run needs a corpus and a persona set",
            f"There {'is no corpus' if not corpora else 'is no persona set'} yet. In a terminal:",
            ("make demo",) if not corpora else ("polyvocal persona from-corpus NAME",),
        )
        return
    with ui.guarded("form"):
        spec = read(fields(corpora))
        if spec is None:
            return
        plan = loaders.plan(spec)
        ui.say(sentences.plan_line(plan, loaders.rate_of(spec)), key="plan")
        folder = RunFolder(paths.runs_dir() / spec.run_id())
        exists = folder.path.is_dir()
        if exists:
            ui.notice("This very run exists already. Starting it again asks only what is missing.",
                      key="exists")  # fmt: skip
        if st.button(
            "Resume run" if exists else "Start run", type="primary", icon=":material/play_arrow:", key="start"
        ):
            st.session_state[STARTED] = jobs.start_job(spec)
            st.rerun()


def fields(corpora: list[CorpusSummary]) -> dict[str, Any]:
    """Draw the fields, and return what they hold under the names of `RunSpec`."""
    values: dict[str, Any] = {}
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Who labels what", anchor=False)
        task = _corpus_and_personas(values, corpora)
    with right:
        st.header("Which model, and how", anchor=False)
        _model(values)
        _mode(values)
    with st.expander("More settings", icon=":material/tune:"):
        _more(values, task)
    return values


def read(values: dict[str, Any]) -> RunSpec | None:
    """Return the spec, or show what is wrong with it and return None."""
    lacking = [words for words, name in (("a model", "model"), ("a persona set", "persona_sets")) if not values[name]]
    if lacking:
        ui.say(f"Choose {text.joined(lacking)} to go on.", "quiet", key="lacking")
        return None
    try:
        for name in ("engine", "chat_template_kwargs"):
            values[name] = json_object(name, values[name])
        values["temperatures"] = _numbers(values["temperatures"])
        return RunSpec(**values)
    except ValidationError as error:
        ui.problem(explain(error, "run", model=RunSpec), key="spec")
        return None


def _corpus_and_personas(values: dict[str, Any], corpora: list[CorpusSummary]) -> CorpusSummary:
    names = [corpus.name for corpus in corpora]
    values["corpus"] = st.selectbox("Corpus", names, key="form_corpus", persist_state="session")
    corpus = corpora[names.index(values["corpus"])]
    sets = {found.name: found for found in list_persona_sets() if not found.problem}
    fitting = [name for name, found in sets.items() if found.corpus == corpus.name] + [
        name for name, found in sets.items() if found.corpus is None
    ]
    key = f"form_sets_{corpus.name}"
    state.preset(key, fitting[:1])
    state.keep_known(key, fitting)
    values["persona_sets"] = st.multiselect(
        "Persona sets", fitting, format_func=lambda name: f"{name} ({text.plural(sets[name].n_personas, 'persona')})",
        key=key, persist_state="session", help="Several sets are asked in one run.",
    )  # fmt: skip
    values["max_items"] = st.number_input(
        "Items at most", 1, None, None, key="form_items", persist_state="session", placeholder="all",
        help="Fewer items make a quicker, less certain run; they are drawn with the seed.",
    )  # fmt: skip
    return corpus


def _model(values: dict[str, Any]) -> None:
    state.preset("form_model", MODELS[0])
    values["model"] = st.selectbox(
        "Model", MODELS, index=None, key="form_model", accept_new_options=True, persist_state="session",
        placeholder="A demo model, a Hugging Face id, or a folder",
    )  # fmt: skip
    values["backend"] = st.selectbox(
        "Answered by", list(BACKENDS), format_func=BACKENDS.__getitem__, key="form_backend", persist_state="session"
    )
    if values["backend"] == "server":
        servers = st.text_input(
            "Base URLs", key="form_servers", placeholder="http://127.0.0.1:8000/v1", persist_state="session",
            help="Several, parted by spaces, share the work. The key goes into the environment: POLYVOCAL_API_KEY.",
        )  # fmt: skip
        values["servers"] = tuple(servers.split())


def _mode(values: dict[str, Any]) -> None:
    values["mode"] = st.segmented_control(
        "Reading", list(MODES), format_func=MODES.__getitem__, default="exact", required=True, key="form_mode",
        persist_state="session",
        help="Exact reads the label distribution from the model's logits once; every temperature follows from it.",
    )  # fmt: skip
    values["temperatures"] = ""
    if values["mode"] == "sampled":
        values["temperatures"] = st.text_input(
            "Temperatures", "0 0.5 1", key="form_temperatures", persist_state="session"
        )
    values["repeats"] = st.number_input("Repeats", 1, 10_000, 1, key="form_repeats", persist_state="session")


def _more(values: dict[str, Any], corpus: CorpusSummary) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        values["name"] = st.text_input("Name", key="form_name", max_chars=60, persist_state="session")
        kind = corpus.task.kind if corpus.task else ""
        wordings = next((f.wordings for f in list_template_families() if f.name == kind), ())
        state.keep_known("form_wordings", wordings)
        values["wordings"] = st.multiselect(
            "Wordings", wordings, key="form_wordings", placeholder="the first one", persist_state="session"
        )
        values["splits"] = st.multiselect(
            "Splits", loaders.corpus(corpus.name).splits, key="form_splits", placeholder="all", persist_state="session"
        )
        values["seed"] = st.number_input("Seed", 0, 2**32 - 1, 0, key="form_seed", persist_state="session")
    with right:
        values["answer_with"] = st.selectbox(
            "Ask for", list(FORMS), format_func=FORMS.__getitem__, key="form_answer", persist_state="session"
        )
        values["answers"] = st.selectbox(
            "Labels are answered", list(WORDS), format_func=WORDS.__getitem__, key="form_words", persist_state="session"
        )
        values["engine"] = st.text_input(
            "vLLM engine arguments (JSON)",
            key="form_engine",
            placeholder='{"dtype": "bfloat16"}',
            persist_state="session",
        )
        values["chat_template_kwargs"] = st.text_input(
            "Chat template arguments (JSON)", key="form_chat", placeholder='{"enable_thinking": false}',
            persist_state="session",
        )  # fmt: skip


def json_object(name: str, words: str) -> dict[str, Any]:
    """Return the JSON object that a reader typed, {} for nothing.

    Raises:
        InputError: it is no JSON object.
    """
    if not words.strip():
        return {}
    try:
        found = json.loads(words)
    except ValueError as error:
        raise InputError(f'{name}: {words!r} is not JSON ({error}). Write it as {{"name": value}}.') from error
    if not isinstance(found, dict):
        raise InputError(f'{name}: {words!r} is not a JSON object. Write it as {{"name": value}}.')
    return found


def _numbers(words: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in words.replace(",", " ").replace(";", " ").split())
    except ValueError as error:
        raise InputError(
            f"temperatures: {words!r} holds something that is no number. Write them as 0 0.5 1."
        ) from error
