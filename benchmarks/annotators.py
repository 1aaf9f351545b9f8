"""Annotator models: all of them from five seeds, on HS-Brexit and on a corpus of MD-Agreement's size, on two cores.

HS-Brexit (from shared/corpora beside the project; the demo corpus where that is not here) is read, embedded once and
trained; the seconds of embedding stand apart. MD-Agreement's sizes are simulated, with random text vectors and
annotators who differ: 819 of them, who labelled between few and many of 10,753 items, five labels each.

The per-row way is what published code for annotator embeddings does: a DataLoader over label rows, 32 a step, whose
texts the sentence encoder reads at every step (frozen here, which favours it), with a learned vector an annotator. Some
of its steps are timed and multiplied by the steps of an epoch, which all cost the same but for the length of texts.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.report import Row, peak_memory_gib, print_rows
from engine.annotators.annotations import Annotations, annotations_of_people
from engine.annotators.comparison import Comparison, train_models
from engine.annotators.models.modules import build_module
from engine.annotators.models.registry import MODELS
from engine.annotators.scores.scores import differences, model_scores
from engine.annotators.texts.encoders import DEFAULT_ENCODER, Embeddings, find_encoder, load_encoder
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.annotators.training.trainer import Trainer
from engine.corpora import Task, import_corpus, load_corpus

SHARED = Path(__file__).resolve().parents[2] / "shared" / "corpora" / "HS-Brexit_dataset"
SEEDS = 5
CORES = 2
N_ITEMS, N_ANNOTATORS, LABELS_AN_ITEM = 10_753, 819, 5
"""MD-Agreement's: 53,765 labels."""
DIMENSIONS = 384
ROWS_A_STEP, STEPS = 32, 20
"""Of the per-row way."""


class GivenVectors(Trainer):
    """A trainer whose text vectors are simulated, not embedded."""

    vectors: np.ndarray

    def vectors_of(self, texts: tuple[str, ...]) -> Embeddings:  # noqa: ARG002
        """Return the vectors, whatever the texts."""
        return Embeddings(self.vectors, "simulated", "simulated", 0, 0, 0.0, "")


def of_md_agreements_size(seed: int = 0) -> tuple[Annotations, np.ndarray]:
    """Return labels of annotators who differ in strictness and taste, and the vectors (items, dimensions)."""
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(N_ITEMS, DIMENSIONS)).astype(np.float32)
    busy = np.log(rng.pareto(1.5, N_ANNOTATORS) + 0.1)
    chosen = np.argsort(-(busy + rng.gumbel(size=(N_ITEMS, N_ANNOTATORS))), axis=1)[:, :LABELS_AN_ITEM]
    idle = np.setdiff1d(np.arange(N_ANNOTATORS), chosen)
    chosen[: len(idle), -1] = idle  # everybody labels something
    annotator = chosen.ravel()
    item = np.repeat(np.arange(N_ITEMS), LABELS_AN_ITEM)
    taste = rng.normal(size=DIMENSIONS) + 0.5 * rng.normal(size=(N_ANNOTATORS, DIMENSIONS))
    score = np.einsum("rd,rd->r", vectors[item], taste[annotator]) / 10 + rng.normal(0, 1, N_ANNOTATORS)[annotator]
    label = (rng.random(len(item)) < 1 / (1 + np.exp(-score))).astype(np.int64)
    names = tuple(f"a{i}" for i in range(N_ANNOTATORS))
    nothing = ("",) * N_ANNOTATORS
    return Annotations(
        name="simulated", source="people", task=Task(name="offence", kind="hate-speech", labels=("0", "1")),
        items=tuple(f"i{i}" for i in range(N_ITEMS)), texts=("",) * N_ITEMS, splits=("",) * N_ITEMS, annotators=names,
        groups=tuple(f"group {i % 4}" for i in range(N_ANNOTATORS)), people=names, attributes=({},) * N_ANNOTATORS,
        descriptions=nothing, item=item, annotator=annotator, label=label,
    ), vectors  # fmt: skip


def real() -> tuple[str, Annotations]:
    """Return HS-Brexit, or the demo corpus where it is not here."""
    if not SHARED.is_dir():
        return "the demo corpus", annotations_of_people(load_corpus("demo"))
    return "HS-Brexit", annotations_of_people(import_corpus(SHARED, "hs-brexit"))


