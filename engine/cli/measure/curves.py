"""`polyvocal measure curves`: what each persona says of an item, at every temperature."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError


@takes_run(without=["corpus", "temperature", "resamples", "seed"])
def curves(
    run: MeasuredRun,
    item: Annotated[
        list[str] | None, typer.Option("--item", help="An item's id; may be repeated. Default: the first.")
    ] = None,
    temperature: Annotated[
        list[float] | None,
        typer.Option("--temperature", "-t", min=0, max=2, help="Exact runs: any; default 0, 0.5, 1, 1.5, 2."),
    ] = None,
) -> None:
    """How probable each label is for each persona about an item, at each temperature: read, or drawn."""
    from engine.measures import label_curves

    labels = run.labels
    known = [str(name) for name in labels["item"].to_numpy()]
    items = list(dict.fromkeys(item or known[:1]))
    if missing := [name for name in items if name not in known]:
        raise InputError(f"run {run.run_id!r} did not ask about item {missing[0]!r}. It begins with {known[0]!r}.")
    chosen = labels.isel(item=[known.index(name) for name in items])
    if run.personas is not None:
        chosen = chosen.isel(persona=chosen["persona"].isin(run.personas))
    confidence = run.resampling["confidence"]
    if run.exact:
        table = label_curves(chosen, None, temperature or (0.0, 0.5, 1.0, 1.5, 2.0), confidence=confidence)
    else:
        drawn = [run.known(at) for at in temperature or run.manifest.spec.temperatures]
        chosen = chosen.sel(temperature=drawn)
        table = label_curves(None, chosen, confidence=confidence)
    if run.as_json:
        print_json(run.facts() | {"points": table.astype(object).where(table.notna(), None).to_dict("records")})
        return
    run.head(text="distributions" if run.exact else "drawn answers")
    records = table.to_dict("records")
    print_table(
        ("item", "persona", "label", "temperature", "probability", "answers", "note"),
        [
            (r["item"], r["persona"], r["label"], f"{r['temperature']:g}",
             with_interval(r["probability"], r["low"], r["high"]), r["n_draws"] or "", r["note"])
            for r in records
        ],
    )  # fmt: skip
