"""Text vectors on disk: one folder a text encoder, in it Parquet parts that are written once, whole, and never changed.

A row is the sha256 of a text, its vector, and whether the encoder cut the text off; the text itself is not kept. Any
number of processes may add parts and read at once: a part appears whole under a name of its own. Where two computed the
same text, the first part by name counts. Everything here can be made again, so nothing that goes wrong stops anybody:
it is said in the log, and the texts are computed anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.jobs.whole_files import write_whole
from engine.runs.parts import part_paths, write_part

log = logging.getLogger(__name__)

Floats32 = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]

FACTS = "encoder.json"
_KEY = pa.binary(32)
_COLUMNS = ["key", "vector", "truncated"]
_OLD_SECONDS = 3600.0
"""A half-written file older than this belongs to a process that was killed."""


def key_of(text: str) -> bytes:
    """Return the sha256 of a text, under which its vector is kept."""
    return hashlib.sha256(text.encode("utf-8")).digest()


@dataclass(frozen=True)
class Cached:
    """What the cache has of the keys it was asked for."""

    found: Booleans
    """(keys,) whether it is there."""
    vectors: Floats32 | None
    """(keys, dimensions); undefined where not found. None where nothing was found."""
    truncated: Booleans
    """(keys,) whether the encoder cut the text off."""


class EmbeddingCache:
    """The vectors of one encoder."""

    def __init__(self, folder: Path, encoder: str = "") -> None:
        """Take the encoder's folder in the cache, which need not exist, and its name, for whoever looks into it."""
        self.folder = folder
        self.encoder = encoder

    def fetch(self, keys: Sequence[bytes]) -> Cached:
        """Return what is there of distinct keys; a broken part is left out, logged, and renamed to broken-*."""
        wanted = pa.array(keys, _KEY)
        found, truncated = np.zeros(len(keys), dtype=bool), np.zeros(len(keys), dtype=bool)
        vectors: Floats32 | None = None
        for path in self._parts():
            if found.all():
                break
            try:
                rows = _read(path, wanted, found)
                if rows is None:
                    continue
                places, values, cut = rows
                if vectors is None:
                    vectors = np.zeros((len(keys), values.shape[1]), dtype=np.float32)
                vectors[places] = values
            except FileNotFoundError:  # another process has just set it aside
                continue
            except (OSError, ValueError, KeyError, pa.ArrowException) as error:
                self._set_aside(path, error)
                continue
            found[places], truncated[places] = True, cut
        return Cached(found, vectors, truncated)

    def store(self, keys: Sequence[bytes], vectors: Floats32, truncated: Booleans) -> bool:
        """Write one part and return True; where the folder cannot be written, say so in the log and return False.

        Args:
            keys: of distinct texts.
            vectors: (keys, dimensions).
            truncated: (keys,).
        """
        values = np.ascontiguousarray(vectors, dtype="<f4")
        width = pa.binary(values.shape[1] * values.itemsize)
        columns = [
            pa.array(keys, _KEY),
            pa.Array.from_buffers(width, len(values), [None, pa.py_buffer(values)]),
            pa.array(truncated),
        ]
        name = f"part-{time.time_ns():020d}-{os.getpid()}-{secrets.token_hex(3)}.parquet"
        try:
            self._prepare()
            write_part(self.folder, name, pa.table(columns, names=_COLUMNS))
        except OSError as error:
            log.warning("text vectors cannot be kept in %s (%s); they will be computed again", self.folder, error)
            return False
        return True

    def _parts(self) -> list[Path]:
        try:
            return part_paths(self.folder)
        except OSError:
            return []

    def _prepare(self) -> None:
        """Make the folder, say in it whose vectors these are, and clear what killed processes left half-written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / FACTS).exists():
            facts = {"encoder": self.encoder, "identity": self.folder.name}
            write_whole(self.folder / FACTS, json.dumps(facts, indent=1, ensure_ascii=False) + "\n")
        for path in self.folder.glob(".*.tmp"):
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > _OLD_SECONDS:
                    path.unlink()

    def _set_aside(self, path: Path, error: Exception) -> None:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        log.warning("%s cannot be read (%s); its texts are embedded again", path, reason)
        if not isinstance(error, PermissionError):
            with contextlib.suppress(OSError):
                path.rename(path.with_name(f"broken-{path.name}"))


def _read(path: Path, wanted: pa.Array, found: Booleans) -> tuple[npt.NDArray[np.int64], Floats32, Booleans] | None:
    """Return the rows of a part that are wanted and not found yet: places in `wanted`, vectors, truncated; None: none.

    Raises:
        OSError, ValueError, KeyError, pa.ArrowException: the part is broken.
    """
    with pq.ParquetFile(path, page_checksum_verification=True) as part:
        keys = part.read(["key"])["key"].combine_chunks()
        places = pc.index_in(keys, value_set=wanted).fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
        use = (places >= 0) & ~found[places]
        if not use.any():
            return None
        table = part.read(["vector", "truncated"])
    column = table["vector"].combine_chunks()
    if not pa.types.is_fixed_size_binary(column.type) or column.null_count or column.type.byte_width % 4:
        raise ValueError(f"its vectors are {column.type}, not rows of 32-bit numbers")
    width = column.type.byte_width
    values = np.frombuffer(
        column.buffers()[1], dtype="<f4", count=len(column) * width // 4, offset=column.offset * width
    )
    cut = table["truncated"].to_numpy().astype(bool)
    return places[use], values.reshape(len(column), -1)[use], cut[use]
