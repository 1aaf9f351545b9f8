"""`polyvocal measure exact-check`: do the draws of a sampled run come from the distributions of an exact one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_dropped
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.measures import ExactComparison

FURTHEST = 8
"""Items shown, those furthest from what was expected."""
EXACT = typer.Argument(metavar="EXACT", help="An exact run.")


@takes_run(without=["personas", "corpus", "temperature"], argument=EXACT)
def exact_check(
    run: MeasuredRun,
    sampled: Annotated[str, typer.Argument(metavar="SAMPLED", help="A sampled run of the same cells.")],
    temperature: Annotated[
        list[float] | None, typer.Option("--temperature", "-t", help="Of the sampled run; default: all of them.")
    ] = None,
) -> None:
    """Check a sampled run against an exact one: z-scores of every item, copies among repeats, the floor at T = 0."""
    from engine.measures import compare_with_exact

    drawn = run.another(sampled)
    for given, mode in ((run, "exact"), (drawn, "sampled")):
        if given.manifest.spec.mode != mode:
            raise InputError(
                f"run {given.run_id!r} is {given.manifest.spec.mode}; expected the {mode} run here. Write EXACT, then "
                "SAMPLED."
            )
    at = [drawn.known(t) for t in temperature or drawn.manifest.spec.temperatures]
    found = [compare_with_exact(run.labels, drawn.labels, t, **run.resampling) for t in at]
    models = [given.manifest.spec.model for given in (run, drawn)]
    note = "" if models[0] == models[1] else f"the runs name different models: {models[0]} and {models[1]}"
    if run.as_json:
        both = {"exact": run.run_id, "sampled": drawn.run_id}
        notes = {"run_notes": [*run.notes, *drawn.notes], "confidence": run.resampling["confidence"]}
        print_json(both | notes | {"note": note, "points": [as_row(f) for f in found]})
        return
    for given in (run, drawn):
        given.head(text=given.manifest.spec.mode)
    for comparison in found:
        _show(comparison)
    tell_dropped({**found[0].dropped, **found[0].check.rms.dropped})
    if note:
        typer.echo(note)


def _show(comparison: ExactComparison) -> None:
    typer.echo(comparison.sentence)
    typer.echo(comparison.repeats.sentence)
    rows = comparison.items.dropna(subset="z")
    if len(rows):
        rows = rows.loc[rows["z"].abs().sort_values(ascending=False).index].drop_duplicates("item")
        print_table(
            ("furthest items", "label", "draws", "drawn", "expected", "z"),
            rows.head(FURTHEST)[["item", "label", "n_draws", "drawn", "expected", "z"]].itertuples(index=False),
        )
    typer.echo("")


def as_row(comparison: ExactComparison) -> dict[str, Any]:
    """Return one comparison as JSON has it."""
    repeats = comparison.repeats
    return {
        "temperature": comparison.temperature,
        "agree": comparison.agree,
        "sentence": comparison.sentence,
        "rms": comparison.check.rms.to_dict(),
        "n_draws": comparison.check.n_draws,
        "n_impossible": comparison.check.n_impossible,
        "dropped": dict(comparison.dropped),
        "repeats": {
            "verdict": repeats.verdict,
            "differ": repeats.differ.to_dict(),
            "expected": repeats.expected,
            "copies": [list(pair) for pair in repeats.copies],
            "sentence": repeats.sentence,
        },
        "items": comparison.items.to_dict("records"),
    }
