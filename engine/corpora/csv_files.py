"""CSV and TSV files as they come: what parts their cells, whether the first row names the columns, and their rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from engine.corpora.guessing import first_row_is_data
from engine.corpora.reading import read_text
from engine.errors import InputError

HEADERS = (".csv", ".tsv")
"""Endings of the tables whose first row names the columns, or should."""
_MARKS = ",;\t|"
_EVEN = 50
"""Rows in which what parts the cells must do so evenly."""
_LOOKED_AT = 2000
"""Rows that tell whether the first one names the columns."""


def open_csv(
    path: Path, delimiter: str | None, *, no_header: bool
) -> tuple[list[str], Iterator[tuple[str, dict[str, Any]]]]:
    """Return the names of a file's columns, and its records one by one: (place for messages, column to cell).

    Args:
        path: a .csv or .tsv file in UTF-8.
        delimiter: between the cells; None: as it seems to be.
        no_header: the first row is data; the columns are called 'column 1', 'column 2' and so on.

    Raises:
        InputError: the file or its first row cannot be read. Rows that cannot be read raise it when they are met.
    """
    if delimiter is not None and len(delimiter) != 1:
        raise InputError(f"delimiter {delimiter!r} is not one character. Expected e.g. ',' or ';'.")
    text = read_text(path)
    mark = delimiter or _delimiter_of(path, text)
    rows = _rows(path, text, mark)
    first = next(rows)
    if no_header:
        header, rows = [f"column {number}" for number in range(1, len(first[1]) + 1)], chain([first], rows)
    else:
        header = [cell.strip() for cell in first[1]]
    return header, _records(path, mark, header, rows)


def lacks_header(path: Path) -> bool:
    """Return whether the first row of a .csv or .tsv file seems to be data; where it cannot be read, it does not.

    Raises:
        InputError: the file is no text in UTF-8.
    """
    text = read_text(path)
    first, *rows = _first_rows(text, _delimiter_of(path, text), _LOOKED_AT) or [[]]
    return first_row_is_data(first, rows)


def _delimiter_of(path: Path, text: str) -> str:
    """Return what parts a .tsv or .csv: what does so evenly in the first rows, or else stands in the first line.

    Of several that do, the one with the most cells: texts may have as many commas each.
    """
    if path.suffix.lower() == ".tsv":
        return "\t"
    sizes = {mark: {len(row) for row in _first_rows(text, mark, _EVEN)} for mark in _MARKS}
    even = {mark: max(found) for mark, found in sizes.items() if len(found) == 1 and found != {1}}
    if even:
        return max(even, key=lambda mark: even[mark])
    header = text.split("\n", 1)[0]
    return next((mark for mark in _MARKS if mark in header), ",")


def _first_rows(text: str, delimiter: str, n: int) -> list[list[str]]:
    """Return up to `n` rows that are not empty; none where they cannot be read so."""
    try:
        with _cells_up_to(len(text)):
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            return list(islice((row for row in rows if row), n))
    except csv.Error:
        return []


def _rows(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line that it begins in; a cell may hold line breaks."""
    try:
        with _cells_up_to(len(text)):
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
            start = 1
            for cells in reader:
                yield start, cells
                start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{path.name} line {reader.line_num}: {error}. A cell with quotes or line breaks must stand in double "
            "quotes, a double quote within it twice."
        ) from error


def _records(
    path: Path, delimiter: str, header: list[str], rows: Iterator[tuple[int, list[str]]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for line, cells in rows:
        if not cells:
            continue
        if len(cells) != len(header):
            raise InputError(
                f"{path.name} line {line}: {len(cells)} cells for {len(header)} columns. Cells that "
                f"hold {delimiter!r}, quotes or line breaks must stand in double quotes."
            )
        yield f"line {line}", dict(zip(header, cells, strict=True))


@contextmanager
def _cells_up_to(characters: int) -> Iterator[None]:
    """Let csv read cells longer than its own limit of 131,072 characters; a cell never exceeds the file."""
    limit = csv.field_size_limit(max(characters, csv.field_size_limit()))
    try:
        yield
    finally:
        csv.field_size_limit(limit)
