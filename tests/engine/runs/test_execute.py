from __future__ import annotations

import errno
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine import paths
from engine.errors import BackendError, InputError, PolyvocalError
from engine.inference.backend import Failure
from engine.jobs.lock import FolderLock
from engine.jobs.manifests import MANIFEST
from engine.jobs.stopping import ask_to_stop
from engine.runs import parts
from engine.runs.asking import RetryPolicy
from engine.runs.execute import execute
from engine.runs.opening import engine_seed_of
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder
from tests.engine.runs.fakes import LABELS, FakeBackend, chance_of_yes, exact_spec, fill_store, part_names, sampled_spec
from tests.engine.waiting import PATIENCE

pytestmark = pytest.mark.usefixtures("tiny")


def keys_of(run: RunFolder) -> list[str]:
    table, problems = parts.read_parts(run.parts())
    assert not problems
    return table["key"].to_pylist()


def when(phase: str, do: Callable[[], None], done: int = 0) -> Callable[[Progress], None]:
    """Take progress, and act at the first that is of `phase` and has so much done: a timer may come too early."""
    left = [do]

    def take(progress: Progress) -> None:
        if left and progress.phase == phase and progress.done >= done:
            left.pop()()

    return take


def test_an_exact_run_stores_what_the_backend_said() -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    manifest = run.manifest()
    assert manifest.state == run.state() == "finished"
    assert (manifest.counts.planned, manifest.counts.done, manifest.counts.by_status) == (30, 30, {"ok": 30})
    assert manifest.corpus.synthetic
    assert manifest.actual.prompt_tokens == 600
    assert manifest.actual.mean_label_mass == pytest.approx(0.98)
    assert manifest.actual.responses_per_second is not None
    assert manifest.attempts[0].responses == 30
    assert manifest.backend["revision"] == "r1"
    assert manifest.packages["polyvocal"]
    assert manifest.notes == []
    rows = run.responses().to_pylist()
    assert len({r["key"] for r in rows}) == 30
    texts = dict(zip([r["key"] for r in rows], rows, strict=True))
    assert {(r["persona_id"], r["item_id"]) for r in rows} == {
        (f"p{p}", f"item-{i}") for p in range(3) for i in range(10)
    }
    for row in texts.values():
        no, yes = row["logprobs"]
        assert row["label"] == LABELS[yes > no]
        assert row["label_mass"] == pytest.approx(0.98)
        assert (row["temperature"], row["text"], row["seed"], row["missing_mass"]) == (None, None, None, 0.0)


def test_a_sampled_run_draws_every_repeat_with_a_seed_of_its_own() -> None:
    run = execute(sampled_spec(), backend=FakeBackend())
    rows = run.responses().to_pylist()
    assert len(rows) == 3 * 10 * 3 * 3 == run.manifest().counts.done
    assert len({r["seed"] for r in rows}) == len(rows)
    cold = [r for r in rows if r["temperature"] == 0]
    cells = {(r["persona_id"], r["item_id"]): set() for r in cold}
    for r in cold:
        cells[r["persona_id"], r["item_id"]].add(r["label"])
    assert all(len(labels) == 1 for labels in cells.values())
    hot = [tuple(r["label"] for r in rows if r["temperature"] == 1.5 and r["repeat"] == k) for k in range(3)]
    assert len(set(hot)) == 3
    assert run.manifest().notes == []


def test_prompts_that_share_a_beginning_follow_each_other() -> None:
    backend = FakeBackend()
    execute(exact_spec(), backend=backend)
    personas = [text.split("\n")[0] for text in backend.asked]
    assert personas == sorted(personas)


def test_exact_repeats_go_through_the_grid_one_after_the_other() -> None:
    backend = FakeBackend()
    execute(exact_spec(repeats=2), backend=backend)
    assert backend.asked[:30] == backend.asked[30:]


