"""`polyvocal measure refusals`: answers that hold no label, and what they do to agreement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_notes, with_ends, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd


@takes_run(without=["corpus", "temperature"])
def refusals(
    run: MeasuredRun,
    by_wording: Annotated[bool, typer.Option("--by-wording", help="Agreement of each wording by itself too.")] = False,
    by_persona: Annotated[
        bool, typer.Option("--by-persona", help="Agreement of each persona with the others too.")
    ] = False,
    items: Annotated[int, typer.Option(min=0, help="Items to show whose answers lack a label most often.")] = 0,
) -> None:
    """Refusals and unparsable answers by persona, wording and temperature; agreement under three policies for them."""
    from engine.measures import agreement_by_policy, labelless_items, labelless_rates, persona_agreement_by_policy

    asked = [name for name, given in (("--by-wording", by_wording), ("--by-persona", by_persona)) if given]
    if asked and run.exact:
        raise InputError(
            f"run {run.run_id!r} is exact: it drew no answers, so there is no agreement under policies for them. Leave "
            f"{' and '.join(asked)} out, or name a sampled run."
        )
    chosen = run.personas_or_strong
    place = {persona.persona_id: i for i, persona in enumerate(run.manifest.personas)}
    labels = run.labels.isel(persona=[place[name] for name in chosen])
    rates = labelless_rates(labels, confidence=run.resampling["confidence"])
    policies = None if run.exact else agreement_by_policy(labels, by_wording=by_wording, **run.resampling)
    of_personas = persona_agreement_by_policy(labels, **run.resampling) if by_persona else None
    behind = labelless_items(labels).head(items) if items else None
    mode = run.manifest.spec.mode
    if run.as_json:
        found = run.facts() | {"mode": mode, "personas": chosen, "rates": rates.to_dict("records")}
        found |= {} if behind is None else {"items": behind.to_dict("records")}
        found |= {"policies": [] if policies is None else policies.to_dict("records")}
        print_json(found | ({} if of_personas is None else {"by_persona": of_personas.to_dict("records")}))
        return
    run.head(text=f"{len(chosen)} personas, {mode}")
    _show_rates(rates, run.exact)
    if policies is not None:
        _show_policies(policies)
    if of_personas is not None:
        _show_personas(of_personas)
    if behind is not None:
        typer.echo("\nItems whose answers lack a label most often:")
        print_table(tuple(behind.columns), list(behind.itertuples(index=False, name=None)))


def _show_rates(rates: pd.DataFrame, exact: bool) -> None:
    if exact:
        typer.echo("An exact run draws no answers: the rate is the probability of a next token that is no label.")
    shown = rates[(rates["rate"] > 0) | (rates["by"] == "all")]
    print_table(
        ("by", "name", "cause", "rate", "answers"),
        [(r["by"], r["name"], r["cause"], with_interval(r["rate"], r["low"], r["high"]), r["n_answers"])
         for r in shown.to_dict("records")],
    )  # fmt: skip
    if len(shown) < len(rates):
        typer.echo(f"{len(rates) - len(shown)} rates of 0 are not shown (--json shows them with their intervals).")


def _show_policies(policies: pd.DataFrame) -> None:
    rows = policies.to_dict("records")
    typer.echo("\nAgreement by what becomes of answers without a label:")
    print_table(
        ("T", "wording", "policy", "alpha", "agreement", "without label"),
        [(r["temperature"], r["wording"] or "(all)", r["policy"], with_interval(r["alpha"], r["low"], r["high"]),
          with_ends(r, "agreement"), r["n_labelless"]) for r in rows],
    )  # fmt: skip
    tell_notes(f"{r['policy']}: {r['note']}" for r in rows if r["note"])


def _show_personas(of_personas: pd.DataFrame) -> None:
    rows = of_personas.to_dict("records")
    typer.echo("\nAgreement of each persona with the others:")
    print_table(
        ("persona", "T", "policy", "alpha", "agreement", "without label"),
        [(r["persona"], r["temperature"], r["policy"], with_interval(r["alpha"], r["low"], r["high"]),
          with_ends(r, "agreement"), r["n_labelless"]) for r in rows],
    )  # fmt: skip
    tell_notes(f"{r['persona']}, {r['policy']}: {r['note']}" for r in rows if r["note"])
