"""The form that starts a study: every choice goes through `StudySpec`, as on the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st
from pydantic import ValidationError

from dashboard import comparison, loaders, sentences, state, studies, text, ui
from engine import paths
from engine.annotators.models.registry import MODELS
from engine.annotators.studies import StudyFolder, StudySpec, start_study, summarize
from engine.annotators.studies.spec import DEFAULT_MODELS
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER, encoder_at_hand
from engine.annotators.training.splits import FEWEST_ITEMS
from engine.corpora.store import CorpusSummary
from engine.runs.choosing import persona_sets_of
from engine.runs.store import RunSummary
from engine.validation import explain

STARTED = "_study_started"
"""Where the form leaves the id of the study it started; the page shows that study next."""
MEANT = 100
"""Labelled items below which the form says that a study will tell little."""
PARTS = {"comparison": "Compare models", "gaps": "Alignment gaps", "map": "Map"}
SPACES = {
    "composite": "Mean text embedding a label", "labels": "The labels themselves",
    "tokens": "Learned user tokens", "descriptions": "Embedded persona texts",
}  # fmt: skip


def show() -> None:
    """Draw the form, say what the study would train, and start it when told to."""
    corpora = [corpus for corpus in loaders.corpora() if corpus.task is not None]
    if not corpora:
        ui.empty(
            "A study needs a corpus",
            "Annotator models learn from people's labels, beside those of LLM personas. Import labels of your own, or "
            "make the demo corpus and both demo runs in a terminal:",
            ("make demo",),
        )
        st.page_link(
            state.page("corpus"), label="Import a corpus", icon=":material/upload_file:", query_params=state.IMPORT
        )
        return
    with ui.guarded("study-form"):
        values, runs = fields(corpora)
        spec = read(values)
        if spec is None:
            return
        if not enough(spec, runs):
            return
        ui.say(studies.size_line(spec, runs, studies.all_studies()), key="study-size")
        if not encoder_at_hand(spec.encoder):
            ui.notice(
                f"The encoder {text.plain(spec.encoder, 80)} is not on this machine: the study begins with its "
                "download.", "download", key="study-encoder",
            )  # fmt: skip
        folder = StudyFolder(paths.studies_dir() / spec.study_id())
        exists = folder.path.is_dir()
        finished = exists and summarize(folder).state == "finished"
        if exists:
            ui.notice(
                "This very study exists already. " + ("It is finished: this shows it." if finished else
                                                      "Starting it again makes only what is missing."),
                key="study-exists",
            )  # fmt: skip
        words = "Show study" if finished else "Resume study" if exists else "Start study"
        if st.button(words, type="primary", icon=":material/play_arrow:", key="study-start"):
            st.session_state[STARTED] = start_study(spec)
            st.rerun()


def enough(spec: StudySpec, runs: Mapping[str, RunSummary]) -> bool:
    """Return whether there are items enough to train on some and test on others; say so where there are few."""
    labelled = loaders.corpus(spec.corpus).annotations["item_id"].nunique()
    n = min(labelled, *(run.n_items for run in runs.values())) if runs else labelled
    said = f"{text.plural(n, 'item')} of this corpus {'has' if n == 1 else 'have'} labels of all that are compared."
    if n < FEWEST_ITEMS:
        ui.problem(f"{said} A study needs at least {FEWEST_ITEMS}: some to train on, others to test on. Choose another "
                   "corpus, or import more of it.", key="study-too-small")  # fmt: skip
    elif n < MEANT:
        ui.notice(f"{said} Models that mean anything need some hundreds: expect wide intervals.", "warning",
                  key="study-small")  # fmt: skip
    return n >= FEWEST_ITEMS


def fields(corpora: list[CorpusSummary]) -> tuple[dict[str, Any], dict[str, RunSummary]]:
    """Draw the fields; return what they hold under the names of `StudySpec`, and the chosen runs."""
    values: dict[str, Any] = {}
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Whose labels", anchor=False)
        runs = _labels(values, corpora)
    with right:
        st.header("What is trained", anchor=False)
        _training(values)
    with st.expander("More settings", icon=":material/tune:"):
        _more(values, runs)
    return values, runs


def read(values: dict[str, Any]) -> StudySpec | None:
    """Return the spec, or show what is wrong with it and return None."""
    lacking = [
        words for words, name in (("a part", "parts"), ("a model", "models"), ("an encoder", "encoder"))
        if not values[name]
    ]  # fmt: skip
    if lacking:
        ui.say(f"Choose {text.joined(lacking)} to go on.", "quiet", key="study-lacking")
        return None
    try:
        return StudySpec(**values)
    except ValidationError as error:
        ui.problem(explain(error, "study", model=StudySpec), key="study-spec")
        return None


def _labels(values: dict[str, Any], corpora: list[CorpusSummary]) -> dict[str, RunSummary]:
    names = [corpus.name for corpus in corpora]
    state.keep_known("study_corpus", names)
    whole = [run for run in loaders.runs() if run.state == "finished" and run.n_items >= comparison.HANDFUL]
    labelled = [run.corpus for run in whole if run.corpus in names]
    state.preset("study_corpus", next(iter(labelled), names[0]))
    values["corpus"] = st.selectbox("Corpus: the people", names, key="study_corpus", persist_state="session")
    usable = {run.run_id: run for run in loaders.runs() if run.state == "finished" and run.corpus == values["corpus"]}
    titles = sentences.titles(loaders.runs())
    key = f"study_runs_{values['corpus']}"
    exact = [run for run in whole if run.mode == "exact" and run.run_id in usable]
    state.preset(key, comparison.suggested(exact) if exact else [])
    state.keep_known(key, list(usable))
    chosen: list[str] = st.multiselect(
        "Runs: the personas", list(usable), format_func=titles.__getitem__, key=key, persist_state="session",
        max_selections=8, placeholder="None: the people alone" if usable else "No finished run on this corpus yet",
        help="Finished runs on this corpus. Their strong personas are set beside the people.",
    )  # fmt: skip
    values["runs"] = tuple(chosen)
    runs = {run_id: usable[run_id] for run_id in chosen}
    values["temperature"] = _temperature(list(runs.values())) if runs else None
    parts = [part for part in PARTS if chosen or part != "gaps"]
    st.session_state.setdefault("study_parts", list(parts))
    if chosen and not st.session_state.get("_study_had_runs"):
        st.session_state["study_parts"] = list(parts)  # the first run brings the gaps
    st.session_state["_study_had_runs"] = bool(chosen)
    state.keep_known("study_parts", parts)
    values["parts"] = tuple(
        st.pills(
            "Parts", parts, format_func=PARTS.__getitem__, selection_mode="multi", key="study_parts",
            persist_state="session", help="Alignment gaps set people beside personas, so they need a run.",
        )
    )  # fmt: skip
    return runs


def _temperature(runs: list[RunSummary]) -> float | None:
    """Let the reader choose a temperature: any of exact runs, one that all the sampled ones have."""
    sampled = [set(run.temperatures) for run in runs if run.mode != "exact"]
    if not sampled:
        state.preset("study_t", 1.0)
        at: float = st.slider(
            "Temperature", 0.0, 2.0, step=0.05, key="study_t", persist_state="session",
            help="At which the personas' labels are drawn. 0 takes the likeliest label: no noise of drawing hides a "
            "voice.",
        )  # fmt: skip
        return at
    known = [f"{t:g}" for t in sorted(set.intersection(*sampled))]
    state.keep_known("study_sampled_t", known)
    chosen: str | None = st.selectbox(
        "Temperature", known, key="study_sampled_t", persist_state="session",
        help="At which these runs were sampled.", placeholder="These runs share no temperature",
    )  # fmt: skip
    return float(chosen) if chosen else None


def _training(values: dict[str, Any]) -> None:
    state.preset("study_models", list(DEFAULT_MODELS))
    values["models"] = tuple(
        st.multiselect(
            "Models", list(MODELS), key="study_models", persist_state="session",
            help=" ".join(f"{kind.name}: {kind.description}" for kind in MODELS.values()),
        )
    )  # fmt: skip
    state.preset("study_seeds", 5)
    values["seeds"] = st.number_input(
        "Seeds", 1, 100, key="study_seeds", persist_state="session",
        help="Trainings of each model: they show how far training itself varies. Five are usual.",
    )  # fmt: skip
    state.preset("study_encoder", DEFAULT_ENCODER)
    encoder = st.selectbox(
        "Text encoder", [DEFAULT_ENCODER], index=None, key="study_encoder", accept_new_options=True,
        persist_state="session", placeholder="A Hugging Face id or a folder",
        help="Turns each text into numbers once. all-MiniLM-L6-v2 comes with Polyvocal and needs no network.",
    )  # fmt: skip
    values["encoder"] = (encoder or "").strip()


def _more(values: dict[str, Any], runs: dict[str, RunSummary]) -> None:
    left, right = st.columns(2, gap="large")
    with left:
        values["name"] = st.text_input("Name", key="study_name", max_chars=60, persist_state="session")
        sets = list(dict.fromkeys(name for run in runs.values() for name in persona_sets_of(loaders.manifest(run))))
        state.keep_known("study_sets", sets)
        values["persona_sets"] = tuple(
            st.multiselect("Persona sets", sets, key="study_sets", placeholder="The strong personas",
                           persist_state="session", disabled=not sets)
        )  # fmt: skip
        values["shuffled"] = st.checkbox(
            "Train on shuffled names too", True, key="study_shuffled", persist_state="session",
            help="Annotators' names exchanged within each item: what is gained there is chance. Twice the work.",
        )  # fmt: skip
    with right:
        spaces = [space for space in SPACES if runs or space != "descriptions"]
        state.keep_known("study_space", spaces)
        state.preset("study_space", "composite")
        values["space"] = st.selectbox(
            "Places on the map are made of", spaces, format_func=SPACES.__getitem__, key="study_space",
            persist_state="session",
        ) or "composite"  # fmt: skip
        values["min_labels"] = st.number_input(
            "Labels an annotator needs", 1, None, 10, key="study_min", persist_state="session",
            help="For a place on the map, and for a row or column of alignment gaps (training and test labels each).",
        )  # fmt: skip
        values["resamples"] = st.number_input(
            "Draws behind intervals", 0, 100_000, 1000, step=100, key="study_resamples", persist_state="session"
        )
