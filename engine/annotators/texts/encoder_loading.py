"""Loading text encoders: quiet, in 32-bit numbers, never with code that comes with a model."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError, PolyvocalError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_MEMORY_SIGNS = ("out of memory", "can't allocate memory", "cannot allocate memory", "alloc_failed")


def load_encoder(folder: Path, device: str | None = None) -> SentenceTransformer:
    """Load an encoder anew, in 32-bit numbers; it belongs to the caller, who may train it.

    Args:
        folder: from `find_encoder`.
        device: None: a CUDA device where there is one.

    Raises:
        InputError: the folder holds nothing that can be loaded, or there is no such device.
        PolyvocalError: it does not fit on the device.
    """
    import torch

    device = device or default_device()
    check_device(device)
    try:
        with quiet():
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(
                str(folder),
                device=device,
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            ).float()
    except Exception as error:
        if out_of_memory(error):
            raise PolyvocalError(f"encoder {folder} does not fit on device {device!r}. Give device 'cpu'.") from error
        raise InputError(
            f"the text encoder in {folder} cannot be loaded ({type(error).__name__}: {_first_line(error)}). Expected "
            "what sentence-transformers saves: modules.json, config.json, a tokenizer and model.safetensors. Save or "
            "download it once more."
        ) from error


@lru_cache(maxsize=2)
def shared_encoder(folder: Path, identity: str, device: str) -> SentenceTransformer:  # noqa: ARG001  a changed folder is another
    """Return the encoder that this process embeds with; nobody trains it."""
    return load_encoder(folder, device).eval()


def default_device() -> str:
    """Return 'cuda' where there is such a device, else 'cpu'."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def check_device(device: str) -> None:
    """Raise InputError where there is no such device."""
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"device {device!r} cannot be used ({_first_line(error)}). Try 'cpu'.") from error


def out_of_memory(error: Exception) -> bool:
    """Whether an exception says that the device, or the machine, has no memory left."""
    return isinstance(error, MemoryError) or any(sign in str(error).lower() for sign in _MEMORY_SIGNS)


@contextmanager
def quiet() -> Iterator[None]:
    """Let libraries say nothing while a model loads or is written: no bars, no warnings that no user can heed."""
    from transformers.utils import logging as transformers_logging

    theirs = logging.getLogger("sentence_transformers")
    level, verbosity = theirs.level, transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    theirs.setLevel(logging.ERROR)
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        theirs.setLevel(level)
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
