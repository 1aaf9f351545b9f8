"""What trainings leave on disk: one small file each, named by a digest of everything that decides its numbers.

So an interrupted experiment goes on where it was, and two experiments that share a training share its file. Files are
written to a temporary name and renamed; one that cannot be read is made again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from engine.annotators.annotations import Annotations
from engine.annotators.composite import Floats32
from engine.annotators.training_record import TrainingRecord

log = logging.getLogger(__name__)

FORMAT = 1
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
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, EOFError) as error:
            log.warning("%s cannot be read (%s): this training is made again", path, error)
            return None
        facts["losses"] = [(float(a), float(b)) for a, b in facts["losses"]]
        return probability, TrainingRecord(**facts)

    def write(self, key: str, probability: Floats32, record: TrainingRecord) -> None:
        """Keep what a training gave. A folder that cannot be written is a warning: nothing else is lost."""
        path = self._path(key)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("wb") as file:
                np.savez_compressed(file, probability=probability, record=json.dumps(asdict(record)))
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
        train, dev, rows: labels, texts and annotators of all three count; rows' labels do not.
        arrays: other inputs, such as annotators' vectors.
    """
    digest = hashlib.sha256(json.dumps({"format": FORMAT, **facts}, sort_keys=True).encode())
    for part in (train, dev, rows):
        digest.update(json.dumps([part.texts, part.annotators, part.labels, part.groups]).encode())
        digest.update(json.dumps([dict(facts) for facts in part.attributes], sort_keys=True).encode())
        digest.update(part.item.tobytes() + b"|" + part.annotator.tobytes() + b"|")
        digest.update(part.label.tobytes() if part is not rows else b"")
    for array in arrays:
        digest.update(b"|" if array is None else str(array.shape).encode() + array.tobytes())
    return digest.hexdigest()
