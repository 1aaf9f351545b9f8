"""The shared model with real vLLM on the CPU: two who ask at once, and nothing left behind after a kill."""

from __future__ import annotations

import os
import signal

import numpy as np
import psutil
import pytest

from engine.live import LiveModel, ModelHolder, Question
from engine.paths import shipped
from engine.personas.store import load_persona_set
from engine.runs import exact_labels, sampled_labels
from tests.engine.live.conftest import answered
from tests.engine.live.test_holder import gone, pid_of
from tests.engine.waiting import wait_for

pytestmark = pytest.mark.vllm
VOICES = LiveModel(model="demo-voices")


def question(seed: int, personas: tuple[str, ...]) -> Question:
    return Question(
        model=VOICES, corpus="demo", item_ids=("p014",), persona_sets=("demo-strong", "control"), persona_ids=personas,
        temperatures=(0.0, 1.0), repeats=8, seed=seed,
    )  # fmt: skip


def test_sessions_share_a_real_server_and_a_kill_takes_it_along(holder: ModelHolder) -> None:
    if not (shipped("models") / "demo-voices" / "config.json").is_file():
        pytest.skip("this checkout has no demo models")
    holder.start(VOICES)
    wait_for(lambda: not holder.status.moving, lambda: holder.status)
    assert holder.status.state == "ready", holder.status
    assert holder.status.facts["exact"] == "full"

    ids = tuple(p.persona_id for p in load_persona_set("demo-strong").personas[:2])
    asks = [answered(ask) for ask in [holder.ask(question(1, ids)), holder.ask(question(2, (*ids, "control-01")))]]
    assert [ask.status.state for ask in asks] == ["finished", "finished"], [ask.status for ask in asks]
    exact = exact_labels(asks[1].runs["exact"])["probability"].to_numpy()[:, 0, 0, 0]
    assert np.allclose(exact_labels(asks[0].runs["exact"])["probability"].to_numpy()[:, 0, 0, 0], exact[:2], atol=1e-3)
    codes = sampled_labels(asks[1].runs["sampled"])["code"].sel(temperature=0.0).to_numpy()[:, 0, 0]
    assert (codes == exact.argmax(axis=1)[:, None]).all(), "greedy answers begin with the likeliest label"
    manifest = asks[0].runs["sampled"].manifest()
    assert (manifest.spec.backend, manifest.backend["backend"]) == ("vllm", "server")

    pid = pid_of(holder)
    family = [process.pid for process in psutil.Process(pid).children(recursive=True)]
    assert len(family) >= 2, "the watch and the server"
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: all(map(gone, [pid, *family])), lambda: [one for one in family if not gone(one)])
    assert holder.status.state == "failed"
