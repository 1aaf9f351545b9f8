"""The agreement of several runs by temperature: which runs to lay over one another, the chart, and its warnings."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import loaders, sentences, text, theme, ui
from dashboard.loaders import Reading
from engine.errors import PolyvocalError
from engine.figures.agreement import agreement_by_temperature
from engine.figures.theme import PALETTES, look
from engine.measures.result import Estimate
from engine.runs.store import RunSummary

MOST = 6
"""Runs in one chart; more cannot be told apart."""
HIGHEST = 2.0
COLUMNS = ("run", "mode", "temperature", "alpha", "low", "high", "noise", "signal", "n_items", "n_raters", "note")


def suggested(runs: Sequence[RunSummary]) -> list[str]:
    """Return the runs to show when nobody chose: the newest finished exact one, and what compares with it.

    Comparable is the same grid (corpus, numbers of items and of personas) under other models, each by its newest run,
    and their sampled runs, which put points on the lines.

    Args:
        runs: newest first.
    """
    if not runs:
        return []
    lead = min(runs, key=lambda run: (run.state != "finished", run.backend == "scripted", run.mode != "exact"))
    same = [
        run for run in runs
        if (run.corpus, run.n_items, run.n_personas) == (lead.corpus, lead.n_items, lead.n_personas)
    ]  # fmt: skip
    newest: dict[tuple[str, str], str] = {}
    for run in sorted(same, key=lambda run: run.mode):
        newest.setdefault((run.mode, run.model), run.run_id)
    return list(newest.values())[:MOST]


def marks(readings: Sequence[Reading]) -> None:
    """Mark synthetic data, demo models and scripted labels, once each."""
    with st.container(horizontal=True, gap="small"):
        ui.badges_of_runs([reading.run for reading in readings])


@st.fragment
def explore(readings: Sequence[Reading]) -> None:
    """Draw the curves with a temperature to move, and all that a reader needs to weigh them."""
    with ui.guarded("explore"):
        names = curve_names(readings)
        human = human_band(readings)
        top, chart = st.container(), st.container()
        at = st.slider(
            "Temperature", 0.0, HIGHEST, 0.7, 0.01, key="t", bind="query-params",
            help="Move it to read every line at this temperature.",
        )  # fmt: skip
        with top:
            numbers(readings, names, human, at)
        with chart:
            draw(readings, names, human, at)
        for number, words in enumerate(warnings(readings)):
            ui.notice(words, "warning", key=f"curve-{number}")
        st.caption(text.READ_THE_CURVE)
        st.caption(text.DO_NOT_TRUST)
        with st.expander("Numbers", icon=":material/table_chart:", key="numbers"):
            as_table(readings)


def curve_names(readings: Sequence[Reading]) -> dict[str, str]:
    """Return the name of each run's line or points; a sampled run bears its model's line's name where there is one."""
    names = sentences.short_names([r.run for r in readings])
    lines = {(r.run.model, r.run.corpus): names[r.run.run_id] for r in readings if r.run.mode == "exact"}
    return {
        r.run.run_id: names[r.run.run_id]
        if r.run.mode == "exact"
        else lines.get((r.run.model, r.run.corpus), names[r.run.run_id])
        for r in readings
    }


def human_band(readings: Sequence[Reading]) -> Estimate | None:
    """Return the agreement of the people on the first run's items; None with a notice where it cannot be had."""
    try:
        return loaders.human_of_run(readings[0].manifest)
    except PolyvocalError as error:
        ui.notice(f"There is no human band: {error}", "person_off", key="no-human")
        return None


def numbers(readings: Sequence[Reading], names: dict[str, str], human: Estimate | None, at: float) -> None:
    """Show the agreement of the people and of every exact run at a temperature."""
    rows = [(names[r.run.run_id], row) for r in readings if (row := loaders.at_temperature(r.run, at)) is not None]
    if rows and human is not None:
        ui.say(sentences.verdict(rows, human, at), "lead", key="verdict")
    columns = st.columns(max(len(rows) + (human is not None), 1))
    for index, (column, (name, row)) in enumerate(zip(columns, rows, strict=False)):
        with column, st.container(border=True, gap="xsmall"):
            ui.swatch(name, look(index, theme.now()).colour, key=f"metric-{name}")
            ui.big(text.number(row["alpha"]), name)
            ui.say(text.interval_of(row["low"], row["high"], row["note"]), "quiet", key=f"metric-{name}")
            ui.say(
                f"{text.plural(row['n_raters'], 'persona')}, {text.plural(row['n_items'], 'item')}",
                "quiet",
                key=f"n-{name}",
            )
    if human is not None:
        with columns[-1], st.container(border=True, gap="xsmall"):
            ui.swatch("People", PALETTES[theme.now()].people, key="metric-people")
            ui.big(text.number(human.value), "people")
            ui.say(text.interval(human), "quiet", key="metric-people")
            ui.say(
                f"{text.plural(human.n_raters, 'annotator')}, {text.plural(human.n_items, 'item')}",
                "quiet",
                key="n-people",
            )


def draw(readings: Sequence[Reading], names: dict[str, str], human: Estimate | None, at: float) -> None:
    """Draw the chart."""
    figure = agreement_by_temperature(
        {names[r.run.run_id]: r.curve for r in readings if r.run.mode == "exact"},
        human=human,
        sampled={names[r.run.run_id]: r.curve for r in readings if r.run.mode == "sampled"},
        at=at,
        theme=theme.now(),
        title="Agreement by temperature",
    )
    figure.update_xaxes(title_text="Sampling temperature")  # the whole title is wider than a phone; the caption has it
    ui.chart(figure, sentences.chart_words(names.values(), human, at), "agreement-by-temperature")


def warnings(readings: Sequence[Reading]) -> list[str]:
    """Return what may mislead a reader of these curves, in words."""
    names = sentences.short_names([r.run for r in readings])
    found = [
        words
        for r in readings
        for words in sentences.run_warnings(
            names[r.run.run_id], r.run, r.label_mass, r.missing_mass, r.dropped, r.manifest.notes
        )
    ]
    if len({(r.manifest.corpus.name, r.manifest.item_ids) for r in readings}) > 1:
        found.append("These runs labelled different items, so their lines cannot be compared; the grey band is that of "
                     "the first run's items.")  # fmt: skip
    elif len({tuple(p.persona_id for p in r.manifest.personas) for r in readings}) > 1:
        found.append("These runs asked different personas; a difference between lines may be due to that alone.")
    return found


def as_table(readings: Sequence[Reading]) -> None:
    """Show the numbers behind the chart, and offer them as CSV."""
    names = sentences.short_names([r.run for r in readings])
    frames = [r.curve.assign(run=r.run.run_id, mode=r.run.mode) for r in readings]
    whole = pd.concat(frames, ignore_index=True)
    shown = whole[list(COLUMNS)].assign(run=whole["run"].map(names))
    ui.table(shown, "Agreement by temperature", ui.curve_columns())
    rest = [column for column in whole.columns if column not in COLUMNS]
    ui.download("Curves as CSV", lambda: whole[[*COLUMNS, *rest]], "agreement-by-temperature.csv", "curves-csv")
