"""The folders of jobs of one kind, side by side in the store: listing them, finding one by name, removing one."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import is_at_work
from engine.jobs.manifests import MANIFEST
from engine.validation import unknown_name


def job_folders(root: Path) -> list[Path]:
    """Return the folders in `root`, hidden ones aside; none where there is no `root`. Never raises."""
    try:
        return [path for path in root.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError:
        return []


def last_changed(folder: Path) -> datetime:
    """Return when a folder was last changed (UTC), for a job whose manifest cannot tell; 1970 where it is gone."""
    try:
        return datetime.fromtimestamp(folder.stat().st_mtime, UTC)
    except OSError:
        return datetime.fromtimestamp(0, UTC)


def named_folder(job: str | Path, root: Path, known: Callable[[], Sequence[str]], *, one: str, many: str) -> Path:
    """Return the folder of a job that somebody named: by its name, by the beginning of it, or by its folder.

    Args:
        job: as it was named; a Path, and what holds the system's separator, is a folder.
        root: of the jobs of the kind.
        known: gives the names of all of them.
        one, many: the kind, for messages, and its command: "run", "runs".

    Raises:
        InputError: there is none, or several; the message names them or the nearest.
    """
    text = str(job)
    if not isinstance(job, Path) and os.sep not in text:
        hint = f"{many.capitalize()} lie in {root}; POLYVOCAL_HOME moves it."
        return root / whole_name(text, sorted(known()), one=one, many=many, hint=hint)
    folder = Path(text).expanduser()
    if (folder / MANIFEST).is_file():
        return folder.resolve()
    raise InputError(
        f"{text!r} is no {one}: it has no {MANIFEST}. Name one that `polyvocal {one} list` shows, or its folder."
    )


def whole_name(begun: str, names: Sequence[str], *, one: str, many: str, hint: str) -> str:
    """Return the one name among `names` that is `begun`, or else begins with it.

    Args:
        begun: what somebody typed.
        names: of all jobs of the kind.
        one, many: the kind, for messages: "run", "runs".
        hint: added where nothing fits.

    Raises:
        InputError: none fits, or several do; the message names them or the nearest.
    """
    fitting = [begun] if begun in names else [name for name in names if begun and name.startswith(begun)]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        shown = ", ".join(fitting[:8])
        raise InputError(f"{len(fitting)} {many} begin with {begun!r}: {shown}. Give more of the name.")
    raise unknown_name(one, begun, names, hint)


def remove_folder(folder: Path, *, at_work: Callable[[], bool], what: str, cancel: str) -> None:
    """Remove a job's folder with all that is in it.

    Args:
        folder: of the job.
        at_work: whether its files say that a process works on it.
        what: the job in words, for messages: "run 'abc'".
        cancel: the command that stops it.

    Raises:
        InputError: a process works on it.
        PolyvocalError: it could not be removed.
    """
    if is_at_work(folder, at_work):
        raise InputError(f"{what} is being worked on. Cancel it first: {cancel}")
    doomed = folder.with_name(f".deleted-{folder.name}-{secrets.token_hex(3)}")
    try:
        folder.rename(doomed)  # one step, so that no reader meets half a job
        shutil.rmtree(doomed)
    except OSError as error:
        raise PolyvocalError(
            f"{what} could not be removed wholly from {folder.parent} ({error.strerror or error}). "
            "Make the folder writable and remove what is left by hand."
        ) from error
