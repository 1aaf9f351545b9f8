"""Calling the command line in tests: what it prints as JSON, and what it says of a wrong call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.cli.main import run

QUICK = ["--resamples", "100"]


def parsed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what a command prints as JSON; it must succeed."""
    capsys.readouterr()
    status = run([*words, "--json"])
    out, err = capsys.readouterr()
    assert status == 0, err
    return json.loads(out)


def measured(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Return what `polyvocal measure WORDS` prints as JSON, from few resamples."""
    return parsed(capsys, "measure", *words, *QUICK)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what is said of a wrong command line: on stderr alone, status 2, no traceback."""
    capsys.readouterr()
    status = run(words)
    out, err = capsys.readouterr()
    assert (status, out) == (2, ""), (words, out, err)
    assert "polyvocal: " in err
    assert "Traceback" not in err
    return err


def strict(text: str) -> dict[str, Any]:
    """Return a JSON document that holds no NaN and no missing number as text."""
    found: dict[str, Any] = json.loads(text, parse_constant=lambda constant: pytest.fail(f"{constant} is not JSON"))
    bad = [word for word in _texts_of(found) if word.lower() in ("nan", "inf", "-inf", "<na>", "nat", "none")]
    assert not bad, "a missing number came out as text"
    return found


def _texts_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts_of(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts_of(inner)]
    return [value] if isinstance(value, str) else []
