"""`polyvocal measure attributes`: which attributes of the personas move their labels, and which are only words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_notes, with_ends, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from engine.personas.counterfactual import Pair


@takes_run(without=["corpus"])
def attributes(
    run: MeasuredRun,
    exchanged: Annotated[
        bool, typer.Option("--exchanged", help="Values exchanged for others, instead of stated or left out.")
    ] = False,
    factorial: Annotated[
        bool, typer.Option("--factorial", help="Effects from personas that vary in many attributes at once.")
    ] = False,
    interactions: Annotated[
        bool, typer.Option("--interactions", help="With --factorial: what two values add together.")
    ] = False,
    behind: Annotated[
        str | None, typer.Option(metavar="ATTRIBUTE", help="Also the items on which this attribute moves labels most.")
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="With --behind: items to show.")] = 10,
) -> None:
    """How far each attribute moves the labels, beside what mere rewording does; ranked, corrected for their number."""
    if interactions and not factorial:
        raise InputError("--interactions needs --factorial. Add it, or leave both out.")
    if behind is not None and factorial:
        raise InputError("--behind lists items of pairs of personas, which --factorial does without. Leave one out.")
    table = _factorial(run, interactions) if factorial else _counterfactual(run, exchanged)
    items = None if behind is None else _items(run, exchanged, behind).head(top)
    if run.as_json:
        found = run.facts() | {"effects": table.to_dict("records")}
        print_json(found | ({} if items is None else {"behind": behind, "items": items.to_dict("records")}))
        return
    run.head(text="effects in log-odds" if factorial else "change is total variation, 0 to 1")
    rows = table.to_dict("records")
    if factorial:
        _show_factorial(rows)
    else:
        _show_counterfactual(rows, worded=bool(table["rewording"].notna().any()))
    tell_notes(row["note"] for row in rows)
    if items is not None:
        typer.echo(f"\nItems on which {behind} moves labels most, and the pair of personas that each moves most:")
        print_table(tuple(items.columns), list(items.itertuples(index=False, name=None)))


def _counterfactual(run: MeasuredRun, exchanged: bool) -> pd.DataFrame:
    from engine.measures import attribute_effects

    voices = run.voices()  # first, so that a temperature that the run lacks is said before pairs that it lacks
    return attribute_effects(voices, _pairs(run, exchanged), run.manifest.task.positive, **run.resampling)


def _items(run: MeasuredRun, exchanged: bool, attribute: str) -> pd.DataFrame:
    from engine.measures import attribute_items

    return attribute_items(run.voices(), _pairs(run, exchanged), attribute)


def _pairs(run: MeasuredRun, exchanged: bool) -> list[Pair]:
    """Return the pairs of personas that differ in one attribute alone. InputError: there are none."""
    from engine.personas import counterfactual_pairs

    chosen = run.personas
    own = [p for p in run.manifest.personas if chosen is None or p.persona_id in set(chosen)]
    pairs = counterfactual_pairs(own, exchanged=exchanged)
    if not pairs:
        raise InputError(
            f"run {run.run_id!r} has no two personas that differ in one attribute alone"
            f"{', exchanged for another' if exchanged else ''}. Make a set of them with `polyvocal persona "
            f"counterfactual SET{' --exchange' if exchanged else ''}`, and run it; --factorial does without pairs."
        )
    return pairs


def _factorial(run: MeasuredRun, interactions: bool) -> pd.DataFrame:
    from engine.measures import factorial_effects

    positive = run.manifest.task.positive
    if positive is None:
        raise InputError(
            f"run {run.run_id!r} has no positive label, so there are no log-odds for effects to add up in. Leave "
            "--factorial out, or call engine.measures.factorial_effects with the outcome you mean."
        )
    names = None if run.personas is None else set(run.personas)
    own = [p for p in run.manifest.personas if (p.attributes if names is None else p.persona_id in names)]
    if not own:
        raise InputError(
            f"no persona of run {run.run_id!r} has attributes, so there is nothing to vary. Run personas with "
            "attributes: a strong set, or one made by `polyvocal persona counterfactual`."
        )
    voices = run.voices([p.persona_id for p in own])
    outcome = voices.of_items()[..., voices.labels.index(positive)]
    return factorial_effects(outcome, [p.attributes for p in own], interactions=interactions, **run.resampling)


def _show_counterfactual(rows: list[dict[Any, Any]], worded: bool) -> None:
    over = ["over rewording"] if worded else []
    print_table(("attribute", "value", "change", *over, "shift", "p (Holm)", "found", "pairs"), [
        (r["attribute"], r["value"] or "(all)", with_interval(r["total_variation"], r["low"], r["high"]),
         *([with_ends(r, "excess")] if worded else []), with_ends(r, "shift"), r["p_holm"],
         "yes" if r["found"] else "no", r["n_pairs"])
        for r in rows
    ])  # fmt: skip


def _show_factorial(rows: list[dict[Any, Any]]) -> None:
    print_table(("term", "against", "effect", "p (Holm)", "personas", "items"), [
        (r["term"], r["against"], with_interval(r["effect"], r["low"], r["high"]), r["p_holm"], r["n_raters"],
         r["n_items"]) for r in rows
    ])  # fmt: skip
