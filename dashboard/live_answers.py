"""What a question brought, as it arrives: distributions by temperature, and drawn answers of personas side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import live_drawn, live_model, loaders, run_curves, sentences, state, text, theme, ui
from dashboard.exhibit import exhibit
from engine import figures, measures
from engine.corpora.corpus import Corpus, Item, Task
from engine.errors import InputError, PolyvocalError
from engine.live import Ask, AskStatus
from engine.runs.label_arrays import exact_labels, sampled_labels
from engine.runs.store import summarize

EVERY = 0.7
"""Seconds between two looks at a question whose answers still come."""
STATES: dict[str, text.Mark] = {
    "waiting": ("Waiting its turn", "schedule", "gray"),
    "asking": ("Asking", "sync", "blue"),
    "finished": ("Answered", "check_circle", "green"),
    "stopped": ("Stopped", "stop_circle", "orange"),
    "failed": ("Failed", "error", "red"),
    "lost": ("The model went away", "warning", "orange"),
}
"""Of each state of a question: the word, the icon and the colour it is shown with."""
READ = (
    "How to read it. Lines are read from the logits once and hold at every temperature. Marks are shares of drawn "
    "answers with their 95 % interval; they should lie around their line. Lines that lie together are one voice. When "
    "not to trust it. A handful of draws says little. Lines hold for answers limited to the labels; where labels hold "
    "little of the probability, the model wanted to say something else."
)
COLUMNS = {
    "source": "Source", "persona": "Persona", "label": "Label", "note": "Note",
    "temperature": st.column_config.NumberColumn("Temperature", format="%.2f"),
    "probability": st.column_config.NumberColumn("Probability or share", format="%.3f"),
    "low": st.column_config.NumberColumn("Low (95 %)", format="%.3f"),
    "high": st.column_config.NumberColumn("High (95 %)", format="%.3f"),
    "n_draws": st.column_config.NumberColumn("Drawn answers"),
}  # fmt: skip
ANSWER_COLUMNS = ("persona_id", "item_id", "temperature", "repeat", "status", "label", "text", "error")
RUN_NAME = "live"


@dataclass(frozen=True)
class Answers:
    """What has come of a question."""

    ask: Ask
    status: AskStatus
    corpus: Corpus
    frame: pd.DataFrame
    """Drawn answers, with ANSWER_COLUMNS."""
    n_distributions: int
    n_failed: int
    """Requests for a distribution or an answer that failed; `frame` holds those for an answer."""

    @property
    def n_answers(self) -> int:
        """Drawn answers that came."""
        return int((self.frame["status"] != "failed").sum())

    @property
    def task(self) -> Task:
        """What was asked."""
        return self.corpus.task


def show(ask: Ask) -> None:
    """Show a question; while answers come, it is looked at again and again."""
    if ask.status.going:
        _going(ask.ask_id)
    else:
        _draw(read(ask))


@st.fragment(run_every=EVERY)
def _going(ask_id: str) -> None:
    """Look at a question again; when the last answer has come, have the page drawn anew, which ends the looking."""
    ask = live_model.holder().find(ask_id)
    if ask is None or not ask.status.going:
        st.rerun()
    ask.watch()
    with ui.guarded("live-going"):
        _draw(read(ask))


def read(ask: Ask) -> Answers:
    """Return what has come by now."""
    status, runs = ask.status, ask.runs  # the status first: what it says has come, is there
    frame = pd.DataFrame(columns=list(ANSWER_COLUMNS))
    if "sampled" in runs:
        frame = runs["sampled"].responses(ANSWER_COLUMNS).to_pandas()
    read = runs["exact"].responses(("status",))["status"].to_pylist() if "exact" in runs else []
    failed = read.count("failed")
    corpus = ask.corpus if ask.question.typed else loaders.corpus(ask.question.corpus)
    return Answers(ask, status, corpus, frame, len(read) - failed, failed + int((frame["status"] == "failed").sum()))


def _draw(answers: Answers) -> None:
    _head(answers)
    asked, item = answers.ask.question, _pick_item(answers)
    _text(answers, item)
    with ui.guarded("live-curves"):
        _curves(answers, item)
    if asked.temperatures:
        st.subheader("Drawn answers", anchor=False)
        seen, frame = _seen(answers, item), answers.frame[answers.frame["item_id"] == item.item_id]
        live_drawn.side_by_side(asked, answers.task, frame, seen=seen, going=answers.status.going)


def _head(answers: Answers) -> None:
    """Say how far it is, and offer to stop it or to save it."""
    status, asked = answers.status, answers.ask.question
    with st.container(horizontal=True, vertical_alignment="center"):
        ui.badge(STATES[status.state])
        ui.badges_of_runs([summarize(run) for run in answers.ask.runs.values()][:1])
        ui.say(progress_line(answers), key="live-progress")
        if status.going:
            st.button("Stop", key="live-halt", icon=":material/stop_circle:", on_click=answers.ask.cancel)
    if status.going:
        planned = asked.n_answers + asked.n_distributions
        st.progress(min((answers.n_answers + answers.n_distributions + answers.n_failed) / planned, 1.0))
    if status.problem:
        ui.problem(status.problem, key="live-problem")
    for number, note in enumerate(status.notes):
        ui.notice(note, key=f"live-note-{number}")
    if not status.going:
        _saving(answers)


def progress_line(answers: Answers) -> str:
    """Return how many answers have come, in one line."""
    asked = answers.ask.question
    parts = [live_model.title(asked.model)]
    parts.append(f"{answers.n_distributions:,} of {text.plural(asked.n_distributions, 'label distribution')}")
    if asked.n_answers:
        parts.append(f"{answers.n_answers:,} of {text.plural(asked.n_answers, 'drawn answer')}")
    if answers.n_failed:
        parts.append(f"{text.plural(answers.n_failed, 'request')} failed")
    return text.DOT.join(parts)


def _saving(answers: Answers) -> None:
    """Offer to save the answers as runs; where they are saved, lead to them."""
    kept = answers.ask.kept
    if kept:
        with st.container(horizontal=True, vertical_alignment="center", key="live-kept"):
            ui.badge(("Saved", "bookmark_added", "green"))
            first, both = next(iter(kept.values())), list(kept.values())
            for page, label, icon, link in (
                ("temperature", "Temperature", "thermostat", {"run": both}),
                ("personas", "Personas", "diversity_3", {"run": first}),
                ("runs", "Runs", "play_circle", {"show": first}),
            ):
                st.page_link(state.page(page), label=label, icon=f":material/{icon}:", query_params=link)
        return
    if not answers.n_distributions and answers.frame.empty:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="live-save"):
        st.text_input("Save as", RUN_NAME, key="live_name", max_chars=60, persist_state="session", width=220)
        st.button("Save as run", key="live-keep", icon=":material/bookmark_add:", on_click=_keep,
                  args=(answers.ask,))  # fmt: skip
        what = "the texts as a corpus that nobody labelled" if answers.ask.question.typed else ""
        ui.say("Nothing is asked again" + (f"; {what} is saved too." if what else ".") +
               " What is not saved goes when the dashboard stops.", "quiet", key="live-unsaved")  # fmt: skip
    if problem := st.session_state.pop("_live_keep", None):
        ui.problem(problem, key="live-keep")


def _keep(ask: Ask) -> None:
    try:
        ask.keep(str(st.session_state["live_name"]).strip())
    except PolyvocalError as error:
        st.session_state["_live_keep"] = str(error)


def _pick_item(answers: Answers) -> Item:
    ids = list(answers.ask.question.item_ids)
    chosen = ids[0]
    if len(ids) > 1:
        state.keep_known("live_item", ids)
        state.preset("live_item", ids[0])
        words = {
            item_id: f"Text {n}" if answers.ask.question.typed else text.plain(item_id, 30)
            for n, item_id in enumerate(ids, start=1)
        }
        chosen = str(
            st.segmented_control("Text", ids, format_func=words.__getitem__, required=True, key="live_item",
                                 persist_state="session")
        )  # fmt: skip
    if chosen not in answers.corpus.item_by_id:
        raise InputError(f"the corpus {answers.ask.question.corpus!r} no longer has the item {chosen!r}. Ask again.")
    return answers.corpus.item_by_id[chosen]


def _text(answers: Answers, item: Item) -> None:
    """Show the text that was asked about: hidden until asked for, unless the reader typed it."""
    seen = _seen(answers, item)
    with st.container(border=True, key="live-text", gap="xsmall"):
        for field, words in sentences.item_lines(item, seen):
            if seen and field:
                ui.say(field, "quiet", key=f"live-field-{field}")
            ui.say(words if seen or not field else f"{field}: {words}", None if seen else "hidden", key=f"live-{field}")
        split = _people(answers, item)
        with st.container(horizontal=True, vertical_alignment="center"):
            if not answers.ask.question.typed and not state.show_all():
                name = answers.ask.question.corpus
                label, action = (
                    ("Hide text and answers", state.hide) if seen else ("Show text and answers", state.reveal)
                )
                st.button(label, key="live-reveal", type="tertiary", on_click=action, args=(name, item.item_id),
                          icon=":material/visibility_off:" if seen else ":material/visibility:")  # fmt: skip
            if split:
                ui.say(f"People: {split}", "quiet", key="live-people")


def _seen(answers: Answers, item: Item) -> bool:
    return answers.ask.question.typed or state.revealed(answers.ask.question.corpus, item.item_id)


def _people(answers: Answers, item: Item) -> str:
    """Return how people labelled the item; '' where nobody did."""
    frame = answers.corpus.annotations
    counts = Counter(frame.loc[frame["item_id"] == item.item_id, "label"])
    return sentences.counts_line(counts, answers.task) if counts else ""


def _curves(answers: Answers, item: Item) -> None:
    """Draw the label distributions by temperature, with the drawn shares on them."""
    runs = answers.ask.runs
    exact = exact_labels(runs["exact"]) if "exact" in runs and answers.n_distributions else None
    sampled = sampled_labels(runs["sampled"]) if len(answers.frame) else None
    if exact is None and sampled is None:
        ui.say("The first distributions are on their way." if answers.status.going else "No answer has come.", "quiet",
               key="live-nothing")  # fmt: skip
        return
    exact, sampled = (run if run is None else run.isel(item=run["item"] == item.item_id) for run in (exact, sampled))
    table = measures.label_curves(exact, sampled, run_curves.TEMPERATURES)
    table = table[table["probability"].notna()]
    words = {label: sentences.label_words(answers.task, label) for label in answers.task.labels}
    shown = table.assign(label=table["label"].map(words))
    binary = answers.task.positive is not None and len(words) == 2
    drawn = [words[answers.task.positive]] if binary and answers.task.positive else list(words.values())
    exhibit(
        figures.label_curves(shown, labels=drawn, theme=theme.now(), title="What each persona says, by temperature"),
        shown.drop(columns="item"), key="live-curves", columns=COLUMNS, read=READ,
        alt="Of each persona the probability of a label against temperature, with the shares of drawn answers; the "
            "table has the numbers.",
    )  # fmt: skip
    if exact is not None and (mass := float(exact["label_mass"].mean(skipna=True))) < text.LOW_MASS:
        ui.notice(
            f"The labels hold {text.small_share(mass)} of the model's probability here. It wanted to say "
            "something else, so distributions over labels can mislead; read the answers.", "warning", key="live-mass",
        )  # fmt: skip
