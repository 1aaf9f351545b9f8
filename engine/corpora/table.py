"""Reader of long tables (CSV, TSV, JSON, JSON lines, Parquet): one row an annotation, columns chosen by name."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.corpora.corpus import Corpus, Level, Task
from engine.corpora.csv_files import HEADERS, open_csv
from engine.corpora.reading import read_json, read_text
from engine.corpora.rows import Row, TableColumns, TaskHints, corpus_from_rows
from engine.errors import InputError

SUFFIXES = (*HEADERS, ".json", ".jsonl", ".ndjson", ".parquet")


def read_table(
    path: str | Path,
    *,
    name: str,
    columns: TableColumns | None = None,
    task: Task | None = None,
    task_name: str | None = None,
    kind: str | None = None,
    labels: Sequence[str] = (),
    level: Level | None = None,
    positive: str | None = None,
    multi_label: bool = False,
    delimiter: str | None = None,
    no_header: bool = False,
) -> Corpus:
    """Read a corpus from a table with one row an annotation.

    Texts arrive unchanged; ids and labels lose blanks around them, and a label '1.0' is '1'. Rows that repeat an
    annotation exactly are left out and counted. A row with neither annotator nor label is an item without annotation.

    Args:
        path: a .csv, .tsv, .json (a list of objects), .jsonl, .ndjson or .parquet file; text files in UTF-8.
        name: the corpus's name.
        columns: which column holds what; by default item_id, text, annotator_id, label.
        task: the whole task; without it, it is told from the labels and these arguments:
        task_name: what is asked, for people.
        kind: template family ('hate-speech', 'nli', ...).
        labels: all labels in order.
        level: level of measurement.
        positive: the label that means 'yes'.
        multi_label: whether an annotator may give several labels to an item.
        delimiter: between the cells of a .csv or .tsv; by default a tab in a .tsv, and in a .csv what parts the first
            rows evenly (comma, semicolon, tab, bar).
        no_header: the first row of a .csv or .tsv is data; its columns are called 'column 1', 'column 2' and so on.

    Returns:
        The corpus; its notes count what was left out and say what was assumed of the task.

    Raises:
        InputError: the file cannot be read as such a table; the message names rows, columns and what to do.
    """
    path = Path(path)
    columns = columns or TableColumns()
    hints = TaskHints(task_name, kind, tuple(labels), level, positive, multi_label)
    rows = list(rows_of(open_table(path, delimiter, columns, no_header=no_header).records, columns, path.name))
    return corpus_from_rows(rows, name=name, origin=path.name, columns=columns, task=task, hints=hints)


def require_columns(wanted: Sequence[str], found: Sequence[str], origin: str) -> None:
    """Raise if a table lacks a column.

    Raises:
        InputError: lists every missing column, the nearest spelling, and the columns there are.
    """
    if missing := [column for column in dict.fromkeys(wanted) if column not in found]:
        near = {column: difflib.get_close_matches(column, found, n=1) for column in missing}
        named = ", ".join(f"{c!r} (did you mean {n[0]!r}?)" if (n := near[c]) else repr(c) for c in missing)
        raise InputError(
            f"{origin} has no column {named}. Its columns are: {', '.join(map(repr, found))}. "
            "Name them with --item-column, --text-column, --annotator-column, --label-column and so on. "
            "If the first row is data, add --no-header."
        )


def as_text(value: Any) -> str | None:
    """Return a cell as text: None where it is missing or empty, whole numbers without a point.

    Raises:
        TypeError: it is a list or an object, which no cell of a long table may be.
    """
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | tuple | dict):
        raise TypeError(type(value).__name__)
    return str(value)


def rows_of(records: Iterable[tuple[str, dict[str, Any]]], columns: TableColumns, origin: str) -> Iterator[Row]:
    """Yield records (place, cells) as rows that hold the wanted columns as text."""
    wanted = columns.names()
    for place, record in records:
        cells: dict[str, str | None] = {}
        for column in wanted:
            try:
                cells[column] = as_text(record.get(column))
            except TypeError as error:
                raise InputError(
                    f"{origin} {place}: column {column!r} holds a {error}. Expected text or a number: one row an "
                    "annotation, not one an item."
                ) from error
        yield Row(place, cells)


@dataclass(frozen=True)
class Table:
    """A table before anything is chosen of it: its columns, and its records one by one."""

    columns: tuple[str, ...]
    records: Iterator[tuple[str, dict[str, Any]]]
    """(place for messages, column to cell); can be gone through once."""


def open_table(
    path: Path, delimiter: str | None = None, columns: TableColumns | None = None, *, no_header: bool = False
) -> Table:
    """Open a table by the ending of its name; with `columns`, only those are read, and all of them must be there.

    With `no_header`, the first row of a .csv or .tsv is data, and its columns are numbered.

    Raises:
        InputError: the file is no such table, or lacks a column. Rows that cannot be read raise it when they are met.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path} is no table that is known by its ending. Expected one of: {', '.join(SUFFIXES)}.")
    wanted = None if columns is None else columns.names()
    if suffix in HEADERS:
        return _open_csv(path, delimiter, wanted, no_header)
    if no_header:
        raise InputError(
            f"{path.name} names its columns in itself. Only a {' or '.join(HEADERS)} has a header to lack."
        )
    if suffix == ".parquet":
        return _open_parquet(path, wanted)
    records = _json_records(path) if suffix == ".json" else _jsonl_records(path)
    found = tuple(dict.fromkeys(key for _, record in records for key in record))
    _require(wanted, found, path)
    return Table(found, iter(records))


