"""`polyvocal measure`: one command a topic, each in a module of its own."""

from __future__ import annotations

from collections.abc import Callable

import typer

from engine.cli.measure import (
    alignment,
    attributes,
    calibration,
    curves,
    exact_check,
    homogenization,
    items,
    kappas,
    personas,
    refusals,
    retest,
    signal,
    stability,
)

COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "One voice or many?": {
        "homogenization": homogenization.homogenization,
        "kappas": kappas.kappas,
        "items": items.items,
        "refusals": refusals.refusals,
    },
    "Signal or noise?": {
        "signal": signal.signal,
        "stability": stability.stability,
        "retest": retest.retest,
        "exact-check": exact_check.exact_check,
    },
    "Which persona stands for whom?": {
        "alignment": alignment.alignment,
        "own-person": alignment.own_person,
        "alternative": alignment.alternative,
        "prototypes": alignment.prototypes,
        "representation": personas.representation,
        "personas": personas.personas,
        "curves": curves.curves,
    },
    "What moves the labels?": {"attributes": attributes.attributes},
    "Do the personas' distributions hold?": {
        "calibration": calibration.calibration,
        "abstention": calibration.abstention,
    },
}
"""Question -> commands that answer it, in the order of the help."""

app = typer.Typer(
    help="Measures of a run beside the people of its corpus. The curve over temperatures: `polyvocal agreement RUN`.",
    no_args_is_help=True,
)
for _question, _commands in COMMANDS.items():
    for _name, _command in _commands.items():
        app.command(_name, rich_help_panel=_question)(_command)
