"""`polyvocal annotators`: experiments with annotator models, one command each, and the map."""

from __future__ import annotations

import typer

from engine.cli.annotators import annotator_map, conditions, cross, curve, encodings, predict

app = typer.Typer(
    help="Experiments with annotator models: what can be learned from people and from personas. The comparison of all "
    "models on one set of labels: `polyvocal train`.",
    no_args_is_help=True,
)
app.command("sides")(conditions.sides)
app.command("conditions")(conditions.conditions)
app.command("encodings")(encodings.encodings)
app.command("cross")(cross.cross)
app.command("curve")(curve.curve)
app.command("map")(annotator_map.map_)
app.command("predict")(predict.predict)