def test_starting_again_asks_nothing_and_opens_nothing() -> None:
    execute(exact_spec(), backend=FakeBackend())
    again = FakeBackend()
    run = execute(exact_spec(), backend=again)
    assert again.calls == []
    assert len(keys_of(run)) == 30
    assert run.manifest().state == "finished"


def test_failed_requests_are_asked_again_at_the_next_start_and_only_those(impatient: RetryPolicy) -> None:
    broken = FakeBackend(fault=lambda text: Failure("server", "500", retryable=True) if "number 3" in text else None)
    run = execute(exact_spec(), backend=broken, retries=impatient)
    assert run.manifest().counts.by_status == {"ok": 27, "failed": 3}
    assert run.manifest().state == "finished"
    assert len([t for t in broken.asked if "number 3" in t]) == 3 * (1 + impatient.retries)
    healed = FakeBackend()
    run = execute(exact_spec(), backend=healed, retries=impatient)
    assert sorted(healed.asked) == sorted({t for t in broken.asked if "number 3" in t})
    assert run.manifest().counts.by_status == {"ok": 30}
    assert [a.responses for a in run.manifest().attempts] == [27, 3]


def test_a_server_that_fails_for_a_while_costs_nothing_but_time(impatient: RetryPolicy) -> None:
    left = [40]

    def fault(text: str) -> Failure | None:
        left[0] -= 1
        return Failure("server", "503", retryable=True) if left[0] > 0 else None

    seen: list[Progress] = []
    run = execute(
        exact_spec(), backend=FakeBackend(fault=fault), retries=RetryPolicy(8, 0.001, 0.01), on_progress=seen.append
    )
    assert run.manifest().counts.by_status == {"ok": 30}
    assert any(p.phase == "retrying" and "503" in p.message for p in seen)


def test_a_server_that_is_gone_ends_the_run_with_what_was_answered(impatient: RetryPolicy) -> None:
    asked = [0]

    def fault(text: str) -> Failure | None:
        asked[0] += 1
        return Failure("server", "connection refused", retryable=True) if asked[0] > 8 else None

    fill_store(n_items=60)
    with pytest.raises(BackendError, match=r"connection refused.*what was answered is kept"):
        execute(exact_spec(), backend=FakeBackend(fault=fault), retries=impatient)
    run = RunFolder(paths.runs_dir() / exact_spec().run_id())
    assert run.state() == "failed"
    assert "connection refused" in run.manifest().error
    assert run.manifest().counts.by_status["ok"] == 8
    run = execute(exact_spec(), backend=FakeBackend())
    assert run.manifest().counts.by_status == {"ok": 180}
    assert run.manifest().error == ""


def test_one_request_that_breaks_the_backend_is_recorded_and_the_run_goes_on() -> None:
    backend = FakeBackend(fault=lambda text: ValueError("boom") if "number 7" in text else None)
    run = execute(exact_spec(), backend=backend)
    failed = [r for r in run.responses().to_pylist() if r["status"] == "failed"]
    assert {r["item_id"] for r in failed} == {"item-7"}
    assert all("ValueError: boom" in r["error"] for r in failed)
    assert run.manifest().counts.by_status == {"ok": 27, "failed": 3}


def test_a_backend_that_breaks_at_everything_ends_the_run() -> None:
    backend = FakeBackend(fault=lambda text: RuntimeError("engine is dead"))
    with pytest.raises(BackendError, match="engine is dead"):
        execute(exact_spec(), backend=backend, retries=RetryPolicy(crashes=5))
    assert len(backend.calls) < 20


def test_a_text_longer_than_the_context_is_recorded_as_failed_and_the_run_goes_on() -> None:
    fill_store(texts=["short", "long " * 40_000, "short too"])

    def fault(text: str) -> Failure | None:
        return Failure("context", f"{len(text)} characters; the model reads 4096 tokens") if len(text) > 9999 else None

    run = execute(exact_spec(), backend=FakeBackend(fault=fault))
    rows = {(r["persona_id"], r["item_id"]): r for r in run.responses().to_pylist()}
    assert run.manifest().counts.by_status == {"ok": 6, "failed": 3}
    assert rows["p0", "item-1"]["error"].startswith("context: 200")
    assert rows["p0", "item-1"]["label"] is None


