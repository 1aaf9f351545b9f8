"""`polyvocal measure alignment`, `own-person`, `alternative`, `prototypes`: which persona stands for whom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.measure.measured_run import MeasuredRun
from engine.cli.measure.printing import of_estimate, tell_notes, with_ends, with_interval
from engine.cli.measure.run_options import takes_run
from engine.cli.output import print_json, print_table
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.measures import Voices
    from engine.measures.coincidence import Floats

Likeness = Annotated[
    Literal["cosine", "centred", "kappa"],
    typer.Option("--measure", help="Cosine of label vectors, centred cosine, or agreement corrected for chance."),
]
LikenessOrComposite = Annotated[
    Literal["cosine", "centred", "kappa", "composite"],
    typer.Option(
        "--measure",
        help="Cosine of label vectors, centred cosine, agreement corrected for chance, or cosine of composite "
        "embeddings (the mean embedding of the texts that got each label).",
    ),
]
Encoder = Annotated[
    str | None, typer.Option(help="composite: text encoder, a folder or Hugging Face id; default all-MiniLM-L6-v2.")
]
By = Annotated[Literal["annotator", "group"], typer.Option(help="Beside each annotator, or each group of them.")]
MANY = 8
"""Targets beyond which a table of the terminal has no room for intervals."""


@takes_run()
def alignment(
    run: MeasuredRun, measure: LikenessOrComposite = "cosine", by: By = "annotator", encoder: Encoder = None
) -> None:
    """Each persona beside each annotator or group: how alike, against shuffled personas and the ceiling."""
    from engine.measures import alignment as measured
    from engine.measures import composite_cosine

    if encoder and measure != "composite":
        raise InputError(f"--encoder {encoder} is for --measure composite, not {measure}. Add that, or leave it out.")
    if by == "group":
        _check_groups(run)
    voices, people = run.beside()
    if measure == "composite":
        vectors, notes = _embedded(run, voices, encoder)
        table = composite_cosine(voices, people, vectors, by, **run.resampling)
    else:
        table, notes = measured(voices, people, measure, by, **run.resampling), []
    if run.as_json:
        found = {"measure": measure, "by": by, "notes": notes, "cells": table.to_dict("records")}
        print_json(run.facts(voices) | found)
        return
    run.head(voices, f"{measure}, by {by}")
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
    tell_notes(notes)
    tell_notes(f"{row['persona']}, {row['target']}: {row['note']}" for row in table.to_dict("records") if row["note"])


def _embedded(run: MeasuredRun, voices: Voices, encoder: str | None) -> tuple[Floats, list[str]]:
    """Return the vectors of the items' texts, (items, dimensions), and what to know of them."""
    from engine.annotators.texts.embedding_job import texts_of
    from engine.annotators.texts.encoders import DEFAULT_ENCODER, embed

    found = embed(texts_of(run.corpus, voices.items), encoder or DEFAULT_ENCODER)
    return found.vectors.astype(float), list(found.notes)


@takes_run()
def own_person(run: MeasuredRun, measure: Likeness = "kappa") -> None:
    """Is each persona more like the person it plays than like other people, and more than nobody is?"""
    from engine.measures import own_person as measured

    voices, people = run.beside()
    if not set(voices.annotators) & set(people.annotators):
        raise InputError(
            f"no persona of run {run.run_id!r} plays one of the {len(people.annotators):,} annotators of the corpus "
            f"{run.corpus.name!r}, so none has a person of its own. Run a strong set, one persona an annotator "
            "(`polyvocal persona list`), or compare all with all: `polyvocal measure alignment`."
        )
    found = measured(voices, people, measure, **run.resampling)
    means = {"own_minus_others": found.own_minus_others, "specific": found.specific, "nearest": found.nearest}
    if run.as_json:
        print_json(
            run.facts(voices)
            | {"measure": measure, "personas": found.table.to_dict("records")}
            | {name: estimate.to_dict() for name, estimate in means.items()}
            | {"chance": found.chance, "p_value": found.p_value}
        )
        return
    run.head(voices, f"{measure} with the person each persona plays")
    print_table(
        ("persona", "own", "others", "nobody", "own - others", "specific", "verdict"),
        [
            (row["persona"], row["own"], row["others"], row["nobody"], with_ends(row, "own_minus_others"),
             with_ends(row, "specific"), row["verdict"])
            for row in found.table.to_dict("records")
        ],
    )  # fmt: skip
    for name, estimate in means.items():
        typer.echo(f"{name}: {of_estimate(estimate)}")
    typer.echo(f"nearest by chance: {found.chance:.3f}; random assignments at least as alike: p = {found.p_value:.4f}")
    tell_notes(f"{row['persona']}: {row['note']}" for row in found.table.to_dict("records") if row["note"])


