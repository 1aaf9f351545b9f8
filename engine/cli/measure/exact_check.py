"""`polyvocal measure exact-check`: do the draws of a sampled run come from the distributions of an exact one?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.cli.measure.shared import Confidence, Resamples, Seed
from engine.cli.output import AsJson, print_json, print_table
from engine.errors import InputError

FURTHEST = 8
"""Items shown, those furthest from what was expected."""


def exact_check(
    exact: Annotated[str, typer.Argument(metavar="EXACT", help="An exact run.")],
    sampled: Annotated[str, typer.Argument(metavar="SAMPLED", help="A sampled run of the same cells.")],
    temperature: Annotated[
        list[float] | None, typer.Option("--temperature", "-t", help="Of the sampled run; default: all of them.")
    ] = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Check a sampled run against an exact one: z-scores of every item, copies among repeats, the floor at T = 0."""
    from engine.cli.measure.shared import settings
    from engine.measures import compare_with_exact
    from engine.runs import exact_labels, find_run, sampled_labels

    runs = [find_run(name) for name in (exact, sampled)]
    manifests = [run.manifest() for run in runs]
    for run, manifest, mode in zip(runs, manifests, ("exact", "sampled"), strict=True):
        if manifest.spec.mode != mode:
            raise InputError(
                f"run {run.run_id!r} is {manifest.spec.mode}; expected the {mode} run here. Write EXACT, then SAMPLED."
            )
    if manifests[0].corpus.name != manifests[1].corpus.name:
        raise InputError(
            f"run {runs[0].run_id!r} labelled the corpus {manifests[0].corpus.name!r}, run {runs[1].run_id!r} "
            f"{manifests[1].corpus.name!r}: they do not belong together. Compare runs of one corpus and model."
        )
    models = [manifest.spec.model for manifest in manifests]
    left, right = exact_labels(runs[0]), sampled_labels(runs[1])
    made = settings(resamples, confidence, seed)
    found = [compare_with_exact(left, right, t, **made) for t in temperature or manifests[1].spec.temperatures]
    note = "" if models[0] == models[1] else f"the runs name different models: {models[0]} and {models[1]}"
    if as_json:
        print_json(
            {"exact": runs[0].run_id, "sampled": runs[1].run_id, "note": note, "points": [as_row(f) for f in found]}
        )
        return
    for comparison in found:
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
    left_out = {**found[0].dropped, **found[0].check.rms.dropped} if found else {}
    if left_out:
        typer.echo("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in left_out.items()))
    if note:
        typer.echo(note)


def as_row(comparison: Any) -> dict[str, Any]:
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
