"""`polyvocal measure personas`, `representation`: what personas say, where they depart, what they carry of groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import tell_notes, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table

Cell = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="PERSONA TARGET", help="The items behind this persona's likeness to an annotator or group."),
]


@takes_run(without=("corpus",))
def personas(
    run: MeasuredRun,
    persona: Annotated[
        str | None, typer.Option(help="Also the items on which this one departs from the others.")
    ] = None,
    cell: Cell = None,
    top: Annotated[int, typer.Option(min=1, help="Items to show.")] = 10,
) -> None:
    """How often each persona gives each label; the items on which personas differ most, or one departs."""
    from engine.measures import cell_items, departing_items, differing_items, label_rates

    voices = run.voices()
    rates = label_rates(voices, **run.resampling)
    lists = {"personas differ most": differing_items(voices)}
    if persona is not None:
        lists[f"{persona} departs from the others"] = departing_items(voices, persona)
    if cell is not None:
        asked, people = run.beside()
        by = "annotator" if cell[1] in people.annotators else "group"
        lists[f"{cell[0]} beside {cell[1]}"] = cell_items(asked, people, *cell, by=by)
    shown = {name: frame.head(top) for name, frame in lists.items()}
    if run.as_json:
        frames = {name: frame.to_dict("records") for name, frame in shown.items()}
        print_json(run.facts(voices) | {"rates": rates.to_dict("records"), "items": frames})
        return
    run.head(voices, f"{len(voices.personas)} personas")
    labels = list(dict.fromkeys(rates["label"]))
    rows = [(name, *(_with_interval(row, "rate") for row in cells.to_dict("records"))) for name, cells in
            rates.groupby("persona", sort=False)]  # fmt: skip
    print_table(("persona", *labels), rows)
    tell_notes(f"{row['persona']}: {row['note']}" for row in rates.to_dict("records") if row["note"])
    for name, frame in shown.items():
        typer.echo(f"\n{name}:")
        print_table(tuple(frame.columns), list(frame.itertuples(index=False, name=None)))


@takes_run()
def representation(
    run: MeasuredRun, top: Annotated[int, typer.Option(min=1, help="Items of each group to show.")] = 5
) -> None:
    """How much of each group's difference from the others its personas carry: 1 all of it, 0 none."""
    from engine.measures import representation as measured

    voices, people = run.beside()
    found = measured(voices, people, **run.resampling)
    items = found.items.groupby("group", sort=False).head(top) if len(found.items) else found.items
    if run.as_json:
        print_json(run.facts(voices) | {"groups": found.groups.to_dict("records"), "items": items.to_dict("records")})
        return
    run.head(voices, "what the personas of a group carry of it")
    if not len(found.groups):
        typer.echo("There are no two groups that have people and personas both.")
        return
    rows = found.groups.to_dict("records")
    print_table(
        ("group", "carried", "items", "people", "personas"),
        [
            (row["group"], _with_interval(row, "carried"), row["n_items"], row["n_people"], row["n_personas"])
            for row in rows
        ],
    )
    tell_notes(f"{row['group']}: {row['note']}" for row in rows if row["note"])
    print_table(tuple(items.columns), list(items.itertuples(index=False, name=None)), title="Most missed items")


def _with_interval(row: Mapping[Any, Any], name: str) -> str:
    return with_interval(row[name], row["low"], row["high"])
