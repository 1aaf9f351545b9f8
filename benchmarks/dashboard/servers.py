"""The two servers: ours started as a user starts it, and bare Streamlit with the same options."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from dashboard.serve import free_port, options

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
HEAVY = ("torch", "vllm")
"""Packages that must not be in the pages' process."""
PATIENCE = 60.0


@dataclass
class Server:
    """A server that was started, with the moment it was asked to."""

    url: str
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.perf_counter)

    def wait_until_it_answers(self) -> None:
        """Wait until it says that it is well."""
        while time.perf_counter() - self.started < PATIENCE:
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.process.args!r} ended with status {self.process.returncode}")
            try:
                with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=2):
                    return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError(f"{self.url} did not answer within {PATIENCE:g} s")

    def memory_mb(self) -> float:
        """Return what it and its children hold in memory of their own and their part of what is shared, in MB."""
        family = [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]
        return sum(_held(process) for process in family) / 1e6

    def heavy_packages(self) -> list[str]:
        """Return which of HEAVY have a library mapped into its process."""
        maps = [m.path for m in psutil.Process(self.process.pid).memory_maps()]
        return [name for name in HEAVY if any(f"/{name}/" in path for path in maps)]

    def stop(self) -> None:
        """Stop it as Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _held(process: psutil.Process) -> float:
    info = process.memory_full_info()
    return float(getattr(info, "pss", info.uss))


def start(kind: str, home: Path, port: int = 0) -> Server:
    """Start a server, 'ours' or 'bare'; it may not answer yet."""
    port = port or free_port("127.0.0.1", 0)
    commands = {
        "ours": ["-m", "dashboard", "--port", str(port)],
        "bare": ["-m", "streamlit", "run", str(HERE / "bare.py"), *options("127.0.0.1", port)],
    }
    path = os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")]))
    process = subprocess.Popen(
        [sys.executable, *commands[kind]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=home,
        stderr=(home / f"{kind}.log").open("ab"), env=os.environ | {"POLYVOCAL_HOME": str(home), "PYTHONPATH": path},
    )  # fmt: skip
    return Server(f"http://127.0.0.1:{port}", process)
