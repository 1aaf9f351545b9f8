"""`polyvocal measure retest`: can the answers of a second run, or of other repeats, be assigned to their personas?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import counted, of_estimate, tell_dropped
from engine.cli.measure.run_options import Permutations, takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.measures import Voices


@takes_run(without=["corpus"])
def retest(
    run: MeasuredRun,
    other: Annotated[str | None, typer.Option("--other", help="A second run; default: the odd repeats of RUN.")] = None,
    permutations: Permutations = 999,
) -> None:
    """Assign the personas of a second run, or of other repeats, to those of the first; accuracy against chance."""
    from engine.measures import retest as tested

    first, second, against = _halves(run) if other is None else _two_runs(run, run.another(other))
    found = tested(first, second, permutations=permutations, **run.resampling)
    if run.as_json:
        print_json(run.facts(first) | {
            "against": against, "sentence": found.sentence, "accuracy": found.accuracy.to_dict(),
            "chance": found.chance, "null_high": found.null_high, "p_value": found.p_value,
            "assignments": found.assignments.to_dict("records"),
        })  # fmt: skip
        return
    run.head(first, f"against {against}")
    typer.echo(found.sentence)
    if found.accuracy.defined:
        share = f"{run.resampling['confidence']:.0%}"
        typer.echo(
            f"accuracy {of_estimate(found.accuracy)}; chance {found.chance:.3f}, and {share} of permutations of the "
            f"names reach {found.null_high:.3f} at most"
        )
    print_table(("persona", "assigned to", "right", "margin"), found.assignments.itertuples(index=False))
    tell_dropped(found.accuracy.dropped)


def _halves(run: MeasuredRun) -> tuple[Voices, Voices, str]:
    from engine.measures import halves

    if run.manifest.spec.repeats < 2:
        raise InputError(
            f"run {run.run_id!r} asked every cell once, so it has no repeats to be tested against. Name a second run "
            "of the same personas and items (--other RUN), or start it again with --repeats 2 or more."
        )
    return *halves(run.labels, run.one_temperature, run.personas), "its own odd repeats"


def _two_runs(run: MeasuredRun, other: MeasuredRun) -> tuple[Voices, Voices, str]:
    first, second = run.voices(), other.voices()
    personas, items = set(first.personas) & set(second.personas), set(first.items) & set(second.items)
    if len(personas) < 2 or not items:
        raise InputError(
            f"runs {run.run_id!r} and {other.run_id!r} share {counted(len(personas), 'persona')} and "
            f"{counted(len(items), 'item')}. Test-retest needs two personas and an item of both: compare runs of the "
            "same persona set and the same items."
        )
    return first, second, other.run_id
