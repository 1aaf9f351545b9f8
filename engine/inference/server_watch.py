"""Runs one command and ends it, with all its children, as soon as standard input closes.

`ServerProcess` starts this script and keeps the other end of the pipe. However that process ends, killed included, the
pipe closes and the server goes. (A death signal from the kernel, PR_SET_PDEATHSIG, would fire already when the thread
that started the server ends, which in a Streamlit page is at once.) Imports nothing of the project, so that it starts
in no time: python -P server_watch.py GRACE_SECONDS COMMAND...
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import psutil


def main(arguments: list[str]) -> int:
    """Run the command in a session of its own; return its exit status."""
    grace, command = float(arguments[0]), arguments[1:]
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_with_input, args=(server, grace), daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: end(server, grace))
    status = server.wait()
    end(server, grace=0)  # children that outlive their parent hold its memory
    return status


def _end_with_input(server: subprocess.Popen[bytes], grace: float) -> None:
    while os.read(0, 1024):
        pass
    end(server, grace)


def end(server: subprocess.Popen[bytes], grace: float) -> None:
    """Ask the server and its children to stop, and kill after `grace` seconds what is left."""
    family = _family(server.pid)
    _signal(family, signal.SIGTERM)
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and any(_alive(p) for p in family):
        time.sleep(0.05)
    _signal(_family(server.pid) | family, signal.SIGKILL)


def _family(pid: int) -> set[psutil.Process]:
    """Return the server, its descendants, and whoever is left of its session when it is gone itself."""
    family: set[psutil.Process] = set()
    try:
        server = psutil.Process(pid)
        family |= {server, *server.children(recursive=True)}
    except psutil.NoSuchProcess:
        pass
    for process in psutil.process_iter():
        try:
            if os.getsid(process.pid) == pid:
                family.add(process)
        except (ProcessLookupError, PermissionError):
            continue
    return family


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _signal(family: set[psutil.Process], number: signal.Signals) -> None:
    for process in family:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
