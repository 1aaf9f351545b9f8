"""Predictions whose names look like markup, and the names of a figure's rows; shared by figures of annotator models."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pandas as pd

from engine.annotators.experiments.contrasts import contrasts_of, gains_of
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import differences
from tests.engine.annotators.simulated_predictions import random_predictions

MODELS = ("text only", "user <b>token", "majority", "others' majority")


@functools.cache
def predictions() -> Predictions:
    """Four models of four annotators, and a fifth annotator without test labels; the second model has not finished."""
    made = random_predictions(models=MODELS)
    probability = made.probability.copy()
    probability[1] = np.nan
    return replace(made, probability=probability, annotators=("<Ann1>", *made.annotators[1:], "silent"),
                   dropped={"no text": 2})  # fmt: skip


def names_of_rows(figure: object) -> dict[int, str]:
    """Place of each row -> its name, as the y axis shows it."""
    axis = figure.layout.yaxis  # type: ignore[attr-defined]
    return dict(zip(map(int, axis.tickvals), axis.ticktext, strict=True))


ENCODED = ("text only", "user token", "persona <i>text</i>")
CONDITIONS = ("people", "strong <1>", "weak")


def _predictions_of_conditions() -> dict[str, Predictions]:
    made = {name: random_predictions(place, share=1.0, models=MODELS) for place, name in enumerate(CONDITIONS)}
    return made | {"weak": made["weak"].of_models(["text only", "majority"])}


@functools.cache
def gains_of_conditions() -> pd.DataFrame:
    """Of three conditions, as given, and of the first with names shuffled; the last lacks two models."""
    made = {(name, "as given"): its for name, its in _predictions_of_conditions().items()}
    shuffled = {(CONDITIONS[0], "names shuffled"): random_predictions(9, share=1.0, models=MODELS)}
    return gains_of(made | shuffled, resamples=100)


@functools.cache
def contrasts() -> pd.DataFrame:
    """Of two conditions with the first."""
    return contrasts_of(_predictions_of_conditions(), CONDITIONS[0], resamples=100)


@functools.cache
def gains_of_encodings() -> pd.DataFrame:
    """Of encodings against text only and against the user token."""
    made = random_predictions(3, models=ENCODED)
    tables = [differences(made, resamples=100), differences(made.of_models(ENCODED[1:]), ENCODED[1], resamples=100)]
    return pd.concat(tables, ignore_index=True)
