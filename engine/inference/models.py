"""Models by name: where a model lies, and what its weights are called.

A model is one of our demo models by name, a local folder, or an id of the Hugging Face hub. A run names it as the user
wrote it, so that the same run has the same name on another machine; the revision says which weights were really used.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from engine.errors import InputError
from engine.paths import shipped

DEMO_MODELS = ("demo-voices", "demo-chorus")

_HUB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?")
_LOOKS_LIKE_A_PATH = re.compile(r"^(~|\.{1,2}(/|$)|/|[A-Za-z]:\\)")
_IDENTITY = re.compile(
    r".*\.(safetensors|bin|gguf|pt|model|tiktoken)|.*\.index\.json|merges\.txt|vocab\.(txt|json)|chat_template\.\w+"
    r"|(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens)\.json"
)
"""The files that decide what a model answers: weights, tokenizer, configuration."""


def resolve_model(name: str) -> str:
    """Return what a library can load: the folder of a demo model or of a local one, else the hub id untouched.

    Raises:
        InputError: the folder does not exist or holds no model, or the name can be neither a folder nor a hub id.
    """
    if name in DEMO_MODELS:
        folder = shipped("models") / name
        if not (folder / "config.json").is_file():
            raise InputError(
                f"model {name!r} is not in this checkout (looked for {folder}). It is shipped with the project; "
                "restore data/models/ from git, or build it with `make demo-models`."
            )
        return str(folder)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise InputError(
                f"model {name!r} is a folder without config.json. A model folder in Hugging Face form was expected "
                "(config.json, tokenizer files, weights); give the folder that holds these."
            )
        return str(path.resolve())
    if _LOOKS_LIKE_A_PATH.match(name) or not _HUB_ID.fullmatch(name):
        raise InputError(
            f"model {name!r} is no folder here and no Hugging Face id. Give a folder, an id such as 'Qwen/Qwen3-0.6B', "
            f"or one of {', '.join(DEMO_MODELS)}."
        )
    return name


def model_revision(path_or_id: str, revision: str | None = None) -> str:
    """Return what names the weights: 'sha256:...' of a local folder, the commit of a hub id, '' where it is unknown.

    Args:
        path_or_id: what `resolve_model` returned.
        revision: branch, tag or commit of a hub id; the default branch without it. Ignored for folders.
    """
    folder = Path(path_or_id)
    if folder.is_dir():
        files = sorted(f for f in folder.iterdir() if f.is_file() and _IDENTITY.fullmatch(f.name))
        return _folder_digest(tuple((str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in files))
    return _cached_commit(path_or_id, revision)


def weights_bytes(path_or_id: str) -> int | None:
    """Return the size of a local folder's weights in bytes, None for a hub id."""
    folder = Path(path_or_id)
    if not folder.is_dir():
        return None
    return sum(f.stat().st_size for f in folder.iterdir() if f.suffix in (".safetensors", ".bin", ".gguf", ".pt"))


@lru_cache(maxsize=16)
def _folder_digest(files: tuple[tuple[str, int, int], ...]) -> str:
    """Hash names and contents; size and time of change are only in the key, so that a large model is read once."""
    total = hashlib.sha256()
    for path, _, _ in files:
        with Path(path).open("rb") as handle:
            content = hashlib.file_digest(handle, "sha256").hexdigest()
        total.update(f"{Path(path).name}\0{content}\n".encode())
    return f"sha256:{total.hexdigest()}"


def _cached_commit(hub_id: str, revision: str | None) -> str:
    """Read the commit out of the local Hugging Face cache; the network is never asked."""
    if revision and re.fullmatch(r"[0-9a-f]{40}", revision):
        return revision
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return ""
    found = try_to_load_from_cache(hub_id, "config.json", revision=revision)
    return Path(found).parent.name if isinstance(found, str) else ""
