"""`polyvocal measure items`: the items where personas agree and people split, and the reverse."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.run_options import RESAMPLING, takes_run
from engine.cli.output import print_json, print_table

COLUMNS = ("item", "people", "personas", "gap", "people's label", "personas' label", "all of them", "people n")
KEYS = ("item_id", "people", "personas", "gap", "people_label", "personas_label", "one_label", "n_people")


@takes_run(without=RESAMPLING)
def items(
    run: MeasuredRun,
    top: Annotated[int, typer.Option(min=1, help="Items of each kind.")] = 10,
    texts: Annotated[
        bool, typer.Option("--texts", help="With the items' texts, which may offend or identify.")
    ] = False,
) -> None:
    """Items where all personas agree and people split most, and the reverse: ids and numbers, no texts unless asked."""
    from engine.measures import parting_items

    voices, people = run.beside(run.personas_or_strong)
    table = parting_items(voices, people)
    table = table[table["gap"].notna()]
    kinds = {
        "personas agree, people split": table[table["gap"] > 0].head(top),
        "people agree, personas split": table[table["gap"] < 0].tail(top)[::-1],
    }
    known = run.corpus.item_by_id if texts else {}
    found = {name: _records(rows, known) for name, rows in kinds.items()}
    if run.as_json:
        numbers = {"n_items": len(table), "n_personas": len(voices.personas), "n_people": len(people.annotators)}
        print_json(run.facts(voices) | numbers | found)
        return
    run.head(voices, f"{len(voices.personas)} personas")
    for name, rows in found.items():
        typer.echo(f"\n{name}:")
        columns = (*COLUMNS, "text") if texts else COLUMNS
        print_table(columns, [tuple(row[key] for key in (*KEYS, *(["text"] if texts else []))) for row in rows])


def _records(rows: Any, known: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows as records, with texts where items are known."""
    records = rows.astype(object).where(rows.notna(), None).to_dict("records")
    for record in records if known else []:
        record["text"] = " | ".join(str(text) for text in known[record["item_id"]].fields.values())
    return list(records)
