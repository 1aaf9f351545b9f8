"""A real, tiny encoder learns with the layers above it, and the one that embeds for everybody does not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.annotators.annotations import Annotations
from engine.annotators.models.fitted import FittedModel
from engine.annotators.texts.encoder_loading import shared_encoder
from engine.annotators.texts.encoders import embed, encoder_identity, find_encoder
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.trainer import Trainer
from tests.engine.annotators.simulated import simulate
from tests.engine.annotators.tiny_encoder import TEXTS, write_tiny_encoder

SETTINGS = TrainingSettings(
    fine_tune=True, epochs=15, patience=15, encoder_rate=2e-3, learning_rate=1e-2, dropout=0, unknown=0, weight_decay=0
)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_encoder(tmp_path_factory.mktemp("encoder")))


def handful() -> Annotations:
    """Eight texts; whoever says 'yes' does so of those with the word 'lovely'."""
    its = simulate(n_items=8, n_annotators=3).annotations
    texts = tuple(f"{TEXTS[i % 4]} {'lovely' if i % 2 else 'road'}" for i in range(8))
    return replace(its, texts=texts, label=its.item % 2)


def weights(model: torch.nn.Module) -> list[torch.Tensor]:
    return [p.detach().clone() for p in model.parameters()]


@pytest.mark.parametrize("name", ["text only", "composite + user token"])
def test_the_encoder_learns_and_the_shared_one_stays(
    name: str, encoder: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    its = handful()
    trainer = Trainer(encoder=encoder, settings=SETTINGS, device="cpu", store=None)
    before = embed(its.texts, encoder, device="cpu").vectors
    folder = find_encoder(encoder)
    shared = shared_encoder(folder, encoder_identity(folder), "cpu")
    shared_before, threads = weights(shared), torch.get_num_threads()
    fitted = trainer.fit(name, its, its, 0)
    losses = [loss for loss, _ in fitted.record.losses]
    assert losses[-1] < 0.3 * losses[0]
    assert fitted.tuned is not None
    moved = [not torch.equal(a, b) for a, b in zip(weights(fitted.tuned), shared_before, strict=True)]
    assert sum(moved) > len(moved) / 2
    assert all(torch.equal(a, b) for a, b in zip(weights(shared), shared_before, strict=True))
    assert np.array_equal(embed(its.texts, encoder, device="cpu").vectors, before)
    assert torch.get_num_threads() == threads

    probability = fitted.predict(its, before)
    assert np.array_equal(probability.argmax(axis=1), its.label)
    capfd.readouterr()
    fitted.save(tmp_path)
    assert capfd.readouterr() == ("", ""), "libraries draw no bar of their own beside ours"
    assert FittedModel.load(tmp_path).predict(its, before).tobytes() == probability.tobytes()
    assert FittedModel.load(tmp_path).predict(its, None).tobytes() == probability.tobytes(), "it has its own encoder"
    again = trainer.fit(name, its, its, 0)
    assert again.predict(its, before).tobytes() == probability.tobytes()


def test_a_frozen_model_kept_over_a_tuned_one_is_frozen(encoder: str, tmp_path: Path) -> None:
    its = handful()
    vectors = embed(its.texts, encoder, device="cpu").vectors
    quick = SETTINGS.model_copy(update={"epochs": 1})
    Trainer(encoder=encoder, settings=quick, device="cpu", store=None).fit("text only", its, its, 0).save(tmp_path)
    assert FittedModel.load(tmp_path).tuned is not None
    frozen = quick.model_copy(update={"fine_tune": False})
    fitted = Trainer(encoder=encoder, settings=frozen, device="cpu", store=None).fit("text only", its, its, 0)
    fitted.save(tmp_path)
    loaded = FittedModel.load(tmp_path)
    assert loaded.tuned is None
    assert np.array_equal(loaded.predict(its, vectors), fitted.predict(its, vectors))


def test_where_memory_runs_out_the_encoder_starts_again_too(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.annotators.texts.fine_tuning import TunedTexts

    its, few = handful(), SETTINGS.model_copy(update={"epochs": 3})
    trainer = Trainer(encoder=encoder, settings=few, device="cpu", store=None)
    vectors = embed(its.texts, encoder, device="cpu").vectors
    small = Trainer(encoder=encoder, settings=few.model_copy(update={"batch": 8}), device="cpu", store=None)
    expected = small.fit("text only", its, its, 0).predict(its, vectors)
    rows, calls = TunedTexts.rows, []

    def refusing(self: TunedTexts, item: torch.Tensor) -> torch.Tensor:
        calls.append(len(item))
        if len(item) > 8 and len(calls) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return rows(self, item)

    monkeypatch.setattr(TunedTexts, "rows", refusing)
    fitted = trainer.fit("text only", its, its, 0)
    assert "ran out of memory with 16 rows a step; 8 fit" in fitted.record.note
    assert max(calls[4:]) == 8
    assert fitted.predict(its, vectors).tobytes() == expected.tobytes()
    assert max(calls) <= 16
