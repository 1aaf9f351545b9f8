"""A request to stop interrupts work that has no steps of its own to ask between."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from engine.errors import InputError, PolyvocalError
from engine.jobs.stopping import Stop, ask_to_stop, cancel
from tests.engine.waiting import PATIENCE


def long_work() -> None:
    """Wait inside the system, where nothing but a signal wakes a thread."""
    time.sleep(PATIENCE)


def test_a_cancel_file_interrupts_the_main_thread(tmp_path: Path) -> None:
    stop = Stop(tmp_path)
    asking = threading.Timer(0.2, ask_to_stop, [tmp_path])
    asking.start()
    woken = []

    def work() -> None:
        long_work()
        woken.append("by nothing")

    with pytest.raises(KeyboardInterrupt), stop.interrupting(poll_seconds=0.02):
        work()
    assert stop.asked()
    assert not woken, "it was interrupted where it waited"
    asking.join()


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_interrupts_once_and_handlers_come_back(tmp_path: Path, kind: signal.Signals) -> None:
    before = signal.getsignal(kind)
    cleaned = []

    def work() -> None:
        try:
            os.kill(os.getpid(), kind)
            long_work()
        finally:
            os.kill(os.getpid(), kind)  # while things are put in order, nothing disturbs
            time.sleep(0.05)
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt), Stop(tmp_path).interrupting():
        work()
    assert cleaned
    assert signal.getsignal(kind) == before


def test_what_was_asked_before_the_start_interrupts_nothing(tmp_path: Path) -> None:
    ask_to_stop(tmp_path)
    time.sleep(0.01)
    with Stop(tmp_path).interrupting(poll_seconds=0.01):
        time.sleep(0.1)


def test_outside_the_main_thread_nothing_is_interrupted(tmp_path: Path) -> None:
    done = []

    def work() -> None:
        with Stop(tmp_path).interrupting(poll_seconds=0.01):
            ask_to_stop(tmp_path)
            time.sleep(0.1)
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done


def test_a_job_that_a_process_works_on_is_cancelled_and_no_other(tmp_path: Path) -> None:
    stop = Stop(tmp_path)
    with pytest.raises(InputError, match=r"^job 'a' is finished: .*nothing to cancel\.$"):
        cancel(tmp_path, what="job 'a'", state="finished", live=("running",))
    assert not stop.asked()
    cancel(tmp_path, what="job 'a'", state="running", live=("running",))
    assert stop.asked()
    with pytest.raises(PolyvocalError, match=r"^job 'a': the request to stop could not be left in .*SIGTERM"):
        cancel(tmp_path / "gone", what="job 'a'", state="running", live=("running",))
