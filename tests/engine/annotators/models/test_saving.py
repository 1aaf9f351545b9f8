"""Kept models: every one that was trained, in its folder, and what it says when it is asked later."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from engine.annotators.annotations import Annotations
from engine.annotators.comparison import train_models
from engine.annotators.models.fitted import FittedModel
from engine.annotators.models.saving import SavingTrainer, model_folder, predict_all
from engine.annotators.training.settings import TrainingSettings
from engine.annotators.training.splits import item_splits
from engine.annotators.training.store import TrainingStore
from engine.errors import InputError
from tests.engine.annotators.simulated import SimulatedTrainer, simulate, trainer

WORLD = simulate(1, n_items=120, n_annotators=4, bias=1.0, own_splits=True)
QUICK = TrainingSettings(epochs=2, hidden=4)


@dataclass
class Keeper(SavingTrainer, SimulatedTrainer):
    """Keeps models, and looks texts up."""


@pytest.fixture
def keeper(tmp_path) -> Keeper:
    plain = trainer(WORLD)
    store = TrainingStore(tmp_path / "trainings")
    return Keeper(encoder=plain.encoder, settings=QUICK, device="cpu", store=store, table=plain.table,
                  folder=tmp_path / "models")  # fmt: skip


def parts(annotations: Annotations) -> tuple[Annotations, Annotations, Annotations]:
    return item_splits(annotations).parts(annotations)


def test_what_is_trained_is_kept_and_says_the_same(keeper):
    found = train_models(WORLD.annotations, ["text only", "user token", "majority"], [0, 3], trainer=keeper)
    expected = {model_folder(keeper.folder, m, s) for m in ("text only", "user token") for s in (0, 3)}
    assert keeper.saved == expected
    test = parts(WORLD.annotations)[2]
    for m, model in enumerate(("text only", "user token")):
        fitted = FittedModel.load(model_folder(keeper.folder, model, 3))
        np.testing.assert_allclose(fitted.predict(test, WORLD.vectors), found.predictions.probability[m, 1], atol=1e-6)


def test_copies_share_what_is_kept_and_others_are_trained_once(keeper):
    train, dev, _ = parts(WORLD.annotations)
    replace(keeper).fit("user token", train, dev, 0)
    assert keeper.saved == {model_folder(keeper.folder, "user token", 0)}
    told = []
    other = replace(keeper, told=lambda what, done, total: told.append((what, done, total)))
    other.save_others(["user token", "composite + user token", "own rate"], train, dev, [0])
    assert told == [("composite + user token, seed 0, to be kept", 0, 1)]
    assert sorted(path.name for path in keeper.folder.iterdir()) == ["composite+user-token", "user-token"]


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be kept"):
        SavingTrainer(folder=tmp_path / "file" / "models")


def test_everybody_is_asked_about_every_item(keeper):
    train, dev, _ = parts(WORLD.annotations)
    fitted = keeper.fit("user token", train, dev, 0)
    few = replace(WORLD.annotations, annotators=("a0", "a1", "newcomer", "other"))
    found = predict_all(fitted, few.where(np.arange(3)), WORLD.vectors)
    assert list(found.columns) == ["item_id", "annotator", "known", "predicted", "p_no", "p_yes"]
    assert len(found) == 120 * 4, "its labels are not looked at"
    assert found.groupby("annotator")["known"].all().to_dict() == {
        "a0": True, "a1": True, "newcomer": False, "other": False,
    }  # fmt: skip
    wide = found.pivot(index="item_id", columns="annotator", values="p_yes")
    np.testing.assert_array_equal(wide["newcomer"], wide["other"])
    assert not np.allclose(wide["a0"], wide["a1"])
    np.testing.assert_allclose(found["p_no"] + found["p_yes"], 1, atol=1e-6)
    assert (found["predicted"] == np.where(found["p_no"] >= found["p_yes"], "no", "yes")).all()