def timed(annotations: Annotations, trainer: Trainer) -> tuple[Comparison, float, float]:
    """Return the comparison of all models, the seconds it took, and those of its scores and differences."""
    start = time.perf_counter()
    found = train_models(annotations, seeds=SEEDS, trainer=trainer)
    trained = time.perf_counter()
    model_scores(found.predictions)
    differences(found.predictions)
    return found, trained - start, time.perf_counter() - trained


def of_simulated() -> list[Row]:
    """Measure the size of MD-Agreement."""
    annotations, vectors = of_md_agreements_size()
    trainer = GivenVectors(store=None)
    trainer.vectors = vectors
    before = peak_memory_gib()
    found, seconds, scoring = timed(annotations, trainer)
    counts = np.bincount(annotations.annotator)
    made = (
        f"{len(annotations):,} labels by {np.count_nonzero(counts):,} annotators, {counts.min()} to {counts.max():,} "
        f"each; {len(found.trainings):,} trainings"
    )
    return [
        ("MD-Agreement's size, seconds of training (aim: under 300)", seconds, made),
        ("its scores and differences, seconds", scoring, "1,000 resamples"),
        ("peak memory, GiB (aim: under 3)", peak_memory_gib(), f"{before:.2f} before, libraries included"),
    ]


def seconds_a_step(annotations: Annotations, settings: TrainingSettings) -> tuple[float, int]:
    """Return the median seconds of a per-row step that embeds its texts, and the steps of an epoch."""
    train = item_splits(annotations).parts(annotations)[0]
    encoder = load_encoder(find_encoder(DEFAULT_ENCODER), "cpu").eval()
    columns = (torch.from_numpy(column) for column in (train.item, train.annotator, train.label))
    rows = DataLoader(TensorDataset(*columns), batch_size=ROWS_A_STEP, shuffle=True)
    module = build_module(MODELS["user token"], DIMENSIONS, len(train.labels), len(train.annotators), 0, settings)
    optimizer = torch.optim.AdamW(module.parameters(), lr=settings.learning_rate)
    seconds = []
    for number, (item, annotator, label) in enumerate(rows):
        start = time.perf_counter()
        texts = [train.texts[i] for i in item.tolist()]
        vectors = encoder.encode(
            texts, batch_size=ROWS_A_STEP, convert_to_tensor=True, show_progress_bar=False
        ).clone()  # made without gradients
        optimizer.zero_grad()
        logits = module(vectors, annotator, torch.zeros(len(item), 0))
        torch.nn.functional.cross_entropy(logits, label).backward()
        optimizer.step()
        seconds.append(time.perf_counter() - start)
        if number == STEPS:
            break
    return float(np.median(seconds[1:])), len(rows)


def of_real() -> list[Row]:
    """Measure HS-Brexit, and the per-row way on it."""
    name, annotations = real()
    trainer = Trainer(store=None)
    start = time.perf_counter()
    trainer.embeddings(annotations)
    embedding = time.perf_counter() - start
    found, seconds, scoring = timed(annotations, trainer)
    trainings = found.trainings[found.trainings["epochs"] > 0]
    token = trainings[trainings["model"] == "user token"]
    ours = float((token["seconds"] / token["epochs"]).median())
    step, steps = seconds_a_step(annotations, trainer.settings)
    theirs = step * steps
    whole = theirs * int(trainings["epochs"].sum())
    return [
        (f"{name}, {len(found.predictions.models)} models x {SEEDS} seeds, seconds (aim: under 120)", seconds,
         f"{len(trainings)} networks, {len(annotations):,} labels; scores {scoring:.2f} s"),
        ("embedding its texts once, seconds", embedding, f"{len(annotations.texts):,} texts, then kept on disk"),
        ("one epoch of the user-token model, faster than the per-row way by", theirs / ours,
         f"{theirs:.1f} s ({steps} steps x {1000 * step:.0f} ms, timed over {STEPS}) against {1000 * ours:.0f} ms with "
         "its dev epoch"),
        ("all its networks, faster than the per-row way by", whole / (seconds + embedding),
         f"{whole / 60:.0f} min (extrapolated: {int(trainings['epochs'].sum()):,} epochs) against "
         f"{seconds + embedding:.0f} s, embedding included"),
    ]  # fmt: skip


def main() -> None:
    """Measure and print."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    torch.set_num_threads(CORES)
    with tempfile.TemporaryDirectory() as home:
        os.environ["POLYVOCAL_HOME"] = home
        rows = [*of_simulated(), *of_real()]
    load = os.getloadavg()[0]
    print_rows(f"annotators: frozen embeddings, {CORES} cores; load of the machine at the end: {load:.1f}", rows)


if __name__ == "__main__":
    main()
