"""`polyvocal annotators predict`: what a kept model expects every annotator to say of every item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.annotators.experiment import Experiment
from engine.cli.annotators.options import CORPUS_OR_RUN, takes_experiment
from engine.cli.measure.printing import counted
from engine.cli.output import print_json
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from engine.annotators.training.trainer import Trainer

TRAINING = ("models", "seeds", "encoder", "fine_tune", "setting", "split_seed", "resamples", "confidence", "seed")
"""Options that were decided when the model was trained, or that mean nothing here."""


@takes_experiment(without=(*TRAINING, "figure"))
def predict(
    experiment: Experiment,
    model: Annotated[Path, typer.Argument(help="A model's folder, as `polyvocal train --save` made it.")],
    name: Annotated[str, CORPUS_OR_RUN],
    out: Annotated[Path, typer.Option(help="CSV or Parquet file to write.")],
) -> None:
    """Ask a kept model: the label it expects of every annotator for every item, labelled or not."""
    from engine.annotators.models.fitted import FittedModel
    from engine.annotators.models.saving import predict_all

    if out.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(f"--out {out}: its ending names no format. End it in .csv or .parquet.")
    fitted = FittedModel.load(model, experiment.device or "cpu")
    labels = experiment.choice.labels(name)

    def call(trainer: Trainer) -> pd.DataFrame:
        if fitted.tuned is not None:
            return predict_all(fitted, labels, None)
        embedded = trainer.embeddings(labels)
        if fitted.identity not in ("", embedded.identity):
            raise InputError(
                f"the text encoder {fitted.encoder!r} is not the one that {model} was trained on: its files have "
                "changed. Bring the old ones back, or train the model anew."
            )
        return predict_all(fitted, labels, embedded.vectors)

    found, _ = experiment.carry_out(call, experiment.trainer(encoder=fitted.encoder), in_parts=False)
    _write(found, out)
    unknown = int((~found.drop_duplicates("annotator")["known"]).sum())
    if experiment.as_json:
        print_json({"path": str(out), "model": fitted.kind.name, "rows": len(found), "unknown_annotators": unknown})
        return
    typer.echo(f"wrote {out}: {counted(len(found), 'row')} of {fitted.kind.name!r}, {labels.name}")
    if unknown:
        typer.echo(f"annotators that the model was not trained on, predicted as unknown ones: {unknown:,}")


def _write(found: pd.DataFrame, out: Path) -> None:
    from engine.spreadsheet import safe_csv

    try:
        if out.suffix.lower() == ".csv":
            out.write_bytes(safe_csv(found))
        else:
            found.to_parquet(out, index=False)
    except OSError as error:
        raise InputError(f"--out {out} cannot be written ({error.strerror or error}). Name another file.") from error
