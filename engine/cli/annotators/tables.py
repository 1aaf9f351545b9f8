"""How scores of annotator models are printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.measure.printing import counted, tell_notes, with_interval
from engine.cli.output import print_table

if TYPE_CHECKING:
    import pandas as pd

HEADS = {
    "macro_f1": "macro-F1", "accuracy": "accuracy", "annotator_macro_f1": "macro-F1 an annotator",
    "mean_absolute_error": "mean absolute error",
}  # fmt: skip
"""Scores of the table -> how they are headed; cross-entropy is in the JSON."""


def interval_of(row: Mapping[Any, Any]) -> str:
    """Return 'value [low high]' of a row with these columns."""
    return with_interval(row["value"], row["low"], row["high"])


def print_scores(table: pd.DataFrame, oracles: tuple[str, ...] = ("others' majority",)) -> None:
    """Print a row a model with its scores; oracles are marked. `table`: of `model_scores`."""
    scores = [name for name in HEADS if name in set(table["score"])]
    rows = {(row["model"], row["score"]): row for row in table.to_dict("records")}
    models = list(dict.fromkeys(table["model"]))
    print_table(
        ("model", *(HEADS[name] for name in scores), "sd over seeds", "seeds"),
        [
            (f"{model} (oracle)" if model in oracles else model, *(interval_of(rows[model, name]) for name in scores),
             rows[model, scores[0]]["seed_sd"], rows[model, scores[0]]["n_seeds"])
            for model in models
        ],
    )  # fmt: skip
    tell_notes(f"{row['model']}: {row['note']}" for row in table.to_dict("records") if row["note"])


def print_differences(table: pd.DataFrame) -> None:
    """Print what each model scores beyond another; `table`: of engine.annotators.scores.scores.differences."""
    if table.empty:
        return
    against, score = table.iloc[0]["against"], table.iloc[0]["score"]
    print_table(
        ("model", f"{HEADS.get(score, score)} minus that of {against}", "p (Holm)", "verdict"),
        [(row["model"], interval_of(row), row["p_holm"], row["verdict"]) for row in table.to_dict("records")],
    )


def print_annotators(table: pd.DataFrame, score: str = "macro_f1") -> None:
    """Print a row an annotator with the score of every model; `table`: of `annotator_scores`."""
    rows = table[table["score"] == score]
    models = list(dict.fromkeys(rows["model"]))
    value = {(row["annotator"], row["model"]): row["value"] for row in rows.to_dict("records")}
    everybody = rows.drop_duplicates("annotator").to_dict("records")
    print_table(
        ("annotator", *models, "test labels"),
        [(row["annotator"], *(value[row["annotator"], m] for m in models), row["n_labels"]) for row in everybody],
    )
    tell_notes(f"{row['annotator']}: {row['note']}" for row in everybody if row["note"])


def print_trainings(table: pd.DataFrame) -> None:
    """Print a row a model: trainings, epochs, seconds, device. `table`: `Comparison.trainings`."""
    trained = table[table["device"] != ""]
    if trained.empty:
        return
    print_table(
        ("model", "trainings", "epochs kept", "seconds each", "device"),
        [
            (model, len(rows), f"{rows['best_epoch'].min()} to {rows['best_epoch'].max()}",
             f"{rows['seconds'].median():.1f}", ", ".join(dict.fromkeys(rows["device"])))
            for model, rows in trained.groupby("model", sort=False)
        ],
    )  # fmt: skip
    tell_notes(f"{row['model']}: {row['note']}" for row in trained.to_dict("records") if row["note"])


def print_sizes(sizes: Mapping[str, Mapping[str, int]], origin: str) -> None:
    """Print how many items, labels and annotators each split has."""
    parts = (
        f"{name} {counted(size['items'], 'item')}, {counted(size['labels'], 'label')}" for name, size in sizes.items()
    )
    typer.echo(f"splits ({origin}): {'; '.join(parts)}")


def show_notes(notes: Iterable[str]) -> None:
    """Print what a reader must know, once each."""
    tell_notes(f"note: {note}" for note in notes if note)
