from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from engine import paths
from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import FolderLock, is_locked
from engine.jobs.manifests import MANIFEST
from engine.runs import parts, run_folder
from engine.runs.execute import execute
from engine.runs.manifest import Manifest
from engine.runs.response import SCHEMA
from engine.runs.run_folder import RunFolder
from engine.runs.store import delete_run, find_run, list_runs
from tests.engine.runs.fakes import FakeBackend, exact_spec, part_names
from tests.engine.waiting import PATIENCE


def row(key: str, status: str = "ok", label: str | None = "yes", **more: object) -> dict[str, object]:
    cell: dict[str, object] = {"persona_id": "p", "item_id": key, "wording": "w", "repeat": 0, "attempt": "0001-x"}
    return {"key": key, "status": status, "label": label} | cell | more


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = tmp_path / "a-run"
    folder.mkdir()
    return RunFolder(folder)


def test_rows_come_back_as_they_went_in(run: RunFolder) -> None:
    text = "شكرا 😀 = <b>\x00</b>\n{{ x }}"
    run.append([row("a", text=text, logprobs=[-0.1, float("-inf")], temperature=0.5), row("b", label=None)])
    table = run.responses()
    assert table.schema.equals(SCHEMA)
    first, second = table.to_pylist()
    assert first["text"] == text
    assert first["logprobs"] == [-0.1, float("-inf")]
    assert second["label"] is None


def test_half_a_surrogate_pair_does_not_end_a_run(run: RunFolder) -> None:
    run.append([row("a", text="cut off \ud83d")])
    assert run.responses(["text"])["text"].to_pylist() == ["cut off ?"]


def test_nothing_to_append_writes_nothing(run: RunFolder) -> None:
    assert run.append([]) is None
    assert run.parts() == []
    assert run.responses().num_rows == 0
    assert run.done_keys() == set()


def test_of_two_answers_to_one_key_the_first_by_part_name_counts(tmp_path: Path) -> None:
    one, two = RunFolder(tmp_path), RunFolder(tmp_path)
    two.write_as("0002-b")
    two.append([row("a", label="second"), row("b", label="only")])
    one.write_as("0001-a")
    one.append([row("a", label="first"), row("c", label="only")])
    found = {r["key"]: r["label"] for r in one.responses().to_pylist()}
    assert found == {"a": "first", "b": "only", "c": "only"}


def test_a_failure_gives_way_to_an_answer_wherever_it_stands(run: RunFolder) -> None:
    run.append([row("a", "failed", None, error="1"), row("b"), row("c", "failed", None, error="1")])
    run.append([row("a", label="late"), row("b", "failed", None), row("c", "failed", None, error="2")])
    rows = {r["key"]: r for r in run.responses().to_pylist()}
    assert (rows["a"]["status"], rows["a"]["label"]) == ("ok", "late")
    assert rows["b"]["status"] == "ok"
    assert rows["c"]["error"] == "2"
    assert run.done_keys() == {"a", "b"}
    assert run.counts_by_status() == {"ok": 2, "failed": 1}


@pytest.mark.parametrize("temperature", [None, 0.5])
@pytest.mark.parametrize("again", [[], [("a", "late")], [("c", "new")], [("a", "late"), ("a", "later")]])
def test_answers_are_told_apart_without_their_keys_where_no_cell_is_there_twice(
    run: RunFolder, again: list[tuple[str, str]], temperature: float | None
) -> None:
    run.append([row("a", "failed", None, temperature=temperature), row("b", temperature=temperature)])
    run.append([row(key, label=label, temperature=temperature) for key, label in again])
    names = ["item_id", "status", "label"]
    whole = run.responses().select(names).to_pylist()
    assert run.responses(names, encoded=True).to_pylist() == whole
    assert len(whole) == len({r["item_id"] for r in whole})


def test_one_cell_with_two_keys_is_two_answers(run: RunFolder) -> None:
    """Such as of a model whose revision changed: the keys differ."""
    run.append([row("a"), row("b", item_id="a", label="no")])
    assert run.responses(["item_id", "label"], encoded=True)["label"].to_pylist() == ["yes", "no"]


def test_refusals_are_answers(run: RunFolder) -> None:
    run.append([row("a", "refusal", None), row("b", "unparsable", None), row("c", "hedge", None)])
    assert run.done_keys() == {"a", "b", "c"}


