"""`polyvocal dashboard` becomes the dashboard's process, with every option passed on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dashboard import __main__ as process
from engine.cli.main import run


def test_every_option_reaches_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, command: started.append(command))
    file = tmp_path / "secrets.toml"
    run(["dashboard", "--port", "8600", "--address", "192.0.2.1", "--secrets", str(file), "--no-browser"])
    run(["dashboard", "--no-login"])
    assert [command[1:3] for command in started] == [["-m", "dashboard"]] * 2

    served: list[tuple[object, ...]] = []
    monkeypatch.setattr(process.serve, "run", lambda *given, **more: served.append((*given, more)) or 0)
    assert [process.main(command[3:]) for command in started] == [0, 0]
    asked = {"page": "", "secrets": file, "no_login": False, "open_browser": False}
    assert served[0] == (8600, "192.0.2.1", asked)
    assert served[1] == (8501, "127.0.0.1", asked | {"secrets": None, "no_login": True, "open_browser": True})
