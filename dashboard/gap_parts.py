"""What a study says of alignment gaps: what is lost where a model learns from a persona instead of from the person."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from dashboard import studies, text, theme, ui
from dashboard.exhibit import exhibit
from engine import figures
from engine.annotators.studies import StudySummary, gaps_of
from engine.report.tables import flat

READ = (
    "How to read it. At 0 the persona teaches as much of the person as the person does; above 0 is what is lost; below "
    "0 it teaches more, as many clean labels may. Grey: the 95 % interval holds 0, no evidence of a gap. Framed: the "
    "person or group it plays. When not to trust it. Cells whose two models had very different numbers of training "
    "labels; hovering tells them."
)


@dataclass(frozen=True)
class Drawn:
    """What the figure reads."""

    cells: pd.DataFrame
    score: str
    sentence: str


def gaps(study: StudySummary, run: str | None) -> None:
    """Show the matrix of alignment gaps of a run's personas."""
    if run is None or study.manifest is None:
        ui.say("The study has no run: gaps set people beside personas.", "quiet", key="no-gaps")
        return
    found = studies.result(study, gaps_of(study.manifest.spec.runs.index(run)))
    facts, cells = found.facts, found.tables["cells"]
    if facts["sentence"]:
        ui.say(str(facts["sentence"]), "lead")
    else:
        ui.say("Whether personas suit their own people cannot be said: "
               f"{facts['own']['note'] or 'too few of them'}.", "quiet", key="no-sentence")  # fmt: skip
    grey = st.toggle("Grey where there is no evidence of a gap", True, key="gap_grey", bind="query-params")
    n_personas, n_targets = cells["persona"].nunique(), cells[["kind", "target"]].drop_duplicates().shape[0]
    title = f"Alignment gaps: {studies.run_titles(study.manifest)[run]}"
    exhibit(
        figures.alignment_gaps(
            Drawn(cells, str(facts["score"]), ""), grey_undecided=grey, theme=theme.now(), title=title
        ),
        flat(cells), key="alignment-gaps", about=study.study_id, read=READ,
        alt=f"Heatmap of alignment gaps, {n_personas} rows of personas by {n_targets} people and groups; the table has "
            "each gap with its interval and numbers of labels.",
    )  # fmt: skip
    numbers = {"own person": facts["own"], "people that others play": facts["others"]}
    for number, (whose, one) in enumerate(numbers.items()):
        if one["value"] is not None:
            low, high = (math.nan if one[end] is None else float(one[end]) for end in ("low", "high"))
            said = text.interval_of(low, high, one["note"])
            ui.say(f"Mean gap to the {whose}: {text.number(one['value'], 3)} ({said}), "
                   f"{text.plural(one['n_raters'], 'persona')}.", "quiet", key=f"mean-gap-{number}")  # fmt: skip
    for number, (why, n) in enumerate(facts["dropped"].items()):
        ui.say(f"Left out: {n:,} {why}", "quiet", key=f"gap-dropped-{number}")
    for number, note in enumerate(facts["notes"]):
        ui.say(str(note), "quiet", key=f"gap-note-{number}")
