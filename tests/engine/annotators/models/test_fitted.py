"""What a fitted model says, of whom, from what it has learned; and that it is the same after a way through a folder."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import composite_embeddings
from engine.annotators.models.fitted import FACTS, WEIGHTS, FittedModel, fit
from engine.annotators.models.registry import MODELS, ModelKind
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.errors import InputError, PolyvocalError
from tests.engine.annotators.simulated import World, simulate

CPU = torch.device("cpu")
NETWORKS = [name for name, kind in MODELS.items() if not kind.baseline]
QUICK = TrainingSettings(epochs=3)


def world(**more: object) -> World:
    return simulate(**{"n_items": 60, "n_annotators": 5, "bias": 1.0, "share": 0.7, **more})


def parts_of(made: World) -> tuple[Annotations, Annotations, Annotations]:
    return item_splits(made.annotations).parts(made.annotations)


def fitted_on(made: World, name: str, **more: object) -> FittedModel:
    train, dev, _ = parts_of(made)
    return fit(MODELS[name], train, dev, made.vectors, QUICK, 0, CPU, **more)  # type: ignore[arg-type]


def state(fitted: FittedModel) -> dict[str, bytes]:
    """Everything learned, as bytes."""
    parts = {"module": fitted.module, "scale": fitted.scale, "features": fitted.features}
    return {f"{name}.{key}": value.numpy().tobytes() for name, part in parts.items()
            for key, value in part.state_dict().items()} | {"codes": repr(fitted.codes).encode()}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_saved_and_loaded_it_says_the_same_bit_by_bit(name: str, tmp_path: Path) -> None:
    made = world()
    fitted, test = fitted_on(made, name), parts_of(made)[2]
    fitted.save(tmp_path / "a" / "model")
    loaded = FittedModel.load(tmp_path / "a" / "model")
    assert loaded.predict(test, made.vectors).tobytes() == fitted.predict(test, made.vectors).tobytes()
    assert loaded.record == fitted.record
    assert (loaded.kind, loaded.settings, loaded.annotators, loaded.codes) == (
        fitted.kind, fitted.settings, fitted.annotators, fitted.codes,
    )  # fmt: skip
    assert state(loaded) == state(fitted)


def test_a_kind_that_the_registry_lacks_and_given_vectors_are_kept_too(tmp_path: Path) -> None:
    made = world()
    train, dev, test = parts_of(made)
    kind = ModelKind("mine", True, "", token=True, features="attributes")
    given = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    fitted = fit(kind, train, dev, made.vectors, QUICK, 0, CPU, annotator_vectors=given, token_start=given)
    fitted.save(tmp_path)
    loaded = FittedModel.load(tmp_path)
    for vectors in (None, given, given[::-1].copy()):
        assert np.array_equal(loaded.predict(test, made.vectors, vectors), fitted.predict(test, made.vectors, vectors))
    assert np.array_equal(fitted.predict(test, made.vectors), fitted.predict(test, made.vectors, given))
    assert not np.array_equal(
        fitted.predict(test, made.vectors), fitted.predict(test, made.vectors, given[::-1].copy())
    )


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    fitted_on(world(), "composite").save(folder)
    return folder


BREAKS = {
    "nothing there": lambda f: shutil.rmtree(f),
    "no weights": lambda f: (f / WEIGHTS).unlink(),
    "no facts": lambda f: (f / FACTS).unlink(),
    "half the weights": lambda f: (f / WEIGHTS).write_bytes((f / WEIGHTS).read_bytes()[:200]),
    "empty weights": lambda f: (f / WEIGHTS).write_bytes(b""),
    "other weights": lambda f: save_file({"module.x": torch.zeros(2)}, f / WEIGHTS),
    "foreign weights": lambda f: save_file({"x": torch.zeros(2)}, f / WEIGHTS),
    "half the facts": lambda f: (f / FACTS).write_text((f / FACTS).read_text()[:100]),
    "a list": lambda f: (f / FACTS).write_text("[]"),
    "not text": lambda f: (f / FACTS).write_bytes(b"\xff\xfe\x00"),
    "no labels": lambda f: _change(f, labels=None),
    "one label more": lambda f: _change(f, labels=["no", "yes", "maybe"]),
    "unknown settings": lambda f: _change(f, settings={"hidden": 64, "width": 3}),
    "settings out of range": lambda f: _change(f, settings={"hidden": -1}),
    "no record": lambda f: _change(f, record={}),
    "no kind": lambda f: _change(f, kind={"name": "user token"}),
}


def _change(folder: Path, **facts: object) -> None:
    known = json.loads((folder / FACTS).read_text("utf-8"))
    (folder / FACTS).write_text(json.dumps(known | facts), "utf-8")


@pytest.mark.parametrize("how", BREAKS)
def test_a_broken_folder_is_told(how: str, saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(saved, folder)
    FittedModel.load(folder)
    BREAKS[how](folder)
    with pytest.raises(InputError, match="holds no annotator model that can be read"):
        FittedModel.load(folder)


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_of_test_items_is_learned(name: str) -> None:
    made = world()
    train, dev, test = parts_of(made)
    fitted = fitted_on(made, name)
    other = made.vectors.copy()
    other[np.unique(test.item)] += 100
    again = fit(MODELS[name], train, dev, other, QUICK, 0, CPU)
    assert state(again) == state(fitted)
    assert again.record.losses == fitted.record.losses


@pytest.mark.parametrize("name", NETWORKS)
def test_of_dev_items_only_the_epoch_to_keep_is_learned(name: str) -> None:
    made = world()
    train, dev, _ = parts_of(made)
    other = made.vectors.copy()
    other[np.unique(dev.item)] *= -3
    shuffled = replace(dev, label=1 - dev.label)
    settings = QUICK.model_copy(update={"epochs": 1})
    fitted = [
        fit(MODELS[name], train, labels, vectors, settings, 0, CPU)
        for labels, vectors in ((dev, made.vectors), (shuffled, made.vectors), (dev, other))
    ]
    assert state(fitted[0]) == state(fitted[1]) == state(fitted[2])
    assert len({losses.record.losses[0][1] for losses in fitted}) == 3


@pytest.mark.parametrize("name", NETWORKS)
def test_the_labels_asked_for_are_not_looked_at(name: str) -> None:
    made = world()
    fitted, test = fitted_on(made, name), parts_of(made)[2]
    other = replace(test, label=1 - test.label)
    assert np.array_equal(fitted.predict(test, made.vectors), fitted.predict(other, made.vectors))


def test_scale_and_composites_are_of_the_training_rows() -> None:
    made = world()
    train, _, _ = parts_of(made)
    fitted = fitted_on(made, "composite")
    its = made.vectors[np.unique(train.item)].astype(float)
    assert np.allclose(fitted.scale.mean, its.mean(axis=0), atol=1e-6)
    assert np.allclose(fitted.scale.deviation, its.std(axis=0), atol=1e-6)
    scaled = (made.vectors - fitted.scale.mean.numpy()) / fitted.scale.deviation.numpy()
    expected = composite_embeddings(train.item, train.annotator, train.label, scaled, 5, 2).reshape(5, -1)
    assert np.allclose(fitted.features(torch.arange(5)).numpy(), expected, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_order_and_number_of_rows_and_annotators_asked_for_change_nothing(name: str) -> None:
    made = world()
    fitted, test = fitted_on(made, name), parts_of(made)[2]
    whole = fitted.predict(test, made.vectors)
    order = np.random.default_rng(0).permutation(len(test))[:20]
    assert np.allclose(fitted.predict(test.where(order), made.vectors), whole[order], atol=1e-6)
    turned = test.of_annotators(test.annotators[::-1])
    assert np.allclose(fitted.predict(turned, made.vectors), whole, atol=1e-6)
    assert fitted.predict(test.where(order[:0]), made.vectors).shape == (0, 2)


@pytest.mark.parametrize("name", NETWORKS)
def test_annotators_without_training_rows_are_unknown_ones(name: str) -> None:
    made = world(by_group=True)
    train, dev, test = parts_of(made)
    known = train.where(train.annotator < 3)
    fitted = fit(MODELS[name], known, dev, made.vectors, QUICK, 0, CPU)
    assert fitted.annotators == ("a0", "a1", "a2")
    new = test.where(test.annotator >= 3)
    renamed = replace(new, annotators=("a0", "a1", "a2", "new", "newer"))
    found = fitted.predict(new, made.vectors)
    assert np.array_equal(fitted.predict(renamed, made.vectors), found)
    nobody = replace(new, groups=("",) * 5, attributes=({},) * 5)
    differs = not np.allclose(fitted.predict(nobody, made.vectors), found)
    assert differs == (name == "attributes")
    for i in np.unique(new.item):
        same = fitted.predict(nobody, made.vectors)[new.item == i]
        assert np.allclose(same, same[0], atol=1e-6)


def test_what_does_not_fit_is_told() -> None:
    made = world()
    train, dev, test = parts_of(made)
    fitted = fitted_on(made, "user token")
    with pytest.raises(InputError, match="this model was trained on"):
        fitted.predict(replace(test, task=simulate(labels=("a", "b")).annotations.task), made.vectors)
    with pytest.raises(InputError, match="vectors of the items of simulated people are missing"):
        fitted.predict(test, None)
    with pytest.raises(InputError, match=r"shape \(60, 4\); expected \(60, 8\)"):
        fitted.predict(test, made.vectors[:, :4])
    with pytest.raises(InputError, match=r"shape \(59, 8\); expected \(60, 8\)"):
        fit(MODELS["text only"], train, dev, made.vectors[:-1], QUICK, 0, CPU)
    broken = made.vectors.copy()
    broken[7, 2] = np.nan
    with pytest.raises(InputError, match="vectors of 1 items hold numbers that are not finite, the first that of 'i7'"):
        fit(MODELS["text only"], train, dev, broken, QUICK, 0, CPU)
    same = replace(train, groups=("",) * 5, attributes=({},) * 5)
    with pytest.raises(InputError, match="no attributes or groups that tell them apart"):
        fit(MODELS["attributes"], same, dev, made.vectors, QUICK, 0, CPU)


def test_vectors_of_annotators_that_do_not_fit_are_told() -> None:
    made = world()
    train, dev, test = parts_of(made)
    kind = ModelKind("mine", True, "", token=True, features="attributes")
    given = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    fitted = fit(kind, train, dev, made.vectors, QUICK, 0, CPU, annotator_vectors=given)
    newcomers = replace(test, annotators=tuple(f"new{i}" for i in range(5)))
    assert np.isfinite(fitted.predict(newcomers, made.vectors, given)).all()
    for wrong, shape in ((given[:4], "(4, 3)"), (given[:, :2], "(5, 2)"), (given * np.nan, "(5, 3)")):
        with pytest.raises(InputError, match=f"vectors of the shape {re.escape(shape)}; expected"):
            fitted.predict(newcomers, made.vectors, wrong)
    for name in ("annotator_vectors", "token_start"):
        with pytest.raises(InputError, match=r"vectors of the shape \(4, 3\); expected \(5, 3\)"):
            fit(kind, train, dev, made.vectors, QUICK, 0, CPU, **{name: given[:4]})


def test_where_memory_runs_out_fewer_rows_are_asked_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    fitted, test = fitted_on(made, "user token"), parts_of(made)[2]
    expected, forward = fitted.predict(test, made.vectors), type(fitted.module).forward
    most = len(test) // 4

    def small(self: torch.nn.Module, text: torch.Tensor, *more: torch.Tensor) -> torch.Tensor:
        if len(text) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        return forward(self, text, *more)

    monkeypatch.setattr(type(fitted.module), "forward", small)
    for _ in range(2):
        assert np.allclose(fitted.predict(test, made.vectors), expected, atol=1e-6)
    fits = len(test) // 2 // 2
    assert fitted.record.note == f"asked, the device ran out of memory with {len(test)} rows at a time; {fits} fit"
    most = 0
    with pytest.raises(PolyvocalError, match="no memory to ask the model for one row"):
        fitted.predict(test, made.vectors)


def test_a_folder_that_cannot_be_written_is_told_and_half_a_model_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = world()
    fitted = fitted_on(made, "user token")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be kept in"):
        fitted.save(tmp_path / "file")
    fitted.save(tmp_path / "model")
    # Killed between the weights and the facts of a second model: the first one's facts must not go with them.
    monkeypatch.setattr("safetensors.torch.save_file", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        fitted.save(tmp_path / "model")
    with pytest.raises(InputError, match="holds no annotator model"):
        FittedModel.load(tmp_path / "model")


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("labels", [("a", "b", "c"), ("1", "2", "3", "4")])
def test_three_labels_and_more_ordered_or_not(name: str, labels: tuple[str, ...]) -> None:
    made = world(labels=labels, level="ordinal" if "1" in labels else "nominal")
    p = fitted_on(made, name).predict(parts_of(made)[2], made.vectors)
    assert p.shape[1] == len(labels)
    assert np.allclose(p.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("name", NETWORKS)
def test_one_class_in_training_and_a_label_that_training_lacks(name: str) -> None:
    made = world(labels=("a", "b", "c"))
    train, dev, test = parts_of(made)
    for kept in ((0,), (0, 2)):
        fewer, stop = (part.where(np.isin(part.label, kept)) for part in (train, dev))
        p = fit(MODELS[name], fewer, stop, made.vectors, TrainingSettings(epochs=20), 0, CPU).predict(
            test, made.vectors
        )
        assert np.isfinite(p).all()
        if len(kept) == 1:
            assert (p.argmax(axis=1) == 0).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_many_annotators_of_few_labels(name: str) -> None:
    made = simulate(n_items=400, n_annotators=800, bias=1.0, share=0.006)
    counts = np.bincount(parts_of(made)[0].annotator, minlength=800)
    assert (counts == 1).any()
    assert (counts == 0).any()
    p = fitted_on(made, name).predict(parts_of(made)[2], made.vectors)
    assert np.isfinite(p).all()
