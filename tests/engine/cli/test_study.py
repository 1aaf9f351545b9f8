"""`polyvocal study`: a study from start to end, and what goes wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.annotators.studies import find_study, list_studies
from engine.cli.main import run
from tests.engine.annotators.studies.held_worker import allow, start_held
from tests.engine.annotators.studies.small import fill
from tests.engine.cli.commands import refused, strict
from tests.engine.waiting import PATIENCE, wait_for

ROOT = Path(__file__).resolve().parents[3]
QUICK = ["--models", "text only, user token", "--seeds", "1", "--resamples", "50", "--setting", "epochs=2",
         "--min-labels", "3", "--no-shuffled"]  # fmt: skip


@pytest.fixture
def words(store: Path) -> list[str]:
    made, encoder = fill(store)
    return ["study", "start", "tiny", "--run", made.run_id[:8], "--encoder", str(encoder), *QUICK]


def test_a_study_is_started_shown_listed_and_deleted(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "list"]) == 0
    assert "No studies yet" in capsys.readouterr().out
    assert run([*words, "--json"]) == 0
    found = strict(capsys.readouterr().out)
    assert found["state"] == "finished"
    assert found["results"] == ["comparison", "gaps-0", "map-0"]
    assert found["done"] == found["planned"] > 0
    assert {s["verdict"] for s in found["signatures"].values()} <= {"found", "not found", "undecided", "not known"}
    study = found["study_id"]
    assert run(["study", "show", study[:6]]) == 0
    shown = capsys.readouterr().out
    assert "the ID model does not beat text only on these labels" in shown
    assert "finished" in shown
    assert run(["study", "list"]) == 0
    assert study in capsys.readouterr().out
    assert run(["study", "list", "--json"]) == 0
    assert strict(f'{{"all": {capsys.readouterr().out}}}')["all"][0]["study_id"] == study
    assert run(["study", "log", study]) == 0
    assert "ended: finished" in capsys.readouterr().out
    assert run([*words, "--background"]) == 0, "it is finished: nothing is started"
    assert "cancel" in refused(capsys, "study", "cancel", study)
    assert run(["study", "delete", study, "--yes"]) == 0
    assert list_studies() == []


HELD = """
import sys
import engine.annotators.studies.jobs as jobs
from engine.cli.main import run
from tests.engine.annotators.studies.held_worker import start_held
jobs.start_process = start_held
sys.exit(run(sys.argv[1:]))
"""


def test_ctrl_c_stops_a_study_and_resume_goes_on(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def done() -> int:
        return max([p.done for s in list_studies() if (p := find_study(s.study_id).progress())], default=0)

    allow(2)
    command = [sys.executable, "-c", HELD, *words, "--seeds", "3", "--part", "comparison"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ.copy(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    wait_for(lambda: done() == 2 or process.poll() is not None)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, err
    assert "Go on with: polyvocal study resume" in err
    assert "Traceback" not in err
    (study,) = list_studies()
    assert (study.state, study.results) == ("cancelled", ())
    assert 2 == study.done < study.planned
    monkeypatch.setattr("engine.annotators.studies.jobs.start_process", start_held)
    allow(3)
    assert run(["study", "resume", study.study_id, "--background"]) == 0
    wait_for(lambda: done() == 3)
    assert run(["study", "cancel", study.study_id]) == 0
    wait_for(lambda: find_study(study.study_id).state() == "cancelled")


def test_what_does_not_fit_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert "nowhere" in refused(capsys, "study", "start", "nowhere")
    assert "name a run" in refused(capsys, "study", "start", "tiny", "--part", "gaps")
    assert "at least one that knows who" in refused(capsys, *words, "--models", "text only")
    assert "no study is called 'gone'" in refused(capsys, "study", "show", "gone")
    assert "'no/such' cannot be found" in refused(capsys, *words, "--encoder", "no/such")
    assert "no run is called" in refused(capsys, "study", "start", "tiny", "--run", "gone")
    assert "epoks" in refused(capsys, *words, "--setting", "epoks=3")
    assert list_studies() == [], "nothing is made of what is refused"
