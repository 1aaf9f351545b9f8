"""Predictions: what every model, from every seed, says of the test labels. Every score is made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from engine.errors import InputError
from engine.measures.coincidence import Floats, Ints, Scale

NONE = -1
"""Code of a prediction that is not there, because its model and seed have not finished."""
OFF_ONE = 1e-3
"""How far the probabilities of a row may add up beside 1: float32, and models that round."""
PREDICTION_COLUMNS = ("model", "seed", "item_id", "annotator", "label", "predicted", "probability", "seen")
"""Columns of `Predictions.frame`."""


@dataclass(frozen=True)
class Predictions:
    """Test labels of annotators, one row a label, and each model's distribution over labels for every row and seed."""

    items: tuple[str, ...]
    annotators: tuple[str, ...]
    labels: tuple[str, ...]
    """In the task's order."""
    level: str
    """Nominal, ordinal, interval or ratio."""
    values: tuple[float, ...]
    """The labels as numbers; interval and ratio read them."""
    item: Ints
    """(rows,) place in items."""
    annotator: Ints
    """(rows,) place in annotators."""
    label: Ints
    """(rows,) place in labels: what the annotator said."""
    seen: npt.NDArray[np.bool_]
    """(rows,) whether the row's annotator has training labels."""
    models: tuple[str, ...]
    seeds: tuple[int, ...]
    probability: npt.NDArray[np.float32]
    """(models, seeds, rows, labels); NaN throughout where that model and seed have not finished."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """Test labels that no model was asked for: reason to count."""
    note: str = ""

    def __post_init__(self) -> None:
        Scale.of(self.level, len(self.labels), self.values)
        problems = [*self._wrong_names(), *self._wrong_rows()]
        if not problems:
            problems = self._wrong_probabilities()
        if problems:
            raise InputError(f"predictions: {'; '.join(problems)}. Make them anew with engine.annotators.")

    def __len__(self) -> int:
        return len(self.label)

    @cached_property
    def finished(self) -> npt.NDArray[np.bool_]:
        """(models, seeds) whether that model and seed have finished."""
        if len(self) == 0:
            return np.zeros((len(self.models), len(self.seeds)), dtype=bool)
        return ~np.isnan(self.probability[:, :, 0, 0])

    @cached_property
    def predicted(self) -> Ints:
        """(models, seeds, rows) place of the likeliest label, the first on ties; -1 where not finished."""
        likeliest = np.argmax(np.nan_to_num(self.probability), axis=-1)
        return np.where(self.finished[:, :, None], likeliest, NONE).astype(np.int64)

    @property
    def numbers(self) -> Floats | None:
        """(labels,) labels as numbers whose differences count: places of ordinal ones; None where they are nominal."""
        if self.level == "nominal":
            return None
        return np.arange(len(self.labels), dtype=float) if self.level == "ordinal" else np.asarray(self.values)

    def of_seed(self, seed: int) -> Predictions:
        """Return the predictions from one seed.

        Raises:
            InputError: no model was trained from it.
        """
        if seed not in self.seeds:
            raise InputError(f"seed {seed!r} is not among the seeds {list(self.seeds)}. Name one of them.")
        place = self.seeds.index(seed)
        return replace(self, seeds=(seed,), probability=self.probability[:, place : place + 1])

    def of_models(self, models: Sequence[str]) -> Predictions:
        """Return the predictions of these models, in this order.

        Raises:
            InputError: one of them is not there.
        """
        if unknown := [name for name in models if name not in self.models]:
            raise InputError(
                f"models {unknown} are not among those that predicted: {', '.join(self.models)}. Name some of these."
            )
        places = [self.models.index(name) for name in models]
        return replace(self, models=tuple(models), probability=self.probability[places])

    def frame(self) -> pd.DataFrame:
        """Return one row for each test label, model and finished seed.

        Returns:
            model, seed;
            item_id, annotator;
            label: what the annotator said; predicted: the model's likeliest label;
            probability: what the model gave the annotator's label, 0 to 1;
            seen: whether the annotator has training labels.
        """
        model, seed = np.nonzero(self.finished)
        rows = np.tile(np.arange(len(self)), len(model))
        model, seed = np.repeat(model, len(self)), np.repeat(seed, len(self))
        labels = np.array(self.labels, dtype=object)
        columns = {
            "model": np.array(self.models, dtype=object)[model],
            "seed": np.array(self.seeds, dtype=np.int64)[seed],
            "item_id": np.array(self.items, dtype=object)[self.item[rows]],
            "annotator": np.array(self.annotators, dtype=object)[self.annotator[rows]],
            "label": labels[self.label[rows]],
            "predicted": labels[self.predicted[model, seed, rows]],
            "probability": self.probability[model, seed, rows, self.label[rows]],
            "seen": self.seen[rows],
        }
        return pd.DataFrame(columns, columns=list(PREDICTION_COLUMNS))

    def _wrong_names(self) -> list[str]:
        """Return what is wrong with the names."""
        named = {"items": self.items, "annotators": self.annotators, "labels": self.labels, "models": self.models}
        wrong = [f"{what} names one twice" for what, names in named.items() if len(set(names)) != len(names)]
        return wrong + ([f"seeds {list(self.seeds)} name one twice"] if len(set(self.seeds)) != len(self.seeds) else [])

    def _wrong_rows(self) -> list[str]:
        """Return what is wrong with the rows and the shapes."""
        wrong = []
        n = len(self.label)
        known = {"item": self.items, "annotator": self.annotators, "label": self.labels}
        for what, names in known.items():
            codes = np.asarray(getattr(self, what))
            if codes.shape != (n,):
                wrong.append(f"{what} has the shape {codes.shape} for {n} rows")
            elif n and not (codes.min() >= 0 and codes.max() < len(names)):
                wrong.append(f"{what} holds places {codes.min()} to {codes.max()} of {len(names)} names")
        if np.shape(self.seen) != (n,):
            wrong.append(f"seen has the shape {np.shape(self.seen)} for {n} rows")
        expected = (len(self.models), len(self.seeds), n, len(self.labels))
        if self.probability.shape != expected:
            wrong.append(f"probability has the shape {self.probability.shape}, not {expected}")
        return wrong

    def _wrong_probabilities(self) -> list[str]:
        """Return what is wrong with the probabilities, a model and seed each."""
        wrong = []
        for m, s in np.ndindex(self.probability.shape[:2]):
            p = self.probability[m, s]
            total = p.sum(axis=-1)
            missing = np.isnan(total)
            if missing.all():
                continue
            where = f"{self.models[m]!r} from seed {self.seeds[s]}"
            if missing.any():
                wrong.append(f"{where} has no prediction for {missing.sum():,} of {len(p):,} rows")
            elif p.min() < 0 or np.abs(total - 1).max() > OFF_ONE:
                wrong.append(f"{where} holds numbers that are no distribution over the labels")
        return wrong
