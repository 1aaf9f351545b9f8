"""The key of a model server: in no page, log, manifest, answer or report, whatever the server says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import paths
from engine.report import make_report
from engine.report.files import write_folder, write_html
from engine.runs.execute import execute
from engine.runs.jobs import run_log_tail, start_job
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from tests.dashboard.conftest import Opener, everything
from tests.dashboard.servers import PATIENCE
from tests.engine.inference import tiny_model
from tests.engine.inference.fake_server import FakeServer
from tests.engine.runs.fakes import exact_spec, fill_store

KEY = "sk-Kf83hQ-0123456789-never-to-be-seen"
PAGES = ("home", "story", "refusals", "report", "runs")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model.build(tmp_path_factory.mktemp("tiny") / "model")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeServer]:
    """A server that tells the key in its errors: a third of the prompts fail, for good or once."""
    busy: set[int] = set()

    def tells(handler: Any, body: dict[str, Any]) -> bool:
        sums = [sum(prompt) for prompt in body["prompt"]]
        if not busy and len(sums) < 4:  # by the first ones the backend learns what the server can do
            return False
        refused = any(n % 3 == 0 for n in sums)
        if not refused and busy.issuperset(sums):
            return False
        busy.update(sums)
        handler.error(400 if refused else 429, f"{KEY} {'x' * (sums[0] % 300)} {handler.headers['Authorization']}")
        return True

    monkeypatch.setenv("POLYVOCAL_API_KEY", KEY)
    with FakeServer(key=KEY, max_model_len=4096, faults=[tells]) as fake:
        yield fake


def spec_for(server: FakeServer, model: Path) -> RunSpec:
    engine = {"tokenizer": str(model), "list_size": 4}
    return exact_spec(model="tiny", backend="server", servers=(server.url,), engine=engine)


def leaks(folder: Path) -> list[str]:
    """Return the files of a folder that hold the key, or the part of it that a cut could leave."""
    return [str(file) for file in folder.rglob("*") if file.is_file() and KEY[:9].encode() in file.read_bytes()]


def test_a_key_stands_nowhere(server: FakeServer, model: Path, open_page: Opener, tmp_path: Path) -> None:
    fill_store(n_items=12)
    run = execute(spec_for(server, model))
    answers = run.responses().to_pandas()
    assert (answers["status"] == "failed").any(), "the server's words are in the run"
    assert "[key]" in answers.to_string(max_colwidth=None)
    assert KEY[:9] not in answers.to_string(max_colwidth=None)

    report = make_report(run, resamples=20)
    write_html(report, tmp_path / "report.html")
    write_folder(report, tmp_path / "report")
    assert leaks(tmp_path) == []
    for page in PAGES:
        app = open_page(page, **({"show": run.run_id} if page == "runs" else {"run": run.run_id}))
        assert KEY[:9] not in everything(app), page
    assert leaks(paths.home()) == []


def test_a_run_that_the_server_ends_does_not_tell_its_key(server: FakeServer, model: Path, open_page: Opener) -> None:
    fill_store(n_items=4)
    server.key = "another key"
    run_id = start_job(spec_for(server, model))
    run = RunFolder(paths.runs_dir() / run_id)
    until = time.monotonic() + PATIENCE
    while "refuses the API key" not in run_log_tail(run_id):  # its last line
        assert time.monotonic() < until, run_log_tail(run_id)
        time.sleep(0.1)
    assert run.state() == "failed"
    assert "refuses the API key" in run.manifest().error
    assert "refuses the API key" in everything(open_page("runs", show=run_id))
    assert leaks(paths.home()) == []
    assert KEY[:9] not in everything(open_page("runs", show=run_id))
