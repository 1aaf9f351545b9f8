"""A whole run against a server that fails now and then, in every way a server can."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import paths
from engine.errors import BackendError
from engine.inference.tokenization import ChatTokenizer
from engine.inference.vllm_server import VllmServerBackend
from engine.runs.asking import RetryPolicy
from engine.runs.execute import execute
from engine.runs.plan import make_plan
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from tests.engine.inference import fake_server, tiny_model
from tests.engine.inference.fake_server import FakeServer, impatient, logprobs_of
from tests.engine.runs.fakes import exact_spec, fill_store
from tests.engine.waiting import PATIENCE

FAULTS = (
    fake_server.answers_500, fake_server.cuts, fake_server.nonsense, fake_server.too_few, fake_server.one_twice,
    fake_server.stalls,
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model, of which only the tokenizer is used."""
    return tiny_model.build(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with FakeServer(max_model_len=4096) as fake:
        yield fake


def of_the_run(body: dict[str, Any]) -> bool:
    """Whether this is no request by which the backend learns what the server can do."""
    return len(body["prompt"]) > 2


def spec_for(server: FakeServer, folder: Path, list_size: int = 64) -> RunSpec:
    engine = {"tokenizer": str(folder), "timeout": PATIENCE, "list_size": list_size}
    return exact_spec(model="tiny", backend="server", servers=(server.url,), engine=engine)


def test_every_fault_is_survived_and_every_answer_is_that_of_its_own_prompt(folder: Path, server: FakeServer) -> None:
    fill_store(n_items=50)
    turns, lock, seen = itertools.cycle(itertools.chain(*((None, fault) for fault in FAULTS))), threading.Lock(), set()

    def fails_every_second_time(handler: Any, body: dict[str, Any]) -> bool:
        if not of_the_run(body):
            return False
        with lock:
            fault = next(turns)
            seen.add(fault)
        return fault is not None and fault(handler, body)

    server.faults.append(fails_every_second_time)
    spec = spec_for(server, folder, list_size=8)
    backend = VllmServerBackend(spec.model, spec.servers, engine=spec.engine)
    impatient(*backend._group.endpoints, seconds=2.0)
    run = execute(spec, backend=backend, retries=RetryPolicy(retries=100, first_seconds=0.001, longest_seconds=0.01))
    assert seen == {None, *FAULTS}
    assert run.state() == "finished"
    assert run.manifest().counts.by_status == {"ok": 150}
    tokenizer, plan = ChatTokenizer.load(str(folder)), make_plan(spec)
    stored = {(row["persona_id"], row["item_id"]): row["logprobs"] for row in run.responses().to_pylist()}
    assert len(stored) == plan.n_cells == 150
    for cell in map(plan.cell, range(plan.n_cells)):
        (prompt,) = tokenizer.prepare([plan.render(cell)])
        values = logprobs_of(list(prompt.token_ids or ()))
        expected = [values[i] for i in tokenizer.answer_ids(prompt, plan.answers)]
        assert stored[cell.persona.persona_id, cell.item.item_id] == pytest.approx(expected)


def test_a_server_that_dies_ends_the_run_which_goes_on_with_another(folder: Path, server: FakeServer) -> None:
    fill_store(n_items=200)
    served = [0]

    def dies(handler: Any, body: dict[str, Any]) -> bool:
        served[0] += of_the_run(body)
        return served[0] > 2 and fake_server.answers_500(handler, body)

    server.faults.append(dies)
    quick = RetryPolicy(retries=1, first_seconds=0.001)
    with pytest.raises(BackendError, match="what was answered is kept"):
        execute(spec_for(server, folder), retries=quick)
    run = RunFolder(paths.runs_dir() / spec_for(server, folder).run_id())
    answered = run.done_keys()
    assert run.state() == "failed"
    assert 0 < len(answered) < 600
    with FakeServer(max_model_len=4096) as other:
        execute(spec_for(other, folder))
    assert run.state() == "finished"
    assert len(run.done_keys()) == 600
    assert answered < run.done_keys()
    assert [attempt.responses for attempt in run.manifest().attempts] == [len(answered), 600 - len(answered)]
