"""Bytes to text and JSON for all readers, with messages that name the place, and the small cleanings they share."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.errors import InputError

_STRING_OR_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
_DIGITS = re.compile(r"(\d{1,1000})")
"""Python makes no integer of more than some thousand digits."""
_WHOLE_NUMBER = re.compile(r"([+-]?\d+)\.0+")


class Repeated(dict[str, Any]):
    """A JSON object that names a key twice; `pairs` holds every pair, where a dict would keep the last only."""

    pairs: list[tuple[str, Any]]


def read_text(path: Path) -> str:
    """Return the text of a UTF-8 file, without a byte order mark and otherwise unchanged.

    Raises:
        InputError: the file is missing, empty or not UTF-8; the message names byte and line, and how to convert.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(_wrong_encoding(path, raw, error)) from error
    if not text.strip():
        raise InputError(f"{path} is empty ({len(raw)} bytes). Expected a corpus file; check the download or export.")
    return text


def _wrong_encoding(path: Path, raw: bytes, error: UnicodeDecodeError) -> str:
    line = raw.count(b"\n", 0, error.start) + 1
    guess = "UTF-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "WINDOWS-1252"
    return (
        f"{path} is not UTF-8: byte {error.start} (0x{raw[error.start]:02x}, line {line}) does not belong there. "
        f"Convert it, e.g. if it is {guess}: iconv -f {guess} -t UTF-8 {path.name} > utf8-{path.name}"
    )


def read_json(path: Path) -> tuple[Any, bool]:
    """Return the JSON value of a file, and whether commas before a closing bracket had to be overlooked.

    Objects that name a key twice are `Repeated`.

    Raises:
        InputError: the file is truncated or damaged; the message names line and column.
    """
    text = read_text(path)
    try:
        return _parse(text), False
    except json.JSONDecodeError:
        # Published annotator tables end their objects with a comma. A blank in its place keeps lines and columns.
        mended = _STRING_OR_TRAILING_COMMA.sub(lambda m: " " if m[0] == "," else m[0], text)
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error
    try:
        return _parse(mended), True
    except json.JSONDecodeError as error:
        raise InputError(
            f"{path} line {error.lineno} column {error.colno}: {error.msg}. The file is truncated or damaged JSON; "
            "download or export it again."
        ) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> InputError:
    """Return the error for JSON that is none that Python reads: lists in lists in lists, a number of many digits."""
    why = str(error).split("; use sys.")[0]  # Python's advice to its programmers
    return InputError(f"{path} cannot be read as JSON: {why}. Leave out what is nested or written so deep or long.")


def _parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    repeated = Repeated(plain)
    repeated.pairs = pairs
    return repeated


def pairs_of(value: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return every key and value of a JSON object, keys named twice included."""
    return value.pairs if isinstance(value, Repeated) else value.items()


def whole(text: str) -> str:
    """Return '1' for '1.0', as tables write whole numbers beside missing ones; any other text as it is."""
    match = _WHOLE_NUMBER.fullmatch(text)
    return match[1] if match else text


def valid_unicode(text: str) -> str:
    """Return `text` with halves of surrogate pairs (a cut emoji, written as \\ud83d) replaced by U+FFFD.

    Such a half is no character: it can be neither stored nor tokenized. Any other text comes back unchanged.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def storable(value: Any) -> Any:
    """Return a JSON value fit for the store: valid Unicode, and None for a number that JSON does not know."""
    if isinstance(value, str):
        return valid_unicode(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {valid_unicode(str(key)): storable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [storable(entry) for entry in value]
    return value


def natural_order(text: str) -> tuple[object, ...]:
    """Return a sorting key that puts Ann2 before Ann10."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _DIGITS.split(text) if part)
