"""The lock of a run folder: held by the one process that works on the run, let go by the system when it dies.

It is an advisory `flock` on a file that stays, so a killed process leaves nothing to clean up, and whether a run is
alive can be asked without trusting a pid.
"""

from __future__ import annotations

import fcntl
import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from engine.errors import PolyvocalError

LOCK = "lock"
_held: weakref.WeakSet[RunLock] = weakref.WeakSet()


class RunLock:
    """The right to work on a run; a context manager that waits for it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK
        self._descriptor: int | None = None

    def acquire(
        self, *, wait: bool = True, on_wait: Callable[[], None] | None = None, poll_seconds: float = 0.1
    ) -> bool:
        """Take the lock and return True; without `wait`, return False where another process has it.

        Args:
            wait: Whether to wait until the other process ends, however it ends.
            on_wait: Called at every look at the lock while waiting; may raise to stop waiting.
            poll_seconds: Time between two looks.

        Raises:
            PolyvocalError: the folder cannot be written, or its file system knows no locks.
        """
        try:
            return self._acquire(wait, on_wait, poll_seconds)
        except OSError as error:
            raise PolyvocalError(
                f"the run folder {self._path.parent} cannot be locked ({error.strerror or error}). Make it writable, "
                "or set POLYVOCAL_HOME to a folder on a local disk. Nothing was asked yet."
            ) from error

    def _acquire(self, wait: bool, on_wait: Callable[[], None] | None, poll_seconds: float) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not _try(descriptor, fcntl.LOCK_EX):
                if not wait:
                    os.close(descriptor)
                    return False
                if on_wait is not None:
                    on_wait()
                time.sleep(poll_seconds)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _held.add(self)
        return True

    def release(self) -> None:
        """Let go of the lock; does nothing where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> RunLock:
        if self._descriptor is None:
            self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether some process works on the run in `folder` right now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        # A shared lock, so that two askers never take each other for the worker.
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _forget_in_child() -> None:
    # A forked child (an engine's worker process) shares the lock; were it to outlive us, the run would look alive.
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_forget_in_child)
