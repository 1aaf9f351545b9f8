"""Stopping a job from its own terminal (Ctrl-C, SIGTERM) or from elsewhere (a `cancel` file in its folder).

A request to stop carries its time, and counts for every process that was started before it. So one left over from
earlier stops nothing, and two processes that wait for one job both obey.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from engine.errors import InputError, PolyvocalError
from engine.jobs.whole_files import write_whole

CANCEL = "cancel"


class Stop:
    """Whether this process shall stop working, asked between two steps."""

    def __init__(self, folder: Path | None = None, since: float | None = None) -> None:
        """Begin to listen.

        Args:
            folder: The job's; none where only signals count.
            since: When this start was asked for, seconds since 1970; now where None.
        """
        self._path = None if folder is None else folder / CANCEL
        self._since = time.time() if since is None else since
        self._signalled = False

    def asked(self) -> bool:
        """Whether a stop was asked for, by a signal or by the cancel file."""
        if self._signalled or self._path is None:
            return self._signalled
        try:
            return float(self._path.read_text(encoding="utf-8")) >= self._since
        except (OSError, ValueError):
            return False

    def wait(self, seconds: float) -> bool:
        """Wait, but no longer than until a stop is asked for; return whether it was."""
        end = time.monotonic() + seconds
        while not self.asked():
            left = end - time.monotonic()
            if left <= 0:
                return False
            time.sleep(min(left, 0.1))
        return True

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take SIGINT and SIGTERM as a request to stop after the step in flight; the second SIGINT stops at once.

        Outside the main thread, where Python allows no handlers, only the cancel file counts.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

        def take(kind: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signature of a handler)
            if self._signalled and kind == signal.SIGINT:
                raise KeyboardInterrupt
            self._signalled = True

        for kind in before:
            signal.signal(kind, take)
        try:
            yield
        finally:
            for kind, handler in before.items():
                signal.signal(kind, handler if handler is not None else signal.SIG_DFL)

    @contextmanager
    def interrupting(self, poll_seconds: float = 0.2) -> Iterator[None]:
        """Turn the first request to stop into KeyboardInterrupt in the main thread, wherever that is just then.

        For work whose steps are long or not ours. Later requests change nothing: what has to be put in order after the
        first is not disturbed. Outside the main thread, where Python allows no handlers, nothing is interrupted.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        over, main = threading.Event(), threading.get_ident()
        before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

        def take(kind: int, frame: FrameType | None) -> None:  # noqa: ARG001 (the signature of a handler)
            self._signalled = True
            if not over.is_set():
                over.set()
                raise KeyboardInterrupt

        def watch() -> None:
            while not over.wait(poll_seconds):
                if self.asked():
                    # to the main thread: a signal that another one gets does not wake it where it waits
                    signal.pthread_kill(main, signal.SIGINT)
                    return

        for kind in before:
            signal.signal(kind, take)
        watcher = threading.Thread(target=watch, daemon=True, name="waits for a request to stop")
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()
            for kind, handler in before.items():
                signal.signal(kind, handler if handler is not None else signal.SIG_DFL)


def ask_to_stop(folder: Path) -> None:
    """Ask whatever process works in `folder`, or waits for it, to stop after the step in flight.

    Raises:
        OSError: the folder is not writable.
    """
    write_whole(folder / CANCEL, repr(time.time()))


def cancel(folder: Path, *, what: str, state: str, live: Container[str]) -> None:
    """Ask whatever process works on a job to stop, where one does.

    Args:
        folder: of the job.
        what: the job in words, for messages: "run 'abc'".
        state: that it is in.
        live: states in which a process works on it.

    Raises:
        InputError: nothing works on it.
        PolyvocalError: the request could not be left in its folder.
    """
    if state not in live:
        raise InputError(f"{what} is {state}: no process works on it, so there is nothing to cancel.")
    try:
        ask_to_stop(folder)
    except OSError as error:
        raise PolyvocalError(
            f"{what}: the request to stop could not be left in {folder} ({error.strerror or error}). Make the folder "
            "writable, or send SIGTERM to its process."
        ) from error
