"""A store with a small corpus, and a model that is held ready: a program in a model's place, in a real process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engine.live import Ask, LiveModel, ModelHolder, Question
from tests.engine.runs.fakes import fill_store
from tests.engine.waiting import wait_for

SCRIPTED = LiveModel(model="scripted", backend="scripted")
DAWDLING = LiveModel(model="dawdling", backend="scripted", engine={"delay": 0.5, "batch_size": 1})
"""Answers arrive one by one; many questions take it minutes, so that nothing is over before a test has looked."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A store that the tests of a module share, because the process of a model belongs to one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(tmp_path_factory.mktemp("live-home")))
        fill_store()
        yield


@pytest.fixture(scope="module")
def holder(home: None) -> Iterator[ModelHolder]:
    held = ModelHolder()
    yield held
    held.close()


@pytest.fixture(autouse=True)
def same_home(home: None, store: object, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """The module's store again, after the one that each test gets."""
    held: ModelHolder = request.getfixturevalue("holder")
    monkeypatch.setenv("POLYVOCAL_HOME", str(held.path.parent.parent))


def question(model: LiveModel = SCRIPTED, **more: object) -> Question:
    given = {
        "model": model, "corpus": "tiny", "item_ids": ("item-1",), "persona_sets": ("few", "one"),
        "persona_ids": ("p0", "nobody"), "temperatures": (0.0, 1.0), "repeats": 3,
    }  # fmt: skip
    return Question.model_validate(given | more)


def ready(holder: ModelHolder, model: LiveModel = SCRIPTED) -> ModelHolder:
    holder.start(model)
    wait_for(lambda: holder.status.state in ("ready", "failed"))
    assert holder.status.state == "ready", holder.status
    return holder


def answered(ask: Ask) -> Ask:
    wait_for(lambda: not ask.status.going, lambda: ask.status)
    return ask
