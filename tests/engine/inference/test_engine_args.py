"""vLLM's engine arguments: names checked without importing vLLM, our defaults, their form on a command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine.errors import InputError, MissingPackageError
from engine.inference import engine_args


def test_names_are_those_of_the_installed_vllm_and_importing_it_is_not_needed() -> None:
    code = (
        "import sys; from engine.inference.engine_args import argument_names as a; "
        "assert {'tensor_parallel_size', 'quantization', 'dtype', 'max_model_len', 'seed'} <= a(), a(); "
        "assert 'vllm' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_named_with_the_nearest_all_at_once() -> None:
    with pytest.raises(InputError) as error:
        engine_args.check_engine_args({"tensor_paralel_size": 2, "qzzzx": 1, "dtype": "float32"})
    assert "did you mean tensor_parallel_size" in str(error.value)
    assert "engine.qzzzx" in str(error.value)
    assert "engine.dtype" not in str(error.value)


def test_what_belongs_elsewhere_or_falsifies_is_refused() -> None:
    with pytest.raises(InputError, match="set 'model' of the spec"):
        engine_args.check_engine_args({"model": "x"})
    with pytest.raises(InputError, match="falsify label probabilities"):
        engine_args.check_engine_args({"logprobs_mode": "processed_logprobs"})
    engine_args.check_engine_args({"logprobs_mode": "raw_logprobs", "seed": 3})


def test_defaults_stand_under_the_users_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_CPU_KVCACHE_SPACE", raising=False)
    cpu = engine_args.with_defaults({}, "some/model", cpu=True)
    assert (cpu["dtype"], cpu["enforce_eager"], cpu["enable_chunked_prefill"]) == ("float32", True, False)
    assert cpu["block_size"] == 32
    assert (cpu["kv_cache_memory_bytes"], cpu["max_num_seqs"]) == (4 * 2**30, 32)
    small = engine_args.with_defaults({}, str(folder), cpu=True)
    assert small["kv_cache_memory_bytes"] == 2**30
    assert "max_num_seqs" not in small
    assert engine_args.with_defaults({"dtype": "bfloat16"}, "some/model", cpu=True)["dtype"] == "bfloat16"
    assert "enable_chunked_prefill" not in engine_args.with_defaults(
        {"max_num_batched_tokens": 512}, "some/model", cpu=True
    )
    assert engine_args.with_defaults({"dtype": "auto"}, "some/model", cpu=False) == {"dtype": "auto"}
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "8")
    assert "kv_cache_memory_bytes" not in engine_args.with_defaults({}, "some/model", cpu=True)


def test_the_users_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHDYNAMO_DISABLE", "0")
    assert "TORCHDYNAMO_DISABLE" not in engine_args.environment_defaults(cpu=True, eager=True)
    monkeypatch.delenv("TORCHDYNAMO_DISABLE")
    assert engine_args.environment_defaults(cpu=True, eager=True)["TORCHDYNAMO_DISABLE"] == "1"
    assert "TORCHDYNAMO_DISABLE" not in engine_args.environment_defaults(cpu=True, eager=False)


def test_the_command_line() -> None:
    assert engine_args.command_line(
        {
            "dtype": "float32",
            "enforce_eager": True,
            "enable_chunked_prefill": False,
            "hf_overrides": {"a": 1},
            "x": None,
        }
    ) == ["--dtype", "float32", "--enforce-eager", "--no-enable-chunked-prefill", "--hf-overrides", '{"a": 1}']


def test_a_missing_vllm_names_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise engine_args.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(engine_args.importlib.metadata, "version", absent)
    with pytest.raises(MissingPackageError, match="make install"):
        engine_args.vllm_version()
