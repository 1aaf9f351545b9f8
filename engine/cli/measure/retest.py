"""`polyvocal measure retest`: can the answers of a second run, or of other repeats, be assigned to their personas?"""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.measure.shared import Confidence, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.measure.stability import Permutations
from engine.cli.output import AsJson, print_json, print_table
from engine.errors import InputError


def retest(
    run: RunName,
    other: Annotated[str | None, typer.Option("--other", help="A second run; default: the odd repeats of RUN.")] = None,
    personas: Sets = None,
    temperature: Temperature = None,
    permutations: Permutations = 999,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Assign the personas of a second run, or of other repeats, to those of the first; accuracy against chance."""
    from engine.cli.measure.shared import load, settings
    from engine.cli.measure.stability import chosen
    from engine.measures import halves
    from engine.measures import retest as tested
    from engine.runs import personas_of

    measured = load(run)
    if other is None:
        names = personas_of(measured.manifest, personas) if personas else None
        first, second = halves(measured.labels, temperature, names)
        against = "its own odd repeats"
    else:
        second_run = load(other)
        if second_run.manifest.corpus.name != measured.manifest.corpus.name:
            raise InputError(
                f"run {measured.run_id!r} labelled the corpus {measured.manifest.corpus.name!r}, run "
                f"{second_run.run_id!r} {second_run.manifest.corpus.name!r}: they do not belong together. Compare runs "
                "of one corpus."
            )
        first, second = (chosen(r, personas, temperature) for r in (measured, second_run))
        against = second_run.run_id
    found = tested(first, second, permutations=permutations, **settings(resamples, confidence, seed))
    if as_json:
        print_json({
            "run": measured.run_id, "against": against, "temperature": first.temperature, "sentence": found.sentence,
            "accuracy": found.accuracy.to_dict(), "chance": found.chance, "p_value": found.p_value,
            "assignments": found.assignments.to_dict("records"),
        })  # fmt: skip
        return
    typer.echo(f"{measured.run_id} against {against} at temperature {first.temperature:g}")
    typer.echo(found.sentence)
    print_table(("persona", "assigned to", "right", "margin"), found.assignments.itertuples(index=False))
    if found.accuracy.dropped:
        typer.echo("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in found.accuracy.dropped.items()))
