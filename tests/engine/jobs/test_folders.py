"""Folders of jobs are listed, found by the beginning of a name, and removed as one step."""

from __future__ import annotations

import re
import shutil
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from engine.errors import InputError, PolyvocalError
from engine.jobs.folders import job_folders, last_changed, named_folder, remove_folder, whole_name
from engine.jobs.lock import FolderLock
from engine.jobs.manifests import MANIFEST

NAMES = ["alpha", "alpha-one", "alpha-two", "beta"]


def find(begun: str) -> str:
    return whole_name(begun, NAMES, one="study", many="studies", hint="They lie elsewhere.")


def remove(folder: Path, *, at_work: bool = False) -> None:
    remove_folder(folder, at_work=lambda: at_work, what="job 'a'", cancel="stop a")


def test_only_folders_that_are_not_hidden_are_jobs(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".deleted-b").mkdir()
    (tmp_path / "lock").touch()
    assert job_folders(tmp_path) == [tmp_path / "a"]
    assert job_folders(tmp_path / "gone") == []


def test_a_name_is_found_by_its_beginning_and_a_whole_one_before_longer_ones() -> None:
    assert find("b") == "beta"
    assert find("alpha") == "alpha"
    with pytest.raises(InputError, match=r"^2 studies begin with 'alpha-': alpha-one, alpha-two\. Give more"):
        find("alpha-")


@pytest.mark.parametrize("begun", ["", "bta", "betas"])
def test_a_name_that_nothing_has_is_told_with_the_known_ones(begun: str) -> None:
    with pytest.raises(InputError, match=r"(?s)no study is called.*alpha-one.*They lie elsewhere\.$"):
        find(begun)


def test_a_folder_is_removed_but_not_under_its_worker(tmp_path: Path) -> None:
    (tmp_path / "a" / "results").mkdir(parents=True)
    with FolderLock(tmp_path / "a"), pytest.raises(InputError, match=r"^job 'a' is being worked on.*: stop a$"):
        remove(tmp_path / "a", at_work=True)
    remove(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_has_just_ended_is_removed_when_its_process_lets_go(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    lock = FolderLock(tmp_path / "a")
    lock.acquire()
    letting_go = threading.Timer(0.2, lock.release)
    letting_go.start()
    remove(tmp_path / "a")
    letting_go.join()
    assert list(tmp_path.iterdir()) == []


def test_what_could_not_be_removed_wholly_is_seen_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()

    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refuse)
    with pytest.raises(PolyvocalError, match=r"^job 'a' could not be removed wholly from .*Permission denied"):
        remove(tmp_path / "a")
    assert job_folders(tmp_path) == []


def test_a_folder_that_is_gone_was_last_changed_in_1970(tmp_path: Path) -> None:
    assert last_changed(tmp_path / "gone") == datetime(1970, 1, 1, tzinfo=UTC)
    assert last_changed(tmp_path) > datetime(2020, 1, 1, tzinfo=UTC)


def test_a_job_is_named_by_its_name_its_beginning_or_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "store" / NAMES[0]
    folder.mkdir(parents=True)
    named = partial(named_folder, root=folder.parent, known=lambda: NAMES, one="study", many="studies")
    assert named(NAMES[0]) == folder
    with pytest.raises(InputError, match=r"is no study: it has no manifest\.json.*`polyvocal study list`"):
        named(folder)
    (folder / MANIFEST).write_text("{}")
    assert named(folder) == named(str(folder)) == folder.resolve()
    with pytest.raises(InputError, match=f"Studies lie in {re.escape(str(folder.parent))}"):
        named("elsewhere")
