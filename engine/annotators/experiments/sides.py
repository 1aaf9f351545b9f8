"""People against personas: the same models on the same items and splits, once with human and once with LLM labels.

On people, models that know who annotates win; where on personas a model that knows nothing of it does as well, the
personas have no voices of their own. Source of the question: Sarumi et al., NAACL 2024 (2024.naacl-long.59), on people;
arXiv:2508.17164, on LLM labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import Comparison
from engine.annotators.experiments.conditions import Conditions, compare_conditions
from engine.annotators.experiments.contrasts import AS_GIVEN, SHUFFLED
from engine.annotators.models.registry import TEXT_ONLY
from engine.annotators.scores.terms import MACRO_F1
from engine.annotators.training.splits import Splits
from engine.annotators.training.trainer import Trainer
from engine.errors import InputError
from engine.measures.signatures import Signature

PEOPLE, PERSONAS = "people", "personas"
SIDE_COLUMNS = (
    "model", "against", "score", "people", "people_low", "people_high", "personas", "personas_low", "personas_high",
    "difference", "low", "high", "confidence", "p_value", "p_holm", "verdict", "people_shuffled", "personas_shuffled",
    "n_seeds", "n_items", "note",
)  # fmt: skip
"""Columns of `Sides.table`."""


@dataclass(frozen=True)
class Sides:
    """What knowing the annotator gains on people's labels beside what it gains on personas'."""

    conditions: Conditions
    """The two as conditions 'people' and 'personas' (the reference): comparisons, sizes, gains, notes."""

    @property
    def people(self) -> Comparison:
        """The models on people's labels."""
        return self.conditions.comparisons[PEOPLE]

    @property
    def personas(self) -> Comparison:
        """The models on personas' labels."""
        return self.conditions.comparisons[PERSONAS]

    @property
    def signatures(self) -> dict[str, Signature]:
        """The side -> whether 'the ID model does not beat text only on these labels' is found there."""
        return dict(self.conditions.signatures)

    @property
    def words(self) -> tuple[str, ...]:
        """The findings, a sentence or two each."""
        return self.conditions.words

    @property
    def table(self) -> pd.DataFrame:
        """One row a model, with `SIDE_COLUMNS`.

        people, personas: what it gains over `against` on each side, with its interval; NaN where that side cannot
            train it;
        difference: gain on people minus gain on personas, with low, high, p_value, p_holm (corrected for the number of
            models) and verdict, paired by test item and seed;
        people_shuffled, personas_shuffled: what it gains where annotators' names are shuffled within items; NaN where
            that was not asked for.
        """
        gains, contrasts = self.conditions.gains, self.conditions.contrasts
        cells = {(row["condition"], row["labels"], row["model"]): row for row in gains.to_dict("records")}
        apart = {row["model"]: row for row in contrasts.to_dict("records")}
        rows = []
        for model in dict.fromkeys(gains["model"]):
            row: dict[Any, Any] = dict.fromkeys(SIDE_COLUMNS, math.nan) | {"n_seeds": 0, "verdict": "not known"}
            row |= {"note": "one side cannot train it"} | apart.get(model, {})
            row |= {"model": model, "difference": apart[model]["value"] if model in apart else math.nan}
            for side in (PEOPLE, PERSONAS):
                if given := cells.get((side, AS_GIVEN, model)):
                    row |= {side: given["value"], f"{side}_low": given["low"], f"{side}_high": given["high"]}
                if null := cells.get((side, SHUFFLED, model)):
                    row[f"{side}_shuffled"] = null["value"]
            rows.append(row)
        table = pd.DataFrame(rows, columns=list(SIDE_COLUMNS))
        return table.assign(against=gains["against"].iloc[0], score=gains["score"].iloc[0])


def compare_sides(
    people: Annotations,
    personas: Annotations,
    models: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    *,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    equal_size: bool = False,
    shuffled: bool = True,
    shuffle_seed: int = 0,
    against: str = TEXT_ONLY,
    score: str = MACRO_F1,
    least_gain: float = 0.02,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Sides:
    """Set human against LLM labels: do models that know who annotates gain on people what they do not on personas?

    By default each side keeps all its labels of the common items. Personas label every item, people often few: more
    labels an annotator make voices easier to learn, so a missing gain on the larger side is not for want of labels, and
    a gain on personas alone may be for want of labels on people. `equal_size=True` takes that away; sizes are in
    `conditions.sizes` either way.

    Args:
        people: annotations_of_people of a corpus.
        personas: annotations_of_personas of a run that labelled it; one kind of personas at a time.
        models, seeds, trainer, against, score, least_gain, resamples, confidence, seed: see `compare_conditions`.
        splits: of both; None: people's own on the common items, else drawn.
        equal_size: thin every item to the labels of the side with fewer, keeping first what a persona and its own
            person both labelled.
        shuffled: train also on labels with names shuffled within items, which shows what chance gains: twice the work.
        shuffle_seed: of shuffling and thinning.

    Raises:
        InputError: sides in the wrong order, without common items, or asked for different labels; see
            `compare_conditions`.
    """
    if (people.source, personas.source) != (PEOPLE, PERSONAS):
        raise InputError(
            f"people are the labels of {people.source} ({people.name}), personas those of {personas.source} "
            f"({personas.name}). Give people first, then personas; compare_conditions takes any two."
        )
    conditions = compare_conditions(
        {PEOPLE: people, PERSONAS: personas}, models, seeds, reference=PERSONAS, splits=splits, trainer=trainer,
        equal_size=equal_size, shuffled=shuffled, shuffle_seed=shuffle_seed, against=against, score=score,
        least_gain=least_gain, resamples=resamples, confidence=confidence, seed=seed,
    )  # fmt: skip
    return Sides(conditions)
