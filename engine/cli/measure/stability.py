"""`polyvocal measure stability`: where the spread of answers comes from, and how each persona fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import counted, of_estimate, tell_dropped, tell_notes
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table

if TYPE_CHECKING:
    import pandas as pd

    from engine.measures import Estimate, RepeatCheck, Sensitivity, VarianceComponents, Voices

SENSITIVITIES = ("wording", "persona", "temperature", "wording_to_persona", "confidence_correlation")
BesideTemperature = Annotated[
    float | None,
    typer.Option(
        min=0, max=2,
        help="The temperature that sensitivity to temperature is measured against; default: 0 of an exact run (1 where "
        "it is measured at 0), the furthest one of a sampled run.",
    ),
]  # fmt: skip


@dataclass(frozen=True)
class _Stability:
    """What the command shows, of one run."""

    variance: dict[str, VarianceComponents]
    """Of every kind of persona."""
    sensitivity: Sensitivity
    modes: pd.DataFrame | None
    """None where no empty or control persona gives a baseline."""
    floors: list[RepeatCheck]
    """At every temperature of a sampled run."""


@takes_run()
def stability(run: MeasuredRun, beside_temperature: BesideTemperature = None) -> None:
    """Where the spread of answers comes from: item, persona, wording, temperature and the model's own noise."""
    voices = run.voices()
    found = _measure(run, voices, beside_temperature)
    if run.as_json:
        print_json(run.facts(voices) | _as_json(found))
        return
    run.head(voices)
    for kind, part in found.variance.items():
        _show_variance(kind, part)
    _show_sensitivity(found.sensitivity)
    _show_modes(found.modes)
    for check in found.floors:
        typer.echo(check.sentence)
    tell_dropped(voices.dropped)


def _measure(run: MeasuredRun, voices: Voices, beside_temperature: float | None) -> _Stability:
    from engine.measures import check_repeats, failure_modes, variance_components, wording_sensitivity

    second = _second_temperature(run, voices.temperature) if beside_temperature is None else beside_temperature
    other = None if second is None else run.voices(voices.personas, second)
    baseline = {"empty", "control"} & set(voices.kinds)
    sampled = () if run.exact else run.manifest.spec.temperatures
    return _Stability(
        {kind: variance_components(part, **run.resampling) for kind, part in voices.by_kind().items()},
        wording_sensitivity(voices, other, **run.resampling),
        failure_modes(*run.beside(), **run.resampling) if baseline else None,
        [check_repeats(run.labels, t, **run.resampling) for t in sampled],
    )


def _second_temperature(run: MeasuredRun, first: float) -> float | None:
    """Return the temperature that the first is set beside where none was named; None: the run has no other."""
    if run.exact:
        return 0.0 if first else 1.0
    others = [t for t in run.manifest.spec.temperatures if t != first]
    return max(others, key=lambda t: abs(t - first), default=None)


def _as_json(found: _Stability) -> dict[str, Any]:
    return {
        "sensitivity": {name: estimate.to_dict() for name, estimate in _sensitivities(found.sensitivity).items()},
        "sensitivity_at": list(found.sensitivity.at),
        "variance": [
            {"personas": kind, "n_items": v.n_items, "n_raters": v.n_raters, "n_wordings": v.n_wordings,
             "dropped": dict(v.dropped), "note": v.note, "components": v.table.to_dict("records")}
            for kind, v in found.variance.items()
        ],
        "modes": None if found.modes is None else found.modes.to_dict("records"),
        "repeats": [
            {"temperature": f.temperature, "verdict": f.verdict, "sentence": f.sentence,
             "differ": f.differ.to_dict(), "copies": [list(pair) for pair in f.copies]}
            for f in found.floors
        ],
    }  # fmt: skip


def _sensitivities(found: Sensitivity) -> dict[str, Estimate]:
    return {name: getattr(found, name) for name in SENSITIVITIES}


def _show_variance(kind: str, found: VarianceComponents) -> None:
    rows = found.table.to_dict("records")
    print_table(
        ("variance of answers", "share", "variance", "interval", "levels"),
        [
            (row["component"], row["share"], row["variance"], _ends(row["low"], row["high"]), row["n_levels"])
            for row in rows
        ],
        title=f"{kind}: {found.n_raters} personas, {found.n_items:,} items, {counted(found.n_wordings, 'wording')}",
    )
    tell_notes([*(f"{row['component']}: {row['note']}" for row in rows if row["note"]), found.note])


def _show_sensitivity(found: Sensitivity) -> None:
    numbers = _sensitivities(found)
    called = {name: name.replace("_", " ") for name in SENSITIVITIES}
    if len(found.at) > 1:
        called["temperature"] = f"temperature ({found.at[0]:g} beside {found.at[1]:g})"
    print_table(
        ("sensitivity to", "value", "items"),
        [(called[name], of_estimate(estimate), estimate.n_items) for name, estimate in numbers.items()],
    )
    tell_notes(f"{called[name]}: {estimate.note}" for name, estimate in numbers.items() if estimate.note)


def _show_modes(modes: pd.DataFrame | None) -> None:
    if modes is None:
        typer.echo("no empty or control personas among them, so failure modes cannot be told")
    elif len(modes):
        print_table(
            ("persona", "failure", "noise", "shift", "evidence"),
            [tuple(row[c] for c in ("persona", "mode", "noise", "shift", "evidence"))
             for row in modes.to_dict("records")],
        )  # fmt: skip
        tell_notes(
            f"{row['persona']}: left out {count:,} {reason}"
            for row in modes.to_dict("records")
            for reason, count in row["dropped"].items()
        )


def _ends(low: float, high: float) -> str:
    """Return both ends of an interval, or nothing where there is none."""
    return "" if low != low else f"{low:.3f} to {high:.3f}"
