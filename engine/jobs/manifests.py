"""Manifests: the one JSON file that tells what a job's folder holds, read and replaced whole."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from engine.errors import InputError, PolyvocalError
from engine.jobs.whole_files import write_whole
from engine.validation import explain

MANIFEST = "manifest.json"
Record = TypeVar("Record", bound=BaseModel)


def read_record(folder: Path, model: type[Record], *, absent: str, repair: str) -> Record:
    """Return the manifest of a job's folder.

    Args:
        folder: of the job.
        model: what its manifest is.
        absent: what is said of a folder without one, and what to name instead.
        repair: what to do where the file is there but cannot be used.

    Raises:
        InputError: there is none, it cannot be read, or it is not one.
    """
    path = folder / MANIFEST
    try:
        return model.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(absent) from error
    except ValidationError as error:
        raise InputError(f"{explain(error, str(path), model=model)}\n{repair}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read ({error}). {repair}") from error


def write_record(folder: Path, record: BaseModel, *, again: str) -> None:
    """Replace the manifest of a job's folder.

    Args:
        folder: of the job.
        record: the manifest.
        again: what to start once more when there is room: "the same spec".

    Raises:
        PolyvocalError: it could not be written; the one before still stands.
    """
    path = folder / MANIFEST
    try:
        write_whole(path, record.model_dump_json(indent=1) + "\n")
    except OSError as error:
        raise PolyvocalError(
            f"{path} could not be written: {error.strerror or error}. What is in the folder is kept. "
            f"Free some space or make the folder writable, then start {again} again."
        ) from error
