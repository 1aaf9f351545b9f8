"""What commands print of other people's strings: nothing that turns a line round or that a terminal obeys."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from engine.cli.main import run
from engine.cli.output import harmless, print_json, print_table

OVERRIDE = "a\u202eb"
MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_marks_of_direction_are_shown_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    with harmless():
        print(f"name {OVERRIDE}")
        print(MARKS, file=sys.stderr)
    out, err = capsys.readouterr()
    assert out == "name a\\u202eb\n"
    assert err == "".join(f"\\u{ord(mark):04x}" for mark in MARKS) + "\n"


def test_other_letters_stay_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    words = "κ שלום العربية e\u0301 👩\u200d👩"  # right-to-left letters and joiners are words, not tricks
    with harmless():
        print(words)
    assert capsys.readouterr().out == f"{words}\n"


def test_json_with_escapes_means_the_same_string(capsys: pytest.CaptureFixture[str]) -> None:
    with harmless():
        print_json({OVERRIDE: [MARKS]})
    out = capsys.readouterr().out
    assert not set(out) & set(MARKS)
    assert json.loads(out) == {OVERRIDE: [MARKS]}


def test_a_cell_holds_nothing_that_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "n"), [(f"\x1b[2J{OVERRIDE}\x9b\x07", 1)])
    out = capsys.readouterr().out
    assert "\\u001b[2Ja\\u202eb\\u009b\\u0007" in out
    assert not set(out) & set("\x1b\x9b\x07\u202e")


def test_every_command_prints_through_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    rows = [f"i{i},{who}{OVERRIDE},{(i * k) % 2}" for i in range(6) for k, who in enumerate("abc")]
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(["item_id,annotator_id,label", *rows]), encoding="utf-8")
    assert run(("corpus", "import", str(path), "--name", f"x{OVERRIDE}")) == 2  # told with the name that was typed
    out, err = capsys.readouterr()
    assert "\\u202e" in err
    assert "\u202e" not in out + err
