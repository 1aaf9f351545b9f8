"""Models and engines that the tests of inference share; an engine takes tens of seconds to start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.inference.backend import Backend
from engine.paths import shipped
from tests.engine.inference import tiny_model

if TYPE_CHECKING:
    from engine.inference.server_process import ServerProcess


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random model."""
    return tiny_model.build(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture(scope="session")
def model(folder: Path) -> str:
    """The demo model, or the tiny one in a checkout without it."""
    return "demo-voices" if (shipped("models") / "demo-voices" / "config.json").is_file() else str(folder)


@pytest.fixture(scope="session")
def scripted_backend() -> Backend:
    from engine.inference.scripted import ScriptedBackend

    return ScriptedBackend()


@pytest.fixture(scope="session")
def transformers_backend(model: str) -> Iterator[Backend]:
    import torch

    from engine.inference.transformers_local import TransformersBackend

    torch.set_num_threads(1)  # a small model gains nothing from more, and loses much where cores are busy
    backend = TransformersBackend(model)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def vllm_backend(model: str) -> Iterator[Backend]:
    from engine.inference.vllm_local import VllmLocalBackend

    backend = VllmLocalBackend(model, engine_seed=7)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def server(model: str) -> Iterator[ServerProcess]:
    from engine.inference.server_process import ServerProcess

    with ServerProcess(model) as server:
        yield server


@pytest.fixture(scope="session")
def server_backend(server: ServerProcess) -> Iterator[Backend]:
    backend = server.connect()
    yield backend
    backend.close()
