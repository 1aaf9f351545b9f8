"""`polyvocal measure alignment`, `own-person`, `alternative`, `prototypes`: which persona stands for whom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.measure.homogenization import with_interval
from engine.cli.measure.shared import Confidence, CorpusName, Resamples, RunName, Seed, Sets, Temperature
from engine.cli.output import AsJson, print_json, print_table

if TYPE_CHECKING:
    from engine.measures import People, Voices

Likeness = Annotated[
    Literal["cosine", "centred", "kappa"],
    typer.Option("--measure", help="Cosine of label vectors, centred cosine, or agreement corrected for chance."),
]
By = Annotated[Literal["annotator", "group"], typer.Option(help="Beside each annotator, or each group of them.")]
MANY = 8
"""Targets beyond which a table of the terminal has no room for intervals."""


def alignment(
    run: RunName,
    measure: Likeness = "cosine",
    by: By = "annotator",
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Each persona beside each annotator or group: how alike, against shuffled personas and the ceiling."""
    from engine.cli.measure.shared import settings
    from engine.measures import alignment as measured

    run_id, voices, people = _beside(run, corpus, temperature, personas)
    table = measured(voices, people, measure, by, **settings(resamples, confidence, seed))
    if as_json:
        print_json(_facts(run_id, voices) | {"measure": measure, "by": by, "cells": table.to_dict("records")})
        return
    typer.echo(f"{run_id} at temperature {voices.temperature:g}: {measure}, by {by}")
    targets = list(dict.fromkeys(table["target"]))
    short = len(targets) > MANY
    rows = [
        (name, *(_cell(row, short) for row in cells.to_dict("records")))
        for name, cells in table.groupby("persona", sort=False)
    ]
    first = table.drop_duplicates("target").to_dict("records")
    shuffled = [_range(row["null_low"], row["null_high"], short) for row in first]
    print_table(("persona", *targets), [*rows, ("shuffled personas", *shuffled)])
    typer.echo("* above what personas shuffled within items reach. ( ) the target that the persona stands for.")
    _say_notes(f"{row['persona']}, {row['target']}: {row['note']}" for row in table.to_dict("records") if row["note"])


