"""Starting a job's own process, and reading the end of what it wrote."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import engine
from engine.errors import PolyvocalError

LOG = "log.txt"
MOST_LOG = 5_000_000
"""Bytes of a log that are given out at once."""


def start_process(
    module: str, folder: Path, options: Sequence[str] = (), *, what: str, descriptors: Sequence[int] = ()
) -> None:
    """Start `python -m MODULE FOLDER OPTIONS` as a process that survives its caller; it writes into log.txt.

    Args:
        module: dotted name.
        folder: of the job.
        options: further words of the command line.
        what: the job in words, for messages: "run 'abc'".
        descriptors: open files that the process inherits under the same numbers.

    Raises:
        PolyvocalError: it could not be started.
    """
    source = str(Path(engine.__file__).resolve().parent.parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))}
    try:
        with (folder / LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module, str(folder.resolve()), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C at the caller's terminal is not meant for the job
                pass_fds=descriptors,
                env=environment,
            )
    except OSError as error:
        raise PolyvocalError(
            f"{what}: its process could not be started ({error.strerror or error}). "
            "Free memory or disk space, then start it again."
        ) from error
    # Somebody has to take note of its end, or it stays behind as a zombie while the caller lives.
    threading.Thread(target=process.wait, daemon=True, name=f"end of {folder.name}").start()


def whole_log(folder: Path) -> bytes:
    """Return what a job's own process wrote, the last `MOST_LOG` bytes of it; empty where there was none."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - MOST_LOG))
            return file.read()
    except OSError:
        return b""


def log_tail(folder: Path, lines: int = 40) -> str:
    """Return the last lines of what a job's own process wrote; '' where there was none."""
    try:
        with (folder / LOG).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 400 * lines))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])
