"""A Trainer trains what is not on disk: whoever interrupts it, kills it or starts it twice finds finished ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import Comparison, train_models
from engine.annotators.experiments.encodings import ENCODINGS
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.annotators.training.trainer import NotTrained, Trainer
from engine.errors import InputError
from engine.paths import trainings_dir
from tests.engine.annotators.simulated import SimulatedTrainer, World, personas_of, simulate, trainer
from tests.engine.annotators.tiny_encoder import write_tiny_encoder
from tests.engine.waiting import PATIENCE, wait_for

ROOT = Path(__file__).resolve().parents[4]
QUICK = TrainingSettings(epochs=2)
MODELS_ASKED = ("text only", "user token", "majority")

WORKER = """
import sys, time
from tests.engine.annotators.training.test_trainer import compared
import engine.annotators.training.loop as training

hang_at, slow = int(sys.argv[1]), float(sys.argv[2])
trained = 0
epochs = training._epochs
def slowly(*given):
    global trained
    trained += 1
    time.sleep(3600 if trained == hang_at else slow)
    return epochs(*given)
training._epochs = slowly
compared()
print("trained", trained)
"""
"""Trains slowly, and hangs in the training it is told to."""


def world() -> World:
    return simulate(n_items=40, n_annotators=4, bias=1.0)


def compared(**options: object) -> Comparison:
    """Two networks and a baseline from three seeds: six trainings."""
    made = world()
    return train_models(made.annotations, MODELS_ASKED, 3, trainer=trainer(made, settings=QUICK, **options))


def parts() -> tuple[Annotations, Annotations, Annotations]:
    its = world().annotations
    return item_splits(its).parts(its)


@pytest.fixture
def workers(store: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that are stopped in the end, whatever happens."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(workers: list[subprocess.Popen[str]], hang_at: int = 0, slow: float = 0.0) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(hang_at), str(slow)], cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    workers.append(process)
    return process


def kept() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in trainings_dir().rglob("*.npz")}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_in_the_middle_what_has_finished_is_kept_and_not_made_again(
    how: signal.Signals, workers: list[subprocess.Popen[str]]
) -> None:
    process = start(workers, hang_at=4)
    wait_for(lambda: len(kept()) == 3 or process.poll() is not None)
    process.send_signal(how)
    process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    before = kept()
    assert len(before) == 3
    half = compared(only_finished=True)
    assert half.predictions.finished.tolist() == [[True, True, False], [True, False, False], [True, True, True]]
    assert np.isnan(half.predictions.probability[1, 1]).all()
    assert kept() == before
    again = start(workers)
    out, _ = again.communicate(timeout=PATIENCE)
    assert out.split()[-2:] == ["trained", "3"]
    assert {path: content for path, content in kept().items() if path in before} == before
    whole = compared(only_finished=True)
    assert whole.predictions.finished.all()
    fresh = compared(store=None)
    assert np.array_equal(whole.predictions.probability, fresh.predictions.probability)


def test_two_processes_at_once_leave_whole_files(workers: list[subprocess.Popen[str]]) -> None:
    both = [start(workers, slow=0.05), start(workers, slow=0.05)]
    for process in both:
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0
    assert len(kept()) == 6
    assert not list(trainings_dir().rglob(".*"))
    found = compared(only_finished=True)
    assert np.array_equal(found.predictions.probability, compared(store=None).predictions.probability)


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what is trained from now on."""
    made: list[str] = []
    fit = SimulatedTrainer.fit

    def counting(self: SimulatedTrainer, kind: ModelKind, *given: object, **more: object) -> object:
        made.append(kind.name)
        return fit(self, kind, *given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(SimulatedTrainer, "fit", counting)
    return made


def test_what_is_on_disk_is_read_and_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    made, (train, dev, test) = counted(monkeypatch), parts()
    asked = trainer(world(), settings=QUICK)
    first, record = asked.predict("user token", train, dev, test, 0)
    for given in (asked, trainer(world(), settings=QUICK)):
        second, again = given.predict(MODELS["user token"], train, dev, test, 0)
        assert second.tobytes() == first.tobytes()
        assert again == record
    assert made == ["user token"]
    asked.predict("user token", train, dev, replace(test, label=1 - test.label), 0)
    assert len(made) == 1
    asked.predict("user token", train, dev, test, 1)
    asked.predict(ModelKind("user token", True, "", token=True, features="composite"), train, dev, test, 0)
    trainer(world(), settings=QUICK.model_copy(update={"hidden": 8})).predict("user token", train, dev, test, 0)
    trainer(world(), settings=QUICK, store=None).predict("user token", train, dev, test, 0)
    trainer(simulate(3, n_items=5), world(), settings=QUICK).predict("user token", train, dev, test, 0)
    assert len(made) == 6


def test_baselines_and_the_oracle_leave_nothing_on_disk() -> None:
    (train, dev, test), asked = parts(), trainer(world())
    other = replace(test, label=1 - test.label)
    found = {name: [asked.predict(name, train, dev, rows, 0)[0] for rows in (test, other)]
             for name, kind in MODELS.items() if kind.baseline}  # fmt: skip
    assert kept() == {}
    assert not np.array_equal(*found["others' majority"])
    assert np.array_equal(*found["majority"])
    assert np.array_equal(*found["own rate"])


def test_only_finished_trains_nothing() -> None:
    train, dev, test = parts()
    with pytest.raises(NotTrained):
        trainer(world(), only_finished=True).predict("text only", train, dev, test, 0)


def test_a_cuda_device_is_used_where_torch_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []
    monkeypatch.setattr("engine.annotators.texts.encoder_loading.check_device", given.append)
    for available, asked, expected in ((True, None, "cuda"), (False, None, "cpu"), (True, "cpu", "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda available=available: available)
        assert Trainer(device=asked)._device() == expected
    assert given == ["cuda", "cpu", "cpu"]


def test_a_device_that_is_not_there_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    train, dev, test = parts()
    with pytest.raises(InputError, match="device 'cuda:7' cannot be used"):
        trainer(world(), device="cuda:7").predict("text only", train, dev, test, 0)


def test_the_device_is_in_the_record_and_in_the_frame() -> None:
    frame = compared().trainings
    assert frame[frame.model != "majority"].device.tolist() == ["cpu"] * 6
    assert frame[frame.model == "majority"].note.unique().tolist() == ["counts labels; nothing is trained"]
    assert (frame[frame.model != "majority"].seconds > 0).all()


def test_texts_are_embedded_once_a_trainer(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    asked = Trainer(str(write_tiny_encoder(tmp_path)), device="cpu", told=lambda *all_: told.append(all_))
    its = world().annotations
    first = asked.embeddings(its)
    assert told[-1] == ("embedding texts", 40, 40)
    n = len(told)
    assert asked.embeddings(replace(its, label=1 - its.label)) is first
    assert len(told) == n
    assert asked.vectors_of(its.texts[:3]).vectors.tobytes() == first.vectors[:3].tobytes()


def test_the_texts_of_personas_tell_what_unseen_ones_say(store: Path) -> None:
    """Forty personas who differ in what they react to, as their texts say; ten of them give no training label."""
    people = simulate(n_items=200, n_annotators=40, direction=0.9, noise=0.3, own_splits=True)
    made = personas_of(people)
    its, names = made.annotations, made.annotations.annotators
    train, dev, test = item_splits(its).parts(its)
    train, dev = (part.of_annotators(names[:30]) for part in (train, dev))
    unseen = test.of_annotators(names[30:])
    asking = trainer(made, settings=TrainingSettings(epochs=60))
    vectors = asking.vectors_of(its.descriptions).vectors
    given = {"annotator_vectors": vectors[:30], "rows_vectors": vectors[30:]}
    described, _ = asking.predict(ENCODINGS["persona text"], train, dev, unseen, 0, **given)
    anybody, _ = asking.predict("text only", train, dev, unseen, 0)
    right = [(said.argmax(axis=1) == unseen.label).mean() for said in (described, anybody)]
    assert right[0] > right[1] + 0.1
    other = given | {"rows_vectors": vectors[30:][::-1].copy()}
    swapped, _ = asking.predict(ENCODINGS["persona text"], train, dev, unseen, 0, **other)
    assert (swapped.argmax(axis=1) == unseen.label).mean() < right[0] - 0.1, "a training of other texts is not read"
