"""`polyvocal report` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import run
from tests.engine.report.runs import TEXT, stored

QUICK = ["--resamples", "100"]


@pytest.fixture(autouse=True)
def no_chrome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are drawn in tests/browser/test_images.py."""
    monkeypatch.setenv("POLYVOCAL_CHROMIUM", "/nowhere/chrome")


def test_a_page_of_a_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = stored().run_id
    assert run(["report", name, "--out", str(tmp_path / "page.html"), *QUICK]) == 0
    told = capsys.readouterr()
    assert "wrote" in told.out
    assert "holds the texts of" in told.out
    assert TEXT in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_without_texts_and_as_json(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    name = stored().run_id
    assert run(["report", name[:6], "--folder", str(tmp_path / "out"), "--texts", "none", *QUICK, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == name
    assert (found["texts"], found["items_with_texts"]) == ("none", 0)
    assert found["path"] == str(tmp_path / "out" / "report.html")
    assert all(Path(path).is_file() for path in found["files"])
    assert "PNG and SVG files are left out" in found["note"]
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file() and TEXT.encode() in p.read_bytes()]


def test_the_default_name_is_the_runs(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.chdir(tmp_path)
    name = stored().run_id
    assert run(["report", name, *QUICK]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.html"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["report", "nothing"], "nothing"),
        (["report", "RUN", "--temperature", "0.7"], "sampled at 0.5, 1"),
        (["report", "RUN", "--texts", "all"], "--texts"),
        (["report", "RUN", "--out", "."], "is a folder"),
        (["report", "RUN", "--out", "mistyped/page.html"], "there is no folder"),
        (["report", "RUN", "--folder", "mistyped/out"], "there is no folder"),
    ],
)
def test_mistakes_are_told_in_a_line(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    name = stored(mode="sampled").run_id
    assert run([name if word == "RUN" else word for word in words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
