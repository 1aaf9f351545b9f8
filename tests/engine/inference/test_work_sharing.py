"""Servers that share one list of work."""

from __future__ import annotations

import threading
import time

import pytest

from engine.inference.backend import Failure
from engine.inference.endpoint import RequestFailed
from engine.inference.work_sharing import REST, Health, share
from tests.engine.waiting import PATIENCE


def _fault(kind: str = "server", *, retryable: bool = True, down: bool = False) -> RequestFailed:
    return RequestFailed(Failure(kind, "as told", retryable), down=down)  # type: ignore[arg-type]


def test_results_come_in_order_and_all_servers_work() -> None:
    seen: set[int] = set()
    all_there = threading.Event()

    def call(server: int, piece: int) -> int:
        seen.add(server)
        if len(seen) == 3:
            all_there.set()
        assert all_there.wait(PATIENCE), "a server got no work"
        time.sleep(0.001 * (piece % 3))
        return piece * 10

    assert share(range(100), Health(3), 4, call) == [10 * i for i in range(100)]
    assert seen == {0, 1, 2}
    assert share([], Health(3), 4, call) == []


def test_no_server_gets_more_than_its_share_at_a_time() -> None:
    running, most, lock = [0, 0], [0, 0], threading.Lock()
    together = threading.Barrier(6)  # as many as may be at work at once: all of them are, ten times

    def call(server: int, piece: int) -> None:
        with lock:
            running[server] += 1
            most[server] = max(most[server], running[server])
        together.wait(PATIENCE)
        with lock:
            running[server] -= 1

    share(range(60), Health(2), 3, call)
    assert most == [3, 3]


def test_a_dead_servers_work_moves_and_it_rests() -> None:
    now = [0.0]
    health = Health(2, clock=lambda: now[0])
    asked: list[int] = []
    died = threading.Event()

    def call(server: int, piece: int) -> int:
        asked.append(server)
        if server == 0:
            died.set()
            raise _fault(down=True)
        assert died.wait(PATIENCE), "the first server got no work"
        return piece

    assert share(range(40), health, 4, call) == list(range(40))
    assert health.usable() == [1]
    asked.clear()
    assert share(range(40), health, 4, call) == list(range(40))
    assert set(asked) == {1}
    now[0] += REST + 1
    assert health.usable() == [0, 1]


def test_when_all_are_dead_every_piece_has_a_failure_and_all_are_tried_next_time() -> None:
    health = Health(3)

    def call(server: int, piece: int) -> int:
        raise _fault(down=True)

    results = share(range(20), health, 4, call)
    assert all(isinstance(r, Failure) and r.retryable for r in results)
    assert health.usable() == [0, 1, 2]


def test_a_piece_is_tried_once_on_every_server() -> None:
    tried: dict[int, list[int]] = {}
    lock = threading.Lock()

    def call(server: int, piece: int) -> int:
        with lock:
            tried.setdefault(piece, []).append(server)
        raise _fault("nonsense")

    results = share(range(10), Health(3), 2, call)
    assert [r.kind for r in results if isinstance(r, Failure)] == ["nonsense"] * 10
    assert all(sorted(servers) == [0, 1, 2] for servers in tried.values())


def test_a_failure_that_would_repeat_is_not_tried_elsewhere() -> None:
    calls = []

    def call(server: int, piece: int) -> int:
        calls.append(piece)
        raise _fault("rejected", retryable=False)

    share(range(10), Health(3), 2, call)
    assert sorted(calls) == list(range(10))


def test_the_last_server_dies_while_others_wait_for_its_piece() -> None:
    def call(server: int, piece: int) -> int:
        time.sleep(0.01 * (server + 1))
        raise _fault(down=server == 1)

    results = share(range(3), Health(2), 2, call)
    assert all(isinstance(r, Failure) for r in results)


def test_other_errors_end_the_call() -> None:
    def call(server: int, piece: int) -> int:
        if piece == 5:
            raise ValueError("a bug")
        return piece

    with pytest.raises(ValueError, match="a bug"):
        share(range(10), Health(2), 2, call)
