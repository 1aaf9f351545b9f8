"""Backends by name. Heavy packages are imported only when the backend that needs them is opened."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import InputError
from engine.inference.backend import Backend

BACKENDS = {
    "vllm": "vLLM in this process (GPU or CPU)",
    "server": "OpenAI-compatible servers, vLLM's own or others",
    "transformers": "Hugging Face transformers in this process, the reference",
    "scripted": "a deterministic fake that needs no model",
}


def open_backend(
    name: str,
    model: str,
    *,
    revision: str | None = None,
    engine: Mapping[str, Any] | None = None,
    servers: Sequence[str] = (),
    chat_template_kwargs: Mapping[str, Any] | None = None,
    engine_seed: int | None = None,
) -> Backend:
    """Open the backend that a run names.

    Args:
        name: one of `BACKENDS`.
        model: demo model, folder, hub id, or the name a server serves.
        revision: commit or tag of a hub id.
        engine: vLLM's engine arguments (vllm), or the backend's own options (docs/backends.md).
        servers: base URLs, for 'server' only. Their key is read from POLYVOCAL_API_KEY.
        chat_template_kwargs: for the model's chat template.
        engine_seed: seed of this engine start, for backends that seed only there.

    Raises:
        InputError: the backend, model or an option is unknown.
        MissingPackageError: a package that this backend needs is not installed.
        BackendError: the model or server cannot be reached.
    """
    _quiet_libraries()
    if name == "vllm":
        from engine.inference.vllm_local import VllmLocalBackend

        return VllmLocalBackend(
            model,
            revision=revision,
            engine=engine,
            chat_template_kwargs=chat_template_kwargs,
            engine_seed=engine_seed,
        )
    if name == "server":
        from engine.inference.vllm_server import VllmServerBackend

        return VllmServerBackend(
            model, servers, revision=revision, engine=engine, chat_template_kwargs=chat_template_kwargs
        )
    if name == "transformers":
        from engine.inference.transformers_local import TransformersBackend

        return TransformersBackend(model, revision=revision, engine=engine, chat_template_kwargs=chat_template_kwargs)
    if name == "scripted":
        from engine.inference.scripted import ScriptedBackend

        return ScriptedBackend(model, engine=engine)
    raise InputError(f"backend {name!r} is unknown. Choose one of: {', '.join(BACKENDS)}.")


def _quiet_libraries() -> None:
    """Let libraries speak of errors only: what they warn of at every start is not the user's to act on.

    huggingface_hub tells every retry of an address that cannot be reached, twice over; our error says it once.
    """
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")  # read when vLLM is imported
    os.environ.setdefault("HF_HUB_VERBOSITY", "error")  # read when huggingface_hub is imported
