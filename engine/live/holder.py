"""ModelHolder: one model held ready for everybody in this process; at most one at a time.

The model and its server are processes of their own (engine.live.answering), which end when this process does, however
it ends. Changing the model stops the old one and waits until it is gone before the new one starts: two do not fit on
one graphics card. Nothing here waits for a model: `status` can be asked at any time, from any thread.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import secrets
import shutil
import threading
import time
import weakref
from pathlib import Path

from engine import paths
from engine.corpora.corpus import Corpus
from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import FolderLock, is_locked
from engine.live.ask import Ask, newest_use
from engine.live.model_process import HolderStatus, ModelProcess
from engine.live.question import LiveModel, Question

IDLE = 1_200.0
"""Seconds without a question after which the model is stopped."""
PRESENT = 60.0
"""Seconds for which somebody who looked at the model counts as there."""
FORGOTTEN = 6 * 3600.0
"""Seconds after which a question that nobody looked at is removed."""
_ASK_ID = re.compile(r"[0-9a-f]{12}")


_holders: weakref.WeakSet[ModelHolder] = weakref.WeakSet()


class ModelHolder:
    """One model held ready, for all who ask in this process."""

    def __init__(self, root: Path | None = None, idle: float = IDLE) -> None:
        """Hold nothing yet, and remove what processes that are gone left behind.

        Args:
            root: where the folders of this process go; `paths.live_dir()` where None.
            idle: seconds without a question after which the model is stopped.

        Raises:
            PolyvocalError: the place cannot be written.
        """
        root = paths.live_dir() if root is None else root
        self.path = root / f"{os.getpid()}-{secrets.token_hex(3)}"
        self._idle = idle
        self._lock = threading.RLock()
        self._process: ModelProcess | None = None
        self._leaving: ModelProcess | None = None
        self._change: threading.Thread | None = None
        self._next: LiveModel | None = None
        self._since = time.time()
        self._seen: dict[str, float] = {}
        self._closed = False
        tidy_up(root)
        try:
            self.path.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise PolyvocalError(
                f"{root} cannot be written ({error.strerror or error}). Make it writable, or set POLYVOCAL_HOME to a "
                "folder you may write to."
            ) from error
        self._owner = FolderLock(self.path)
        self._owner.acquire()
        _holders.add(self)

    @property
    def closed(self) -> bool:
        """Whether it is of no use any more."""
        return self._closed

    @property
    def status(self) -> HolderStatus:
        """How the model is."""
        with self._lock:
            if self._change is not None and self._change.is_alive():
                return HolderStatus("stopping", self._next, time.time() - self._since)
            if self._process is None:
                return HolderStatus("stopped", seconds=time.time() - self._since)
            return self._process.status()

    def start(self, model: LiveModel) -> None:
        """Have this model held ready, in place of another one; return at once.

        Raises:
            InputError: the model cannot be started, or one is just being stopped.
            MissingPackageError: vLLM is not installed.
        """
        model.check()
        with self._lock:
            now = self.status
            if now.model == model and now.state in ("starting", "ready"):
                return
            self._replace(model)

    def stop(self) -> None:
        """Stop the model; return at once."""
        with self._lock:
            self._replace(None)

    def seen(self, who: str) -> None:
        """Say that somebody looks at the model, so that others know that it is in use."""
        with self._lock:
            self._seen[who] = time.time()

    def others(self, who: str) -> int:
        """Return how many others looked at the model just now."""
        with self._lock:
            self._seen = {name: at for name, at in self._seen.items() if time.time() - at < PRESENT}
            return len(set(self._seen) - {who})

    def ask(self, question: Question, corpus: Corpus | None = None) -> Ask:
        """Put a question to the model, and return it at once; its answers arrive in its folder.

        Args:
            question: what is asked.
            corpus: the typed texts, if they are typed.

        Raises:
            InputError: the model is not ready, or is another one.
            PolyvocalError: the store cannot be written.
        """
        with self._lock:
            status = self.status
            if status.state != "ready" or status.model != question.model or self._process is None:
                raise InputError(
                    f"the model {question.model.model!r} is not ready (it is {status.state}). Start it, then ask again."
                )
            self._forget()
            path = self.path / "asks" / secrets.token_hex(6)
            ask = Ask.create(path, question, self._process.folder, corpus)
            self._process.send(str(path))
            return ask

    def find(self, ask_id: str) -> Ask | None:
        """Return a question that was asked here, by its id; None where there is none (any more)."""
        path = self.path / "asks" / ask_id
        return Ask(path) if _ASK_ID.fullmatch(ask_id) and (path / "question.json").is_file() else None

    def close(self) -> None:
        """Stop the model, wait until it is gone, and remove what was asked and not kept."""
        with self._lock:
            self._closed = True
            change, process = self._change, self._process
            self._process = None
        if change is not None:
            change.join()
        if process is not None:
            process.end()
        self.leave()

    def _replace(self, model: LiveModel | None) -> None:
        if self._closed:
            raise InputError("the dashboard is being stopped. Start it again.")
        if self._change is not None and self._change.is_alive():
            raise InputError("a model is just being stopped. Try again in a moment.")
        self._leaving, self._process, self._next, self._since = self._process, None, model, time.time()
        if self._leaving is None:
            self._begin()
            return
        self._change = threading.Thread(target=self._end_then_begin, daemon=True, name="change of model")
        self._change.start()

    def _end_then_begin(self) -> None:
        if self._leaving is not None:
            self._leaving.end()
            self._leaving = None
        with self._lock:
            self._begin()

    def _begin(self) -> None:
        if self._next is not None and not self._closed:
            self._process = ModelProcess(self.path / f"server-{secrets.token_hex(3)}", self._next, self._idle)
        self._since = time.time()

    def _forget(self) -> None:
        """Remove questions that nobody looked at for long; those that were kept lie in the store."""
        for path in (self.path / "asks").glob("*"):
            if time.time() - newest_use(path) > FORGOTTEN:
                shutil.rmtree(path, ignore_errors=True)

    def leave(self) -> None:
        """Let the model go without waiting for it, and remove what was asked and not kept."""
        if self._process is not None:
            self._process.let_go()
        shutil.rmtree(self.path, ignore_errors=True)
        self._owner.release()


@atexit.register
def leave_all() -> None:
    """Let all models go without waiting for them, and remove what was asked and not kept.

    Runs at the end of this process; a server that ends by SIGTERM, where Python runs nothing at its end, calls it.
    """
    for holder in list(_holders):
        holder.leave()


def tidy_up(root: Path | None = None) -> None:
    """Remove what was asked and not kept in processes that are gone; what cannot be removed stays. Never raises."""
    root = paths.live_dir() if root is None else root
    for folder in root.glob("*") if root.is_dir() else ():
        with contextlib.suppress(OSError):
            if folder.is_dir() and time.time() - folder.stat().st_mtime > 5 and not is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)
