"""`polyvocal measure homogenization`: do the personas of a run agree more than the people of its corpus?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_dropped, tell_notes, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table

if TYPE_CHECKING:
    from engine.measures import EffectiveNumber, Estimate, People, Signature, Voices

COLUMNS = ("raters", "among", "alpha", "agreement", "alpha - people's", "n", "items")


@takes_run()
def homogenization(run: MeasuredRun) -> None:
    """Agreement within persona sets, within and between groups and among people; what homogenizes, and its signs."""
    from engine.measures import agreement_of_panels

    voices, people = run.beside()
    rows = agreement_of_panels(voices, people, **run.resampling).to_dict("records")
    numbers = _effective_numbers(voices, people, run.resampling)
    signs = _signatures(run, voices, people)
    if run.as_json:
        found = run.facts(voices) | {"level": people.level, "dropped": dict(voices.dropped), "panels": rows}
        found["effective_number"] = {
            name: {"distinct": number.distinct.to_dict(), "as_labelled": number.as_labelled.to_dict()}
            for name, number in numbers.items()
        }
        print_json(found | {"signatures": {name: [sign.to_dict() for sign in each] for name, each in signs.items()}})
        return
    run.head(voices, f"{people.level} alpha")
    print_table(COLUMNS, [_row(row) for row in rows])
    tell_notes(f"{row['raters']}, {row['among']}: {row['note']}" for row in rows if row["note"])
    typer.echo("\nHow many distinct voices the raters amount to:")
    print_table(
        ("raters", "n", "noise taken out", "as labelled"),
        [(name, x.distinct.n_raters, _number(x.distinct), _number(x.as_labelled)) for name, x in numbers.items()],
    )
    for name, each in signs.items():
        typer.echo(f"\nFailure signatures of the {name} personas:")
        for sign in each:
            typer.echo(f"- {sign.name}: {sign.verdict}. {sign.evidence}")
    tell_dropped(voices.dropped)


def _effective_numbers(voices: Voices, people: People, made: dict[str, Any]) -> dict[str, EffectiveNumber]:
    from engine.measures import effective_number

    kinds = [kind for kind in dict.fromkeys(voices.kinds) if voices.kinds.count(kind) > 1]
    found = {kind: effective_number(voices.of_kind(kind), **made) for kind in kinds}
    return {"people": effective_number(people, **made)} | found


def _signatures(run: MeasuredRun, voices: Voices, people: People) -> dict[str, tuple[Signature, ...]]:
    """Look at every strong and weak set: of an exact run alpha's fall from 0 to 1, of a sampled one over its range."""
    from engine.measures import failure_signatures
    from engine.measures import voices as voices_at

    known = [0.0, 1.0] if run.exact else sorted(run.manifest.spec.temperatures)
    ends = [known[0], known[-1]] if len(known) > 1 else []
    at = [voices_at(run.labels, t, voices.personas, voices.items) for t in ends]
    control = voices.of_kind("control")
    found = {}
    for kind in ("strong", "weak"):
        if voices.kinds.count(kind) > 1:
            colder, hotter = (v.of_kind(kind) for v in at) if at else (None, None)
            found[kind] = failure_signatures(
                voices.of_kind(kind), people, control=control if control.personas else None, colder=colder,
                hotter=hotter, **run.resampling,
            )  # fmt: skip
    return found


def _row(row: dict[Any, Any]) -> tuple[Any, ...]:
    """Return a panel as the table shows it."""
    more = with_interval(row["homogenization"], row["homogenization_low"], row["homogenization_high"])
    return (
        row["raters"], row["among"], with_interval(row["alpha"], row["low"], row["high"]), row["agreement"],
        "" if row["raters"] == "people" else more, row["n_raters"], row["n_items"],
    )  # fmt: skip


def _number(estimate: Estimate) -> str:
    if not estimate.defined:
        return "undefined: asked once" if "once" in estimate.note else "undefined"
    return f"{estimate.value:.2f} [{estimate.low:.2f} {estimate.high:.2f}]"
