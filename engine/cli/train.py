"""`polyvocal train`: annotator models on the labels of a corpus's people or of a run's personas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.annotators.experiment import Experiment, leave_if
from engine.cli.annotators.options import CORPUS_OR_RUN, takes_experiment
from engine.cli.annotators.tables import (
    print_annotators,
    print_differences,
    print_scores,
    print_sizes,
    print_trainings,
)
from engine.cli.measure.printing import tell_dropped
from engine.cli.output import print_json

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from engine.annotators.comparison import Comparison
    from engine.annotators.training.trainer import Trainer
    from engine.measures import Signature


@takes_experiment()
def train(
    experiment: Experiment,
    name: Annotated[str, CORPUS_OR_RUN],
    annotators: Annotated[bool, typer.Option("--annotators", help="Also the scores of each annotator.")] = False,
    save: Annotated[Path | None, typer.Option(help="Keep the fitted models in this folder.")] = None,
) -> None:
    """Train annotator models, compare them on the same test items: does it pay to know who annotates?

    Splits go by item: the corpus's own, or drawn. Ctrl-C keeps what has finished; the same command goes on.
    """
    labels = experiment.choice.labels(name)
    found, stopped = _trained(experiment, labels, save)
    tables = _tables(found, experiment.resampling)
    signature = _signature(found, experiment.resampling)
    notes = [*experiment.choice.notes(name), *found.notes]
    if experiment.as_json:
        print_json(_document(found, tables, signature, notes) | {"stopped_at": stopped or None})
    else:
        _show(found, tables, signature, notes, annotators)
    experiment.draw(lambda: _figures(found, tables))
    leave_if(stopped)


def _trained(experiment: Experiment, labels: Any, save: Path | None) -> tuple[Comparison, str]:
    """Return the comparison, and where Ctrl-C stopped it."""
    from engine.annotators.comparison import train_models
    from engine.annotators.models.saving import SavingTrainer

    splits = experiment.splits(labels)
    keeper = experiment.trainer(SavingTrainer, folder=save) if save else None

    def call(trainer: Trainer) -> Comparison:
        found = train_models(labels, experiment.models, experiment.seeds, splits=splits, trainer=trainer)
        if isinstance(trainer, SavingTrainer) and not trainer.only_finished:
            train, dev, _ = splits.parts(labels)
            trainer.save_others(found.predictions.models, train, dev, found.predictions.seeds)
        return found

    return experiment.carry_out(call, keeper)


def _tables(found: Comparison, resampling: Any) -> dict[str, pd.DataFrame]:
    """Return what the scores are, by the names they have in the JSON."""
    from engine.annotators.models.registry import TEXT_ONLY
    from engine.annotators.scores.scores import annotator_scores, differences, model_scores

    tables = {"scores": model_scores(found.predictions, **resampling)}
    if TEXT_ONLY in found.predictions.models and len(found.predictions.models) > 1:
        tables["differences"] = differences(found.predictions, **resampling)
    return tables | {"annotators": annotator_scores(found.predictions, **resampling), "trainings": found.trainings}


def _signature(found: Comparison, resampling: Any) -> Signature | None:
    """Return whether the ID models beat text only; None where they were not trained."""
    from engine.annotators.models.registry import KNOWS_WHO, TEXT_ONLY
    from engine.annotators.scores.id_signature import id_model_signature

    trained = found.predictions.models
    if TEXT_ONLY not in trained or not set(KNOWS_WHO) & set(trained):
        return None
    return id_model_signature(found.predictions, **resampling)


def _document(
    found: Comparison, tables: dict[str, pd.DataFrame], signature: Signature | None, notes: list[str]
) -> dict[str, Any]:
    decided = signature and {
        "name": signature.name, "verdict": signature.verdict, "value": signature.value.to_dict(),
        "bound": signature.bound, "evidence": signature.evidence,
    }  # fmt: skip
    facts = {"labels": found.name, "source": found.source, "splits": found.splits.origin, "sizes": found.sizes}
    return (
        facts
        | {name: table.to_dict("records") for name, table in tables.items()}
        | {"signature": decided, "left_out": found.left_out, "dropped": found.predictions.dropped, "notes": notes}
    )


def _show(
    found: Comparison, tables: dict[str, pd.DataFrame], signature: Signature | None, notes: list[str], annotators: bool
) -> None:
    typer.echo(
        f"{found.name}: labels of {found.source}, models on the same {found.sizes['test']['items']:,} test items"
    )
    print_sizes(found.sizes, found.splits.origin)
    for note in notes:
        typer.echo(f"note: {note}")
    print_scores(tables["scores"])
    if "differences" in tables:
        typer.echo("")
        print_differences(tables["differences"])
    if signature:
        typer.echo(f"\n{signature.name}: {signature.verdict}. {signature.evidence}")
    if annotators:
        typer.echo("")
        print_annotators(tables["annotators"])
    typer.echo("")
    print_trainings(tables["trainings"])
    for model, why in found.left_out.items():
        typer.echo(f"{model} left out: {why}")
    tell_dropped(found.predictions.dropped)


def _figures(found: Comparison, tables: dict[str, pd.DataFrame]) -> dict[str, go.Figure]:
    from engine.annotators.models.registry import KNOWS_WHO
    from engine.figures import annotator_heatmap, condition_gains, model_scores

    drawn = {f"Scores of annotator models: {found.name}": model_scores(tables["scores"])}
    if "differences" in tables:
        gains = tables["differences"].assign(condition=found.source, labels="as given")
        knowing = gains[gains["model"].isin(KNOWS_WHO)]
        drawn |= {} if knowing.empty else {"What knowing the annotator gains": condition_gains(knowing)}
    return drawn | {"Scores of each annotator": annotator_heatmap(tables["annotators"])}
