"""What every `polyvocal measure` command takes: a run, its people, and how intervals are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

    from engine.runs import Manifest

RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's id, the beginning of it, or its folder.")]
CorpusName = Annotated[
    str | None, typer.Option("--corpus", help="The people's corpus; default: the one the run labelled.")
]
Sets = Annotated[list[str] | None, typer.Option("--personas", help="Only personas of this set; may be repeated.")]
Temperature = Annotated[
    float | None, typer.Option("--temperature", "-t", min=0, max=2, help="Exact runs: any; default 1.")
]
Resamples = Annotated[int, typer.Option(min=100, max=100_000, help="Bootstrap resamples over items.")]
Confidence = Annotated[float, typer.Option(min=0.5, max=0.999, help="Coverage of the intervals.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of bootstrap and permutations.")]


@dataclass(frozen=True)
class Measured:
    """A run with the labels of its personas and of the people of its corpus."""

    run_id: str
    manifest: Manifest
    labels: xr.Dataset
    """Exact or sampled, all personas of the run."""
    human: xr.DataArray
    """The people's label codes, all items of the corpus."""


def load(run: str, corpus: str | None = None) -> Measured:
    """Return a run and the people of its corpus.

    Raises:
        InputError: there is no such run or corpus, or the corpus is not the one the run labelled.
    """
    from engine.corpora import load_corpus
    from engine.runs import exact_labels, find_run, human_labels, sampled_labels

    folder = find_run(run)
    manifest = folder.manifest()
    people = load_corpus(corpus or manifest.spec.corpus)
    if not set(manifest.item_ids) & set(people.item_by_id):
        raise InputError(
            f"run {folder.run_id!r} labelled the corpus {manifest.corpus.name!r}, and {people.name!r} has none of its "
            "items: they do not belong together. Name the corpus that the run labelled."
        )
    labels = exact_labels(folder) if manifest.spec.mode == "exact" else sampled_labels(folder)
    return Measured(folder.run_id, manifest, labels, human_labels(people))


def settings(resamples: int, confidence: float, seed: int) -> dict[str, Any]:
    """Return how intervals are made, as every measure takes it."""
    return {"resamples": resamples, "confidence": confidence, "seed": seed}