@takes_run()
def alternative(
    run: MeasuredRun,
    epsilon: Annotated[
        float, typer.Option(min=0, max=1, help="0.2 for experts, 0.15 skilled annotators, 0.1 crowd workers.")
    ] = 0.2,
    q: Annotated[float, typer.Option(min=0.001, max=0.5, help="False-discovery rate over annotators.")] = 0.05,
    answer: Annotated[
        Literal["likeliest", "drawn"], typer.Option(help="The label a persona gives: its likeliest, or one drawn.")
    ] = "likeliest",
) -> None:
    """The alternative-annotator test (Calderon et al., ACL 2025): may a persona replace a human annotator?"""
    from engine.measures import alternative_annotator

    voices, people = run.beside()
    found = alternative_annotator(voices, people, epsilon, q=q, answer=answer, **run.resampling)
    verdicts = found.verdicts.to_dict("records")
    if run.as_json:
        print_json(
            run.facts(voices)
            | {"epsilon": epsilon, "q": q, "answer": answer, "personas": verdicts}
            | {"comparisons": found.comparisons.to_dict("records")}
        )
        return
    run.head(voices, f"alternative-annotator test, epsilon {epsilon:g}, {answer} labels")
    print_table(
        ("persona", "winning rate", "advantage", "annotators", "verdict"),
        [
            (row["persona"], with_ends(row, "winning_rate"), with_ends(row, "advantage"), row["n_raters"],
             _verdict(row))
            for row in verdicts
        ],
    )  # fmt: skip
    if any(row["passes"] for row in verdicts if row["kind"] in ("control", "empty")):
        typer.echo("Control or empty personas pass too: passing does not mean standing for anybody in particular.")
    tell_notes(f"{row['persona']}: {row['note']}" for row in verdicts if row["note"])


@takes_run()
def prototypes(
    run: MeasuredRun,
    measure: Likeness = "kappa",
    items: Annotated[int, typer.Option(min=0, help="Deciding items to show for each group.")] = 5,
) -> None:
    """The persona that stands best for each group of people, how surely, and the items that decide it."""
    from engine.measures import prototypes as measured

    _check_groups(run)
    voices, people = run.beside()
    found = measured(voices, people, measure, n_items=items, **run.resampling)
    if run.as_json:
        frames = {"best": found.best, "stand_ins": found.stand_ins, "items": found.items}
        print_json(
            run.facts(voices)
            | {"measure": measure}
            | {name: frame.to_dict("records") for name, frame in frames.items()}
        )
        return
    run.head(voices, measure)
    print_table(
        ("group", "best stand-in", "probability", "next", "margin", "over controls"),
        [
            (row["group"], row["persona"], row["probability_best"], row["next_persona"], with_ends(row, "margin"),
             with_ends(row, "control_margin"))
            for row in found.best.to_dict("records")
        ],
    )  # fmt: skip
    for group, rows in found.items.groupby("group", sort=False):
        named = ", ".join(f"{row['item']} ({row['influence']:+.4f})" for row in rows.to_dict("records"))
        typer.echo(f"{group}, items that decide: {named}")
    tell_notes(f"{row['group']}: {row['note']}" for row in found.best.to_dict("records") if row["note"])


def _check_groups(run: MeasuredRun) -> None:
    if not any(annotator.group for annotator in run.corpus.annotators):
        raise InputError(
            f"the corpus {run.corpus.name!r} that run {run.run_id!r} labelled names no groups of annotators. Compare "
            "by annotator (`polyvocal measure alignment`), or import the corpus with groups (--group-column)."
        )


def _verdict(row: dict[Any, Any]) -> str:
    if row["passes"] is None or row["n_raters"] == 0:
        return "undefined"
    return "passes" if row["passes"] else "fails"


def _cell(row: dict[Any, Any], short: bool) -> str:
    """A cell of the matrix: its value, starred above the null, in brackets where the persona stands for the target."""
    if math.isnan(row["value"]):
        return "undefined"
    text = f"{row['value']:.2f}" if short else with_interval(row["value"], row["low"], row["high"])
    text += "*" if row["evidence"] else ""
    return f"({text})" if row["own"] else text


def _range(low: float, high: float, short: bool) -> str:
    if math.isnan(high):
        return "undefined"
    return f"to {high:.2f}" if short else f"{low:.3f} to {high:.3f}"
