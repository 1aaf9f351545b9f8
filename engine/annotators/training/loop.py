"""The training loop, one for all networks: AdamW on batches of rows, stopped early on the dev split.

Texts and annotators lie on the device as whole arrays and are gathered by place: a step costs no Python per row.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.annotators.annotations import Annotations
from engine.annotators.models.annotator_features import Features
from engine.annotators.texts.encoder_loading import out_of_memory
from engine.annotators.texts.text_vectors import Texts
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.settings import TrainingSettings
from engine.errors import PolyvocalError

EVALUATION_ROWS = 8192
"""Rows a pass without gradients, where texts are frozen and memory has sufficed so far."""
LEAST_STEPS, LEAST_ROWS = 16, 16
"""Batches shrink to these many rows where an epoch would have fewer than these many steps.

Measured on simulated annotators of 63 training labels each (504 in all, test macro-F1): who differ in bias, user token
.85 with 256 rows a step and .91 with 32, text only .74 and .80; who differ in direction, .75 and .83, .77 and .78.
"""
EpochDone = Callable[[int, float, float], None]
"""Called after each epoch with its number from 1, and the loss on train and dev."""


@dataclass(frozen=True)
class Rows:
    """Labels as tensors on the device."""

    item: Tensor
    annotator: Tensor
    label: Tensor

    @classmethod
    def of(cls, annotations: Annotations, device: torch.device) -> Rows:
        """Return the rows of annotations."""
        columns = (annotations.item, annotations.annotator, annotations.label)
        return cls(*(torch.from_numpy(column.copy()).to(device) for column in columns))

    def __len__(self) -> int:
        return len(self.label)

    def batches(self, size: int, order: Tensor | None = None) -> Iterator[Rows]:
        """Yield rows in batches, in an order."""
        for start in range(0, len(self), size):
            chosen = slice(start, start + size) if order is None else order[start : start + size]
            yield Rows(self.item[chosen], self.annotator[chosen], self.label[chosen])


def train_module(
    module: nn.Module,
    texts: Texts,
    features: Features,
    train: Annotations,
    dev: Annotations,
    settings: TrainingSettings,
    seed: int,
    device: torch.device,
    epoch_done: EpochDone | None = None,
) -> TrainingRecord:
    """Train a network in place and leave it with the weights of the epoch whose dev loss was lowest.

    Where the device's memory does not hold a batch, it is halved, the training starts again, and the record says so.
    """
    with few_threads(texts):
        return _train(module, texts, features, train, dev, settings, seed, device, epoch_done)


@contextmanager
def few_threads(texts: Texts) -> Iterator[None]:
    """Let torch work in one CPU thread where the encoder is frozen.

    Its steps take a tenth of a millisecond: threads cost more than they bring, and a hundred times
    more on a machine whose cores are busy, where each step waits for the slowest.
    """
    before = torch.get_num_threads()
    if not texts.parameters():
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _train(
    module: nn.Module, texts: Texts, features: Features, train: Annotations, dev: Annotations,
    settings: TrainingSettings, seed: int, device: torch.device, epoch_done: EpochDone | None,
) -> TrainingRecord:  # fmt: skip
    start = time.perf_counter()
    untrained = copy.deepcopy(module.state_dict())
    encoder = [p.detach().clone() for p in texts.parameters()]
    asked = batch = rows_a_step(settings, len(train))
    while True:
        try:
            record = _epochs(module, texts, features, train, dev, settings, batch, seed, device, epoch_done)
            break
        except (RuntimeError, MemoryError) as error:
            if not out_of_memory(error):
                raise
            if batch == 1:
                raise PolyvocalError(
                    f"device {device} has no memory for one row a step. Train on 'cpu', or with frozen embeddings."
                ) from error
        batch //= 2
        module.load_state_dict(untrained)
        _restore(texts.parameters(), encoder)
        if device.type == "cuda":
            torch.cuda.empty_cache()
    record.seconds = time.perf_counter() - start
    record.device = str(device)
    if batch < asked:
        halving = f"the device ran out of memory with {asked:,} rows a step; {batch:,} fit"
        record.note = "; ".join(filter(None, [halving, record.note]))
    return record


def rows_a_step(settings: TrainingSettings, n_rows: int) -> int:
    """Return the batch that training starts with: the settings', smaller where rows are few."""
    return min(settings.batch, max(LEAST_ROWS, n_rows // LEAST_STEPS), n_rows)


def label_weights(label: Tensor, n_labels: int, balance: bool) -> Tensor:
    """Return the weight of each label in the loss: 1, or one over its share in training, with mean 1 over rows.

    A label that training lacks weighs 0 then: on dev, rows that no model could learn do not stop the training.
    """
    counts = torch.bincount(label, minlength=n_labels).float()
    if not balance:
        return torch.ones(n_labels, device=label.device)
    present = (counts > 0).sum()
    return torch.where(counts > 0, len(label) / (present * counts.clamp(min=1)), torch.zeros_like(counts))


def logits_of(
    module: nn.Module, texts: Texts, features: Features, rows: Rows, size: int, of_features: Tensor | None = None
) -> Tensor:
    """Return logits (rows, labels) on the device, without gradients or dropout, `size` rows at a time.

    `of_features` (rows,) is the place of each row's annotator in the features, where they are not the training's.
    """
    module.eval()
    texts.train(False)
    places = rows.annotator if of_features is None else of_features
    with torch.inference_mode():
        parts = [
            module(texts.rows(part.item), part.annotator, features(its)).float()
            for part, its in zip(rows.batches(size), places.split(size), strict=True)
        ]
    return torch.cat(parts)


def _epochs(
    module: nn.Module, texts: Texts, features: Features, train: Annotations, dev: Annotations,
    settings: TrainingSettings, batch: int, seed: int, device: torch.device, epoch_done: EpochDone | None,
) -> TrainingRecord:  # fmt: skip
    rows, held_out = Rows.of(train, device), Rows.of(dev, device)
    loss_of = nn.CrossEntropyLoss(weight=label_weights(rows.label, len(train.labels), settings.balance))
    tuned = texts.parameters()
    groups = [{"params": list(module.parameters()), "lr": settings.learning_rate}]
    groups += [{"params": tuned, "lr": settings.encoder_rate}] if tuned else []
    optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    # Dropout draws from torch's own generator: forked, so that training leaves the caller's draws as they were.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        record, best, kept = TrainingRecord(batch=batch), float("inf"), None
        for epoch in range(1, settings.epochs + 1):
            module.train()
            texts.train(True)
            total = torch.zeros((), device=device)
            for part in rows.batches(batch, torch.randperm(len(rows), device=device)):
                optimizer.zero_grad(set_to_none=True)
                loss = _step_loss(module, texts, features, part, len(train.annotators), settings.unknown, loss_of)
                loss.backward()
                optimizer.step()
                total += loss.detach() * len(part)
            size = batch if tuned or batch < rows_a_step(settings, len(rows)) else EVALUATION_ROWS
            dev_loss = float(loss_of(logits_of(module, texts, features, held_out, size), held_out.label))
            record.losses.append((float(total) / len(rows), dev_loss))
            if dev_loss < best - 1e-5:
                best, record.best_epoch = dev_loss, epoch
                kept = copy.deepcopy(module.state_dict()), [p.detach().clone() for p in tuned]
            if epoch_done:
                epoch_done(epoch, *record.losses[-1])
            if epoch - record.best_epoch >= settings.patience:
                break
    if kept is None:
        record.best_epoch = len(record.losses)
        record.note = "no finite loss on dev, so nothing says when to stop: the last epoch's weights are kept"
    else:
        module.load_state_dict(kept[0])
        _restore(tuned, kept[1])
    return record


def _step_loss(
    module: nn.Module, texts: Texts, features: Features, part: Rows, n_annotators: int, unknown: float,
    loss_of: nn.Module,
) -> Tensor:  # fmt: skip
    """Return the loss of one batch, with some annotators hidden and its items left out of their features."""
    hidden = torch.rand(len(part), device=part.annotator.device) < unknown
    annotator = torch.where(hidden, n_annotators, part.annotator)
    given = features(annotator, part.item)
    loss: Tensor = loss_of(module(texts.rows(part.item), annotator, given), part.label)
    return loss


def _restore(parameters: list[nn.Parameter], values: list[Tensor]) -> None:
    with torch.no_grad():
        for parameter, value in zip(parameters, values, strict=True):
            parameter.copy_(value)
