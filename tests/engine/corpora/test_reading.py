"""Bytes to text and JSON: positions in messages, overlooked commas, keys named twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpora.reading import natural_order, pairs_of, read_json, read_text, storable, valid_unicode, whole
from engine.errors import InputError


def test_byte_order_mark_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfitem_id\r\n")
    assert read_text(path) == "item_id\r\n"


def test_wrong_encoding_names_byte_line_and_remedy(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("ok\ncafé".encode("latin-1"))
    with pytest.raises(InputError, match=r"byte 6 \(0xe9, line 2\).*iconv -f WINDOWS-1252"):
        read_text(path)
    path.write_bytes("text".encode("utf-16"))
    with pytest.raises(InputError, match="iconv -f UTF-16"):
        read_text(path)


@pytest.mark.parametrize("content", [b"", b" ", b"\n"])
def test_empty_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "empty.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=rf"is empty \({len(content)} bytes\)"):
        read_json(path)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_text(tmp_path / "none.json")


def test_trailing_commas_are_overlooked_but_not_in_texts(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": "x,}", "b": [1, 2, ], "c": "\\",]",\n\t}')
    assert read_json(path) == ({"a": "x,}", "b": [1, 2], "c": '",]'}, True)
    path.write_text('{"a": 1}')
    assert read_json(path) == ({"a": 1}, False)


def test_truncated_json_names_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"1": {"text": "abc",\n"x": [1,')
    with pytest.raises(InputError, match=r"a\.json line 2 column \d+: .*truncated"):
        read_json(path)


def test_keys_named_twice_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"1": {"x": 1}, "1": {"x": 2}, "2": {}}')
    assert list(pairs_of(read_json(path)[0])) == [("1", {"x": 1}), ("1", {"x": 2}), ("2", {})]


def test_small_cleanings() -> None:
    assert [whole(t) for t in ("1.0", "-3.00", "1.5", "x", "10")] == ["1", "-3", "1.5", "x", "10"]
    assert valid_unicode("cut \ud83d!") == "cut \ufffd!"
    assert valid_unicode("whole 😀 \u202e") == "whole 😀 \u202e"
    assert storable({"a": float("nan"), "b": [1.5, "\udc00"], "c": None}) == {
        "a": None,
        "b": [1.5, "\ufffd"],
        "c": None,
    }
    assert sorted(["Ann10", "Ann2", "b", "10", "9"], key=natural_order) == ["Ann2", "Ann10", "b", "9", "10"]
    assert sorted(["x²", "x٣", "x2"], key=natural_order) == ["x2", "x٣", "x²"], "a superscript is no number"
    assert sorted(["9" * 5000, "8" * 5000, "7"], key=natural_order)[0] == "7", "nor do very long numbers stop it"
