"""Studies as processes of their own: killed, stopped, started twice; nothing is trained twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine import paths
from engine.annotators.studies import (
    LIVE,
    StudyFolder,
    cancel_study,
    delete_study,
    find_study,
    list_studies,
    pace_of,
    resume_study,
    start_study,
    study_log_tail,
)
from engine.errors import InputError
from engine.jobs.lock import FolderLock, is_locked
from tests.engine.annotators.studies.held_worker import allow, start_held
from tests.engine.annotators.studies.small import fill, made, spec_of, workers_of
from tests.engine.waiting import wait_for


def trained() -> dict[Path, int]:
    """Return the finished trainings on disk, and when each was written."""
    return {path: path.stat().st_mtime_ns for path in paths.trainings_dir().rglob("*.npz")}


def over(study: StudyFolder) -> bool:
    return study.state() not in LIVE


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of studies train no more than `allow` says."""
    monkeypatch.setattr("engine.annotators.studies.jobs.start_process", start_held)


@pytest.mark.usefixtures("held")
def test_a_study_is_killed_cancelled_and_resumed_and_trains_nothing_twice(store: Path) -> None:
    run, encoder = fill(store)
    spec = spec_of(run, encoder, seeds=3, parts=("comparison",))
    allow(4)
    study = find_study(start_study(spec))
    assert study.state() in LIVE, "its process holds the lock from the first moment on"
    wait_for(lambda: len(trained()) == 4)
    (worker,) = workers_of(study)
    worker.kill()
    wait_for(lambda: not is_locked(study.path))
    assert study.state() == "interrupted"
    first = trained()

    allow(7)
    assert resume_study(study.study_id) == study.study_id
    wait_for(lambda: (p := study.progress()) is not None and p.done == 7)  # what was there is counted
    progress = study.progress()
    assert progress is not None
    assert progress.planned > 7
    assert progress.seconds_left is not None
    cancel_study(study.study_id)
    wait_for(lambda: over(study))
    assert study.state() == "cancelled"
    with pytest.raises(InputError, match="is cancelled: no process works on it"):
        cancel_study(study.study_id)
    second = trained()
    assert second.items() >= first.items(), "nothing was trained again"
    assert len(second) == 7

    allow(None)
    resume_study(study.study_id)
    wait_for(lambda: over(study))
    manifest = study.manifest()
    assert (study.state(), manifest.error) == ("finished", ""), study_log_tail(study.study_id)
    assert manifest.done == manifest.planned
    last = trained()
    assert last.items() >= second.items(), "nothing was trained again"
    assert manifest.starts == 3
    assert "ended: finished" in study_log_tail(study.study_id)
    wait_for(lambda: not workers_of(study))  # and it leaves no zombie
    pace = pace_of(spec, [manifest])
    assert pace is not None
    assert pace.same_corpus
    assert pace.seconds > 0


def test_two_starts_of_one_study_make_one_and_another_waits_for_its_turn(store: Path) -> None:
    run, encoder = fill(store)
    spec = spec_of(run, encoder, parts=("map",), space="labels")
    ids: list[str] = []
    paths.studies_dir().mkdir()
    with FolderLock(paths.studies_dir()):  # as another study that is being trained
        barrier = threading.Barrier(4)

        def start() -> None:
            barrier.wait()
            ids.append(start_study(spec))

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(ids)) == 1
        study = find_study(ids[0])
        wait_for(lambda: (p := study.progress()) is not None and p.phase == "waiting")
        assert len(workers_of(study)) == 1
        assert study.state() == "planned"
        with pytest.raises(InputError, match="is being worked on"):
            delete_study(study.study_id)
    wait_for(lambda: over(study))
    assert study.state() == "finished", study_log_tail(study.study_id)
    assert study.manifest().starts == 1
    delete_study(study.study_id)
    assert list_studies() == []


def test_a_study_outlives_the_process_that_started_it_however_that_ends(store: Path) -> None:
    run, encoder = fill(store)
    spec = spec_of(run, encoder, parts=("map",), space="labels")
    code = (
        "import os, signal, sys\nfrom engine.annotators.studies import StudySpec, start_study\n"
        "print(start_study(StudySpec.model_validate_json(sys.argv[1])), flush=True)\n"
        "os.killpg(0, signal.SIGKILL)"
    )
    words = [sys.executable, "-c", code, spec.model_dump_json()]
    started = subprocess.run(words, capture_output=True, text=True, start_new_session=True, check=False)
    assert started.returncode == -signal.SIGKILL, started.stderr
    study = find_study(started.stdout.strip())
    assert study.state() != "interrupted", "its process has the lock, though who started it is gone"
    wait_for(lambda: over(study))
    assert study.state() == "finished", study_log_tail(study.study_id)


def test_a_process_that_died_before_it_began_is_seen(store: Path) -> None:
    run, encoder = fill(store)
    study = made(spec_of(run, encoder), paths.studies_dir())
    assert study.manifest().state == "planned"
    assert study.state() == "interrupted", "nobody holds its lock"
    with FolderLock(study.path):
        assert study.state() == "planned"


def test_studies_are_found_by_the_beginning_of_their_names(store: Path) -> None:
    run, encoder = fill(store)
    for seeds in (2, 3):
        made(spec_of(run, encoder, seeds=seeds, name="mine"), paths.studies_dir())
    named = made(spec_of(run, encoder, name="other"), paths.studies_dir())
    assert find_study("oth").study_id == named.study_id
    assert find_study(named.path).study_id == named.study_id
    with pytest.raises(InputError, match="2 studies begin with 'mine'"):
        find_study("mine")
    with pytest.raises(InputError, match="no study is called 'none'"):
        find_study("none")
    named.path.rename(named.path.with_name("renamed"))
    with pytest.raises(InputError, match="was renamed"):
        resume_study("renamed")
