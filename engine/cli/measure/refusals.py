"""`polyvocal measure refusals`: answers that hold no label, and what they do to agreement."""

from __future__ import annotations

import typer

from engine.cli.measure.homogenization import with_interval
from engine.cli.measure.shared import Confidence, Resamples, RunName, Seed, Sets
from engine.cli.output import AsJson, print_json, print_table


def refusals(
    run: RunName,
    personas: Sets = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Refusals and unparsable answers by persona, wording and temperature; agreement under three policies for them."""
    from engine.cli.measure.shared import settings
    from engine.measures import agreement_by_policy, labelless_rates
    from engine.runs import exact_labels, find_run, personas_of, sampled_labels

    folder = find_run(run)
    manifest = folder.manifest()
    sampled = manifest.spec.mode == "sampled"
    labels = sampled_labels(folder) if sampled else exact_labels(folder)
    chosen = personas_of(manifest, personas)
    place = {persona.persona_id: i for i, persona in enumerate(manifest.personas)}
    labels = labels.isel(persona=[place[name] for name in chosen])
    rates = labelless_rates(labels, confidence=confidence)
    policies = agreement_by_policy(labels, **settings(resamples, confidence, seed)) if sampled else None
    if as_json:
        found = {"run": folder.run_id, "mode": manifest.spec.mode, "confidence": confidence, "personas": chosen}
        found["rates"] = rates.to_dict("records")
        print_json(found | {"policies": [] if policies is None else policies.to_dict("records")})
        return
    typer.echo(f"{folder.run_id}: {len(chosen)} personas, {manifest.spec.mode}")
    if policies is None:
        typer.echo("An exact run draws no answers: the rate is the probability of a next token that is no label.")
    shown = rates[(rates["rate"] > 0) | (rates["by"] == "all")]
    print_table(
        ("by", "name", "cause", "rate", "answers"),
        [(r["by"], r["name"], r["cause"], with_interval(r["rate"], r["low"], r["high"]), r["n_answers"])
         for r in shown.to_dict("records")],
    )  # fmt: skip
    if len(shown) < len(rates):
        typer.echo(f"{len(rates) - len(shown)} rates of 0 are not shown (--json shows them with their intervals).")
    if policies is not None:
        typer.echo("\nAgreement by what becomes of answers without a label:")
        print_table(
            ("T", "policy", "alpha", "agreement", "without label"),
            [(r["temperature"], r["policy"], with_interval(r["alpha"], r["low"], r["high"]),
              with_interval(r["agreement"], r["agreement_low"], r["agreement_high"]), r["n_labelless"])
             for r in policies.to_dict("records")],
        )  # fmt: skip
        for note in dict.fromkeys(f"{r['policy']}: {r['note']}" for r in policies.to_dict("records") if r["note"]):
            typer.echo(note)
