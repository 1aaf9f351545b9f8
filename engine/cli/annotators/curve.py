"""`polyvocal annotators curve`: what more labels an annotator, and more annotators, would give each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.annotators.experiment import Experiment, leave_if
from engine.cli.annotators.options import CORPUS_OR_RUN, takes_experiment
from engine.cli.annotators.tables import interval_of, show_notes
from engine.cli.output import print_json, print_table
from engine.documents import parts_of
from engine.errors import InputError

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from engine.annotators.experiments.learning_curve import LearningCurve
    from engine.annotators.training.trainer import Trainer


@takes_experiment()
def curve(
    experiment: Experiment,
    name: Annotated[str, CORPUS_OR_RUN],
    labels_each: Annotated[
        str | None, typer.Option(help="Training labels an annotator: 8,16,32 or none; default: doubling, and all.")
    ] = None,
    annotators: Annotated[
        str | None, typer.Option(help="Annotators to train on: 2,4,8 or none; default: doubling, and all.")
    ] = None,
) -> None:
    """Learning curve: scores against labels an annotator, and against the number of annotators."""
    from engine.annotators.experiments.learning_curve import MODELS, learning_curve

    labels = experiment.choice.labels(name)
    sizes = sizes_of(labels_each, "--labels-each"), sizes_of(annotators, "--annotators")

    def call(trainer: Trainer) -> LearningCurve:
        return learning_curve(
            labels, *sizes, experiment.models or MODELS, experiment.seeds, splits=experiment.splits(labels),
            trainer=trainer, **experiment.resampling,
        )  # fmt: skip

    found, stopped = experiment.carry_out(call)
    notes = [*experiment.choice.notes(name), *found.notes]
    if experiment.as_json:
        facts = {"labels": found.name, "source": found.source, "score": found.score, "notes": notes}
        print_json(facts | parts_of(found, "points", "gains") | {"stopped_at": stopped or None})
    else:
        _show(found, notes)
    experiment.draw(lambda: _figures(found))
    leave_if(stopped)


def sizes_of(text: str | None, option: str) -> tuple[int, ...] | None:
    """Return the numbers of '8,16,32'; () of 'none'; None where nothing was given.

    Raises:
        InputError: not whole numbers.
    """
    if text is None:
        return None
    if text.strip().lower() == "none":
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"{option} {text!r}: expected whole numbers such as 8,16,32, or none.") from None


def _show(found: LearningCurve, notes: list[str]) -> None:
    typer.echo(f"{found.name}: {found.score} on the same test items; the last of each kind has all labels")
    points = found.points[found.points["score"] == found.score]
    gains = {(row["axis"], row["size"], row["model"]): row for row in found.gains.to_dict("records")}
    for axis, rows in points.groupby("axis", sort=False):
        models = list(dict.fromkeys(rows["model"]))
        by_size: dict[int, dict[str, Any]] = {}
        for row in rows.to_dict("records"):
            by_size.setdefault(row["size"], {})[row["model"]] = row
        gaining = [model for model in models if any((axis, size, model) in gains for size in by_size)]
        print_table(
            (str(axis), "training labels", *models, *(f"{model}, gain" for model in gaining)),
            [
                (f"{size:,}", round(cells[models[0]]["n_train"]), *(_value(cells[model]["value"]) for model in models),
                 *(interval_of(gains[axis, size, model]) for model in gaining))
                for size, cells in by_size.items()
            ],
        )  # fmt: skip
        typer.echo("")
    show_notes(notes)


def _value(number: float) -> str:
    return "undefined" if number != number else f"{number:.3f}"


def _figures(found: LearningCurve) -> dict[str, go.Figure]:
    from engine.figures import learning_curves, learning_gains

    drawn: dict[str, go.Figure] = {}
    for axis in dict.fromkeys(found.points["axis"]):
        drawn[f"Scores by {axis}"] = learning_curves(found.points, axis=axis, score=found.score)
        if not found.gains.empty:
            drawn[f"What knowing the annotator gains by {axis}"] = learning_gains(found.gains, axis=axis)
    return drawn
