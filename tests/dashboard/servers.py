"""A dashboard of a test's own, started as a user starts it and stopped as Ctrl-C does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from dashboard.serve import free_port

PROJECT = Path(__file__).resolve().parents[2]
PATIENCE = 300.0
"""Seconds to wait for a process or an answer; nothing takes that long but what hangs, however busy the machine is."""
TRIES = 5
TAKEN = ("is in use", "is not available")
"""What the dashboard, and Streamlit, say of a port that another process took after `free_port` had found it."""


@dataclass
class Server:
    """A dashboard with a store of its own."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]
    log: Path


def start_server(home: Path, *, first_on_path: Path | None = None) -> Server:
    """Start the dashboard over a store, and wait until it answers.

    Args:
        home: the store.
        first_on_path: a folder whose modules go before all others.
    """
    for _ in range(TRIES):
        server = _start(home, first_on_path, free_port("127.0.0.1", 0))
        if _answers(server):
            return server
        stop_server(server)
        if not any(words in server.log.read_text() for words in TAKEN):
            break
    raise AssertionError(f"the dashboard did not start:\n{server.log.read_text()}")


def _start(home: Path, first_on_path: Path | None, port: int) -> Server:
    paths = [str(path) for path in (first_on_path, PROJECT) if path] + [os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"POLYVOCAL_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--port", str(port)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            env=environment, cwd=home,
        )  # fmt: skip
    return Server(f"http://127.0.0.1:{port}", home, process, log)


def _answers(server: Server) -> bool:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.process.poll() is None:
        try:
            httpx.get(f"{server.url}/_stcore/health", timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return server.process.poll() is None  # else it was another process that answered
    return False


def stop_server(server: Server) -> None:
    """Stop the server as Ctrl-C does."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGINT)
        try:
            server.process.wait(10)
        except subprocess.TimeoutExpired:
            server.process.kill()
            server.process.wait()


@contextmanager
def serving_dashboard(home: Path) -> Iterator[Server]:
    """Serve the dashboard over a store while the block runs."""
    server = start_server(home)
    try:
        yield server
    finally:
        stop_server(server)


def get(url: str, **headers: str) -> httpx.Response:
    """Ask for an address; give its answer."""
    return httpx.get(url, headers=headers, timeout=PATIENCE)
