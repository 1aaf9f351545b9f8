"""`polyvocal annotators sides`, `conditions`: where does it pay to know who annotates?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.annotators.experiment import Experiment, leave_if
from engine.cli.annotators.options import RUN, takes_experiment
from engine.cli.annotators.tables import interval_of, show_notes
from engine.cli.measure.printing import with_ends
from engine.cli.output import print_json, print_table
from engine.cli.specs import parse_temperatures
from engine.documents import parts_of
from engine.errors import InputError

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from engine.annotators.annotations import Annotations
    from engine.annotators.experiments.conditions import Conditions
    from engine.annotators.experiments.sides import Sides
    from engine.annotators.training.trainer import Trainer

DEFAULT_TEMPERATURES = (0.0, 1.0)
EqualSize = Annotated[
    bool, typer.Option("--equal-size", help="Thin every item to the labels of the side that has fewest of it.")
]
PARTS = ("gains", "contrasts", "signatures", "sizes", "notes", "words")
"""What is told of every comparison of conditions."""


@takes_experiment()
def sides(
    experiment: Experiment,
    run: Annotated[str, RUN],
    equal_size: EqualSize = False,
    shuffled: Annotated[
        bool, typer.Option(help="Also with annotators' names shuffled: the null, twice the work.")
    ] = True,
) -> None:
    """People against personas: does knowing the annotator gain on people what it does not on personas?"""
    from engine.annotators.experiments.sides import compare_sides

    people, personas = experiment.choice.people(run), experiment.choice.personas(run)

    def call(trainer: Trainer) -> Sides:
        return compare_sides(
            people, personas, experiment.models, experiment.seeds, splits=experiment.drawn_splits(people, personas),
            trainer=trainer, equal_size=equal_size, shuffled=shuffled, **experiment.resampling,
        )  # fmt: skip

    found, stopped = experiment.carry_out(call)
    if experiment.as_json:
        facts: dict[str, Any] = {"run": personas.name, "people": people.name, "run_notes": experiment.choice.notes(run)}
        shown = parts_of(found, "table") | parts_of(found.conditions, *PARTS)
        print_json(facts | shown | {"stopped_at": stopped or None})
    else:
        typer.echo(f"people ({people.name}) against personas ({personas.name}): what knowing the annotator gains")
        _print_sides(found)
        _print_conditions(found.conditions, experiment.choice.notes(run))
    experiment.draw(lambda: _figures(found.conditions))
    leave_if(stopped)


@takes_experiment()
def conditions(
    experiment: Experiment,
    run: Annotated[str, RUN],
    by: Annotated[
        Literal["kind", "set", "temperature"], typer.Option(help="Strong beside weak personas, sets, or temperatures.")
    ] = "kind",
    temperatures: Annotated[str | None, typer.Option(help="By temperature: 0,1 or 0:2:0.5; default 0,1.")] = None,
    equal_size: EqualSize = False,
    shuffled: Annotated[bool, typer.Option(help="Also with annotators' names shuffled: the null.")] = False,
) -> None:
    """Strong against weak personas, or low against high temperature: where have the personas voices to learn?"""
    from engine.annotators.experiments.conditions import compare_conditions

    chosen = _conditions_of(experiment, run, by, parse_temperatures(temperatures))

    def call(trainer: Trainer) -> Conditions:
        return compare_conditions(
            chosen, experiment.models, experiment.seeds, splits=experiment.drawn_splits(*chosen.values()),
            trainer=trainer, equal_size=equal_size, shuffled=shuffled, **experiment.resampling,
        )  # fmt: skip

    found, stopped = experiment.carry_out(call)
    if experiment.as_json:
        facts = {"run": experiment.choice.run(run).run_id, "by": by, "reference": found.reference}
        print_json(
            facts
            | {"run_notes": experiment.choice.notes(run)}
            | parts_of(found, *PARTS)
            | {"stopped_at": stopped or None}
        )
    else:
        typer.echo(f"{experiment.choice.run(run).run_id} by {by}: what knowing the annotator gains")
        _print_gains(found)
        _print_conditions(found, experiment.choice.notes(run))
    experiment.draw(lambda: _figures(found))
    leave_if(stopped)


def _conditions_of(
    experiment: Experiment, name: str, by: str, temperatures: tuple[float, ...]
) -> dict[str, Annotations]:
    """Return the labels of each condition."""
    from engine.annotators.experiments import run_conditions

    choice = experiment.choice
    run = choice.run(name)
    if by == "temperature":
        if choice.temperature is not None:
            raise InputError("--temperature is one, and --by temperature compares several. Use --temperatures 0,1.")
        at = temperatures or (DEFAULT_TEMPERATURES if run.exact else tuple(run.manifest.spec.temperatures))
        return run_conditions.at_temperatures(run.folder, run.corpus, at, run.personas_or_strong, choice.draw_seed)
    if temperatures:
        raise InputError(f"--temperatures is for --by temperature, not {by}. Add that, or name one with --temperature.")
    if by == "set":
        sets = list(choice.sets) or None
        return run_conditions.of_sets(run.folder, run.corpus, sets, run.one_temperature, choice.draw_seed)
    if choice.sets:
        raise InputError("--personas names sets, and --by kind compares kinds of personas. Use --by set.")
    return run_conditions.of_kinds(
        run.folder, run.corpus, temperature=run.one_temperature, seed=choice.draw_seed
    )  # fmt: skip


def _print_sides(found: Sides) -> None:
    table = found.table.to_dict("records")
    null = [name for name in ("people_shuffled", "personas_shuffled") if found.table[name].notna().any()]
    heads = {"people_shuffled": "people, shuffled", "personas_shuffled": "personas, shuffled"}
    print_table(
        ("model", "gain on people", "on personas", "people - personas", "p (Holm)", *(heads[name] for name in null)),
        [
            (row["model"], with_ends(row, "people"), with_ends(row, "personas"),
             interval_of({"value": row["difference"], **{end: row[end] for end in ("low", "high")}}), row["p_holm"],
             *(row[name] for name in null))
            for row in table
        ],
    )  # fmt: skip


def _print_gains(found: Conditions) -> None:
    """Print a row a model with its gain in every condition, and how the others differ from the reference."""
    gains = {(row["condition"], row["labels"], row["model"]): row for row in found.gains.to_dict("records")}
    apart = {(row["condition"], row["model"]): row for row in found.contrasts.to_dict("records")}
    columns = list(dict.fromkeys((condition, labels) for condition, labels, _ in gains))
    others = [name for name in found.comparisons if name != found.reference]
    rows = []
    for model in dict.fromkeys(model for _, _, model in gains):
        cells: list[Any] = [model, *(_cell(gains.get((*column, model))) for column in columns)]
        rows.append((*cells, *(_cell(apart.get((name, model))) for name in others)))
    heads = (
        *(name if labels == "as given" else f"{name}, shuffled" for name, labels in columns),
        *(f"{name} - {found.reference}" for name in others),
    )
    print_table(("model", *heads), rows)


def _cell(row: dict[Any, Any] | None) -> str:
    return interval_of(row) if row else ""


def _print_conditions(found: Conditions, run_notes: list[str]) -> None:
    for name, signature in found.signatures.items():
        typer.echo(f"{name}: {signature.name}: {signature.verdict}")
    for sentence in found.words:
        typer.echo(sentence)
    show_notes([*run_notes, *found.notes])


def _figures(found: Conditions) -> dict[str, go.Figure]:
    from engine.figures import condition_contrasts, condition_gains

    drawn = {"What knowing the annotator gains": condition_gains(found.gains)}
    if found.shuffled:
        drawn["The same with names shuffled within items"] = condition_gains(found.gains, labels="names shuffled")
    return drawn | {f"How the gains differ from {found.reference}": condition_contrasts(found.contrasts)}
