"""`polyvocal annotators encodings`: which way of telling a model who annotates pays most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.annotators.experiment import Experiment, leave_if
from engine.cli.annotators.options import CORPUS_OR_RUN, takes_experiment
from engine.cli.annotators.tables import print_differences, print_trainings, show_notes
from engine.cli.output import print_json
from engine.documents import parts_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from engine.annotators.experiments.encodings import Encodings
    from engine.annotators.training.trainer import Trainer


@takes_experiment(without=("models",))
def encodings(
    experiment: Experiment,
    name: Annotated[str, CORPUS_OR_RUN],
    encoding: Annotated[
        list[str] | None, typer.Option(help="Only this encoding, beside text only and user token; may be repeated.")
    ] = None,
) -> None:
    """Persona encodings: tokens learned from noise or from the persona's text, attributes, groups before persons."""
    from engine.annotators.experiments.encodings import compare_encodings

    labels = experiment.choice.labels(name)

    def call(trainer: Trainer) -> Encodings:
        return compare_encodings(
            labels, encoding, experiment.seeds, splits=experiment.splits(labels), trainer=trainer,
            **experiment.resampling,
        )  # fmt: skip

    found, stopped = experiment.carry_out(call)
    notes = [*experiment.choice.notes(name), *found.comparison.notes]
    if experiment.as_json:
        facts = {"labels": labels.name, "source": labels.source, "notes": notes, "stopped_at": stopped or None}
        print_json(facts | parts_of(found, "gains", "signature", "left_out", "words"))
    else:
        typer.echo(f"{labels.name}: what each encoding of the annotator gains")
        for against, gains in found.gains.groupby("against", sort=False):
            print_differences(gains[gains["model"] != against])
            typer.echo("")
        for sentence in found.words:
            typer.echo(sentence)
        typer.echo("")
        print_trainings(found.comparison.trainings)
        for encoded, why in found.left_out.items():
            typer.echo(f"{encoded} left out: {why}")
        show_notes(notes)
    experiment.draw(lambda: _figures(found))
    leave_if(stopped)


def _figures(found: Encodings) -> dict[str, go.Figure]:
    from engine.figures import encoding_gains

    return {"What each encoding gains": encoding_gains(found.gains)}