def test_a_shipped_backend_says_how_much_too_long_a_text_is() -> None:
    fill_store(texts=["short", "x" * 200_000, "short too"])
    run = execute(exact_spec(engine={"max_context": 4096}))
    rows = {(r["persona_id"], r["item_id"]): r for r in run.responses().to_pylist()}
    assert run.state() == "finished"
    assert run.manifest().counts.by_status == {"ok": 6, "failed": 3}
    assert "context: the prompt has 500" in rows["p2", "item-1"]["error"]
    assert "the model's context holds 4096. Shorten the item" in rows["p2", "item-1"]["error"]


def test_an_answer_that_is_nonsense_is_a_failure_of_its_request() -> None:
    class Nonsense(FakeBackend):
        def _exact(self, request):  # type: ignore[no-untyped-def]
            answer = super()._exact(request)
            if "number 1" in request.prompt.text:
                return replace(answer, logprobs=(float("nan"), -1.0))
            if "number 2" in request.prompt.text:
                return replace(answer, logprobs=(-1.0,))
            if "number 3" in request.prompt.text:
                return replace(answer, logprobs=(float("-inf"), float("-inf")), missing_mass=0.4)
            return answer

    run = execute(exact_spec(), backend=Nonsense())
    rows = run.responses().to_pylist()
    assert {r["item_id"] for r in rows if r["status"] == "failed"} == {"item-1", "item-2"}
    assert all(r["error"].startswith("nonsense: ") for r in rows if r["status"] == "failed")
    assert {r["item_id"] for r in rows if r["status"] == "unparsable"} == {"item-3"}


def test_a_backend_that_miscounts_its_answers_ends_the_run() -> None:
    class Miscounting(FakeBackend):
        def exact(self, requests):  # type: ignore[no-untyped-def]
            return super().exact(requests)[:-1]

    with pytest.raises(BackendError, match="7 answers to 8 requests"):
        execute(exact_spec(), backend=Miscounting())


def test_a_backend_without_distributions_is_refused_for_an_exact_run() -> None:
    with pytest.raises(InputError, match="mode: sampled"):
        execute(exact_spec(), backend=FakeBackend(exact_kind="none"))


def test_another_revision_of_the_model_does_not_go_on_with_a_run() -> None:
    folder = paths.runs_dir() / exact_spec().run_id()
    run = execute(exact_spec(), backend=FakeBackend(fault=lambda text: ask_to_stop(folder)))
    assert run.state() == "cancelled"
    with pytest.raises(InputError, match="mix two models"):
        execute(exact_spec(), backend=FakeBackend(revision="r2"))


def test_changed_personas_do_not_go_on_with_a_run() -> None:
    execute(exact_spec(), backend=FakeBackend())
    fill_store(n_personas=4)
    with pytest.raises(InputError, match=r"the personas read differently.*another name"):
        execute(exact_spec(), backend=FakeBackend())


def test_cancel_from_elsewhere_ends_after_the_batch_and_resume_does_the_rest() -> None:
    fill_store(n_items=100)
    folder = paths.runs_dir() / exact_spec().run_id()
    stopping = when("asking", lambda: ask_to_stop(folder), done=1)
    run = execute(exact_spec(), backend=FakeBackend(seconds_each=0.004), on_progress=stopping)
    first = run.manifest()
    assert run.state() == "cancelled"
    assert 0 < first.counts.done < 300
    run = execute(exact_spec(), backend=FakeBackend())
    assert run.manifest().counts.by_status == {"ok": 300}
    assert sorted(keys_of(run)) == sorted(set(keys_of(run)))
    assert [a.how for a in run.manifest().attempts] == ["cancelled", "finished"]


