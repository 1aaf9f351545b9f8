"""Several servers share one list of work: each takes the next piece as soon as it has room.

A server that goes down gives its piece back, so that the others do it, and is left alone for a while. A piece that
fails for another reason is tried once on every other server before the failure stands.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from engine.inference.backend import Failure
from engine.inference.endpoint import RequestFailed

Piece = TypeVar("Piece")
Result = TypeVar("Result")

REST = 15.0
"""Seconds for which a server that went down gets no new work, while others are up."""


class Health:
    """Which servers are resting. Shared by all calls of a backend, safe to use from several threads."""

    def __init__(self, servers: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Take every server to be up."""
        self._until = [0.0] * servers
        self._clock = clock

    def mark_down(self, server: int) -> None:
        """Let a server rest."""
        self._until[server] = self._clock() + REST

    def usable(self) -> list[int]:
        """Return the servers to use now: those that are up, or all when none is."""
        now = self._clock()
        up = [index for index, until in enumerate(self._until) if until <= now]
        return up or list(range(len(self._until)))


@dataclass
class _Task(Generic[Piece]):
    index: int
    piece: Piece
    tried: set[int] = field(default_factory=set)
    failure: Failure | None = None
    """Why the last server that tried it could not do it."""


class _Board(Generic[Piece, Result]):
    """The pieces that wait and the results so far; every change holds the lock."""

    def __init__(self, pieces: Sequence[Piece], servers: Sequence[int]) -> None:
        self.waiting: deque[_Task[Piece]] = deque(_Task(i, piece) for i, piece in enumerate(pieces))
        self.results: list[Result | Failure | None] = [None] * len(pieces)
        self.alive = set(servers)
        self.running = 0
        self.error: BaseException | None = None
        self.changed = threading.Condition()

    def take(self, server: int) -> _Task[Piece] | None:
        """Return the next piece this server has not tried; wait while others may still give one back."""
        with self.changed:
            while self.error is None and server in self.alive:
                for position, task in enumerate(self.waiting):
                    if server not in task.tried:
                        del self.waiting[position]
                        self.running += 1
                        return task
                if not self.running:
                    return None
                self.changed.wait()
            return None

    def done(self, task: _Task[Piece], result: Result | Failure) -> None:
        """Record a result."""
        with self.changed:
            self.results[task.index] = result
            self.running -= 1
            self.changed.notify_all()

    def failed(self, task: _Task[Piece], server: int, fault: RequestFailed) -> None:
        """Give a piece back for another server, or record the failure where none is left to try."""
        with self.changed:
            self.running -= 1
            task.tried.add(server)
            task.failure = fault.failure
            if fault.down:
                self.alive.discard(server)
            if fault.failure.retryable:
                self.waiting.appendleft(task)
            else:
                self.results[task.index] = fault.failure
            for hopeless in [t for t in self.waiting if not self.alive - t.tried]:
                self.waiting.remove(hopeless)
                self.results[hopeless.index] = hopeless.failure or fault.failure
            self.changed.notify_all()

    def abort(self, error: BaseException) -> None:
        """End the work: an error that concerns all of it."""
        with self.changed:
            self.error = self.error or error
            self.running -= 1
            self.changed.notify_all()


def share(
    pieces: Sequence[Piece],
    health: Health,
    in_flight: int,
    call: Callable[[int, Piece], Result],
) -> list[Result | Failure]:
    """Return the result of every piece, in order, or the failure that stands in its place.

    Args:
        pieces: the work.
        health: which servers are up.
        in_flight: pieces a server does at a time.
        call: does one piece on the server of the given index; raises `RequestFailed` where it cannot. Any other
            exception ends the whole call.
    """
    servers = health.usable()
    board: _Board[Piece, Result] = _Board(pieces, servers)

    def work(server: int) -> None:
        while (task := board.take(server)) is not None:
            try:
                result = call(server, task.piece)
            except RequestFailed as fault:
                if fault.down:
                    health.mark_down(server)
                board.failed(task, server, fault)
            except BaseException as error:  # noqa: BLE001  raised again below, in the caller's thread
                board.abort(error)
            else:
                board.done(task, result)

    # one thread of every server after the other, so that the first server does not take all of a little work
    threads = [
        threading.Thread(target=work, args=(server,), daemon=True)
        for _ in range(min(in_flight, len(pieces)))
        for server in servers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if board.error is not None:
        raise board.error
    lost = Failure("server", "no server was left to do this", retryable=True)
    return [lost if result is None else result for result in board.results]
