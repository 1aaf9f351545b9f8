from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import InputError, PolyvocalError
from engine.yaml_files import read_yaml, write_yaml


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid")
    version: Literal[1] = 1
    name: str
    words: dict[str, str] = Field(default_factory=dict)
    numbers: tuple[float, ...] = ()


def read(tmp_path: Path, text: str | bytes) -> Record:
    path = tmp_path / "record.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path, Record, "record")


def error(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    message = str(caught.value)
    assert "record.yaml" in message
    assert 1 <= len(message.splitlines()) <= 3
    return message


def test_words_that_yaml_1_1_would_turn_into_something_else_stay_words(tmp_path: Path) -> None:
    record = read(tmp_path, "name: no\nwords: {student: yes, from: 12:30, born: 1990-01-02, on: off, code: 0x1F}\n")
    assert record.name == "no"
    assert record.words == {"student": "yes", "from": "12:30", "born": "1990-01-02", "on": "off", "code": "0x1F"}


def test_numbers_are_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "name: x\nnumbers: [0, 010, -1.5, 1e-3, .5, 2.]\n").numbers == (0, 10, -1.5, 0.001, 0.5, 2)


def test_byte_order_mark_and_other_scripts(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffname: مرحبا 🎭\n").name == "مرحبا 🎭"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "found nothing"),
        ("# only a comment\n", "found nothing"),
        ("- a\n", "found a list"),
        ("name", "found plain text"),
        ("name: x\nname: y\n", "line 2: not valid YAML: key 'name' is given twice (first on line 1)"),
        ("name: [x\n", "not valid YAML"),
        ("name: x\n\twords: {}\n", "line 2"),
        ("name: *nowhere\n", "undefined alias"),
        ("name: !!python/object/apply:os.system [ls]\n", "could not determine a constructor"),
        ("[" * 5000, "nested too deeply"),
        (b"name: \xff\xfe", "not UTF-8"),
        ("name: a\x00b", "not valid YAML"),
        ("numbers: [" + "9" * 5000 + "]", "not valid YAML"),
        ("name: x\n\nwords:\n  a: b\n  c: 1\n", "line 5, words.c: found 1; expected text. Put it in quotes."),
        ("name: x\nwrods: {}\n", "line 2, wrods: unknown key. Did you mean 'words'?"),
    ],
)
def test_faults_name_the_place(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert expected in error(tmp_path, text)


def test_absent_file_and_folder_are_input_errors(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.yaml", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            read_yaml(path, Record, "record")


def test_a_corpus_given_by_mistake_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "big.yaml"
    with path.open("wb") as file:
        file.truncate(30_000_000)
    with pytest.raises(InputError, match="too many"):
        read_yaml(path, Record, "record")


PRINTABLE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=30)
TRAPS = st.sampled_from(
    [
        "no",
        "1e3",
        "010",
        "12:30",
        "~",
        "null",
        "true",
        "",
        " ",
        "1.",
        ".5",
        "- a",
        "a: b",
        "#",
        "a\nb",
        "a\n",
        "<<",
        "=",
    ]
)


@given(name=PRINTABLE | TRAPS, words=st.dictionaries(PRINTABLE | TRAPS, PRINTABLE | TRAPS, max_size=5))
def test_what_is_written_reads_back_equal(tmp_path_factory: pytest.TempPathFactory, name: str, words: dict) -> None:
    path = tmp_path_factory.mktemp("yaml") / "record.yaml"
    record = Record(name=name, words=words, numbers=(0.1, 2, float("inf")))
    write_yaml(path, record)
    assert read_yaml(path, Record, "record") == record


def test_written_file_starts_with_its_version_and_leaves_no_temporary_file(tmp_path: Path) -> None:
    write_yaml(tmp_path / "new" / "record.yaml", Record(name="x"))
    assert (tmp_path / "new" / "record.yaml").read_text() == "version: 1\nname: x\n"
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["record.yaml"]


def test_unwritable_place_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PolyvocalError, match="cannot be written"):
        write_yaml(tmp_path / "file" / "record.yaml", Record(name="x"))
