"""`polyvocal measure attributes`: which attributes of the personas move their labels, and which are only words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.measure.homogenization import with_interval
from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from engine.cli.measure.shared import Measured


def attributes(
    run: RunName,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    exchanged: Annotated[
        bool, typer.Option("--exchanged", help="Values exchanged for others, instead of stated or left out.")
    ] = False,
    factorial: Annotated[
        bool, typer.Option("--factorial", help="Effects from personas that vary in many attributes at once.")
    ] = False,
    interactions: Annotated[
        bool, typer.Option("--interactions", help="With --factorial: what two values add together.")
    ] = False,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """How far each attribute moves the labels, beside what mere rewording does; ranked, corrected for their number."""
    from engine.cli.measure.shared import load, settings

    if interactions and not factorial:
        raise InputError("--interactions needs --factorial. Add it, or leave both out.")
    measured = load(run, corpus)
    made = settings(resamples, confidence, seed)
    if factorial:
        table = _factorial(measured, personas, temperature, interactions, made)
    else:
        table = _counterfactual(measured, personas, temperature, exchanged, made)
    if as_json:
        print_json({"run": measured.run_id, "confidence": confidence, "effects": table.to_dict("records")})
        return
    rows = table.to_dict("records")
    typer.echo(f"{measured.run_id}: " + ("effects in log-odds" if factorial else "change is total variation, 0 to 1"))
    if factorial:
        columns: tuple[str, ...] = ("term", "against", "effect", "p (Holm)", "personas", "items")
        print_table(columns, [
            (r["term"], r["against"], with_interval(r["effect"], r["low"], r["high"]), r["p_holm"], r["n_raters"],
             r["n_items"]) for r in rows
        ])  # fmt: skip
    else:
        worded = bool(table["rewording"].notna().any())
        columns = (
            "attribute",
            "value",
            "change",
            *(["over rewording"] if worded else []),
            "shift",
            "p (Holm)",
            "found",
            "pairs",
        )
        print_table(columns, [
            (r["attribute"], r["value"] or "(all)", with_interval(r["total_variation"], r["low"], r["high"]),
             *([with_interval(r["excess"], r["excess_low"], r["excess_high"])] if worded else []),
             with_interval(r["shift"], r["shift_low"], r["shift_high"]), r["p_holm"],
             "yes" if r["found"] else "no", r["n_pairs"])
            for r in rows
        ])  # fmt: skip
    for note in dict.fromkeys(r["note"] for r in rows if r["note"]):
        typer.echo(note)


def _counterfactual(
    measured: Measured, sets: list[str] | None, temperature: float | None, exchanged: bool, made: dict[str, Any]
) -> pd.DataFrame:
    from engine.measures import attribute_effects
    from engine.measures.voices import voices
    from engine.personas import counterfactual_pairs
    from engine.runs import personas_of

    chosen = personas_of(measured.manifest, sets) if sets else None
    own = [p for p in measured.manifest.personas if chosen is None or p.persona_id in set(chosen)]
    pairs = counterfactual_pairs(own, exchanged=exchanged)
    return attribute_effects(
        voices(measured.labels, temperature, chosen), pairs, measured.manifest.task.positive, **made
    )


def _factorial(
    measured: Measured, sets: list[str] | None, temperature: float | None, interactions: bool, made: dict[str, Any]
) -> pd.DataFrame:
    from engine.measures import factorial_effects
    from engine.measures.voices import voices
    from engine.runs import personas_of

    positive = measured.manifest.task.positive
    if positive is None:
        raise InputError(
            f"run {measured.run_id!r} has no positive label, so there are no log-odds for effects to add up in. Leave "
            "--factorial out, or call engine.measures.factorial_effects with the outcome you mean."
        )
    names = None if sets is None else set(personas_of(measured.manifest, sets))
    own = [p for p in measured.manifest.personas if (p.persona_id in names if names is not None else p.attributes)]
    seen = voices(measured.labels, temperature, [p.persona_id for p in own])
    outcome = seen.of_items()[..., seen.labels.index(positive)]
    return factorial_effects(outcome, [p.attributes for p in own], interactions=interactions, **made)
