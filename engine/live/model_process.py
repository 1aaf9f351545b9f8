"""ModelProcess: the process that holds one model (engine.live.answering), as its starter sees it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import engine
from engine.errors import InputError
from engine.jobs.processes import LOG, log_tail
from engine.live.question import LiveModel

STATE, MODEL, SERVER_LOG = "state.json", "model.json", "server.log"
"""Files in the folder of a model's process."""
HolderState = Literal["stopped", "stopping", "starting", "ready", "failed"]
GONE = 40.0
"""Seconds that a model gets to stop before its process is killed."""
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class HolderStatus:
    """What a page shows of the model."""

    state: HolderState
    model: LiveModel | None = None
    """The one that is ready, starting or failed; while the old one stops, the one that comes next, if any."""
    seconds: float = 0.0
    """Since the state began."""
    reason: str = ""
    """Why it failed, or stopped by itself."""
    log: str = ""
    """The last lines that model and server wrote."""
    facts: dict[str, Any] = field(default_factory=dict)
    """Of a model that is ready: exact (full, top, none), revision, max_context, versions, notes."""

    @property
    def moving(self) -> bool:
        """Whether the state changes by itself."""
        return self.state in ("starting", "stopping")


class ModelProcess:
    """One process with one model; it ends when its standard input closes."""

    def __init__(self, folder: Path, model: LiveModel, idle: float) -> None:
        """Start it; where that fails, `status` says why.

        Args:
            folder: of the process, which is made: its model, its state, its logs.
            model: what it holds.
            idle: seconds without a question after which it ends by itself.
        """
        self.folder, self.model = folder, model
        self._started, self._problem = time.time(), ""
        self._process: subprocess.Popen[str] | None = None
        source = str(Path(engine.__file__).resolve().parent.parent)
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")])),
            "PYTHONUNBUFFERED": "1",
        }
        try:
            folder.mkdir(mode=0o700)
            (folder / MODEL).write_text(model.model_dump_json(), encoding="utf-8")
            with (folder / LOG).open("ab") as log:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "engine.live.answering", str(folder), "--idle", repr(idle)],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C ends it by closing its input, in order
                    text=True,
                    env=environment,
                )
        except OSError as error:
            self._problem = f"its process could not be started ({error.strerror or error})"

    def status(self) -> HolderStatus:
        """How the model is, by what its process told last and whether it lives."""
        ended = self._process is None or self._process.poll() is not None  # first: what it tells after is its last word
        try:
            told = json.loads((self.folder / STATE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            told = {"state": "starting", "reason": self._problem, "facts": {}, "since": self._started}
        state, reason = told["state"], told["reason"]
        seconds = time.time() - (self._started if state == "starting" else told["since"])
        if state == "idle":
            return HolderStatus("stopped", self.model, seconds, "nobody asked it anything for a while")
        if ended and state != "failed":
            code = self._process.returncode if self._process else None
            state, reason = "failed", reason or f"its process ended (exit status {code})"
        log = "" if state == "ready" else self.tail()
        return HolderStatus(state, self.model, seconds, reason, log, told["facts"])

    def tail(self, lines: int = 14) -> str:
        """Return the last lines that the model's server wrote, or else its process, without control characters."""
        server = self.folder / SERVER_LOG
        written = _last_lines(server, lines) if server.is_file() else ""
        return _CONTROL.sub("", written or log_tail(self.folder, lines))

    def send(self, line: str) -> None:
        """Send a line to the process.

        Raises:
            InputError: it is gone.
        """
        try:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
        except (OSError, ValueError, AssertionError) as error:
            raise InputError("the model's process is gone. Start the model again, then ask.") from error

    def let_go(self) -> None:
        """Close its input, at which it ends by itself."""
        if self._process is not None and self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def end(self) -> None:
        """End the process and wait until it and its server are gone."""
        self.let_go()
        if self._process is None:
            return
        try:
            self._process.wait(GONE)
        except subprocess.TimeoutExpired:
            self._process.kill()  # its server goes with it: server_watch
            self._process.wait()


def _last_lines(path: Path, lines: int) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join([line for line in text.splitlines() if line.strip()][-lines:])
