"""The files of a Le-Wi-Di corpus: which belong to it, their entries, and the table of annotators.

A corpus is published as `<Dataset>_train.json`, `_dev.json` and `_test.json` (any may be missing), since 2025 with
`<Dataset>_annotators_meta.json`. A split file is one JSON object: key -> entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.corpora.checks import examples
from engine.corpora.reading import pairs_of, read_json, valid_unicode, whole
from engine.errors import InputError

SPLITS = ("train", "dev", "test")
_SPLIT_NAME = re.compile(r"(?:^|[_.-])(train|dev|test)(?:[_.-]clear)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One entry of a split file, as read."""

    path: Path
    key: str
    split: str
    values: Mapping[str, Any]

    @property
    def where(self) -> str:
        """The place for a message: file name and key."""
        return f"{self.path.name} key {self.key!r}"

    @property
    def annotators(self) -> list[str]:
        """The ids of the field `annotators`, in order; one who gave several labels occurs several times."""
        return [part.strip() for part in str(self.values.get("annotators") or "").split(",") if part.strip()]

    @property
    def other_info(self) -> dict[str, Any]:
        """The field `other_info` as it is."""
        info = self.values.get("other_info") or {}
        if not isinstance(info, dict):
            raise self.error(f"other_info is {info!r}", "an object")
        return info

    @property
    def info(self) -> dict[str, Any]:
        """The field `other_info`, keys in lower case with blanks: 'Annotators_group' and 'annotators group' are one."""
        return {plain_key(key): value for key, value in self.other_info.items()}

    def error(self, found: str, expected: str) -> InputError:
        """Return the error that this entry cannot be used."""
        return InputError(
            f"{self.where}: {found}. Expected {expected}. The file differs from the published one; download it again."
        )


def find_files(path: Path) -> tuple[list[Path], list[Path], list[str]]:
    """Return split files (train, dev, test), annotator tables, and the names of JSON files that are neither.

    Raises:
        InputError: there is no such path, no split file in it, or more than one corpus.
    """
    if path.is_file():
        return [path], [p for p in path.parent.glob("*annotators_meta.json") if _stem(p) == _stem(path)], []
    if not path.is_dir():
        raise InputError(f"{path} does not exist. Give the folder of a Le-Wi-Di corpus, or one of its JSON files.")
    found = sorted(path.glob("*.json"))
    splits = [p for p in found if _SPLIT_NAME.search(p.stem)]
    if not splits:
        below = sorted({p.parent for p in path.glob("*/*.json") if _SPLIT_NAME.search(p.stem)})
        if len(below) == 1:
            return find_files(below[0])
        if below:
            names = ", ".join(folder.name for folder in below)
            raise InputError(f"{path} holds {len(below)} corpora ({names}). Import one at a time: give its own folder.")
        raise InputError(
            f"{path} has no file of a Le-Wi-Di corpus. Expected <Dataset>_train.json, _dev.json or _test.json; "
            f"found {examples([p.name for p in sorted(path.iterdir())]) or 'nothing'}."
        )
    stems = sorted({_stem(p) for p in splits})
    if len(stems) > 1:
        raise InputError(
            f"{path} holds files of {len(stems)} corpora ({', '.join(stems)}). Put each in its own folder."
        )
    tables = [p for p in found if "annotators_meta" in p.name]
    return sorted(splits, key=_split_rank), tables, [p.name for p in found if p not in splits and p not in tables]


def _stem(path: Path) -> str:
    return _SPLIT_NAME.sub("", path.stem.replace("_annotators_meta", "")).lower()


def _split_rank(path: Path) -> tuple[int, str]:
    return SPLITS.index(_split_of(path)), path.name


def _split_of(path: Path) -> str:
    match = _SPLIT_NAME.search(path.stem)
    return match[1].lower() if match else ""


def read_entries(path: Path, notes: list[str]) -> Iterable[Entry]:
    """Yield the entries of a split file; what had to be mended is added to `notes`.

    Raises:
        InputError: the file is empty, truncated or no split file; the message names line and column, or the key.
    """
    value, mended = read_json(path)
    if mended:
        notes.append(f"{path.name}: commas before a closing bracket were overlooked")
    if not isinstance(value, dict) or not value:
        raise InputError(f"{path} holds {_kind(value)}. Expected an object of entries by key, as Le-Wi-Di publishes.")
    for key, values in pairs_of(value):
        if not isinstance(values, dict):
            raise InputError(
                f"{path.name} key {key!r} holds {_kind(values)}. Expected an entry with text, annotators, ..."
            )
        split = str(values.get("split") or "").strip().lower() or _split_of(path)
        entry = Entry(path, key, split, values)
        if missing := [name for name in ("text", "annotation task") if name not in values]:
            raise entry.error(f"it has no {' and no '.join(missing)} (fields: {', '.join(values)})", "a Le-Wi-Di entry")
        yield entry


def _kind(value: object) -> str:
    return "nothing" if value in ({}, [], None, "") else f"a JSON {type(value).__name__}"


def read_attributes(tables: list[Path], notes: list[str]) -> dict[str, dict[str, str]]:
    """Return annotator to attributes; names in lower case with underscores, unknown values left out."""
    attributes: dict[str, dict[str, str]] = {}
    for path in tables:
        value, mended = read_json(path)
        if mended:
            notes.append(f"{path.name}: commas before a closing bracket were overlooked")
        for key, row in value.items() if isinstance(value, dict) else ():
            # MP's table writes 12 where its annotations write Ann12.
            known = {_snake(column): text for column, cell in row.items() if (text := _known(cell)) is not None}
            attributes[f"Ann{key}" if key.isdigit() else key.strip()] = known
    return attributes


def _snake(column: str) -> str:
    return re.sub(r"\W+", "_", column.strip().lower()).strip("_")


def _known(cell: object) -> str | None:
    """Return a cell as text, or None where it says nothing; DATA_EXPIRED is what Prolific leaves of withdrawn data."""
    text = whole(valid_unicode(str(cell)).strip())
    return None if text.lower() in ("", "nan", "none", "null", "data_expired", "consent_revoked") else text


def plain_key(key: str) -> str:
    """Return a key of `other_info` in lower case with blanks; the datasets write it differently."""
    return key.lower().replace("_", " ")