def test_an_unknown_column_is_named(run: RunFolder) -> None:
    with pytest.raises(InputError, match="Did you mean 'label_mass'"):
        run.responses(["labelmass"])


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"not parquet at all" * 50])
def test_unreadable_parts_are_told_and_the_others_read(run: RunFolder, damage: bytes) -> None:
    run.append([row("a")])
    broken = run.append([row("b")])
    run.append([row("c")])
    assert broken is not None
    broken.write_bytes(damage)
    assert run.responses(["key"])["key"].to_pylist() == ["a", "c"]
    assert list(run.unreadable) == [broken.name]


def test_a_part_of_other_columns_is_told(run: RunFolder) -> None:
    run.append([row("a")])
    parts.pq.write_table(pa.table({"key": [1, 2]}), run.path / "part-0009-x-000000.parquet")
    assert run.responses(["key", "status"]).num_rows in (1, 3)  # pyarrow may cast the numbers; it must not raise


def test_joined_parts_hold_the_same_rows_in_the_same_order(run: RunFolder) -> None:
    for i in range(30):
        run.append([row(f"{i}"), row("x", label=f"{i}")])
    before = run.responses()
    assert parts.join_parts(run.path, more_than=10) == 29
    assert len(run.parts()) == 1
    assert run.responses().equals(before)