def test_a_stop_asked_for_earlier_stops_nothing() -> None:
    spec = exact_spec()
    folder = paths.runs_dir() / spec.run_id()
    folder.mkdir(parents=True)
    ask_to_stop(folder)
    assert execute(spec, backend=FakeBackend()).state() == "finished"


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_the_run_after_the_batch_and_handlers_come_back(kind: signal.Signals) -> None:
    fill_store(n_items=100)
    before = signal.getsignal(kind)
    stopping = when("asking", lambda: os.kill(os.getpid(), kind), done=1)
    run = execute(exact_spec(), backend=FakeBackend(seconds_each=0.004), on_progress=stopping)
    assert run.state() == "cancelled"
    assert 0 < run.manifest().counts.done < 300
    assert signal.getsignal(kind) is before


def test_a_stop_cuts_retries_short_and_leaves_their_requests_unanswered() -> None:
    folder = paths.runs_dir() / exact_spec().run_id()
    stopping = when("retrying", lambda: threading.Timer(0.2, ask_to_stop, [folder]).start())
    backend = FakeBackend(fault=lambda text: Failure("server", "busy", retryable=True))
    policy = RetryPolicy(retries=50, first_seconds=10 * PATIENCE, longest_seconds=10 * PATIENCE)  # longer than a test
    run = execute(exact_spec(), backend=backend, retries=policy, on_progress=stopping)
    assert run.state() == "cancelled"
    assert run.manifest().counts.done == 0


def test_every_attempt_gets_an_engine_seed_of_its_own() -> None:
    seeds = {engine_seed_of("a-run", n) for n in range(1, 200)} | {engine_seed_of("b-run", 1)}
    assert len(seeds) == 200
    run = execute(sampled_spec(), backend=FakeBackend(seeds="engine"))
    assert {r["seed"] for r in run.responses().to_pylist()} == {77}
    assert run.manifest().attempts[0].engine_seed == 77
    run = execute(sampled_spec(name="none"), backend=FakeBackend(seeds="none"))
    assert {r["seed"] for r in run.responses().to_pylist()} == {None}


def test_copies_are_noted() -> None:
    fill_store(n_items=40)

    def cached(request) -> str:  # type: ignore[no-untyped-def]
        return LABELS[chance_of_yes(f"{request.prompt.text} {request.temperature}") > 0.5]

    run = execute(sampled_spec(), backend=FakeBackend(draw=cached))
    assert any("copies of one draw" in note for note in run.manifest().notes)


def test_a_small_label_mass_is_noted() -> None:
    run = execute(exact_spec(), backend=FakeBackend(mass=0.2))
    assert any("hold only 0.20" in note for note in run.manifest().notes)


def test_an_unwritable_store_is_told_before_anything_is_asked(store: Path) -> None:
    paths.runs_dir().write_text("a file in the place of the folder")
    backend = FakeBackend()
    with pytest.raises(PolyvocalError, match=r"cannot be written.*POLYVOCAL_HOME.*Nothing was asked"):
        execute(exact_spec(), backend=backend)
    assert backend.calls == []


def test_a_full_disk_keeps_what_was_written_and_a_later_start_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    real, written = parts.pq.write_table, []

    def full_after_two(table, file, **more):  # type: ignore[no-untyped-def]
        if len(written) == 2:
            file.write(b"half a part")
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(table.num_rows)
        return real(table, file, **more)

    monkeypatch.setattr(parts.pq, "write_table", full_after_two)
    with pytest.raises(PolyvocalError, match=r"No space left.*2 parts written before are kept.*start the same spec"):
        execute(exact_spec(), backend=FakeBackend())
    run = RunFolder(paths.runs_dir() / exact_spec().run_id())
    assert run.state() == "failed"
    assert len(part_names(run.path)) == 2
    assert not list(run.path.glob(".part*"))
    assert run.manifest().counts.done == sum(written)


