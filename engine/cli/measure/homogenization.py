"""`polyvocal measure homogenization`: do the personas of a run agree more than the people of its corpus?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from engine.cli.measure.shared import Measured
    from engine.measures import EffectiveNumber, Estimate, People, Signature, Voices

COLUMNS = ("raters", "among", "alpha", "agreement", "alpha - people's", "n", "items")


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
    rows = agreement_of_panels(voices, people, **made).to_dict("records")
    numbers = _effective_numbers(voices, people, made)
    signs = _signatures(measured, voices, people, made)
    if as_json:
        found = {"run": measured.run_id, "temperature": voices.temperature, "level": people.level}
        found |= {"confidence": confidence, "dropped": dict(voices.dropped), "panels": rows}
        found["effective_number"] = {
            name: {"distinct": number.distinct.to_dict(), "as_labelled": number.as_labelled.to_dict()}
            for name, number in numbers.items()
        }
        print_json(found | {"signatures": {name: [sign.to_dict() for sign in each] for name, each in signs.items()}})
        return
    typer.echo(f"{measured.run_id} at temperature {voices.temperature:g}, {people.level} alpha")
    print_table(COLUMNS, [_row(row) for row in rows])
    for note in dict.fromkeys(f"{row['raters']}, {row['among']}: {row['note']}" for row in rows if row["note"]):
        typer.echo(note)
    typer.echo("\nHow many distinct voices the raters amount to:")
    print_table(
        ("raters", "n", "noise taken out", "as labelled"),
        [(name, x.distinct.n_raters, _number(x.distinct), _number(x.as_labelled)) for name, x in numbers.items()],
    )
    for name, each in signs.items():
        typer.echo(f"\nFailure signatures of the {name} personas:")
        for sign in each:
            typer.echo(f"- {sign.name}: {sign.verdict}. {sign.evidence}")
    if voices.dropped:
        typer.echo("\nleft out: " + ", ".join(f"{count:,} {reason}" for reason, count in voices.dropped.items()))


def _effective_numbers(voices: Voices, people: People, made: dict[str, Any]) -> dict[str, EffectiveNumber]:
    from engine.measures import effective_number

    kinds = [kind for kind in dict.fromkeys(voices.kinds) if voices.kinds.count(kind) > 1]
    found = {kind: effective_number(voices.of_kind(kind), **made) for kind in kinds}
    return {"people": effective_number(people, **made)} | found


def _signatures(
    measured: Measured, voices: Voices, people: People, made: dict[str, Any]
) -> dict[str, tuple[Signature, ...]]:
    """Look at every strong and weak set: of an exact run alpha's fall from 0 to 1, of a sampled one over its range."""
    from engine.measures import failure_signatures
    from engine.measures import voices as voices_at

    exact = "probability" in measured.labels
    known = [0.0, 1.0] if exact else sorted(float(t) for t in measured.labels["temperature"].to_numpy())
    ends = [known[0], known[-1]] if len(known) > 1 else []
    at = [voices_at(measured.labels, t, voices.personas, voices.items) for t in ends]
    control = voices.of_kind("control")
    found = {}
    for kind in ("strong", "weak"):
        if voices.kinds.count(kind) > 1:
            colder, hotter = (v.of_kind(kind) for v in at) if at else (None, None)
            found[kind] = failure_signatures(
                voices.of_kind(kind), people, control=control if control.personas else None, colder=colder,
                hotter=hotter, **made,
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


def with_interval(value: float, low: float, high: float) -> str:
    """Return a number as people read it: '0.412 [.380 .445]', or why there is none."""
    if math.isnan(value):
        return "undefined"
    return (
        f"{value:.3f}"
        if math.isnan(low)
        else f"{value:.3f} [{low:.3f} {high:.3f}]".replace("[0.", "[.").replace(" 0.", " .")
    )
