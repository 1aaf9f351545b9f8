"""What trainings leave on disk: one small file each, named by a digest of everything that decides its numbers.

So an interrupted experiment goes on where it was, and two experiments that share a training share its file. Files are
written to a temporary name and renamed; one that cannot be read is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from engine.annotators.annotations import Annotations
from engine.annotators.models.composite import Floats32
from engine.annotators.training.record import TrainingRecord

log = logging.getLogger(__name__)

FORMAT = 4
"""Raised when the models or the loop change what the same settings give."""


class TrainingStore:
    """A folder of finished trainings: predictions of the rows that were asked, and how the training went."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, key: str) -> tuple[Floats32, TrainingRecord] | None:
        """Return what a training left; None where it has not finished or its file is broken."""
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as file:
                facts = json.loads(str(file["record"]))
                probability: Floats32 = file["probability"]
            return probability, TrainingRecord.of(facts)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile, zlib.error) as error:
            log.warning("%s cannot be read (%s): this training is made again", path, error)
            return None

    def write(self, key: str, probability: Floats32, record: TrainingRecord) -> None:
        """Keep what a training gave. A folder that cannot be written is a warning: nothing else is lost."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(3)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.savez_compressed(file, probability=probability, record=json.dumps(asdict(record)))
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            log.warning("%s cannot be written (%s): the training is not kept", path, error)

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.npz"


def training_key(
    facts: Mapping[str, Any], train: Annotations, dev: Annotations, rows: Annotations, *arrays: Floats32 | None
) -> str:
    """Return the digest of a training and of the rows it is asked for: 64 hexadecimal digits.

    Args:
        facts: model, settings, seed, encoder identity, device; JSON-ready.
        train, dev, rows: texts and annotators of all three count, and the labels of train and dev. The labels of
            `rows` do not: nothing that is kept looks at them. Items count by their texts, not by their ids.
        arrays: other inputs, such as annotators' vectors.
    """
    digest = hashlib.sha256(json.dumps({"format": FORMAT, **facts}, sort_keys=True).encode())
    for part, label in ((train, train.label), (dev, dev.label), (rows, None)):
        names = [part.texts, part.annotators, part.labels, part.groups, [dict(known) for known in part.attributes]]
        digest.update(json.dumps(names, sort_keys=True).encode())
        digest.update(b"".join(_described(array) for array in (part.item, part.annotator, label)))
    digest.update(b"".join(_described(array) for array in arrays))
    return digest.hexdigest()


def _described(array: npt.NDArray[Any] | None) -> bytes:
    """Return an array's bytes behind its type and shape, so that no two lists of arrays read the same."""
    return b"none;" if array is None else f"{array.dtype} {array.shape};".encode() + array.tobytes()
