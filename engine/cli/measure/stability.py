"""`polyvocal measure signal` and `polyvocal measure stability`: personas against the model's own noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from engine.cli.measure.shared import Measured
    from engine.measures.voices import Voices

Permutations = Annotated[int, typer.Option(min=19, max=100_000, help="Permutations of the test.")]


def signal(
    run: RunName,
    personas: Sets = None,
    temperature: Temperature = None,
    permutations: Permutations = 999,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Persona signal against the model's own noise, in one sentence, for every kind of persona."""
    from engine.cli.measure.shared import load, settings
    from engine.measures import persona_signal

    measured = load(run)
    voices = chosen(measured, personas, temperature)
    made = settings(resamples, confidence, seed)
    found = {kind: persona_signal(part, permutations=permutations, **made) for kind, part in by_kind(voices).items()}
    if as_json:
        points = [
            {
                "personas": kind, "sentence": s.sentence, "distinguishable": s.distinguishable,
                "signal": s.signal.to_dict(), "noise": s.noise.to_dict(), "ratio": s.ratio.to_dict(),
                "p_value": s.p_value, "permutations": s.permutations, "test": s.test,
            }
            for kind, s in found.items()
        ]  # fmt: skip
        print_json({"run": measured.run_id, "temperature": voices.temperature, "points": points})
        return
    typer.echo(f"{measured.run_id} at temperature {voices.temperature:g}")
    for kind, result in found.items():
        typer.echo(f"{kind}: {result.sentence}")
    tell_dropped(voices)


def stability(
    run: RunName,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Where the spread of answers comes from: item, persona, wording and the model's own noise."""
    from engine.cli.measure.shared import load, settings
    from engine.measures import beside, failure_modes, variance_components, wording_sensitivity

    measured = load(run, corpus)
    made = settings(resamples, confidence, seed)
    voices = chosen(measured, personas, temperature)
    parts = {kind: variance_components(part, **made) for kind, part in by_kind(voices).items()}
    floors = floor_of(measured, made)
    modes = None
    if {"empty", "control"} & set(voices.kinds):
        modes = failure_modes(*beside(measured.labels, measured.human, temperature, list(voices.personas)), **made)
    sensitivity = {
        name: getattr(wording_sensitivity(voices, **made), name)
        for name in ("wording", "persona", "wording_to_persona", "confidence_correlation")
    }
    if as_json:
        print_json({
            "run": measured.run_id,
            "temperature": voices.temperature,
            "sensitivity": {name: estimate.to_dict() for name, estimate in sensitivity.items()},
            "variance": [
                {"personas": kind, "n_items": v.n_items, "n_raters": v.n_raters, "n_wordings": v.n_wordings,
                 "dropped": dict(v.dropped), "note": v.note, "components": v.table.to_dict("records")}
                for kind, v in parts.items()
            ],
            "modes": None if modes is None else modes.to_dict("records"),
            "repeats": [{"temperature": f.temperature, "verdict": f.verdict, "sentence": f.sentence} for f in floors],
        })  # fmt: skip
        return
    typer.echo(f"{measured.run_id} at temperature {voices.temperature:g}")
    for kind, found in parts.items():
        print_table(
            ("variance of answers", "share", "variance", "interval", "levels"),
            [
                (row["component"], row["share"], row["variance"], interval(row["low"], row["high"]), row["n_levels"])
                for row in found.table.to_dict("records")
            ],
            title=f"{kind}: {found.n_raters} personas, {found.n_items:,} items, {found.n_wordings} wordings",
        )
        for row in found.table.to_dict("records"):
            if row["note"]:
                typer.echo(f"{row['component']}: {row['note']}")
        if found.note:
            typer.echo(found.note)
    if len(voices.wordings) > 1:
        print_table(
            ("sensitivity to", "value", "interval"),
            [(name.replace("_", " "), e.value, interval(e.low, e.high)) for name, e in sensitivity.items()],
        )
    if modes is None:
        typer.echo("no empty or control personas among them, so failure modes cannot be told")
    elif len(modes):
        print_table(
            ("persona", "failure", "noise", "shift", "evidence"),
            [tuple(row[c] for c in ("persona", "mode", "noise", "shift", "evidence"))
             for row in modes.to_dict("records")],
        )  # fmt: skip
    for check in floors:
        typer.echo(check.sentence)
    tell_dropped(voices)


def interval(low: float, high: float) -> str:
    """Return both ends as a table shows them."""
    return "" if low != low else f"{low:.3f} to {high:.3f}"


def chosen(measured: Measured, personas: list[str] | None, temperature: float | None) -> Voices:
    """Return the voices of a run's personas, of some sets alone."""
    from engine.measures.voices import voices
    from engine.runs import personas_of

    names = personas_of(measured.manifest, personas) if personas else None
    return voices(measured.labels, temperature, names)


def by_kind(voices: Voices) -> dict[str, Voices]:
    """Return the voices of each kind of persona that has two or more; all together where no kind has."""
    kinds = dict.fromkeys(voices.kinds)
    parts = {kind: voices.where([k == kind for k in voices.kinds]) for kind in kinds}
    some = {kind: part for kind, part in parts.items() if len(part.personas) > 1}
    return some or {"all": voices}


def floor_of(measured: Measured, made: dict[str, Any]) -> list[Any]:
    """Return the check of repeats at every temperature of a sampled run; nothing for an exact one."""
    from engine.measures import check_repeats

    if "code" not in measured.labels:
        return []
    return [check_repeats(measured.labels, float(t), **made) for t in measured.labels["temperature"].to_numpy()]


def tell_dropped(voices: Voices) -> None:
    """Print what the run has no label for."""
    if voices.dropped:
        typer.echo("left out: " + ", ".join(f"{count:,} {reason}" for reason, count in voices.dropped.items()))
