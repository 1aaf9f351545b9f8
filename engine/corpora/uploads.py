"""Uploads: files that a browser sent, kept in a folder of their own until they are imported or given up.

A name from a browser is never a path: the folder's name is drawn by chance, the files' names are made here
(`file_kinds.safe_name`). Nothing is opened but the first bytes, which tell what a file is; reading is the work of a
process with limits (`upload_process`).
"""

from __future__ import annotations

import contextlib
import re
import secrets
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.corpora.file_kinds import kind_of, safe_name, shown
from engine.errors import InputError, PolyvocalError
from engine.paths import uploads_dir

MEBIBYTE = 2**20
KEPT_HOURS = 6.0
"""After so long an upload that nobody imported is removed."""


@dataclass(frozen=True)
class UploadLimits:
    """What an upload may be, and what reading it may take. Files that exceed it can be imported on the command line."""

    size: int = 50 * MEBIBYTE
    """Bytes of all files together; `maxUploadSize` of .streamlit/config.toml is the same."""
    files: int = 8
    rows: int = 500_000
    columns: int = 300
    cell: int = 200_000
    """Characters of one cell."""
    unpacked: int = 1024 * MEBIBYTE
    """Bytes that a Parquet file may hold before compression, as it says itself."""
    memory: int = 4096 * MEBIBYTE
    """Bytes of address space of the process that reads."""
    seconds: int = 180
    """Of that process's life, and of its computing time."""


LIMITS = UploadLimits()


@dataclass(frozen=True)
class Upload:
    """Files that were sent together."""

    upload_id: str
    """16 hex digits; the folder's name."""
    folder: Path
    names: tuple[str, ...]
    """Of the files, as they lie in the folder."""
    size: int
    """Bytes of all files together."""

    @property
    def path(self) -> Path:
        """What a reader of corpora is given: the file where there is one, else the folder."""
        return self.folder / self.names[0] if len(self.names) == 1 else self.folder


def keep_upload(files: Sequence[tuple[str, bytes]], limits: UploadLimits = LIMITS) -> Upload:
    """Lay what a browser sent into a folder of its own in the store, and return it.

    Args:
        files: name and content of each.
        limits: of an upload.

    Raises:
        InputError: too large, too many, two of one name, or no kind of file that a corpus is read from.
        PolyvocalError: the store cannot be written; nothing of the upload stays.
    """
    sweep_uploads()
    if not files:
        raise InputError("no file was sent. Choose one.")
    if len(files) > limits.files:
        raise InputError(f"{len(files)} files were sent; at most {limits.files} are taken at once.")
    if (size := sum(len(content) for _, content in files)) > limits.size:
        raise InputError(
            f"the files hold {size / MEBIBYTE:,.1f} MiB; an upload may have {limits.size / MEBIBYTE:,.0f}. "
            "Import larger ones in a terminal: polyvocal corpus import FILE --name NAME"
        )
    named = {safe_name(name, kind_of(content, name)): content for name, content in files}
    if len({name.lower() for name in named}) < len(files):
        raise InputError(f"two of the files have one name ({', '.join(shown(n) for n, _ in files)}). Rename one.")
    upload_id = secrets.token_hex(8)
    folder = uploads_dir() / upload_id
    try:
        folder.mkdir(parents=True, mode=0o700)
        for name, content in named.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise PolyvocalError(
            f"the upload could not be kept in {folder.parent}: {error.strerror or error}. Free some space, or set "
            "POLYVOCAL_HOME to a writable place."
        ) from error
    return Upload(upload_id, folder, tuple(named), size)


def find_upload(upload_id: str) -> Upload:
    """Return an upload that is still here.

    Raises:
        InputError: there is none of that name.
    """
    folder = uploads_dir() / upload_id
    paths = sorted(folder.iterdir()) if re.fullmatch(r"[0-9a-f]{16}", upload_id) and folder.is_dir() else []
    if not paths:
        raise InputError(
            f"this upload is no longer here: it was imported, given up, or sent more than {KEPT_HOURS:g} hours ago. "
            "Choose the file again."
        )
    return Upload(upload_id, folder, tuple(path.name for path in paths), sum(path.stat().st_size for path in paths))


def discard_upload(upload_id: str) -> None:
    """Remove an upload; nothing happens where there is none."""
    if re.fullmatch(r"[0-9a-f]{16}", upload_id):
        shutil.rmtree(uploads_dir() / upload_id, ignore_errors=True)


def sweep_uploads(hours: float = KEPT_HOURS) -> None:
    """Remove uploads that nobody imported, of this and earlier starts of the dashboard."""
    before = time.time() - hours * 3600
    with contextlib.suppress(OSError):
        for folder in uploads_dir().iterdir():
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder, ignore_errors=True)
