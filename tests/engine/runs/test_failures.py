"""Why requests failed, counted."""

from __future__ import annotations

from pathlib import Path

from engine.runs.failures import failure_causes
from engine.runs.run_folder import RunFolder


def rows(errors: list[str | None]) -> list[dict[str, object]]:
    return [{"key": f"k{i}", "status": "failed" if e != "" else "ok", "error": e or None} for i, e in enumerate(errors)]


def test_causes_are_counted_and_the_rest_is_summed(tmp_path: Path):
    run = RunFolder(tmp_path)
    run.write_as("a")
    run.append(rows(["context: too long"] * 3 + ["server: busy"] * 2 + ["x", "y", "", ""]))
    assert failure_causes(run, at_most=2) == {"context: too long": 3, "server: busy": 2, "other causes": 2}


def test_no_failure_has_no_cause(tmp_path: Path):
    run = RunFolder(tmp_path)
    run.write_as("a")
    run.append(rows(["", ""]))
    assert failure_causes(run) == {}
