"""`polyvocal measure signal`: what the personas add to the model's own noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_dropped
from engine.cli.measure.run_options import Permutations, takes_run
from engine.cli.output import print_json

if TYPE_CHECKING:
    from engine.measures import PersonaSignal


@takes_run(without=["corpus"])
def signal(run: MeasuredRun, permutations: Permutations = 999) -> None:
    """Persona signal against the model's own noise, in one sentence, for every kind of persona."""
    from engine.measures import persona_signal

    voices = run.voices()
    found = {
        kind: persona_signal(part, permutations=permutations, **run.resampling)
        for kind, part in voices.by_kind().items()
    }
    if run.as_json:
        print_json(run.facts(voices) | {"points": [_as_row(kind, result) for kind, result in found.items()]})
        return
    run.head(voices)
    for kind, result in found.items():
        typer.echo(f"{kind}: {result.sentence}")
    tell_dropped(voices.dropped)


def _as_row(kind: str, found: PersonaSignal) -> dict[str, Any]:
    return {
        "personas": kind, "sentence": found.sentence, "distinguishable": found.distinguishable,
        "signal": found.signal.to_dict(), "noise": found.noise.to_dict(), "ratio": found.ratio.to_dict(),
        "p_value": found.p_value, "permutations": found.permutations, "test": found.test,
    }  # fmt: skip
