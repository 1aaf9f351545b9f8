"""A port that is found free is still free when a server takes it seconds later."""

from __future__ import annotations

import random
import socket

import pytest

from engine.inference import free_port as module
from engine.inference.free_port import free_port


def test_it_is_none_that_the_system_gives_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_first_given", lambda: 20_000)
    for _ in range(20):
        port = free_port()
        assert 10_000 <= port < 20_000
        with socket.socket() as server:
            server.bind(("127.0.0.1", port))


def test_one_that_somebody_has_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", 0))
        taken = somebody.getsockname()[1]
        monkeypatch.setattr(random.SystemRandom, "choice", lambda *_: taken)
        assert free_port() != taken


def test_where_the_system_gives_all_it_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_first_given", lambda: 1024)
    assert free_port() >= 1024
