"""`polyvocal measure homogenization`: do the personas of a run agree more than the people of its corpus?"""

from __future__ import annotations

import math
from typing import Any

import typer

from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table

COLUMNS = ("raters", "among", "alpha", "agreement", "homogenization", "n", "items")


def homogenization(
    run: RunName,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Agreement within persona sets, within and between groups and among people; what homogenizes, and its signs."""
    from engine.cli.measure.shared import load, settings
    from engine.measures import agreement_of_panels, beside
    from engine.runs import personas_of

    measured = load(run, corpus)
    chosen = personas_of(measured.manifest, personas) if personas else None
    voices, people = beside(measured.labels, measured.human, temperature, chosen)
    made = settings(resamples, confidence, seed)
    table = agreement_of_panels(voices, people, **made)
    found: dict[str, Any] = {"run": measured.run_id, "temperature": voices.temperature, "level": people.level}
    if as_json:
        print_json(found | {"confidence": confidence, "panels": table.to_dict("records")})
        return
    typer.echo(f"{measured.run_id} at temperature {voices.temperature:g}, {people.level} alpha")
    rows = table.to_dict("records")
    print_table(COLUMNS, [
        (row["raters"], row["among"], with_interval(row["alpha"], row["low"], row["high"]),
         row["agreement"],
         "" if row["raters"] == "people"
         else with_interval(row["homogenization"], row["homogenization_low"], row["homogenization_high"]),
         row["n_raters"], row["n_items"])
        for row in rows
    ])  # fmt: skip
    for note in dict.fromkeys(f"{row['raters']}, {row['among']}: {row['note']}" for row in rows if row["note"]):
        typer.echo(note)
    if voices.dropped:
        typer.echo("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in voices.dropped.items()))


def with_interval(value: float, low: float, high: float) -> str:
    """Return a number as people read it: '0.412 [.380 .445]', or why there is none."""
    if math.isnan(value):
        return "undefined"
    return (
        f"{value:.3f}"
        if math.isnan(low)
        else f"{value:.3f} [{low:.3f} {high:.3f}]".replace("[0.", "[.").replace(" 0.", " .")
    )
