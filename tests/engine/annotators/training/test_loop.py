"""The loop: seeds, overfitting, early stopping on dev, labels' weights, and memory that runs out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.annotators.annotations import Annotations
from engine.annotators.models.fitted import FittedModel, fit
from engine.annotators.models.modules import BesideText, TextOnly
from engine.annotators.models.registry import MODELS
from engine.annotators.training.loop import label_weights, rows_a_step
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.errors import InputError, PolyvocalError
from tests.engine.annotators.simulated import World, simulate

CPU = torch.device("cpu")
NETWORKS = [name for name, kind in MODELS.items() if not kind.baseline]
PLAIN = TrainingSettings(dropout=0, unknown=0, weight_decay=0)
QUICK = TrainingSettings(epochs=4)


def world() -> World:
    return simulate(n_items=80, n_annotators=5, bias=1.0, direction=0.3, share=0.6)


def trained(
    name: str = "composite + user token", settings: TrainingSettings = QUICK, seed: int = 0, made: World | None = None,
    parts: tuple[Annotations, Annotations, Annotations] | None = None,
) -> tuple[FittedModel, np.ndarray]:  # fmt: skip
    made = made or world()
    train, dev, test = parts or item_splits(made.annotations).parts(made.annotations)
    fitted = fit(MODELS[name], train, dev, made.vectors, settings, seed, CPU)
    return fitted, fitted.predict(test, made.vectors)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_same_seed_gives_the_same_bits_and_another_does_not(name: str) -> None:
    first, p = trained(name)
    second, q = trained(name)
    assert p.tobytes() == q.tobytes()
    assert first.record.losses == second.record.losses
    assert all(torch.equal(a, b) for a, b in zip(first.module.parameters(), second.module.parameters(), strict=True))
    assert not np.array_equal(p, trained(name, seed=1)[1])
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)


def test_training_leaves_torch_s_own_draws_and_threads_as_they_were() -> None:
    torch.manual_seed(7)
    expected = torch.rand(3)
    before = torch.get_num_threads()
    torch.manual_seed(7)
    trained()
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("name", NETWORKS)
def test_one_batch_can_be_overfitted(name: str) -> None:
    """Labels are random by item; every second annotator says the opposite, where the model may know who says it."""
    made = simulate(1, n_items=12, n_annotators=4, n_groups=2, n_dimensions=16)
    its = made.annotations
    of_items = np.random.default_rng(0).integers(0, 2, 12)[its.item]
    its = replace(its, label=of_items if name == "text only" else (of_items + its.annotator) % 2)
    settings = PLAIN.model_copy(update={"epochs": 400, "patience": 400, "batch": 64, "learning_rate": 1e-2})
    fitted = fit(MODELS[name], its, its, made.vectors, settings, 0, CPU)
    assert fitted.record.batch == 16
    assert min(loss for loss, _ in fitted.record.losses) < 0.02
    assert np.array_equal(fitted.predict(its, made.vectors).argmax(axis=1), its.label)


def test_the_epoch_with_the_lowest_dev_loss_is_kept_and_patience_ends_the_training() -> None:
    settings = PLAIN.model_copy(update={"learning_rate": 2e-2, "patience": 3, "epochs": 100})
    fitted, p = trained(settings=settings)
    dev = [loss for _, loss in fitted.record.losses]
    assert len(dev) < 100
    assert fitted.record.best_epoch == int(np.argmin(dev)) + 1 == len(dev) - 3
    upto = settings.model_copy(update={"epochs": fitted.record.best_epoch})
    assert np.array_equal(trained(settings=upto)[1], p)


def test_epochs_are_told_as_they_are_done() -> None:
    made, told = world(), []
    train, dev, _ = item_splits(made.annotations).parts(made.annotations)
    record = fit(
        MODELS["text only"], train, dev, made.vectors, QUICK, 0, CPU, epoch_done=lambda *all_: told.append(all_)
    ).record
    assert told == [(n + 1, *losses) for n, losses in enumerate(record.losses)]
    assert record.device == "cpu"
    assert record.seconds > 0


def test_labels_weigh_one_over_their_share_with_mean_1() -> None:
    label = torch.tensor([0] * 8 + [2] * 2)
    weights = label_weights(label, 4, balance=True)
    assert weights.tolist() == pytest.approx([0.625, 0, 2.5, 0])
    assert float(weights[label].mean()) == pytest.approx(1)
    assert label_weights(label, 4, balance=False).tolist() == [1, 1, 1, 1]


def test_batches_shrink_where_rows_are_few() -> None:
    settings = TrainingSettings()
    assert [rows_a_step(settings, n) for n in (5, 100, 800, 4096, 10**5)] == [5, 16, 50, 256, 256]


def test_where_no_dev_label_is_known_the_last_epoch_is_kept_and_said() -> None:
    its = simulate(n_items=40, n_annotators=3).annotations
    train, dev = its.where(its.item < 30), its.where(its.item >= 30)
    train, dev = replace(train, label=np.zeros(len(train), np.int64)), replace(dev, label=np.ones(len(dev), np.int64))
    made = simulate(n_items=40, n_annotators=3)
    fitted = fit(MODELS["user token"], train, dev, made.vectors, TrainingSettings(), 0, CPU)
    assert fitted.record.best_epoch == len(fitted.record.losses) == 8
    assert "no finite loss on dev" in fitted.record.note
    assert (fitted.predict(dev, made.vectors)[:, 0] > 0.5).all()


def test_dev_labels_of_other_annotators_only_are_told() -> None:
    made = simulate(n_items=40, n_annotators=4)
    its = made.annotations
    train, dev = its.where(its.annotator < 2), its.where(its.annotator >= 2)
    with pytest.raises(InputError, match="no annotator of simulated people has labels in both train and dev"):
        fit(MODELS["text only"], train, dev, made.vectors, QUICK, 0, CPU)


@pytest.mark.parametrize("name", ["text only", "composite + user token"])
def test_where_memory_runs_out_the_batch_is_halved_and_the_training_is_as_if_begun_so(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = simulate(n_items=300, n_annotators=5, bias=1.0)
    settings = QUICK.model_copy(update={"batch": 64})
    _, expected = trained(name, settings.model_copy(update={"batch": 16}), made=made)
    kind = TextOnly if name == "text only" else BesideText
    limited(monkeypatch, kind, 31)
    fitted, found = trained(name, settings, made=made)
    assert fitted.record.batch == 16
    assert fitted.record.note == "the device ran out of memory with 64 rows a step; 16 fit"
    assert len(fitted.record.losses) == 4
    # Evaluation is smaller then too, which may round otherwise.
    assert np.allclose(found, expected, atol=1e-6)


def limited(monkeypatch: pytest.MonkeyPatch, kind: type, rows: int) -> None:
    """Let networks of a kind run out of memory in training above so many rows."""
    forward = kind.forward

    def refusing(self: torch.nn.Module, text: torch.Tensor, *more: torch.Tensor) -> torch.Tensor:
        # Not at once: the weights must have moved by then.
        refusing.calls += 1
        if self.training and len(text) > rows and refusing.calls > 5:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return forward(self, text, *more)

    refusing.calls = 0
    monkeypatch.setattr(kind, "forward", refusing)


def test_where_not_one_row_fits_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    limited(monkeypatch, TextOnly, 0)
    with pytest.raises(PolyvocalError, match=r"no memory for one row a step\. Train on 'cpu'"):
        trained("text only")


def test_other_errors_are_not_taken_for_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> torch.Tensor:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(TextOnly, "forward", broken)
    with pytest.raises(RuntimeError, match="mat1"):
        trained("text only")