def test_joining_killed_in_between_loses_and_doubles_nothing(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(30):
        run.append([row(f"{i}"), row("x", label=f"{i}")])
    before = run.responses()

    def killed(path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            parts.join_parts(run.path, more_than=10)
    assert len(run.parts()) == 31
    assert run.responses().sort_by("key").equals(before.sort_by("key"))


def test_joining_leaves_an_unreadable_part_where_it_is(run: RunFolder) -> None:
    for i in range(12):
        run.append([row(f"{i}")])
    run.parts()[3].write_bytes(b"")
    parts.join_parts(run.path, more_than=10)
    assert run.responses().num_rows == 11
    assert len(run.unreadable) == 1


def test_a_reader_that_meets_a_joined_part_reads_again(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    for i in range(12):
        run.append([row(f"{i}")])
    stale, listed = run.parts(), []
    parts.join_parts(run.path, more_than=10)
    fresh = run.parts()

    def listing() -> list[Path]:
        listed.append(1)
        return stale if len(listed) == 1 else fresh

    monkeypatch.setattr(run, "parts", listing)
    assert run.responses().num_rows == 12
    assert run.unreadable == {}


def test_leftovers_of_killed_processes_go(run: RunFolder) -> None:
    (run.path / ".part-0001-a-000000.parquet.tmp").write_bytes(b"half")
    (run.path / ".manifest.json.123.tmp").write_bytes(b"{")
    run.append([row("a")])
    assert run.set_aside_leftovers() == []
    assert sorted(p.name for p in run.path.iterdir()) == part_names(run.path)


def test_the_stamp_changes_with_parts_and_manifest_only(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    stamps = [run.stamp()]
    (run.path / "progress.json").write_text("{}")
    assert run.stamp() == stamps[0]
    run.append([row("new")])
    stamps.append(run.stamp())
    run.write_manifest(run.manifest())
    stamps.append(run.stamp())
    assert len(set(stamps)) == 3


def test_a_query_sees_deduplicated_responses(run: RunFolder) -> None:
    run.append([row("a", label="yes"), row("b", label="no")])
    run.append([row("a", label="no")])
    table = run.query("select label, count(*) as n from responses group by label order by label")
    assert table.to_pylist() == [{"label": "no", "n": 1}, {"label": "yes", "n": 1}]
    with pytest.raises(InputError, match="The view is `responses`"):
        run.query("select nothing from nowhere")


def test_a_full_disk_leaves_no_half_part(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.append([row("a")])
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(PolyvocalError, match=r"1 responses could not be stored.*1 parts written before are kept"):
        run.append([row("b")])
    assert [p.name for p in run.path.iterdir()] == part_names(run.path)
    assert run.responses().num_rows == 1


def test_running_without_a_process_is_interrupted(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    manifest = run.manifest()
    manifest.state = "running"
    run.write_manifest(manifest)
    assert run.state() == "interrupted"
    with FolderLock(run.path):
        assert run.state() == "running"
        assert list_runs()[0].state == "running"
    assert run.state() == "interrupted"


def test_a_run_that_ends_between_two_looks_is_not_taken_for_interrupted(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    finished = run.manifest()
    running = finished.model_copy(update={"state": "running", "counts": finished.counts.model_copy(update={"done": 1})})

    def ends_now(_: Path) -> bool:
        run.write_manifest(finished)
        return False

    monkeypatch.setattr(run_folder, "is_locked", ends_now)
    run.write_manifest(running)
    assert run.state() == "finished"
    run.write_manifest(running)
    summary = list_runs()[0]
    assert (summary.state, summary.done) == ("finished", 30)


def test_two_askers_never_take_each_other_for_the_worker(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    other = os.open(run.path / "lock", os.O_RDONLY)
    import fcntl

    fcntl.flock(other, fcntl.LOCK_SH)
    assert not is_locked(run.path)
    os.close(other)


def test_a_folder_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    (tmp_path / "lock").mkdir()
    with pytest.raises(PolyvocalError, match=r"cannot be locked.*POLYVOCAL_HOME"):
        FolderLock(tmp_path).acquire()


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire()
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(said, b"here")
        time.sleep(PATIENCE)
        os._exit(0)
    try:
        assert os.read(heard, 4) == b"here"
        lock.release()
        assert not is_locked(tmp_path)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(heard)
        os.close(said)


def test_runs_are_listed_newest_first_and_broken_ones_told(tiny: Path) -> None:
    execute(exact_spec(name="first"), backend=FakeBackend())
    time.sleep(0.01)
    last = execute(exact_spec(name="second"), backend=FakeBackend())
    broken = paths.runs_dir() / "broken"
    broken.mkdir()
    (broken / MANIFEST).write_text('{"version": 1, "runid": "x"}')
    (paths.runs_dir() / "empty").mkdir()
    (paths.runs_dir() / "a-file").write_text("x")
    found = {s.run_id: s for s in list_runs()}
    assert len(found) == 4
    assert found["broken"].state == found["empty"].state == "broken"
    assert "run_id" in found["broken"].problem
    good = [s.run_id for s in list_runs() if s.state == "finished"]
    assert good == [last.run_id, exact_spec(name="first").run_id()]
    summary = found[last.run_id]
    assert (summary.done, summary.planned, summary.n_personas, summary.n_items) == (30, 30, 3, 10)
    assert (summary.corpus, summary.mode, summary.synthetic) == ("tiny", "exact", True)


def test_no_store_is_an_empty_list(tmp_path: Path) -> None:
    assert list_runs(tmp_path / "none") == []


def test_runs_are_found_by_id_by_beginning_and_by_folder(tiny: Path) -> None:
    one = execute(exact_spec(name="alpha-one"), backend=FakeBackend())
    execute(exact_spec(name="alpha-two"), backend=FakeBackend())
    assert find_run(one.run_id).path == one.path
    assert find_run("alpha-o").path == one.path
    assert find_run(one.path).path == one.path.resolve()
    assert find_run(str(one.path)).path == one.path.resolve()
    with pytest.raises(InputError, match="2 runs begin with 'alpha'"):
        find_run("alpha")
    with pytest.raises(InputError, match=f"Did you mean '{one.run_id}'"):
        find_run(one.run_id.replace("one", "oone"))
    with pytest.raises(InputError, match="it has no manifest"):
        find_run(paths.runs_dir())
    with pytest.raises(InputError):
        find_run("")


def test_a_run_is_deleted_but_not_under_its_worker(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    finished = run.manifest()
    run.write_manifest(finished.model_copy(update={"state": "running"}))
    with FolderLock(run.path), pytest.raises(InputError, match="Cancel it first"):
        delete_run(run.run_id)
    run.write_manifest(finished)
    ending = FolderLock(run.path)
    ending.acquire()
    letting_go = threading.Timer(0.2, ending.release)
    letting_go.start()
    delete_run(run.run_id)  # its process writes that it is finished a moment before it lets go
    letting_go.join()
    assert list(paths.runs_dir().iterdir()) == []


def test_a_manifest_of_unknown_keys_is_told_with_its_file(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    text = (run.path / MANIFEST).read_text()
    (run.path / MANIFEST).write_text(text.replace('"created"', '"creatd"', 1))
    with pytest.raises(InputError, match=r"(?s)manifest.json.*creatd.*Start the same spec again"):
        run.manifest()


def test_the_manifest_survives_a_round_trip(tiny: Path) -> None:
    manifest = execute(exact_spec(), backend=FakeBackend()).manifest()
    assert Manifest.model_validate_json(manifest.model_dump_json()) == manifest
