"""What the README promises is so: its Python runs on real vLLM, its commands and links exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.vllm
def test_the_python_of_the_readme_runs(store):
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    body = "\n".join(f"    {line}" for line in code.splitlines())
    script = store / "readme.py"
    script.write_text(f'if __name__ == "__main__":\n{body}\n')
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "people: alpha 0.4" in done.stdout
    assert len(done.stdout.splitlines()) == 1 + 4


def test_every_file_it_links_is_there():
    links = re.findall(r"\]\((?!https?://)([^)#]+)\)", README)
    assert len(links) > 8
    missing = [link for link in links if not (ROOT / link).exists()]
    assert missing == []


def test_every_command_it_shows_exists(capsys):
    from engine.cli.main import run

    commands = sorted(
        set(
            re.findall(
                r"polyvocal ((?:corpus|persona|run|annotators) [a-z-]+|agreement|dashboard|demo|serve|train)", README
            )
        )
    )
    assert len(commands) >= 8
    for command in commands:
        assert run([*command.split(), "--help"]) == 0, command
    capsys.readouterr()


def test_every_make_target_it_shows_exists():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"`?make ([a-z-]+)", README))
    assert {"demo", "test", "install"} <= targets
    assert [t for t in sorted(targets) if not re.search(rf"^{t}:", makefile, re.MULTILINE)] == []
