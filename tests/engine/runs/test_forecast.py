"""What a run will take, from earlier runs alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs import RunSpec, list_runs, make_plan
from engine.runs.forecast import BYTES_A_RESPONSE, forecast
from tests.dashboard import worlds


@pytest.fixture
def spec(store: Path) -> RunSpec:
    worlds.store_corpus(worlds.small_corpus())
    worlds.store_corpus(worlds.small_corpus("other"))
    worlds.store_personas()
    return RunSpec(corpus="small", persona_sets=("two",), model="m", backend="scripted")


def earlier(corpus: str = "small", rate: float = 4.0, **more: object) -> str:
    run = worlds.store_run(worlds.small_corpus(corpus), "m", **more)  # type: ignore[arg-type]
    manifest = run.manifest()
    manifest.actual.responses_per_second, manifest.actual.prompt_tokens = rate, 10 * manifest.counts.done
    run.write_manifest(manifest)
    return run.run_id


def test_nothing_but_the_size_is_known_of_a_new_model(spec: RunSpec, store: Path) -> None:
    found = forecast(make_plan(spec), list_runs(), store / "runs")
    assert (found.requests, found.seconds, found.prompt_tokens, found.basis) == (120, None, None, "")
    assert found.n_bytes == 120 * BYTES_A_RESPONSE["exact"]
    assert found.free is not None
    assert found.free > 0


def test_pace_and_tokens_of_an_earlier_run(spec: RunSpec, store: Path) -> None:
    run_id = earlier()
    found = forecast(make_plan(spec), list_runs(), store / "runs")
    assert (found.seconds, found.prompt_tokens, found.basis) == (30.0, 1200, run_id)


def test_tokens_of_other_texts_are_not_told(spec: RunSpec, store: Path) -> None:
    earlier("other")
    found = forecast(make_plan(spec), list_runs(), store / "runs")
    assert (found.seconds, found.prompt_tokens) == (30.0, None)


def test_another_kind_of_run_tells_nothing(spec: RunSpec, store: Path) -> None:
    earlier(mode="sampled")
    assert forecast(make_plan(spec), list_runs(), store / "runs").seconds is None


def test_a_large_earlier_run_tells_its_size(spec: RunSpec, store: Path) -> None:
    worlds.store_run(worlds.small_corpus(), "m", seed=3)  # small: says nothing of the size
    run = worlds.store_run(worlds.small_corpus(n_items=400), "m")
    manifest = run.manifest()
    manifest.actual.responses_per_second = 1.0
    run.write_manifest(manifest)
    stored = sum(path.stat().st_size for path in run.parts())
    found = forecast(make_plan(spec), list_runs(), store / "runs")
    assert found.n_bytes == round(120 * stored / manifest.counts.done)


def test_long_answers_count(spec: RunSpec, store: Path) -> None:
    drawn = spec.model_copy(update={"mode": "sampled", "temperatures": (1.0,), "max_tokens": 100})
    assert forecast(make_plan(drawn), [], store / "runs").n_bytes == 120 * (BYTES_A_RESPONSE["sampled"] + 400)
