"""What a study says of annotator models: the signature, gains and scores on people beside a run, each annotator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import studies, text, theme, ui
from dashboard.exhibit import exhibit
from engine import figures
from engine.annotators.models.registry import KNOWS_WHO
from engine.annotators.studies import StoredResult, StudySummary
from engine.annotators.studies.results import COMPARISON, PEOPLE
from engine.errors import InputError
from engine.report.tables import flat

GIVEN, SHUFFLED = "as given", "names shuffled"
SCORES = {
    "Macro-F1": "macro_f1", "Macro-F1 an annotator": "annotator_macro_f1", "Accuracy": "accuracy",
    "Cross-entropy": "cross_entropy",
}  # fmt: skip
VERDICTS: Mapping[str, text.Mark] = {
    "not found": ("Knowing who pays", "record_voice_over", "green"),
    "found": ("Nothing is gained", "voice_over_off", "orange"),
    "undecided": ("Too little to tell", "help", "gray"),
    "not known": ("Not known", "help", "gray"),
}
"""Of each verdict of the signature: what it says, the icon and the colour it is shown with."""
READ_GAINS = (
    "How to read it. What each model that knows who annotates scores beyond text only, which does not; bars are 95 % "
    "intervals over test items and seeds, filled marks exclude 0. Where people lie above 0 and personas do not, the "
    "personas have no voices of their own that these models could learn. When not to trust it. A tie is no proof of "
    "equality: with few test items the bar is wide. Personas label every item, people often few: more labels make "
    "voices easier to learn. Hot temperatures bury voices in noise."
)
READ_SHUFFLED = (
    "How to read it. The same models, trained where annotators' names were exchanged at random within each item: "
    "nobody has a voice then, so what is gained here is chance. When not to trust it. Gains that are clearly above 0 "
    "here say that the intervals are too narrow for these data."
)
READ_SCORES = (
    "How to read it. Each model's score on the same test items, with a 95 % interval over items and seeds. When not to "
    "trust it. Labels that agree are easier to predict: compare gains between people and personas, never scores. "
    "Intervals of two models may overlap although one beats the other on the same items."
)
READ_CONTRASTS = (
    "How to read it. What a model gains on a run's personas minus what it gains on people, paired by test item and "
    "seed: below 0, it finds less of a voice in the personas. When not to trust it. The two may differ in labels an "
    "annotator; the tab Trainings has the sizes."
)
READ_ANNOTATORS = (
    "How to read it. One row an annotator, one column a model: the stronger the blue, the better its labels are "
    "predicted. When not to trust it. Annotators with few test labels, or with one label only; hovering tells."
)

_NUMBER = st.column_config.NumberColumn
COLUMNS: dict[str, Any] = {
    "condition": "Labels of", "split": "Split", "model": "Model", "seed": "Seed", "epochs": "Epochs", "note": "Note",
    "best_epoch": _NUMBER("Kept", help="The epoch of the lowest loss on dev, whose weights were kept"),
    "train_loss": _NUMBER("Loss, train", format="%.3f"), "dev_loss": _NUMBER("Loss, dev", format="%.3f"),
    "seconds": _NUMBER("Seconds", format="%.1f"), "device": "Device", "batch": _NUMBER("Rows a step"),
    "n_items": _NUMBER("Items"), "n_labels": _NUMBER("Labels"), "n_raters": _NUMBER("Annotators"),
    "labels_an_item": _NUMBER("Labels an item", format="%.1f"),
    "labels_a_rater": _NUMBER("Labels an annotator", format="%.0f"),
    "commonest": _NUMBER("Commonest label", format="%.2f", help="Its share"),
}  # fmt: skip
"""How the columns of splits and trainings are shown."""


def models(study: StudySummary, run: str | None) -> None:
    """Show what knowing the annotator gains on people and on personas, and the scores behind it.

    Args:
        study: with its manifest.
        run: whose personas stand beside the people; None: the study has no runs.
    """
    found, names = studies.result(study, COMPARISON), _names(study)
    signatures(found, names)
    gains(study, found, names)
    st.header("Scores", anchor=False)
    chosen = st.segmented_control(
        "Score", list(SCORES), default="Macro-F1", required=True, key="model_score", bind="query-params"
    )
    score = SCORES[str(chosen)]
    sides = [PEOPLE, *([run] if run else [])]
    for column, side in zip(st.columns(len(sides), gap="medium"), sides, strict=True):
        with column:
            _scores(study, found.tables["scores"], side, names[side], score)
    contrasts(study, found, names)


def each_annotator(study: StudySummary, run: str | None) -> None:
    """Show how well each annotator and each persona is predicted."""
    found, names = studies.result(study, COMPARISON), _names(study)
    for side in [PEOPLE, *([run] if run else [])]:
        table = found.tables["annotators"]
        rows = table[table["condition"] == side].drop(columns="condition")
        exhibit(
            figures.annotator_heatmap(rows, theme=theme.now(), title=f"Each annotator: {names[side]}"), flat(rows),
            key=f"annotators-{_place(study, side)}", about=study.study_id, read=READ_ANNOTATORS,
            alt=f"Heatmap of macro-F1 by annotator and model, labels of {_whose(side)}; the table has the numbers with "
                "their intervals.",
        )  # fmt: skip


def signatures(found: StoredResult, names: Mapping[str, str]) -> None:
    """Say of people and of each run whether knowing who annotates pays."""
    decided: Mapping[str, Any] = found.facts["signatures"][GIVEN]
    listed = list(decided.items())
    for start in range(0, len(listed), 3):
        columns = st.columns(min(3, len(listed)), gap="medium")
        for number, (column, (side, one)) in enumerate(zip(columns, listed[start : start + 3], strict=False)):
            with column, st.container(border=True, gap="xsmall", height="stretch", key=f"verdict-{start + number}"):
                ui.say(names[side].capitalize() if side == PEOPLE else names[side], "name", key=f"side-{side}")
                ui.badge(VERDICTS.get(one["verdict"], VERDICTS["not known"]))
                ui.say(one["evidence"], key=f"evidence-{side}")
                for note in filter(None, [found.facts["left_out"].get(side) and _left_out(found, side)]):
                    ui.say(note, "quiet", key=f"left-{side}")


def gains(study: StudySummary, found: StoredResult, names: Mapping[str, str]) -> None:
    """Draw what each model gains over text only, on people and on every run."""
    table = found.tables["gains"]
    table = table[table["model"].isin(KNOWS_WHO)].assign(condition=table["condition"].map(names))
    labels = GIVEN
    if (table["labels"] == SHUFFLED).any():
        chosen = st.segmented_control(
            "Annotators' names", ["As given", "Shuffled"], default="As given", required=True, key="model_names",
            bind="query-params", help="Shuffled: exchanged within each item, so that nobody has a voice. The null.",
        )  # fmt: skip
        labels = SHUFFLED if chosen == "Shuffled" else GIVEN
    title = "What knowing the annotator gains" + (", names shuffled" if labels == SHUFFLED else "")
    exhibit(
        figures.condition_gains(table, labels=labels, theme=theme.now(), title=title),
        flat(table[table["labels"] == labels]), key="model-gains", about=study.study_id,
        read=READ_SHUFFLED if labels == SHUFFLED else READ_GAINS,
        alt="What each model that knows who annotates scores beyond text only, on people and on each run's personas, "
            "with intervals; the table has the numbers.",
    )  # fmt: skip


def contrasts(study: StudySummary, found: StoredResult, names: Mapping[str, str]) -> None:
    """Draw how far gains on personas lie from those on people; nothing where the study has no run."""
    table = found.tables["contrasts"]
    table = table[table["model"].isin(KNOWS_WHO)]
    if table.empty:
        return
    for side, rows in table.groupby("condition", sort=False):
        sure = rows[rows["p_holm"] < 0.05]
        more, less = int((sure["value"] > 0).sum()), int((sure["value"] < 0).sum())
        if more or less:
            said = f"gains less than on people with {less} of {len(rows)} models, more with {more}"
        else:
            said = "gains neither clearly less nor clearly more than on people"
        ui.say(f"On {names[str(side)]}, knowing who annotates {said} (p < 0.05, corrected for the number of "
               "comparisons).", "quiet", key=f"contrast-{side}")  # fmt: skip
    shown = table.assign(condition=table["condition"].map(names))
    exhibit(
        figures.condition_contrasts(shown, theme=theme.now(), title="Gains on personas minus gains on people"),
        flat(shown), key="model-contrasts", about=study.study_id, read=READ_CONTRASTS,
        alt="Differences of gains between each run's personas and people by model, with intervals; the table has the "
            "numbers.",
    )  # fmt: skip


def trainings(study: StudySummary, run: str | None) -> None:  # noqa: ARG001 (as the other parts)
    """Show what the study read, its splits, every training, and what a reader must know."""
    manifest = study.manifest
    if manifest is None:
        return
    names = _names(study)
    rows = [(PEOPLE, manifest.people), *((names.get(run.run_id, run.run_id), run) for run in manifest.personas)]
    read = pd.DataFrame(
        [(name, r.n_annotators, r.n_items, r.n_labels, r.digest[:12]) for name, r in rows if r is not None],
        columns=["labels of", "annotators", "items", "labels", "digest"],
    ).rename(columns=str.capitalize)
    st.header("Labels", anchor=False)
    ui.table(read, "Labels that the study read", key="study-labels")
    work = manifest.work
    if work.trained:
        ui.say(
            f"{work.trained:,} trainings were made here, {work.training_seconds / work.trained:.2f} s each on "
            f"{work.device}; texts were embedded in {text.duration(work.embedding_seconds)}.", "quiet", key="work",
        )  # fmt: skip
    if COMPARISON not in study.results:
        return
    found = studies.result(study, COMPARISON)
    st.header("Splits", anchor=False)
    ui.say(f"Splits go by item ({found.facts['splits']}).", "quiet", key="splits")
    sizes = found.tables["sizes"].assign(condition=found.tables["sizes"]["condition"].map(names))
    ui.table(sizes, "Items, labels and annotators of each split", COLUMNS, key="study-sizes")
    st.header("Trainings", anchor=False)
    made = found.tables["trainings"]
    made = made[made["epochs"] > 0].assign(condition=made["condition"].map(names))
    made = made[["condition", *(name for name in made.columns if name != "condition")]]
    ui.table(made, "Every training of the comparison", COLUMNS, key="study-trainings")
    ui.download("Trainings as CSV", lambda: made, f"{study.study_id}-trainings.csv", "study-trainings-csv")
    for number, note in enumerate(dict.fromkeys(found.facts["notes"])):
        ui.say(_with_titles(str(note), names), "quiet", key=f"comparison-note-{number}")
    versions = text.joined([f"{name} {version}" for name, version in manifest.packages.items()])
    ui.say(f"Made with {versions}.", "quiet", key="packages")


def _scores(study: StudySummary, table: pd.DataFrame, side: str, name: str, score: str) -> None:
    rows = table[table["condition"] == side].drop(columns="condition")
    if score not in set(rows["score"]) or rows[rows["score"] == score]["value"].map(math.isnan).all():
        raise InputError(f"{name} has no {score}: the labels do not allow it. Choose another score.")
    exhibit(
        figures.model_scores(rows, score=score, theme=theme.now(), title=f"Labels of {name}"),
        flat(rows[rows["score"] == score]), key=f"scores-{_place(study, side)}", about=study.study_id, read=READ_SCORES,
        alt=f"Score of each annotator model with its interval, labels of {_whose(side)}; the table has the numbers.",
    )  # fmt: skip


def _left_out(found: StoredResult, side: str) -> str:
    return "; ".join(f"no {model!r}: {why.split('. ')[0]}" for model, why in found.facts["left_out"][side].items())


def _names(study: StudySummary) -> dict[str, str]:
    """Return what the page calls each condition: people, and runs by their titles."""
    assert study.manifest is not None
    return {PEOPLE: PEOPLE} | studies.run_titles(study.manifest)


def _whose(side: str) -> str:
    """Return whose labels a side has, in our own words: a chart's alternative text holds no string of the data."""
    return "people" if side == PEOPLE else "the chosen run's personas"


def _place(study: StudySummary, side: str) -> str:
    """Return a key for a side that is free of its name."""
    assert study.manifest is not None
    return PEOPLE if side == PEOPLE else f"run-{study.manifest.spec.runs.index(side)}"


def _with_titles(words: str, names: Mapping[str, str]) -> str:
    for run_id, title in names.items():
        words = words.replace(run_id, title)
    return words
