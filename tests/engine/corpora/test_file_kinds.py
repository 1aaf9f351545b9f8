"""Kinds of files told from their bytes, and names that cannot become paths."""

from __future__ import annotations

import pickle
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.corpora.file_kinds import kind_of, safe_name, shown
from engine.errors import InputError

CSV = b"item_id,text,annotator_id,label\na,hello,A,1\n"


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (CSV, "a.csv", "csv"),
        (CSV, "a", "csv"),
        (CSV, "a.parquet.txt", "csv"),
        (CSV.replace(b",", b"\t"), "a.tsv", "tsv"),
        (b"PAR1....PAR1", "a.csv", "parquet"),
        (b'{"a": 1}\n{"a": 2}\n', "a.json", "jsonl"),
        (b'{"a": 1}', "a.jsonl", "jsonl"),
        (b'{"a": 1}', "a.json", "json"),
        (b'\xef\xbb\xbf\n [{"a": 1}]', "a.json", "json"),
        (b'{\n "1": {"text": "x"}}', "X_train.json", "json"),
        (b'[tag] text,label\n"x",1\n', "a.csv", "csv"),
        ("ä,b\n".encode("utf-16"), "a.csv", "csv"),  # its reader says how to convert it
    ],
)
def test_the_content_decides(content: bytes, name: str, kind: str) -> None:
    assert kind_of(content, name) == kind


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "is empty"),
        (b" \n ", "a.csv", "is empty"),
        (b"PK\x03\x04" + bytes(60), "a.csv", "zip archive or a spreadsheet"),
        (b"PK\x03\x04" + bytes(60), "macros.xlsm", "save the sheet as CSV"),
        (b"\x1f\x8b\x08" + bytes(60), "a.csv", "Unpack it first"),
        (pickle.dumps({"a": 1}), "a.csv", "could run a program"),
        (b"<!DOCTYPE html><script>x</script>", "a.csv", "web page"),
        (b"\x7fELF" + bytes(60), "a.csv", "bytes that no text has"),
        (CSV, "a.parquet", "holds no Parquet"),
        (CSV, "a.json", "holds no JSON"),
    ],
)
def test_what_is_not_opened_is_told(content: bytes, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        kind_of(content, name)


HOSTILE = (
    "../../x.csv", "..\\..\\x.csv", "/etc/passwd", "C:\\windows\\x.csv", "x\x00.csv", "a" * 5000 + ".csv", ".csv", "..",
    "\u202egnp.csv", "con.csv", "-rf.csv", "~root.csv", "a\nb.csv", "😀.csv", "$(rm).csv", "....//x.csv", "",
)  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_harmless_ones(name: str) -> None:
    check(safe_name(name, "csv"))
    assert "\n" not in shown(name)
    assert "\u202e" not in shown(name)
    assert len(shown(name)) < 70


@given(st.text(max_size=300))
def test_no_name_is_a_path(name: str) -> None:
    check(safe_name(name, "parquet"))


def check(name: str) -> None:
    assert name.isascii()
    assert 0 < len(name) < 100
    assert name == PurePosixPath(name).name == PureWindowsPath(name).name
    assert not name.startswith((".", "-", "_"))
    assert ".." not in name


def test_a_good_name_stays() -> None:
    assert safe_name("HS-Brexit_train.json", "json") == "HS-Brexit_train.json"
    assert safe_name("labels 2024.ndjson", "jsonl") == "labels_2024.jsonl"
