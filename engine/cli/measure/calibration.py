"""`polyvocal measure calibration` and `abstention`: personas' distributions beside the shares of people."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_notes, with_ends, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table

EachPersona = Annotated[bool, typer.Option("--each", help="Every persona's scores too.")]
Points = Annotated[int, typer.Option(min=1, max=200, help="Coverages to show.")]


@takes_run()
def calibration(
    run: MeasuredRun,
    bins: Annotated[int, typer.Option(min=1, max=100, help="Bins of the expected calibration error.")] = 10,
    each: EachPersona = False,
) -> None:
    """Personas' label distributions against people's, beside what the true distribution would score."""
    from engine.measures import calibration_scores

    voices, people = run.beside(run.personas_or_strong)
    table = calibration_scores(voices, people, bins=bins, **run.resampling)
    if run.as_json:
        print_json(run.facts(voices) | {"bins": bins, "scores": table.to_dict("records")})
        return
    rows = [row for row in table.to_dict("records") if each or row["who"].startswith("(")]
    run.head(voices, "personas beside people; floor: what the true distribution would score")
    print_table(("score", "value", "floor", "items", "who"), [
        (r["score"], with_interval(r["value"], r["low"], r["high"]), with_ends(r, "floor"), r["n_items"], r["who"])
        for r in rows
    ])  # fmt: skip
    tell_notes(r["note"] for r in rows)


@takes_run()
def abstention(run: MeasuredRun, points: Points = 10) -> None:
    """Coverage against error, when the items that the pooled personas are least certain of are left to people."""
    from engine.measures import abstention_curve
    from engine.measures.calibration import pooled
    from engine.measures.calibration_terms import as_frequencies

    voices, people = run.beside(run.personas_or_strong)
    counts = as_frequencies(people.codes, len(people.labels))
    table = abstention_curve(pooled(voices.of_items()), counts, points=points, **run.resampling)
    if run.as_json:
        print_json(run.facts(voices) | {"curve": table.to_dict("records")})
        return
    rows = table.to_dict("records")
    run.head(voices, f"{len(voices.personas)} personas pooled")
    print_table(("kept", "certain from", "error", "people alone", "items"), [
        (r["coverage"], r["certainty"], with_interval(r["error"], r["low"], r["high"]), with_ends(r, "people"),
         r["n_items"]) for r in rows
    ])  # fmt: skip
    tell_notes(r["note"] for r in rows)