def test_a_full_disk_that_takes_no_manifest_either_leaves_an_interrupted_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.jobs import manifests

    real = manifests.write_whole

    def full(path: Path, text: str) -> None:
        if path.name == MANIFEST and len(part_names(path.parent)):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, text)

    monkeypatch.setattr(manifests, "write_whole", full)
    with pytest.raises(PolyvocalError, match="No space left"):
        execute(exact_spec(), backend=FakeBackend())
    run = RunFolder(paths.runs_dir() / exact_spec().run_id())
    assert run.state() == "interrupted"
    monkeypatch.setattr(manifests, "write_whole", real)
    run = execute(exact_spec(), backend=FakeBackend())
    assert run.manifest().counts.by_status == {"ok": 30}
    assert [a.how for a in run.manifest().attempts] == ["interrupted", "finished"]


def test_a_broken_manifest_is_written_anew_and_no_response_is_asked_twice() -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    (run.path / MANIFEST).write_text('{"run_id": "x", "spec"')
    again = FakeBackend()
    run = execute(exact_spec(), backend=again)
    assert again.calls == []
    manifest = run.manifest()
    assert manifest.state == "finished"
    assert any("written anew" in note for note in manifest.notes)
    assert manifest.attempts[-1].number == 2


def test_a_truncated_part_is_set_aside_and_its_responses_are_asked_again() -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    victim = run.parts()[0]
    victim.write_bytes(victim.read_bytes()[:-30])
    lost = 30 - run.responses().num_rows
    assert lost == 8
    assert victim.name in run.unreadable
    again = FakeBackend()
    run = execute(exact_spec(), backend=again)
    assert len(again.asked) == lost
    assert run.manifest().counts.by_status == {"ok": 30}
    assert any("set aside" in note for note in run.manifest().notes)
    assert (run.path / f"broken-{victim.name}").exists()


def test_a_second_start_waits_for_the_first_and_says_so() -> None:
    fill_store(n_items=40)
    begun, waited_for = threading.Event(), threading.Event()

    def hold(_: str) -> None:
        begun.set()
        waited_for.wait(PATIENCE)

    slow, second = FakeBackend(fault=hold), FakeBackend()
    first = threading.Thread(target=execute, args=(exact_spec(),), kwargs={"backend": slow})
    first.start()
    assert begun.wait(PATIENCE)
    run = execute(exact_spec(), backend=second, on_progress=when("waiting", waited_for.set))
    first.join()
    assert waited_for.is_set()
    assert second.calls == []
    assert len(keys_of(run)) == 120


def test_a_stop_also_ends_the_waiting() -> None:
    spec = exact_spec()
    folder = paths.runs_dir() / spec.run_id()
    folder.mkdir(parents=True)
    with FolderLock(folder):
        execute(spec, backend=FakeBackend(), on_progress=when("waiting", lambda: ask_to_stop(folder)))
    assert not (folder / MANIFEST).exists()


def test_progress_counts_up_to_the_end() -> None:
    seen: list[Progress] = []
    run = execute(exact_spec(), backend=FakeBackend(seconds_each=0.003), on_progress=seen.append)
    assert seen[0].phase == "loading"
    assert seen[-1].phase == "ended"
    assert [p.done for p in seen] == sorted(p.done for p in seen)
    assert (seen[-1].done, seen[-1].total) == (30, 30)
    last = run.progress()
    assert last is not None
    assert last.done == 30


def test_a_given_backend_stays_open() -> None:
    backend = FakeBackend()
    execute(exact_spec(), backend=backend)
    assert not backend.closed


def test_the_first_batch_serves_as_estimate() -> None:
    manifest = execute(exact_spec(), backend=FakeBackend()).manifest()
    assert manifest.estimate is not None
    assert manifest.estimate.requests == 30
    assert manifest.estimate.prompt_tokens == (600, 600)
    assert 0 < manifest.estimate.seconds[0] < manifest.estimate.seconds[1]


def test_the_fake_is_what_it_says() -> None:
    assert 0.05 <= chance_of_yes("x") <= 0.95
