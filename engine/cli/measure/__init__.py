"""`polyvocal measure`: one command a topic, each in a module of its own."""

from __future__ import annotations

import typer

from engine.cli.measure import (
    alignment,
    attributes,
    calibration,
    exact_check,
    homogenization,
    items,
    refusals,
    retest,
    stability,
)

app = typer.Typer(help="Measures of a run beside the people of its corpus.", no_args_is_help=True)
app.command("homogenization")(homogenization.homogenization)
app.command("alignment")(alignment.alignment)
app.command("own-person")(alignment.own_person)
app.command("alternative")(alignment.alternative)
app.command("prototypes")(alignment.prototypes)
app.command("exact-check")(exact_check.exact_check)
app.command("signal")(stability.signal)
app.command("stability")(stability.stability)
app.command("items")(items.items)
app.command("refusals")(refusals.refusals)
app.command("attributes")(attributes.attributes)
app.command("calibration")(calibration.calibration)
app.command("abstention")(calibration.abstention)
app.command("retest")(retest.retest)
