"""Annotator models: classifiers that predict what one annotator says of one text, and the map of annotators.

docs/annotator-models.md explains each. What is named here loads no torch; training does, where it starts.
"""

from engine.annotators.annotations import (
    Annotations,
    annotations_of_people,
    annotations_of_personas,
    on_common_items,
)
from engine.annotators.comparison import Comparison, train_models
from engine.annotators.models.registry import KNOWS_WHO, MODELS, TEXT_ONLY, ModelKind
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.predictions import Predictions
from engine.annotators.scores.scores import annotator_scores, differences, model_scores
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import Splits, item_splits
from engine.annotators.training.trainer import Trainer

__all__ = [
    "KNOWS_WHO",
    "MODELS",
    "TEXT_ONLY",
    "Annotations",
    "Comparison",
    "ModelKind",
    "Predictions",
    "Splits",
    "Trainer",
    "TrainingSettings",
    "annotations_of_people",
    "annotations_of_personas",
    "annotator_scores",
    "differences",
    "id_model_signature",
    "item_splits",
    "model_scores",
    "on_common_items",
    "train_models",
]
