"""`polyvocal measure calibration` and `abstention`: personas' distributions beside the shares of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.measure.homogenization import with_interval
from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from engine.cli.measure.shared import Measured
    from engine.measures.voices import People, Voices

EachPersona = Annotated[bool, typer.Option("--each", help="Every persona's scores too.")]
Points = Annotated[int, typer.Option(min=1, max=200, help="Coverages to show.")]


def calibration(
    run: RunName,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    bins: Annotated[int, typer.Option(min=1, max=100, help="Bins of the expected calibration error.")] = 10,
    each: EachPersona = False,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Personas' label distributions against people's, beside what the true distribution would score."""
    from engine.cli.measure.shared import load, settings
    from engine.measures import calibration_scores

    measured = load(run, corpus)
    seen, people = _beside(measured, personas, temperature)
    table = calibration_scores(seen, people, bins=bins, **settings(resamples, confidence, seed))
    if as_json:
        found = {"run": measured.run_id, "temperature": seen.temperature, "confidence": confidence, "bins": bins}
        print_json(found | {"scores": table.to_dict("records")})
        return
    rows = [row for row in table.to_dict("records") if each or row["who"].startswith("(")]
    typer.echo(f"{measured.run_id} at temperature {seen.temperature:g}; floor: what the true distribution would score")
    print_table(("score", "value", "floor", "items", "who"), [
        (r["score"], with_interval(r["value"], r["low"], r["high"]),
         with_interval(r["floor"], r["floor_low"], r["floor_high"]), r["n_items"], r["who"]) for r in rows
    ])  # fmt: skip
    for note in dict.fromkeys(r["note"] for r in rows if r["note"]):
        typer.echo(note)


def abstention(
    run: RunName,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    points: Points = 10,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Coverage against error, when the items that the pooled personas are least certain of are left to people."""
    from engine.cli.measure.shared import load, settings
    from engine.measures import abstention_curve
    from engine.measures.calibration import pooled
    from engine.measures.calibration_terms import as_frequencies

    measured = load(run, corpus)
    seen, people = _beside(measured, personas, temperature)
    counts = as_frequencies(people.codes, len(people.labels))
    table = abstention_curve(pooled(seen.of_items()), counts, points=points, **settings(resamples, confidence, seed))
    if as_json:
        found = {"run": measured.run_id, "temperature": seen.temperature, "confidence": confidence}
        print_json(found | {"curve": table.to_dict("records")})
        return
    rows = table.to_dict("records")
    typer.echo(f"{measured.run_id} at temperature {seen.temperature:g}, {len(seen.personas)} personas pooled")
    print_table(("kept", "certain from", "error", "people alone", "items"), [
        (r["coverage"], r["certainty"], with_interval(r["error"], r["low"], r["high"]),
         with_interval(r["people"], r["people_low"], r["people_high"]), r["n_items"]) for r in rows
    ])  # fmt: skip
    for note in dict.fromkeys(r["note"] for r in rows if r["note"]):
        typer.echo(note)


def _beside(measured: Measured, sets: list[str] | None, temperature: float | None) -> tuple[Voices, People]:
    """Return personas of these sets (without any: the strong ones) beside the people, on the items both have."""
    from engine.measures import beside
    from engine.runs import personas_of

    return beside(measured.labels, measured.human, temperature, personas_of(measured.manifest, sets))
