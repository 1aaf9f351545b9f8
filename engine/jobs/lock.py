"""The lock of a job's folder: held by the one process that works on it, let go by the system when that one dies.

It is an advisory `flock` on a file that stays, so a killed process leaves nothing to clean up, and whether a job is
alive can be asked without trusting a pid. A process that starts another may hand its lock over (`descriptor`, `adopt`),
so that there is no moment at which nobody holds it.
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
ENDING = 60.0
"""Seconds that a process gets, on however busy a machine, from writing that its work is over to letting go."""
_held: weakref.WeakSet[FolderLock] = weakref.WeakSet()


class FolderLock:
    """The right to work in a folder; a context manager that waits for it."""

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
                f"the folder {self._path.parent} cannot be locked ({error.strerror or error}). Make it writable, or "
                "set POLYVOCAL_HOME to a folder on a local disk. Nothing was begun yet."
            ) from error

    def _acquire(self, wait: bool, on_wait: Callable[[], None] | None, poll_seconds: float) -> bool:
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            while not _try(descriptor, fcntl.LOCK_EX):
                if not wait and not _only_asked(descriptor):
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

    def acquire_unless(self, at_work: Callable[[], bool], *, seconds: float = ENDING) -> bool:
        """Take the lock and return True; return False where the process that has it is at work.

        A process writes that its work is over a moment before it lets go. Whoever read that and starts the job again
        in that moment shall not be told that somebody works on it.

        Args:
            at_work: Whether the job's files say so.
            seconds: How long to wait for a process that is not at work; after it the answer is False.

        Raises:
            PolyvocalError: as `acquire`.
        """
        end = time.monotonic() + seconds
        while not self.acquire(wait=False):
            if at_work() or time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    @property
    def descriptor(self) -> int:
        """The open file that holds the lock, for a process that shall inherit it; the lock must be held."""
        assert self._descriptor is not None, "the lock is not held"
        return self._descriptor

    @classmethod
    def adopt(cls, folder: Path, descriptor: int) -> FolderLock:
        """Return the lock that this process inherited as an open file: it is held already."""
        lock = cls(folder)
        os.set_inheritable(descriptor, False)
        lock._descriptor = descriptor
        _held.add(lock)
        return lock

    def release(self) -> None:
        """Let go of the lock; does nothing where it is not held."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> FolderLock:
        if self._descriptor is None:
            self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def is_locked(folder: Path) -> bool:
    """Whether some process works in `folder` right now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        # A shared lock, so that two askers never take each other for the worker.
        return not _try(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def is_at_work(folder: Path, at_work: Callable[[], bool], *, seconds: float = ENDING) -> bool:
    """Whether some process works in `folder`; one that is about to let go is waited for, as by `acquire_unless`.

    Args:
        folder: of the job.
        at_work: Whether the job's files say so.
        seconds: How long to wait for a process that is not at work; after it the answer is True.
    """
    end = time.monotonic() + seconds
    while is_locked(folder):
        if at_work() or time.monotonic() > end:
            return True
        time.sleep(0.02)
    return False


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _only_asked(descriptor: int) -> bool:
    """Whether nobody holds the lock but those who ask, for a moment, whether somebody does (`is_locked`)."""
    if not _try(descriptor, fcntl.LOCK_SH):
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _forget_in_child() -> None:
    # A forked child (an engine's worker process) shares the lock; were it to outlive us, the job would look alive.
    for lock in list(_held):
        lock.release()


os.register_at_fork(after_in_child=_forget_in_child)
