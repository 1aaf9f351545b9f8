"""The lock of a folder can be handed to a process that is started, and goes with it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.jobs.lock import LOCK, FolderLock, is_at_work, is_locked
from tests.engine.waiting import PATIENCE, wait_for


def test_a_lock_that_a_child_inherited_is_held_until_the_child_is_gone(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, pass_fds=[lock.descriptor]
    )
    lock.release()
    assert is_locked(tmp_path), "there is no moment at which nobody holds it"
    assert not FolderLock(tmp_path).acquire(wait=False)
    child.kill()
    child.wait()
    wait_for(lambda: not is_locked(tmp_path))


def test_an_adopted_lock_is_held_and_can_be_let_go(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    first.acquire()
    adopted = FolderLock.adopt(tmp_path, os.dup(first.descriptor))
    first.release()
    assert is_locked(tmp_path)
    adopted.release()
    assert not is_locked(tmp_path)


def test_only_a_lock_that_is_held_has_a_descriptor(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        _ = FolderLock(tmp_path).descriptor


def test_who_only_asks_whether_it_is_locked_keeps_nobody_from_taking_it(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            is_locked(tmp_path)

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        for _ in range(40):
            lock = FolderLock(tmp_path)
            assert lock.acquire(wait=False)
            lock.release()
    finally:
        over.set()
        for asker in askers:
            asker.join()


def test_a_process_that_is_about_to_let_go_is_waited_for_and_one_at_work_is_not(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    assert not second.acquire_unless(lambda: True)
    assert not second.acquire_unless(lambda: False, seconds=0.05), "it waits, but not for ever"
    assert is_at_work(tmp_path, lambda: True)
    assert is_at_work(tmp_path, lambda: False, seconds=0.05)
    ending = threading.Timer(0.1, first.release)
    ending.start()
    assert second.acquire_unless(lambda: False, seconds=PATIENCE)
    ending.join()
    ending = threading.Timer(0.1, second.release)
    ending.start()
    assert not is_at_work(tmp_path, lambda: False, seconds=PATIENCE)
    ending.join()
