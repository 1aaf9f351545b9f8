"""The agreement of several runs by temperature: the chart with a temperature to move, and its warnings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import curve_sentences, run_curves, run_warnings, story, table_columns, text, theme, ui
from dashboard.comparison import Comparison, Part
from dashboard.exhibit import exhibit
from dashboard.story_words import READ, SEEN
from engine.figures import noise_and_signal
from engine.figures.agreement import agreement_by_temperature
from engine.figures.theme import PALETTES, look
from engine.measures.result import Estimate

HIGHEST = 2.0
SIDE_BY_SIDE = 2
"""Charts of noise and signal."""
UNTOLD = "noise and signal cannot be told apart, because each cell was asked once. Repeat the run."
COLUMNS = ("run", "mode", "temperature", "alpha", "low", "high", "noise", "signal", "n_items", "n_raters", "note")


def marks(compared: Comparison) -> None:
    """Mark synthetic data, demo models and scripted labels, once each, and say which items are compared."""
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        ui.badges_of_runs([part.run for part in compared.parts])
    for number, line in enumerate(compared.items):
        ui.say(line, "quiet", key=f"items-{number}")


@st.fragment
def explore(compared: Comparison) -> None:
    """Draw the curves with a temperature to move, and all that a reader needs to weigh them."""
    with ui.guarded("explore"):
        top, at = st.container(), None
        if any(part.run.mode == "exact" for part in compared.parts):  # of a sampled run only its own are known
            at = st.slider(
                "Temperature", 0.0, HIGHEST, 0.7, 0.01, key="t", bind="query-params",
                help="Move it to read every line at this temperature.",
            )  # fmt: skip
        with top:
            numbers(compared, at)
        draw(compared, at)
        areas(compared, at)
        for number, words in enumerate(warnings(compared)):
            ui.notice(words, "warning", key=f"curve-{number}")


def people_names(compared: Comparison) -> dict[str, str]:
    """Return what the people of each corpus are called."""
    return {corpus: "People" if len(compared.people) == 1 else f"People, {corpus}" for corpus in compared.people}


def numbers(compared: Comparison, at: float | None) -> None:
    """Show the agreement of every exact run and of the people at a temperature; None: no run is exact."""
    exact = [] if at is None else [part for part in compared.parts if part.run.mode == "exact"]
    rows = [(part, run_curves.at_temperature(part.selection, at or 0.0)) for part in exact]
    beside = [(p.line, row, compared.people[p.corpus]) for p, row in rows if p.corpus in compared.people]
    if beside and at is not None:
        ui.say(curve_sentences.verdict(beside, at), "lead", key="verdict")
    columns = iter(st.columns(max(len(rows) + len(compared.people), 1)))
    for index, (part, row) in enumerate(rows):
        with next(columns):
            n = f"{text.plural(row['n_raters'], 'persona')}, {text.plural(row['n_items'], 'item')}"
            interval = text.interval_of(row["low"], row["high"], row["note"])
            ui.figure_card(part.line, look(index, theme.now()).colour, text.number(row["alpha"]), [interval, n])
    for corpus, name in people_names(compared).items():
        human = compared.people[corpus]
        with next(columns):
            n = f"{text.plural(human.n_raters, 'annotator')}, {text.plural(human.n_items, 'item')}"
            colour = PALETTES[theme.now()].people
            ui.figure_card(name, colour, text.number(human.value), [text.interval(human), n])


def draw(compared: Comparison, at: float | None) -> None:
    """Draw the chart; one corpus's people are a band, the people of several corpora thinner lines."""
    exact = [part for part in compared.parts if part.run.mode == "exact"]
    names = people_names(compared)
    people = {names[corpus]: human for corpus, human in compared.people.items()}
    alone: Estimate | None = next(iter(people.values())) if len(people) == 1 else None
    figure = agreement_by_temperature(
        {part.line: run_curves.curve(part.selection) for part in exact},
        human=alone,
        human_groups={} if alone else people,
        sampled=drawn_answers(compared.parts),
        at=at,
        theme=theme.now(),
        title="Agreement by temperature",
    )
    figure.update_xaxes(title_text="Sampling temperature")  # the whole title is wider than a phone; the caption has it
    exhibit(
        figure, as_table(compared.parts), key="agreement-by-temperature", columns=table_columns.curves(), height=400,
        alt=curve_sentences.chart_words([p.line for p in compared.parts], people, at),
        read=f"{text.READ_THE_CURVE} {text.DO_NOT_TRUST}",
    )  # fmt: skip


