"""What only vLLM in process has: its engine arguments and its ways of not starting."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BackendError, InputError, MissingPackageError
from engine.inference import engine_args
from engine.inference.backend import Backend
from engine.inference.open import BACKENDS, open_backend
from engine.inference.vllm_local import VllmLocalBackend, explain_start_failure


def test_unknown_engine_arguments_are_found_before_anything_starts(folder: Path) -> None:
    with pytest.raises(InputError, match="did you mean max_model_len"):
        VllmLocalBackend(str(folder), engine={"max_modl_len": 100})


def test_a_missing_vllm_names_what_installs_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise MissingPackageError(engine_args.INSTALL_VLLM)

    monkeypatch.setattr(engine_args, "vllm_version", missing)
    with pytest.raises(MissingPackageError, match="make install"):
        VllmLocalBackend(str(folder))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "max_model_len"),
        (ValueError("No available memory for the cache blocks."), "max_model_len"),
        (OSError("We couldn't connect to the hub"), "without network access"),
        (RuntimeError("something else\nand more"), "something else"),
    ],
)
def test_failures_of_the_start_say_what_to_do(error: Exception, said: str) -> None:
    assert said in explain_start_failure("some/model", error)


@pytest.mark.vllm
def test_the_engine_has_our_defaults(vllm_backend: Backend) -> None:
    assert isinstance(vllm_backend, VllmLocalBackend)
    config = vllm_backend._llm.llm_engine.vllm_config
    assert config.cache_config.enable_prefix_caching
    assert config.cache_config.block_size <= 32, "or prompts as short as ours would share nothing"
    assert str(config.model_config.dtype) == "torch.float32" or not engine_args.is_cpu_build()
    assert config.model_config.seed == 7 == vllm_backend.info().engine_seed


@pytest.mark.vllm
def test_an_engine_that_cannot_start_is_a_backend_error(folder: Path) -> None:
    with pytest.raises(BackendError, match="max_model_len"):
        VllmLocalBackend(str(folder), engine={"max_model_len": 10**6})


def test_backends_by_name(folder: Path) -> None:
    assert open_backend("scripted", "x", engine={"spread": 0.1}).info().backend == "scripted"
    assert open_backend("transformers", str(folder)).info().backend == "transformers"
    with pytest.raises(InputError, match="servers"):
        open_backend("server", "x")
    with pytest.raises(InputError, match=", ".join(BACKENDS)):
        open_backend("llama", "x")
    with pytest.raises(InputError, match="no such option"):
        open_backend("transformers", str(folder), engine={"gpu_memory_utilization": 1})
