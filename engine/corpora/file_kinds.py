"""What kind of file some bytes are, told from the bytes: a name is a stranger's word.

The name's ending decides only among kinds that the content allows (a tab-separated table or one with commas).
"""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Literal

from engine.errors import InputError

Kind = Literal["csv", "tsv", "json", "jsonl", "parquet"]
READABLE = "CSV, TSV, JSON, JSON lines or Parquet"
_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "a zip archive or a spreadsheet",
        "Unpack it and give the files, or save the sheet as CSV in UTF-8.",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Office file", "Save the sheet as CSV in UTF-8."),
    (b"\x1f\x8b", "compressed (gzip)", "Unpack it first."),
    (b"BZh", "compressed (bzip2)", "Unpack it first."),
    (b"\xfd7zXZ\x00", "compressed (xz)", "Unpack it first."),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)", "Unpack it first."),
    (b"7z\xbc\xaf", "an archive (7z)", "Unpack it and give the files."),
    (b"Rar!", "an archive (rar)", "Unpack it and give the files."),
    (b"ARROW1", "an Arrow file", "Write it as Parquet."),
    (b"%PDF", "a PDF", "Give the table itself, as CSV in UTF-8."),
    (b"SQLite format 3", "a database", "Export the table as CSV in UTF-8."),
)
"""First bytes of files that are not opened: what they are, and what to do instead."""
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_NAMED: dict[str, Kind] = {".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "csv", ".parquet": "parquet",
                           ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl"}  # fmt: skip
_OPENING = 1_000_000
"""Bytes that are looked at; the first line of a table of records lies within."""


def kind_of(content: bytes, name: str) -> Kind:
    """Return what a file is, from its first bytes, and from its name's ending where they leave it open.

    Raises:
        InputError: it is empty, or nothing that a corpus is read from; the message says what to do.
    """
    head = content[:_OPENING].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise InputError(f"{shown(name)} is empty ({len(content)} bytes). Expected a table or a Le-Wi-Di file.")
    if content.startswith(b"PAR1"):
        return "parquet"
    _refuse(content, head, name)
    named = _NAMED.get(PurePosixPath(name.lower()).suffix)
    if named == "parquet":
        raise InputError(f"{shown(name)} ends as Parquet does, but holds no Parquet. Export it again.")
    if named in ("csv", "tsv"):
        return named
    if head.startswith((b"{", b"[")):
        return _kind_of_json(head, named)
    if named in ("json", "jsonl"):
        raise InputError(f"{shown(name)} ends as JSON does, but holds no JSON. Export it again, or name it .csv.")
    return "csv"


def safe_name(name: str, kind: Kind) -> str:
    """Return a file's name that is no path and cannot become one: of it stay letters, digits, '.', '_' and '-'.

    The ending is the kind's. Folders in the name are dropped; a name of which nothing is left becomes 'table'.
    """
    last = re.split(r"[/\\]", name)[-1]
    stem = last[: last.rfind(".")] if "." in last else last
    kept = re.sub(r"\.{2,}", ".", re.sub(r"[^A-Za-z0-9._-]+", "_", stem))[:80].strip("._-")
    return f"{kept or 'table'}.{kind}"


def shown(name: str) -> str:
    """Return a file's name for a message: one line, without what would turn or hide the text around it."""
    line = "".join(c if c.isprintable() else "?" for c in re.split(r"[/\\]", name)[-1])
    return repr(line if len(line) <= 60 else f"{line[:59]}…")


def _refuse(content: bytes, head: bytes, name: str) -> None:
    for start, what, advice in _REFUSED:
        if content.startswith(start):
            raise InputError(f"{shown(name)} is {what}, which is not opened. Expected {READABLE}. {advice}")
    if _PICKLE.match(content):
        raise InputError(
            f"{shown(name)} is a Python pickle, which could run a program when it is opened. Expected {READABLE}."
        )
    if re.match(rb"<(!doctype|html|\?xml)", head, re.IGNORECASE):
        raise InputError(f"{shown(name)} is a web page or XML, no table. Download the file itself: {READABLE}.")
    # UTF-16 has zero bytes too; its reader says how to convert it.
    if b"\x00" in head[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{shown(name)} holds bytes that no text has. Expected {READABLE}, text in UTF-8.")


def _kind_of_json(head: bytes, named: Kind | None) -> Kind:
    """One object a line is JSON lines, whatever its name says; one value over the whole file is JSON."""
    if head.startswith(b"["):
        return "json"
    first, *rest = head.split(b"\n", 2)
    try:
        whole = isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return "json"
    more = bool(rest) and rest[0].lstrip().startswith(b"{")
    return "jsonl" if whole and (more or named == "jsonl") else "json"
