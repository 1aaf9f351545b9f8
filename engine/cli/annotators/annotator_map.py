"""`polyvocal annotators map`: people and personas in one space, and how far the picture is to be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from engine.cli.annotators.experiment import Experiment
from engine.cli.annotators.labels import kind_of
from engine.cli.annotators.options import CORPUS_OR_RUN, takes_experiment
from engine.cli.annotators.tables import show_notes
from engine.cli.measure.printing import of_estimate, tell_dropped
from engine.cli.output import print_json, print_table
from engine.documents import parts_of
from engine.errors import InputError

if TYPE_CHECKING:
    from engine.annotators.annotations import Annotations
    from engine.annotators.map import AnnotatorMap
    from engine.annotators.training.trainer import Trainer

PARTS = ("space", "method", "parameters", "explained", "n_items", "uncertainty", "points", "pairs", "pairing", "trust",
         "clustering", "exchange", "dropped", "note")  # fmt: skip
"""What the JSON holds of a map; the clouds are in the figure."""
Space = Annotated[
    Literal["composite", "labels", "tokens", "descriptions"],
    typer.Option(
        help="Mean text embedding of what got each label, the labels themselves, learned user tokens, or the personas' "
        "texts."
    ),
]


@takes_experiment(without=("models", "resamples", "confidence"))
def map_(
    experiment: Experiment,
    name: Annotated[str, CORPUS_OR_RUN],
    space: Space = "composite",
    people: Annotated[bool, typer.Option(help="Runs: the corpus's people too.")] = True,
    min_labels: Annotated[int, typer.Option(min=1, help="Labels that a place needs.")] = 10,
    replicates: Annotated[int, typer.Option(min=0, max=1000, help="Draws of the items behind the clouds.")] = 30,
    null_draws: Annotated[int, typer.Option(min=0, max=10_000, help="Exchanges of the annotators: the null.")] = 99,
) -> None:
    """The map: who labels like whom, with clouds, clusters, and how far the picture is to be trusted."""
    from engine.annotators.map import annotator_map

    sides = _sides(experiment, name, people)

    def call(trainer: Trainer) -> AnnotatorMap:
        return annotator_map(
            *sides, space=space, **_vectors(experiment, trainer, sides, space), min_labels=min_labels,
            replicates=replicates, null_draws=null_draws, seed=experiment.resampling["seed"], told=trainer.tell,
        )  # fmt: skip

    found = experiment.carry_out(call, in_parts=False)[0]
    notes = [*experiment.choice.notes(name), *filter(None, [found.note, found.clustering.note, found.exchange.note])]
    if experiment.as_json:
        print_json({"labels": [side.name for side in sides], "notes": notes} | parts_of(found, *PARTS))
    else:
        typer.echo(f"{' and '.join(side.name for side in sides)}: {found.method} of {space}, {found.n_items:,} items")
        _show(found, notes)
    experiment.draw(lambda: _figures(found))


def _sides(experiment: Experiment, name: str, people: bool) -> list[Annotations]:
    """Return people and personas of a run, or those of the two that were asked for."""
    if kind_of(name) == "corpus":
        return [experiment.choice.labels(name)]
    personas = experiment.choice.personas(name)
    return [experiment.choice.people(name), personas] if people else [personas]


def _vectors(experiment: Experiment, trainer: Trainer, sides: list[Annotations], space: str) -> dict[str, Any]:
    """Return the vectors that a space is made of."""
    if space == "composite":
        return {"embeddings": trainer.embeddings(sides[0]).vectors}
    if space == "tokens":
        from engine.annotators.models.learned_tokens import learned_tokens

        return {"tokens": learned_tokens(sides, experiment.seeds, trainer, experiment.drawn_splits(*sides))}
    if space == "descriptions":
        if sides[-1].source == "people":
            raise InputError(f"{sides[0].name!r} is a corpus, whose people have no descriptions. Name a run.")
        return {"descriptions": trainer.vectors_of(sides[-1].descriptions).vectors}
    return {}


def _show(found: AnnotatorMap, notes: list[str]) -> None:
    print_table(
        ("name", "source", "group", "x", "y", "labels", "cluster", "uncertainty"),
        [
            (row["name"], row["source"], row["group"], row["x"], row["y"], row["n_labels"],
             str(row["cluster"]) if row["cluster"] >= 0 else "none", row["uncertainty"])
            for row in found.points.to_dict("records")
        ],
    )  # fmt: skip
    typer.echo(found.trust.sentence)
    if found.pairing.sentence:
        typer.echo(found.pairing.sentence)
    clusters = found.clustering
    typer.echo(
        f"clusters: {clusters.n_clusters} ({clusters.n_noise} points in none), silhouette "
        f"{of_estimate(clusters.silhouette)}"
    )
    for labelling in clusters.labellings:
        known = {
            f"adjusted Rand index with {labelling.name}": (labelling.adjusted_rand, labelling.adjusted_rand_p),
            f"silhouette of {labelling.name}": (labelling.silhouette, labelling.silhouette_p),
        }
        for what, (estimate, p_value) in known.items():
            if estimate.defined:
                typer.echo(f"{what}: {of_estimate(estimate)} (p = {p_value:.3f} among shuffled labels)")
    show_notes(notes)
    tell_dropped(found.dropped)


def _figures(found: AnnotatorMap) -> dict[str, Any]:
    from engine.figures import annotator_map

    return {"Map of annotators and personas": annotator_map(found)}
