"""Inference: backends that answer prompts, label tokens, and reading a label out of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.inference.backend import (
    Backend,
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    Prompt,
    SampleAnswer,
    SampleRequest,
)
from engine.inference.models import DEMO_MODELS, model_revision, resolve_model
from engine.inference.open import BACKENDS, open_backend
from engine.inference.reading import Reading, read_label

if TYPE_CHECKING:
    from engine.inference.server_process import ServerProcess

__all__ = [
    "BACKENDS",
    "DEMO_MODELS",
    "Backend",
    "BackendInfo",
    "ExactAnswer",
    "ExactRequest",
    "Failure",
    "Prompt",
    "Reading",
    "SampleAnswer",
    "SampleRequest",
    "ServerProcess",
    "model_revision",
    "open_backend",
    "read_label",
    "resolve_model",
]


def __getattr__(name: str) -> Any:
    """Import `ServerProcess` only when it is asked for: it brings an HTTP client."""
    if name == "ServerProcess":
        from engine.inference.server_process import ServerProcess

        return ServerProcess
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