def _require(wanted: Sequence[str] | None, found: Sequence[str], path: Path) -> None:
    if (unnamed := found.count("")) > 1:
        raise InputError(f"{path.name} has {unnamed} columns without a name. Name each in the first row.")
    if twice := sorted({column for column in found if found.count(column) > 1}):
        several = f"columns {', '.join(map(repr, twice))}" if len(twice) > 1 else f"column {twice[0]!r}"
        raise InputError(f"{path.name} names the {several} more than once. Give each column a name of its own.")
    if wanted is not None:
        require_columns(wanted, found, path.name)


def _open_csv(path: Path, delimiter: str | None, wanted: Sequence[str] | None, no_header: bool) -> Table:
    header, records = open_csv(path, delimiter, no_header=no_header)
    _require(wanted, header, path)
    return Table(tuple(header), records)


def _jsonl_records(path: Path) -> list[tuple[str, dict[str, Any]]]:
    records: list[tuple[str, dict[str, Any]]] = []
    # Only \n ends a line: texts may hold U+2028 and others that str.splitlines would cut at.
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(
                f"{path.name} line {number} column {error.colno}: {error.msg}. Each line must be one JSON object; the "
                "file may be truncated."
            ) from error
        except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists in lists
            raise InputError(f"{path.name} line {number} cannot be read: {error}. Leave that value out.") from error
        if not isinstance(record, dict):
            raise InputError(f"{path.name} line {number} is a JSON {type(record).__name__}. Expected an object a line.")
        records.append((f"line {number}", record))
    return records


def _json_records(path: Path) -> list[tuple[str, dict[str, Any]]]:
    value, _ = read_json(path)
    if not isinstance(value, list):
        raise InputError(
            f"{path.name} is a JSON {type(value).__name__}. Expected a list of objects, one an annotation, or a "
            "Le-Wi-Di file (--format lewidi2023 or lewidi2025)."
        )
    for number, record in enumerate(value, start=1):
        if not isinstance(record, dict):
            raise InputError(f"{path.name} entry {number} is a JSON {type(record).__name__}. Expected an object.")
    return [(f"entry {number}", record) for number, record in enumerate(value, start=1)]


def _open_parquet(path: Path, wanted: Sequence[str] | None) -> Table:
    import pyarrow.parquet as pq

    with _parquet_errors(path):
        schema = pq.read_schema(path)
    _require(wanted, schema.names, path)
    return Table(tuple(schema.names), _parquet_records(path, wanted))


def _parquet_records(path: Path, wanted: Sequence[str] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow.parquet as pq

    number = 0
    with _parquet_errors(path), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(10_000, columns=None if wanted is None else list(dict.fromkeys(wanted))):
            for record in batch.to_pylist():
                number += 1
                yield f"row {number}", record


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path} cannot be read: no such file. Check the path.") from error
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is no readable Parquet file: {error}. Export it again.") from error
