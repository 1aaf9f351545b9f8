"""A store with a tiny text encoder, runs of the demo corpus and small corpora, for tests of commands that train."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import run
from engine.runs import list_runs
from tests.engine.annotators.tiny_encoder import write_tiny_encoder

GRID = ["--corpus", "demo", "--model", "fake", "--backend", "scripted", "--max-items", "60"]
SETS = ["--personas", "demo-strong", "--personas", "demo-weak"]


def made_store(home: Path, patch: pytest.MonkeyPatch) -> dict[str, str]:
    """Fill a store; return the ids of an exact and a sampled run, and the folder of the encoder."""
    patch.setenv("POLYVOCAL_HOME", str(home))
    named = {"ENCODER": str(write_tiny_encoder(home / "tiny", hidden=16))}
    for name, more in (("EXACT", []), ("SAMPLED", ["--mode", "sampled", "--temperatures", "0,1"])):
        assert run(["run", "start", *GRID, *SETS, *more, "--name", name.lower()]) == 0
        named[name] = next(r.run_id for r in list_runs() if r.run_id.startswith(name.lower()))
    return named


def quick(named: dict[str, str], *, seeds: int = 2) -> list[str]:
    """Options of trainings that take a blink."""
    return ["--encoder", named["ENCODER"], "--setting", "epochs=2", "--setting", "hidden=8", "--seeds", str(seeds),
            "--resamples", "100"]  # fmt: skip


def imported(folder: Path, name: str, rows: list[tuple[str, str, str, str]]) -> None:
    """Import a corpus of rows (item, annotator, label, split)."""
    table = folder / f"{name}.csv"
    lines = [f"{item},a text about {item},{annotator},{label},{split}\n" for item, annotator, label, split in rows]
    table.write_text("item_id,text,annotator_id,label,split\n" + "".join(lines))
    words = ["--name", name, "--labels", "0,1", "--kind", "hate-speech", "--split-column", "split"]
    assert run(["corpus", "import", str(table), *words]) == 0
