"""A port for a server that takes it some seconds later, as vLLM does once it has loaded its code."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path

_LOWEST, _USUAL = 10_000, 32_768
_TRIES = 20


def free_port() -> int:
    """Return a loopback port that nobody has and, where there is one, that the system gives nobody by itself.

    One of the system's own could be any program's by the time the server takes it.
    """
    chance = random.SystemRandom()
    ours = range(_LOWEST, _first_given())
    for _ in range(_TRIES if ours else 0):
        with contextlib.suppress(OSError):
            return _bound(chance.choice(ours))
    return _bound(0)


def _bound(port: int) -> int:
    """Return the port that a socket could just have; 0 lets the system choose. OSError: somebody has it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _first_given() -> int:
    """Return the first port that the system gives to programs that name none."""
    try:
        return int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return _USUAL
