"""`polyvocal annotators cross`: what a persona's labels teach of each person, beside the person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.annotators.experiment import Experiment, leave_if
from engine.cli.annotators.options import RUN, takes_experiment
from engine.cli.annotators.tables import interval_of, show_notes
from engine.cli.measure.printing import of_estimate, tell_dropped
from engine.cli.output import print_json, print_table
from engine.documents import parts_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from engine.annotators.experiments.cross_evaluation import CrossEvaluation
    from engine.annotators.training.trainer import Trainer

MANY = 8
"""Targets beyond which a table of the terminal has no room for intervals."""


@takes_experiment(without=("models",))
def cross(
    experiment: Experiment,
    run: Annotated[str, RUN],
    score: Annotated[
        Literal["macro_f1", "accuracy"], typer.Option(help="Of each person's own test labels.")
    ] = "macro_f1",
    model: Annotated[str, typer.Option(help="text only, or the baseline majority.")] = "text only",
    min_labels: Annotated[int, typer.Option(min=1, help="Training and test labels that a person needs.")] = 10,
) -> None:
    """Train on a persona, test on each person and group: how far behind the person's own labels it falls."""
    from engine.annotators.experiments.cross_evaluation import cross_evaluation

    people, personas = experiment.choice.people(run), experiment.choice.personas(run)

    def call(trainer: Trainer) -> CrossEvaluation:
        return cross_evaluation(
            people, personas, experiment.seeds, model=model, score=score, min_labels=min_labels, trainer=trainer,
            splits=experiment.drawn_splits(people, personas), **experiment.resampling,
        )  # fmt: skip

    found, stopped = experiment.carry_out(call)
    notes = [*experiment.choice.notes(run), *found.notes]
    if experiment.as_json:
        parts = ("people", "personas", "model", "score", "cells", "own", "others", "own_minus_others", "nearest")
        more = parts_of(found, "chance", "p_value", "trainings", "dropped")
        print_json(parts_of(found, *parts) | more | {"notes": notes, "stopped_at": stopped or None})
    else:
        typer.echo(f"alignment gaps in {score}: model of the person's own labels minus model of the persona's")
        for kind in dict.fromkeys(found.cells["kind"]):
            _print_matrix(found, kind)
            typer.echo("")
        typer.echo(f"mean gap to the own person: {of_estimate(found.own)}; to others: {of_estimate(found.others)}")
        if found.sentence:
            typer.echo(found.sentence)
        show_notes(notes)
        tell_dropped(found.dropped)
    experiment.draw(lambda: _figures(found))
    leave_if(stopped)


def _print_matrix(found: CrossEvaluation, kind: str) -> None:
    """Print personas x people or groups; a persona's own is in brackets."""
    rows = found.cells[found.cells["kind"] == kind].to_dict("records")
    targets = list(dict.fromkeys(row["target"] for row in rows))
    cell = {(row["persona"], row["target"]): row for row in rows}
    short = len(targets) > MANY
    print_table(
        ("persona", *targets),
        [
            (persona, *(_cell(cell[persona, target], short) for target in targets))
            for persona in dict.fromkeys(row["persona"] for row in rows)
        ],
        title=f"personas x {'people' if kind == 'person' else 'groups'}",
    )


def _cell(row: dict[Any, Any], short: bool) -> str:
    text = interval_of({"value": row["gap"], "low": row["low"], "high": row["high"]})
    if short and text != "undefined":
        text = f"{row['gap']:+.2f}"
    return f"({text})" if row["own"] else text


def _figures(found: CrossEvaluation) -> dict[str, go.Figure]:
    from engine.figures import alignment_gaps

    return {"What personas teach of people": alignment_gaps(found)}
