"""The one model that is held ready: its states, changing it, and that it goes with whoever holds it. Real kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine import paths
from engine.errors import InputError, MissingPackageError
from engine.live import LiveModel, ModelHolder
from engine.live.answering import Answering, Shared
from engine.live.model_process import MODEL, SERVER_LOG, STATE, ModelProcess
from tests.engine.live.conftest import DAWDLING, SCRIPTED, answered, question, ready
from tests.engine.waiting import wait_for

OTHER = LiveModel(model="another", backend="scripted")


def pid_of(holder: ModelHolder) -> int:
    assert holder._process is not None
    assert holder._process._process is not None
    return holder._process._process.pid


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_the_old_model_is_gone_before_the_new_one_starts(holder: ModelHolder) -> None:
    first = pid_of(ready(holder))
    assert holder._process is not None
    assert holder._process.tail() == "", "a start without trouble leaves no warning in the log that a page shows"
    holder.start(SCRIPTED)
    assert pid_of(holder) == first, "the same model is not started twice"
    holder.start(OTHER)
    now = holder.status
    assert now.state in ("stopping", "starting") or gone(first)
    assert now.model == OTHER
    wait_for(lambda: holder.status.state == "ready")
    assert gone(first)
    assert holder.status.model == OTHER
    holder.stop()
    wait_for(lambda: holder.status.state == "stopped")
    assert holder.status.model is None


def test_a_model_that_dies_says_so_and_its_questions_are_lost_but_kept(holder: ModelHolder) -> None:
    ready(holder, DAWDLING)
    many = {"item_ids": ("item-1", "item-2", "item-3"), "repeats": 10, "temperatures": (0.0, 0.5, 1.0)}
    ask = holder.ask(question(DAWDLING, **many))
    wait_for(lambda: "sampled" in ask.runs and ask.runs["sampled"].parts())
    os.kill(pid_of(holder), signal.SIGKILL)
    wait_for(lambda: holder.status.state == "failed")
    assert "its process ended" in holder.status.reason
    assert ask.status.state == "lost"
    run_id = ask.keep()["sampled"]
    assert (paths.runs_dir() / run_id).is_dir()
    with pytest.raises(InputError, match="is not ready"):
        holder.ask(question(DAWDLING))
    ready(holder)


def test_a_reason_tells_what_the_log_says_not_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / MODEL).write_text(SCRIPTED.model_dump_json())
    Answering(tmp_path, idle=1)._tell("failed", f"the server died. Its log {tmp_path / SERVER_LOG} says: no memory")
    told = json.loads((tmp_path / STATE).read_text())
    assert told["reason"] == "the server died. Its log says: no memory"


def test_what_a_process_told_last_counts_when_it_ends_between_two_looks(tmp_path: Path) -> None:
    ending = ModelProcess.__new__(ModelProcess)
    ending.folder, ending.model, ending._started, ending._problem = tmp_path, SCRIPTED, time.time(), ""
    told = {"state": "ready", "reason": "", "facts": {}, "since": time.time()}
    (tmp_path / STATE).write_text(json.dumps(told))

    class Ending:
        returncode = 0

        def poll(self) -> int:
            (tmp_path / STATE).write_text(json.dumps(told | {"state": "idle"}))
            return 0

    ending._process = Ending()  # type: ignore[assignment]
    assert ending.status().state == "stopped"


class Echo:
    """Stands where a backend would; nobody asks it anything."""


def test_a_question_of_the_last_moment_is_answered_and_loading_is_no_idleness(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / MODEL).write_text(SCRIPTED.model_dump_json())
    answers: list[Path] = []
    monkeypatch.setattr("engine.live.answering.answer", lambda ask, _: answers.append(ask.path))
    process = Answering(tmp_path, idle=0.0)
    process._used = loaded = process._used - 3600  # as if the model had taken an hour to load
    process._questions.put("a-question")
    process._answer_all(Shared(Echo()))  # type: ignore[arg-type]
    assert answers == [Path("a-question")]
    assert process._used > loaded + 1800


def test_who_else_looks_is_known(holder: ModelHolder) -> None:
    holder.seen("me")
    assert holder.others("me") == 0
    holder.seen("you")
    assert holder.others("me") == 1
    holder._seen["you"] -= 3600
    assert holder.others("me") == 0


def test_a_model_that_nobody_asks_stops_by_itself(holder: ModelHolder, tmp_path: Path) -> None:
    short = ModelHolder(tmp_path, idle=0.2)
    short.start(SCRIPTED)
    wait_for(lambda: short.status.state == "stopped")
    assert "nobody asked" in short.status.reason
    assert answered_again(short), "and is started again when somebody does"
    short.close()
    assert short.closed
    assert not list(tmp_path.iterdir()), "nothing of it stays"


def answered_again(holder: ModelHolder) -> bool:
    holder._idle = 60.0
    done = answered(ready(holder).ask(question(temperatures=())))
    assert done.status.state == "finished", done.status
    return True


def test_vllm_that_is_not_installed_is_told_before_anything_starts(
    holder: ModelHolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    from engine.inference import engine_args

    engine_args.argument_names.cache_clear()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="vLLM is not installed"):
        holder.start(LiveModel(model="demo-voices"))
    engine_args.argument_names.cache_clear()


HOLD = """
import signal, sys, time
from pathlib import Path
from engine.live import ModelHolder, LiveModel
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    holder = ModelHolder(Path(sys.argv[1]))
    holder.start(LiveModel(model="scripted", backend="scripted"))
    while holder.status.state != "ready":
        time.sleep(0.05)
    print(holder._process._process.pid, flush=True)
    time.sleep(3600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_when_the_holder_is_killed_the_model_goes_and_the_next_one_tidies_up(
    holder: ModelHolder, tmp_path: Path, how: signal.Signals
) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    cwd = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd) as parent:
        assert parent.stdout is not None
        model = int(parent.stdout.readline())
        assert not gone(model)
        os.kill(parent.pid, how)
    wait_for(lambda: gone(model))
    left = list(tmp_path.iterdir())
    for folder in left:
        os.utime(folder, (time.time() - 60,) * 2)
    ModelHolder(tmp_path).close()
    assert not list(tmp_path.iterdir())
