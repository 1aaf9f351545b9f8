"""Encodings: which way of telling a model who annotates pays most, learned, described, or by group and attributes.

A user token starts as noise and must learn each voice from its labels. A persona also has a description, whose text
embedding can be its token's start or stand beside the text; people and personas have groups and attributes, which a
model can learn first, and the person on top of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import Comparison, train_kinds
from engine.annotators.models.attributes import attribute_codes
from engine.annotators.models.composite import Floats32
from engine.annotators.models.registry import MODELS, TEXT_ONLY, ModelKind
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.scores import DIFFERENCE_COLUMNS, differences
from engine.annotators.scores.terms import MACRO_F1
from engine.annotators.training.splits import Splits
from engine.annotators.training.trainer import Trainer
from engine.errors import InputError
from engine.measures.resampling import check_resampling
from engine.measures.signatures import Signature

USER_TOKEN = "user token"
FROM_TEXT, PERSONA_TEXT = "token from persona text", "persona text"
GROUP, GROUP_THEN_PERSON, ATTRIBUTES = "group", "group, then person", "attributes"
_AD_HOC = (
    ModelKind(
        FROM_TEXT, True, "A learned vector an annotator that starts at its persona's text embedding.", token=True
    ),
    ModelKind(PERSONA_TEXT, True, "The persona's text embedding beside the text.", features="attributes"),
    ModelKind(GROUP, True, "A learned vector a group beside the text.", features="attributes"),
    ModelKind(
        GROUP_THEN_PERSON, True, "A learned vector a group, and one an annotator on top of it.",
        token=True, features="attributes",
    ),
)  # fmt: skip
ENCODINGS: dict[str, ModelKind] = {
    kind.name: kind for kind in (MODELS[TEXT_ONLY], MODELS[USER_TOKEN], *_AD_HOC, MODELS[ATTRIBUTES])
}
"""Name -> kind, in the order of results."""


@dataclass(frozen=True)
class Encodings:
    """What each encoding of annotators gains."""

    comparison: Comparison
    """The encodings as models: predictions, trainings, sizes, splits."""
    gains: pd.DataFrame
    """One row an encoding and what it is held against, with the columns of engine.annotators.scores.scores.differences:
    first against 'text only', then against 'user token'; p_holm corrects within each."""
    signature: Signature
    """Whether any encoding beats text only (id_model_signature)."""
    left_out: Mapping[str, str]
    """Encodings that these annotators cannot have -> why."""
    words: tuple[str, ...]
    """The findings, a sentence each."""


def compare_encodings(
    annotations: Annotations,
    encodings: Sequence[str] | None = None,
    seeds: int | Sequence[int] = 5,
    *,
    splits: Splits | None = None,
    trainer: Trainer | None = None,
    score: str = MACRO_F1,
    least_gain: float = 0.02,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> Encodings:
    """Train one model an encoding of the annotators, and compare each with text only and with the plain user token.

    Args:
        annotations: of personas; of people, who have no descriptions, with groups and attributes alone.
        encodings: names of `ENCODINGS`; text only and user token are always trained; None: all.
        seeds: how many, or which.
        splits: None: `item_splits`.
        trainer: embeds descriptions with the encoder of the texts; None: the defaults.
        score: of `engine.annotators.scores.scores.model_scores`.
        least_gain: see `id_model_signature`.
        resamples, confidence, seed: of the draws of test items and seeds.

    Raises:
        InputError: an unknown encoding; none but the user token is possible for these annotators; as `train_models`.
    """
    check_resampling(resamples, confidence)
    trainer = trainer or Trainer()
    wanted = _checked(encodings)
    vectors, starts, left_out = _given(annotations, wanted, trainer)
    kinds = [ENCODINGS[name] for name in wanted if name not in left_out]
    if len(kinds) == 2:
        why = "; ".join(f"{name}: {reason}" for name, reason in left_out.items()) or "no other was asked for"
        raise InputError(f"{annotations.name} leaves no encoding to compare with the user token ({why}).")
    comparison = train_kinds(annotations, kinds, seeds, splits=splits, trainer=trainer, vectors=vectors, starts=starts)
    left_out |= comparison.left_out
    draws = {"score": score, "resamples": resamples, "confidence": confidence, "seed": seed}
    gains = _gains(comparison, draws)
    names = [kind.name for kind in kinds if kind.name != TEXT_ONLY and kind.name not in left_out]
    signature = id_model_signature(comparison.predictions, names, least_gain=least_gain, **draws)  # type: ignore[arg-type]
    return Encodings(comparison, gains, signature, left_out, _words(gains, signature))


def _checked(encodings: Sequence[str] | None) -> list[str]:
    """Return the names in the order of ENCODINGS, with the two that others are held against."""
    if unknown := [name for name in encodings or () if name not in ENCODINGS]:
        raise InputError(f"{unknown[0]!r} is no encoding. The encodings are {', '.join(map(repr, ENCODINGS))}.")
    asked = ENCODINGS if encodings is None else {TEXT_ONLY, USER_TOKEN, *encodings}
    return [name for name in ENCODINGS if name in asked]


def _given(
    annotations: Annotations, wanted: Sequence[str], trainer: Trainer
) -> tuple[dict[str, Floats32], dict[str, Floats32], dict[str, str]]:
    """Return what stands beside the text and what tokens start from, by encoding, and the encodings without any."""
    makers: dict[str, Callable[[], Floats32]] = {
        FROM_TEXT: lambda: description_vectors(annotations, trainer),
        PERSONA_TEXT: lambda: description_vectors(annotations, trainer),
        GROUP: lambda: group_vectors(annotations),
        GROUP_THEN_PERSON: lambda: group_vectors(annotations),
    }
    vectors: dict[str, Floats32] = {}
    starts: dict[str, Floats32] = {}
    left_out: dict[str, str] = {}
    for name in (name for name in wanted if name in makers):
        try:
            (starts if name == FROM_TEXT else vectors)[name] = makers[name]()
        except InputError as error:
            left_out[name] = str(error)
    if ATTRIBUTES in wanted and set(attribute_codes(annotations).columns) <= {("group", g) for g in annotations.groups}:
        left_out[ATTRIBUTES] = f"the annotators of {annotations.name} have no attributes beside groups that differ"
    return vectors, starts, left_out


def description_vectors(annotations: Annotations, trainer: Trainer) -> Floats32:
    """Return (annotators, dimensions): embeddings of personas' descriptions, centred, of mean square 1.

    Raises:
        InputError: annotators without a description, as people are, or all with the same.
    """
    if missing := sum(not text.strip() for text in annotations.descriptions):
        raise InputError(
            f"{missing} of {len(annotations.annotators)} annotators of {annotations.name} have no description"
        )
    if len(set(annotations.descriptions)) == 1:
        raise InputError(f"all annotators of {annotations.name} have the same description")
    vectors = trainer.vectors_of(annotations.descriptions).vectors
    centred = vectors - vectors.mean(axis=0)
    scaled: Floats32 = (centred / np.sqrt((centred**2).mean())).astype(np.float32)
    return scaled


def group_vectors(annotations: Annotations) -> Floats32:
    """Return (annotators, groups) of 0 and 1; all 0 for an annotator without a group.

    Raises:
        InputError: fewer than two groups, or one an annotator.
    """
    names = sorted({group for group in annotations.groups if group})
    if len(names) < 2 or len(names) >= len(annotations.annotators):
        raise InputError(
            f"the {len(annotations.annotators)} annotators of {annotations.name} have {len(names)} groups, which say "
            "nothing beside the annotator"
        )
    return (np.array(annotations.groups)[:, None] == np.array(names)).astype(np.float32)


def _gains(comparison: Comparison, draws: Mapping[str, object]) -> pd.DataFrame:
    predictions = comparison.predictions
    encoded = predictions.of_models([name for name in predictions.models if name != TEXT_ONLY])
    tables = [differences(predictions, TEXT_ONLY, **draws), differences(encoded, USER_TOKEN, **draws)]  # type: ignore[arg-type]
    return pd.concat(tables, ignore_index=True)[list(DIFFERENCE_COLUMNS)]


def _words(gains: pd.DataFrame, signature: Signature) -> tuple[str, ...]:
    """Say whether any encoding pays, and which are told apart from the plain user token."""
    rows = gains[gains["against"] == USER_TOKEN]
    said = [signature.evidence]
    for verdict in ("beats", "loses"):
        names = [repr(str(name)) for name in rows.loc[(rows["verdict"] == verdict) & (rows["p_holm"] < 0.05), "model"]]
        if names:
            said.append(f"{', '.join(names)} {'beat' if verdict == 'beats' else 'lose to'} the plain user token.")
    if len(said) == 1:
        said.append("No encoding is told apart from the plain user token.")
    return tuple(said)
