"""The form that starts a run: every choice goes through `RunSpec` and the engine's plan, as on the command line."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st
from pydantic import ValidationError

from dashboard import loaders, persona_making, run_forecast, state, text, ui
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
MOST_OFFERED = 5
"""Corpora for which personas are offered where there is no persona set at all."""
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
    if not corpora:
        ui.empty(
            "A run needs a corpus and a persona set",
            "There is no corpus yet. Import one, or make the demo in a terminal:",
            ("make demo",),
        )
        st.page_link(
            state.page("corpus"), label="Import a corpus", icon=":material/upload_file:", query_params=state.IMPORT
        )
        return
    if not sets:
        ui.empty(
            "A run needs a corpus and a persona set",
            "There is no persona set yet. Make one of a corpus's annotators here, or in a terminal:",
            ("polyvocal persona from-corpus NAME",),
        )
        for corpus in corpora[:MOST_OFFERED]:
            ui.say(text.plain(corpus.name, 60), key=f"for-{corpus.name}")
            persona_making.offer(corpus)
        return
    with ui.guarded("form"):
        spec = read(fields(corpora))
        if spec is None:
            return
        plan = loaders.plan(spec)
        estimate = run_forecast.show(plan)
        folder = RunFolder(paths.runs_dir() / spec.run_id())
        exists = folder.path.is_dir()
        if exists:
            ui.notice("This very run exists already. Starting it again asks only what is missing.",
                      key="exists")  # fmt: skip
        if st.button(
            "Resume run" if exists else "Start run", type="primary", icon=":material/play_arrow:", key="start"
        ):
            st.session_state[STARTED] = jobs.start_job(spec, estimate=estimate)
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
    persona_making.offer(corpus)  # before the choice of sets, which it makes
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
    values["revision"] = None
    values["servers"] = ()
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
    values |= {"temperatures": "", "max_tokens": 0, "top_p": 1.0}
    if values["mode"] == "sampled":
        values["temperatures"] = st.text_input(
            "Temperatures", "0 0.5 1", key="form_temperatures", persist_state="session"
        )
        left, right = st.columns(2)
        with left:
            values["max_tokens"] = st.number_input(
                "Longest answer", 0, 32_768, 0, key="form_max_tokens", persist_state="session",
                help="In tokens; 0: 8 for a label, 96 with an explanation.",
            )  # fmt: skip
        with right:
            values["top_p"] = st.number_input(
                "Top-p", 0.01, 1.0, 1.0, 0.05, key="form_top_p", persist_state="session",
                help="Draw only among the most probable tokens that hold so much together; 1: among all.",
            )  # fmt: skip
    values["repeats"] = st.number_input("Repeats", 1, 10_000, 1, key="form_repeats", persist_state="session")


def _more(values: dict[str, Any], corpus: CorpusSummary) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        values["name"] = st.text_input("Name", key="form_name", max_chars=60, persist_state="session")
        families = {family.name: family.wordings for family in list_template_families() if not family.problem}
        own = corpus.task.kind if corpus.task else ""
        state.keep_known("form_template", list(families))
        template = st.selectbox(
            "Template family", list(families), index=None, key="form_template", persist_state="session",
            placeholder=f"the corpus's own: {text.plain(own, 40)}",
            help="The question that is put to the personas; it must fit the corpus's texts.",
        )  # fmt: skip
        values["template"] = template or ""
        wordings = families.get(values["template"] or own, ())
        state.keep_known("form_wordings", wordings)
        values["wordings"] = st.multiselect(
            "Wordings", wordings, key="form_wordings", placeholder="the first one", persist_state="session"
        )
        values["splits"] = st.multiselect(
            "Splits", loaders.corpus(corpus.name).splits, key="form_splits", placeholder="all", persist_state="session"
        )
        values["item_ids"] = _lines(
            "Only these items", "form_item_ids", "One id a line; then leave splits and the number of items open."
        )
        values["persona_ids"] = _lines("Only these personas", "form_persona_ids", "Ids of the chosen sets, one a line.")
        values["seed"] = st.number_input("Seed", 0, 2**32 - 1, 0, key="form_seed", persist_state="session")
    with right:
        values["revision"] = st.text_input(
            "Revision of the model", key="form_revision", placeholder="the newest", persist_state="session",
            help="Commit or tag of a Hugging Face id.",
        ).strip() or None  # fmt: skip
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


def _lines(label: str, key: str, help: str) -> tuple[str, ...]:
    """Let the reader name things, one a line; ids may hold commas and blanks."""
    words = st.text_area(label, key=key, placeholder="all", persist_state="session", height=68, help=help)
    return tuple(dict.fromkeys(line.strip() for line in words.splitlines() if line.strip()))


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
