"""Asking a model that is held ready, in real processes: answers, stopping, saving, and two who ask at once."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from engine import paths
from engine.corpora.store import load_corpus
from engine.errors import InputError
from engine.live import Ask, LiveModel, ModelHolder, typed_corpus
from engine.runs import exact_labels, find_run, list_runs, sampled_labels
from engine.runs.execute import execute
from tests.engine.inference.fake_server import FakeServer
from tests.engine.live.conftest import DAWDLING, SCRIPTED, answered, question, ready
from tests.engine.waiting import wait_for

SLOW = LiveModel(model="scripted", backend="scripted", engine={"delay": 0.05})


def test_answers_arrive_as_runs_and_are_saved_without_asking_again(holder: ModelHolder) -> None:
    ask = answered(ready(holder).ask(question()))
    assert ask.status.state == "finished", ask.status
    runs = ask.runs
    assert exact_labels(runs["exact"])["probability"].sizes == {
        "persona": 2, "item": 1, "wording": 1, "repeat": 1, "label": 2
    }  # fmt: skip
    rows = runs["sampled"].responses().to_pylist()
    assert len(rows) == 12
    assert {row["text"].split(".")[0] for row in rows if row["status"] == "ok"} <= {"yes", "no"}
    assert list_runs() == [], "what is not saved is in no list"

    kept = ask.keep("mine")
    assert {run.run_id for run in list_runs()} == set(kept.values())
    assert all(run.name == "mine" and run.state == "finished" for run in list_runs())
    assert ask.runs["sampled"].responses().to_pylist() == rows, "it is still shown, and the same"
    assert ask.keep("twice") == kept
    manifest = ask.runs["sampled"].manifest()
    assert manifest.run_id == manifest.spec.run_id() == ask.runs["sampled"].path.name
    attempts = len(manifest.attempts)
    execute(manifest.spec)
    assert ask.runs["sampled"].responses(("key",)).num_rows == 12, "started again, nothing is missing"
    assert len(ask.runs["sampled"].manifest().attempts) == attempts + 1


def test_typed_texts_become_a_stored_corpus_only_when_saved(holder: ModelHolder) -> None:
    corpus = typed_corpus(load_corpus("tiny").task, [{"text": "a post that I typed"}])
    asked = question(corpus=corpus.name, typed=True, item_ids=("text-1",), temperatures=())
    ask = answered(ready(holder).ask(asked, corpus))
    assert ask.corpus.items == corpus.items
    with pytest.raises(InputError, match="use letters, digits"):
        ask.keep("no name")
    assert not (paths.imported_dir() / corpus.name).exists()
    (run_id,) = ask.keep().values()
    assert load_corpus(corpus.name).items == corpus.items
    assert exact_labels(find_run(run_id))["probability"].notnull().all()


def test_two_who_ask_at_once_both_get_answers(holder: ModelHolder) -> None:
    ready(holder, SLOW)
    asks = [holder.ask(question(SLOW, seed=seed)) for seed in (1, 2)]
    both = [answered(ask) for ask in asks]
    assert [ask.status.state for ask in both] == ["finished"] * 2
    assert all(sampled_labels(ask.runs["sampled"]).attrs["dropped"] == {} for ask in both)


def test_a_stop_keeps_what_came_and_what_came_can_be_saved(holder: ModelHolder) -> None:
    ready(holder, DAWDLING)
    many = ("item-1", "item-2", "item-3", "item-4")
    ask = holder.ask(question(DAWDLING, item_ids=many, repeats=10, temperatures=(0.0, 0.5, 1.0)))
    with pytest.raises(InputError, match="answers still come"):
        ask.keep()
    wait_for(lambda: "sampled" in ask.runs and ask.runs["sampled"].parts())
    ask.cancel()
    assert answered(ask).status.state == "stopped"
    assert 0 < ask.runs["sampled"].responses(("key",)).num_rows < 240
    assert len(ask.keep()) == 2


def test_a_question_that_ends_between_two_looks_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = Ask.create(tmp_path / "ask", question(), tmp_path)
    ask.tell("asking")
    assert ask.status.state == "lost", "nobody holds the lock of the process that answers"

    def ends_now(_: Path) -> bool:
        ask.tell("finished")
        return False

    monkeypatch.setattr("engine.live.ask.is_locked", ends_now)
    assert ask.status.state == "finished"


def test_a_question_that_nobody_looks_at_is_not_asked_to_its_end(holder: ModelHolder) -> None:
    ready(holder, DAWDLING)
    many = ("item-1", "item-2", "item-3", "item-4")
    ask = holder.ask(question(DAWDLING, item_ids=many, repeats=10, temperatures=(0.0, 0.5, 1.0)))
    long_ago = time.time() - 3600
    os.utime(ask.path / "watched", (long_ago, long_ago))
    assert answered(ask).status.state == "stopped"


def test_what_cannot_be_asked_says_why(holder: ModelHolder) -> None:
    ask = answered(ready(holder).ask(question(persona_ids=("p0", "p77"))))
    assert ask.status.state == "failed"
    assert "no persona is called 'p77'" in ask.status.problem
    with pytest.raises(InputError, match="no answer to save"):
        ask.keep()
    with pytest.raises(InputError, match="is not ready"):
        holder.ask(question(LiveModel(model="another", backend="scripted")))
    assert holder.find("../../etc") is None
    assert holder.find(ask.ask_id) is not None


def test_a_server_that_the_user_names(holder: ModelHolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYVOCAL_API_KEY_LAB", "sk-secret")
    with FakeServer(model="lab", vllm=False, key="sk-secret", decode=lambda i: f"w{i}") as server:
        model = LiveModel(
            model="lab", backend="server", server=server.url, key_variable="POLYVOCAL_API_KEY_LAB",
            engine={"tokenizer": False},
        )  # fmt: skip
        ask = answered(ready(holder, model).ask(question(model)))
        assert ask.status.state == "finished", ask.status
        assert ask.runs["sampled"].responses(("key",)).num_rows == 12
        assert ask.runs["sampled"].manifest().spec.servers == (server.url,)
        everywhere = [path for path in holder.path.rglob("*") if path.is_file()]
        assert not [path for path in everywhere if b"sk-secret" in path.read_bytes()], "the key is in no file"


def test_a_server_that_is_not_there_and_a_key_that_is_refused(holder: ModelHolder) -> None:
    gone = LiveModel(model="lab", backend="server", server="http://127.0.0.1:9/v1")
    holder.start(gone)
    wait_for(lambda: not holder.status.moving)
    assert holder.status.state == "failed"
    assert "cannot be reached" in holder.status.reason
    with FakeServer(model="lab", key="other") as server:
        holder.start(LiveModel(model="lab", backend="server", server=server.url))
        wait_for(lambda: not holder.status.moving)
        assert "refuses the API key" in holder.status.reason
    assert ready(holder, SCRIPTED).status.state == "ready", "after a failure another one starts"


def test_the_folder_is_for_its_owner_alone(holder: ModelHolder) -> None:
    assert Path(holder.path).stat().st_mode & 0o077 == 0