def own_person(
    run: RunName,
    measure: Likeness = "kappa",
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Is each persona more like the person it plays than like other people, and more than nobody is?"""
    from engine.cli.measure.shared import settings
    from engine.measures import own_person as measured

    run_id, voices, people = _beside(run, corpus, temperature, personas)
    found = measured(voices, people, measure, **settings(resamples, confidence, seed))
    means = {"own_minus_others": found.own_minus_others, "specific": found.specific, "nearest": found.nearest}
    if as_json:
        print_json(
            _facts(run_id, voices)
            | {"measure": measure, "personas": found.table.to_dict("records")}
            | {name: estimate.to_dict() for name, estimate in means.items()}
            | {"chance": found.chance, "p_value": found.p_value}
        )
        return
    typer.echo(f"{run_id} at temperature {voices.temperature:g}: {measure} with the person each persona plays")
    print_table(
        ("persona", "own", "others", "nobody", "own - others", "specific", "verdict"),
        [
            (row["persona"], row["own"], row["others"], row["nobody"], _interval(row, "own_minus_others"),
             _interval(row, "specific"), row["verdict"])
            for row in found.table.to_dict("records")
        ],
    )  # fmt: skip
    for name, estimate in means.items():
        typer.echo(f"{name}: {_interval({'': estimate.value, '_low': estimate.low, '_high': estimate.high}, '')}")
    typer.echo(f"nearest by chance: {found.chance:.3f}; random assignments at least as alike: p = {found.p_value:.4f}")
    _say_notes(f"{row['persona']}: {row['note']}" for row in found.table.to_dict("records") if row["note"])


def alternative(
    run: RunName,
    epsilon: Annotated[
        float, typer.Option(min=0, max=1, help="0.2 for experts, 0.15 skilled annotators, 0.1 crowd workers.")
    ] = 0.2,
    q: Annotated[float, typer.Option(min=0.001, max=0.5, help="False-discovery rate over annotators.")] = 0.05,
    answer: Annotated[
        Literal["likeliest", "drawn"], typer.Option(help="The label a persona gives: its likeliest, or one drawn.")
    ] = "likeliest",
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The alternative-annotator test (Calderon et al., ACL 2025): may a persona replace a human annotator?"""
    from engine.cli.measure.shared import settings
    from engine.measures import alternative_annotator

    run_id, voices, people = _beside(run, corpus, temperature, personas)
    made = settings(resamples, confidence, seed)
    found = alternative_annotator(voices, people, epsilon, q=q, answer=answer, **made)
    verdicts = found.verdicts.to_dict("records")
    if as_json:
        print_json(
            _facts(run_id, voices)
            | {"epsilon": epsilon, "q": q, "answer": answer, "personas": verdicts}
            | {"comparisons": found.comparisons.to_dict("records")}
        )
        return
    typer.echo(f"{run_id}: alternative-annotator test, epsilon {epsilon:g}, {answer} labels")
    print_table(
        ("persona", "winning rate", "advantage", "annotators", "verdict"),
        [
            (row["persona"], _interval(row, "winning_rate"), _interval(row, "advantage"), row["n_raters"],
             "undefined" if row["n_raters"] == 0 else "passes" if row["passes"] else "fails")
            for row in verdicts
        ],
    )  # fmt: skip
    if any(row["passes"] for row in verdicts if row["kind"] in ("control", "empty")):
        typer.echo("Control or empty personas pass too: passing does not mean standing for anybody in particular.")
    _say_notes(f"{row['persona']}: {row['note']}" for row in verdicts if row["note"])


def prototypes(
    run: RunName,
    measure: Likeness = "kappa",
    items: Annotated[int, typer.Option(min=0, help="Deciding items to show for each group.")] = 5,
    personas: Sets = None,
    corpus: CorpusName = None,
    temperature: Temperature = None,
    resamples: Resamples = 1000,
    confidence: Confidence = 0.95,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """The persona that stands best for each group of people, how surely, and the items that decide it."""
    from engine.cli.measure.shared import settings
    from engine.measures import prototypes as measured

    run_id, voices, people = _beside(run, corpus, temperature, personas)
    found = measured(voices, people, measure, n_items=items, **settings(resamples, confidence, seed))
    if as_json:
        frames = {"best": found.best, "stand_ins": found.stand_ins, "items": found.items}
        print_json(
            _facts(run_id, voices)
            | {"measure": measure}
            | {name: frame.to_dict("records") for name, frame in frames.items()}
        )
        return
    typer.echo(f"{run_id} at temperature {voices.temperature:g}: {measure}")
    print_table(
        ("group", "best stand-in", "probability", "next", "margin", "over controls"),
        [
            (row["group"], row["persona"], row["probability_best"], row["next_persona"], _interval(row, "margin"),
             _interval(row, "control_margin"))
            for row in found.best.to_dict("records")
        ],
    )  # fmt: skip
    for group, rows in found.items.groupby("group", sort=False):
        named = ", ".join(f"{row['item']} ({row['influence']:+.4f})" for row in rows.to_dict("records"))
        typer.echo(f"{group}, items that decide: {named}")
    _say_notes(f"{row['group']}: {row['note']}" for row in found.best.to_dict("records") if row["note"])


def _beside(
    run: str, corpus: str | None, temperature: float | None, sets: list[str] | None
) -> tuple[str, Voices, People]:
    """Personas of a run (all, or of the sets named) beside the people of its corpus."""
    from engine.cli.measure.shared import load
    from engine.measures import beside
    from engine.runs import personas_of

    measured = load(run, corpus)
    chosen = personas_of(measured.manifest, sets) if sets else None
    voices, people = beside(measured.labels, measured.human, temperature, chosen)
    return measured.run_id, voices, people


def _facts(run_id: str, voices: Voices) -> dict[str, Any]:
    return {"run": run_id, "temperature": voices.temperature, "dropped_answers": dict(voices.dropped)}


def _cell(row: dict[Any, Any], short: bool) -> str:
    """A cell of the matrix: its value, starred above the null, in brackets where the persona stands for the target."""
    if math.isnan(row["value"]):
        return "undefined"
    text = f"{row['value']:.2f}" if short else _interval({**row, "": row["value"], "_low": row["low"],
                                                          "_high": row["high"]}, "")  # fmt: skip
    text += "*" if row["evidence"] else ""
    return f"({text})" if row["own"] else text


def _range(low: float, high: float, short: bool) -> str:
    if math.isnan(high):
        return "undefined"
    return f"to {high:.2f}" if short else f"{low:.3f} to {high:.3f}"


def _interval(row: dict[Any, Any], name: str) -> str:
    """'0.412 [.380 .445]' of a number and its ends."""
    return with_interval(*(row.get(f"{name}{end}", math.nan) for end in ("", "_low", "_high")))


def _say_notes(notes: Any, at_most: int = 12) -> None:
    """Print notes, which can be hundreds in a matrix."""
    listed = list(dict.fromkeys(notes))
    for note in listed[:at_most]:
        typer.echo(note)
    if len(listed) > at_most:
        typer.echo(f"and {len(listed) - at_most:,} more notes: see --json")
