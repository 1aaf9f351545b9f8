"""A training's key changes with everything that decides its numbers; its file is whole, or made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.training.record import TrainingRecord
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.store import TrainingStore, training_key
from tests.engine.annotators.simulated import simulate

FACTS = {"model": ["user token", True, False, ""], "settings": TrainingSettings().model_dump(), "seed": 0,
         "encoder": "e", "device": "cpu"}  # fmt: skip
VECTORS = np.arange(6, dtype=np.float32).reshape(3, 2)


def key(facts: dict[str, object] | None = None, arrays: tuple = (VECTORS, None, None), **parts: Annotations) -> str:
    its = simulate(n_items=20, n_annotators=3).annotations
    train, dev, rows = (its.where(its.item % 3 == i) for i in range(3))
    given = {"train": train, "dev": dev, "rows": rows} | parts
    return training_key(FACTS | (facts or {}), given["train"], given["dev"], given["rows"], *arrays)


def part(number: int) -> Annotations:
    its = simulate(n_items=20, n_annotators=3).annotations
    return its.where(its.item % 3 == number)


CHANGES: dict[str, Callable[[Annotations], Annotations]] = {
    "label": lambda its: replace(its, label=1 - its.label),
    "one label": lambda its: replace(its, label=np.r_[1 - its.label[:1], its.label[1:]]),
    "one row less": lambda its: its.where(np.arange(len(its)) > 0),
    "order of rows": lambda its: its.where(np.arange(len(its))[::-1]),
    "another item": lambda its: replace(its, item=(its.item + 1) % 20),
    "another annotator": lambda its: replace(its, annotator=(its.annotator + 1) % 3),
    "a text": lambda its: replace(its, texts=("other", *its.texts[1:])),
    "two texts exchanged": lambda its: replace(its, texts=(its.texts[1], its.texts[0], *its.texts[2:])),
    "a name": lambda its: replace(its, annotators=("x", *its.annotators[1:])),
    "a group": lambda its: replace(its, groups=("x", *its.groups[1:])),
    "an attribute": lambda its: replace(its, attributes=({"view": "x"}, *its.attributes[1:])),
    "the labels": lambda its: replace(its, task=its.task.model_copy(update={"labels": ("yes", "no")})),
}


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("which", ["train", "dev", "rows"])
def test_everything_in_the_rows_counts_but_the_labels_asked_for(which: str, what: str) -> None:
    changed = CHANGES[what](part(["train", "dev", "rows"].index(which)))
    same = which == "rows" and what in ("label", "one label")
    assert (key(**{which: changed}) == key()) == same


@pytest.mark.parametrize(
    "facts",
    [{"seed": 1}, {"encoder": "f"}, {"device": "cuda"}, {"model": ["user token", True, False, "composite"]}]
    + [{"settings": TrainingSettings().model_dump() | {name: value}}
       for name, value in (("hidden", 32), ("epochs", 9), ("balance", False), ("fine_tune", True), ("dropout", 0.4))],
    ids=str,
)  # fmt: skip
def test_facts_count(facts: dict[str, object]) -> None:
    assert key(facts) != key()


def test_given_vectors_count_with_their_place_shape_and_type() -> None:
    arrays = [
        (VECTORS, None, None), (None, VECTORS, None), (None, None, VECTORS), (VECTORS, VECTORS, None), (None,) * 3,
        (VECTORS + 1, None, None), (VECTORS.T.copy(), None, None), (VECTORS.astype(np.float64), None, None),
    ]  # fmt: skip
    assert len({key(arrays=these) for these in arrays}) == len(arrays)


def test_dev_s_labels_count_also_where_dev_itself_is_asked_for() -> None:
    dev = part(1)
    other = replace(dev, label=1 - dev.label)
    assert key(dev=dev, rows=dev) != key(dev=other, rows=other)


def test_ids_of_items_and_dropped_cells_are_only_names() -> None:
    its = part(0)
    renamed = replace(its, items=tuple(f"x{i}" for i in range(20)), name="other", dropped={"no label": 3})
    assert key(train=renamed) == key()


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = TrainingStore(tmp_path / "new")
    assert store.read("ab" * 32) is None
    record = TrainingRecord([(0.5, 0.25), (0.1, float("nan"))], 1, 2.5, "cpu", 16, "halved")
    store.write("ab" * 32, VECTORS, record)
    found = store.read("ab" * 32)
    assert found is not None
    assert np.array_equal(found[0], VECTORS)
    assert found[0].dtype == np.float32
    assert repr(found[1]) == repr(record)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ab" * 32 + ".npz"]


@pytest.mark.parametrize("cut", [0, 1, 40, 300, -1, -30])
def test_a_broken_file_is_made_again_and_said(cut: int, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = TrainingStore(tmp_path)
    store.write("k" * 64, VECTORS, TrainingRecord())
    path = next(tmp_path.rglob("*.npz"))
    path.write_bytes(path.read_bytes()[:cut])
    assert store.read("k" * 64) is None
    assert "this training is made again" in caplog.text
    store.write("k" * 64, VECTORS, TrainingRecord())
    assert store.read("k" * 64) is not None


def test_changed_bytes_are_noticed(tmp_path: Path) -> None:
    store = TrainingStore(tmp_path)
    store.write("k" * 64, VECTORS, TrainingRecord(note="x" * 50))
    path = next(tmp_path.rglob("*.npz"))
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        found = store.read("k" * 64)
        assert found is None or np.array_equal(found[0], VECTORS)


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    TrainingStore(tmp_path / "file").write("k" * 64, VECTORS, TrainingRecord())
    assert "the training is not kept" in caplog.text


def test_kinds_of_one_name_but_other_parts_are_other_models() -> None:
    mine = ModelKind("user token", True, "", token=True, features="composite")
    assert mine.name == MODELS["user token"].name
    assert key({"model": [mine.name, mine.token, mine.heads, mine.features]}) != key()