def areas(compared: Comparison, at: float | None) -> None:
    """Draw what the disagreement between the personas of each run is made of, over one range.

    Of exact runs; where there is none, of sampled ones, whose temperatures are few.
    """
    exact = [part for part in compared.parts if part.run.mode == "exact"]
    shown = []
    for part in exact or compared.parts:
        if run_curves.curve(part.selection)["noise"].isna().all():
            ui.say(f"{part.title}: {UNTOLD}", "quiet", key=f"no-noise-{part.run.run_id}")
        else:
            shown.append(part)
    drawn = [
        noise_and_signal(
            run_curves.curve(part.selection), at=at, theme=theme.now(), title=f"Noise and signal, {part.line}"
        )
        for part in shown
    ]  # fmt: skip
    top = max((figure.layout.yaxis.range[1] for figure in drawn), default=0.0)
    for start in range(0, len(shown), SIDE_BY_SIDE):
        columns = st.columns(min(SIDE_BY_SIDE, len(shown)))
        for column, part, figure in zip(columns, shown[start:], drawn[start:], strict=False):
            figure.update_yaxes(range=[0, top])
            figure.update_xaxes(title_text="Sampling temperature")
            with column:
                exhibit(
                    figure, run_curves.curve(part.selection), key=f"noise-{shown.index(part)}", about=part.run.run_id,
                    alt=SEEN["noise"], columns=table_columns.curves(), height=340,
                    read=f"{noise_line(part, at)}How to read it. {READ['noise']}",
                )  # fmt: skip


def noise_line(part: Part, at: float | None) -> str:
    """Return what an exact run's disagreement is made of at a temperature; '' where that is not known."""
    if at is None:
        return ""
    row = run_curves.at_temperature(part.selection, at)
    if not row["disagreement"] > 0 or math.isnan(row["noise"]):
        return ""
    signal = max(row["signal"], 0.0) / row["disagreement"]
    return (
        f"At temperature {text.number(at)} two answers of two personas lie {text.number(row['disagreement'])} apart: "
        f"{story.percent(1 - signal)} of it is noise, {story.percent(signal)} signal. "
    )


def drawn_answers(parts: Sequence[Part]) -> dict[str, pd.DataFrame]:
    """Return the points of sampled runs by the line that they belong to; several runs may have points on one line."""
    points: dict[str, list[pd.DataFrame]] = {}
    for part in parts:
        if part.run.mode == "sampled":
            points.setdefault(part.line, []).append(run_curves.curve(part.selection))
    return {line: pd.concat(frames, ignore_index=True) for line, frames in points.items()}


def warnings(compared: Comparison) -> list[str]:
    """Return what may mislead a reader of these curves, in words."""
    found = list(compared.notes)
    for part in compared.parts:
        found += run_warnings.curve_warnings(part.title, part.run, run_curves.facts(part.selection), part.manifest)
    return found


def as_table(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the numbers behind the chart, one row a temperature of a run, with the run's name and id."""
    frames = [
        run_curves.curve(p.selection).assign(run=p.title, run_id=p.run.run_id, mode=p.run.mode) for p in parts
    ]  # fmt: skip
    whole = pd.concat(frames, ignore_index=True)
    return whole[[*COLUMNS, *(column for column in whole.columns if column not in COLUMNS)]]
