"""`polyvocal measure`: one command a topic, each in a module of its own."""

from __future__ import annotations

import typer

from engine.cli.measure import homogenization

app = typer.Typer(help="Measures of a run beside the people of its corpus.", no_args_is_help=True)
app.command("homogenization")(homogenization.homogenization)
