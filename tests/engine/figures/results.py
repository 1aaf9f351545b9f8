"""A result of every measure that is drawn, from small data of the demo's rule whose names all look like markup."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import xarray as xr

from engine import figures, measures
from engine.annotators.experiments.contrasts import AS_GIVEN, contrasts_of, gains_of
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import annotator_scores, differences, model_scores
from engine.figures.cell_grid import COUNTS
from engine.measures import People, Voices
from engine.measures.voices import voices as read
from tests.engine.annotators.simulated_predictions import random_predictions
from tests.engine.figures import experiment_results, test_annotator_map
from tests.engine.figures.frames import curve
from tests.engine.measures import arrays, stand_ins

EVIL = "<i>evil</i> & %{x}"
"""Part of every name."""
QUICK = {"resamples": 40, "seed": 1}
CROSSED = [{"politics": p, EVIL: g} for p in ("left", "right") for g in ("a", "b", EVIL)]


def named(kind: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{kind} {name} {EVIL}" if name else "" for name in names)


@functools.cache
def both() -> tuple[Voices, People]:
    """Twelve personas and two controls beside twelve people in groups, on 60 items; names are markup."""
    told, said = stand_ins.demo(n_items=60)
    told = dataclasses.replace(
        told, personas=named("persona", told.personas), items=named("item", told.items),
        annotators=named("annotator", told.annotators), groups=named("group", told.groups),
        labels=(f"no {EVIL}", f"yes {EVIL}"),
    )  # fmt: skip
    said = dataclasses.replace(
        said, annotators=named("annotator", said.annotators), items=told.items, groups=named("group", said.groups),
        labels=told.labels,
    )  # fmt: skip
    return told, said


@functools.cache
def runs(n_personas: int = 6, n_labels: int = 2) -> tuple:
    """An exact run and a sampled one of the same cells, with repeats; items and personas are markup."""
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.ones(n_labels), (n_personas, 40, 2))
    codes = (rng.random((*p.shape[:3], 1, 4, 1)) > np.cumsum(p, axis=-1)[:, :, :, None, None, :-1]).sum(axis=-1)
    found = [arrays.exact(p[:, :, :, None]), arrays.sampled(codes, [1.0], n_labels)]
    for run in found:
        run.coords["item"] = [f"{name} {EVIL}" for name in run["item"].to_numpy()]
        run.coords["persona"] = [f"{name} {EVIL}" for name in run["persona"].to_numpy()]
        run.attrs["labels"] = [f"{name} {EVIL}" for name in run.attrs["labels"]]
    return tuple(found)


@functools.cache
def prototypes() -> measures.Prototypes:
    return measures.prototypes(*both(), **QUICK)


@functools.cache
def comparison(n_labels: int = 2) -> measures.ExactComparison:
    return measures.compare_with_exact(*runs(n_labels=n_labels), **QUICK)


@functools.cache
def retest() -> measures.Retest:
    return measures.retest(*measures.halves(runs()[1]), permutations=99, **QUICK)


@functools.cache
def signatures() -> tuple[measures.Signature, ...]:
    told, said = both()
    return measures.failure_signatures(told.of_kind("strong"), said, control=told.of_kind("control"), **QUICK)


def kappas() -> pd.DataFrame:
    return measures.kappas_of_panels(*both(), **QUICK)


def rates() -> pd.DataFrame:
    return measures.labelless_rates(refusing())


def cells() -> pd.DataFrame:
    rows = [(f"{name} {EVIL}", status, n, n / 10) for name in "ab" for status, n in (("ok", 9), (EVIL, 1), ("none", 0))]
    return pd.DataFrame(rows, columns=["persona", "status", "cells", "share"])


def refusing() -> xr.Dataset:
    status = np.zeros((3, 20, 1, 2, 2), dtype=int)
    status[0, :5] = 1
    codes = np.where(status, -1, np.random.default_rng(0).integers(0, 2, status.shape))
    run = arrays.sampled(codes, [0.5, 1.0], 2, status)
    run.coords["persona"] = [f"{name} {EVIL}" for name in run["persona"].to_numpy()]
    return run


def abstention() -> pd.DataFrame:
    told, said = both()
    counts = (said.codes[..., None] == np.arange(len(said.labels))).sum(axis=0)
    return measures.abstention_curve(told.of_items().mean(axis=0), counts, **QUICK)


def counterfactual() -> pd.DataFrame:
    told, _ = both()
    pairs = [(told.personas[i], told.personas[i + 1], EVIL, f"{i} {EVIL}") for i in range(0, 8, 2)]
    return measures.attribute_effects(told, pairs, **QUICK)


def factorial() -> pd.DataFrame:
    outcome = np.random.default_rng(2).random((len(CROSSED), 30))
    return measures.factorial_effects(outcome, CROSSED, interactions=True, **QUICK)


@functools.cache
def predicted(seed: int = 0) -> Predictions:
    made = random_predictions(seed, share=1.0, models=("text only", f"model {EVIL}", f"other {EVIL}"))
    return dataclasses.replace(made, annotators=named("annotator", made.annotators))


def cell_grid_of(name: str) -> pd.DataFrame:
    """What came of the cells of two personas by three items, as `engine.runs.cell_grid` counts it."""
    counts = [(0, 0, 0, 4), (2, 0, 0, 2), (4, 0, 0, 0), (3, 1, 0, 0), (2, 1, 1, 0), (0, 2, 0, 2)]
    cells = [(f"persona {row} {name}", f"item {column} {name}") for row in range(2) for column in range(3)]
    return pd.DataFrame(
        [
            {"persona": persona, "column": item} | dict(zip(COUNTS, numbers, strict=True))
            for (persona, item), numbers in zip(cells, counts, strict=True)
        ]
    )


def gained() -> pd.DataFrame:
    return gains_of({(f"condition {k} {EVIL}", AS_GIVEN): predicted(k) for k in range(2)}, resamples=40)


def contrasted() -> pd.DataFrame:
    conditions = {f"condition {k} {EVIL}": predicted(k) for k in range(2)}
    return contrasts_of(conditions, f"condition 0 {EVIL}", resamples=40)


DRAWN: dict[str, Callable[..., go.Figure]] = {
    "agreement_by_policy": lambda **k: figures.agreement_by_policy(
        measures.agreement_by_policy(refusing(), **QUICK), **k
    ),
    "agreement_by_temperature": lambda **k: figures.agreement_by_temperature({EVIL: curve(note=EVIL)}, **k),
    "alignment_heatmap": lambda **k: figures.alignment_heatmap(measures.alignment(*both(), **QUICK), **k),
    "alignment_gaps": lambda **k: figures.alignment_gaps(experiment_results.gaps(EVIL), **k),
    "alternative_annotator": lambda **k: figures.alternative_annotator(
        measures.alternative_annotator(*both(), **QUICK), **k
    ),
    "annotator_heatmap": lambda **k: figures.annotator_heatmap(annotator_scores(predicted(), **QUICK), **k),
    "annotator_map": lambda **k: figures.annotator_map(test_annotator_map.made(), **k),  # type: ignore[arg-type]
    "answers": lambda **k: figures.answers(measures.answers(*both()), **k),
    "calibration_scores": lambda **k: figures.calibration_scores(
        measures.calibration_scores(*both(), floors=20, **QUICK), **k
    ),
    "cell_counts": lambda **k: figures.cell_counts(cells(), **k),
    "cell_grid": lambda **k: figures.cell_grid(cell_grid_of(EVIL), **k),
    "condition_contrasts": lambda **k: figures.condition_contrasts(contrasted(), **k),
    "condition_gains": lambda **k: figures.condition_gains(gained(), **k),
    "coverage_and_error": lambda **k: figures.coverage_and_error(abstention(), **k),
    "deciding_items": lambda **k: figures.deciding_items(prototypes(), **k),
    "effective_number": lambda **k: figures.effective_number(
        {EVIL: measures.effective_number(both()[0], **QUICK), "people": measures.effective_number(both()[1], **QUICK)},
        **k,
    ),
    "encoding_gains": lambda **k: figures.encoding_gains(differences(predicted(), **QUICK), **k),
    "estimates": lambda **k: figures.estimates(
        {EVIL: measures.cohen_kappa([0, 1, 1, 0], [0, 1, 0, 0]), "none": measures.cohen_kappa([0], [0])},
        x_title="Cohen's κ", compared_with={"chance": 0}, **k,
    ),
    "factorial_effects": lambda **k: figures.factorial_effects(factorial(), **k),
    "failure_signatures": lambda **k: figures.failure_signatures(signatures(), **k),
    "homogenization": lambda **k: figures.homogenization(measures.agreement_of_panels(*both(), **QUICK), **k),
    "item_scores": lambda **k: figures.item_scores(comparison(), **k),
    "item_split": lambda **k: figures.item_split(
        measures.item_disagreement(both()[1].codes, both()[1].items, both()[1].labels), **k
    ),
    "kappas_of_panels": lambda **k: figures.kappas_of_panels(kappas(), **k),
    "label_curves": lambda **k: figures.label_curves(
        measures.label_curves(*(run.isel(item=[0]) for run in runs())), **k
    ),
    "label_rates": lambda **k: figures.label_rates(measures.label_rates(both()[0], **QUICK), **k),
    "labelless_rates": lambda **k: figures.labelless_rates(rates(), **k),
    "model_differences": lambda **k: figures.model_differences(
        differences(predicted(), **QUICK), differences(predicted(1), **QUICK), names=(EVIL, "personas"), **k
    ),
    "model_scores": lambda **k: figures.model_scores(model_scores(predicted(), **QUICK), **k),
    "learning_curves": lambda **k: figures.learning_curves(experiment_results.points(EVIL), **k),
    "learning_gains": lambda **k: figures.learning_gains(experiment_results.gains(EVIL), **k),
    "noise_and_signal": lambda **k: figures.noise_and_signal(curve(), **k),
    "own_person": lambda **k: figures.own_person(measures.own_person(*both(), **QUICK), **k),
    "parting_items": lambda **k: figures.parting_items(measures.parting_items(*both()), **k),
    "persona_agreement_by_policy": lambda **k: figures.persona_agreement_by_policy(
        measures.persona_agreement_by_policy(refusing(), **QUICK), **k
    ),
    "persona_failures": lambda **k: figures.persona_failures(measures.failure_modes(*both(), **QUICK), **k),
    "persona_signal": lambda **k: figures.persona_signal(
        {EVIL: measures.persona_signal(both()[0], permutations=19, **QUICK)}, **k
    ),
    "ranked_effects": lambda **k: figures.ranked_effects(counterfactual(), **k),
    "repeat_checks": lambda **k: figures.repeat_checks({EVIL: comparison().repeats}, **k),
    "representation": lambda **k: figures.representation(measures.representation(*both(), **QUICK), **k),
    "retest_accuracy": lambda **k: figures.retest_accuracy({EVIL: retest()}, **k),
    "retest_assignments": lambda **k: figures.retest_assignments(retest(), **k),
    "stand_in_margins": lambda **k: figures.stand_in_margins(prototypes(), **k),
    "stand_ins": lambda **k: figures.stand_ins(prototypes(), **k),
    "variance_shares": lambda **k: figures.variance_shares(
        measures.variance_components(both()[0], **QUICK).table, **k
    ),
    "wording_sensitivity": lambda **k: figures.wording_sensitivity(
        measures.wording_sensitivity(read(runs()[0]), read(runs()[0], 0.5), **QUICK), **k
    ),
}  # fmt: skip
"""Name of every figure function -> the figure of a small result, with the function's own theme and title."""
