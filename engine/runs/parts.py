"""Parts: the Parquet files that hold a run's responses. Each is written once, whole, and never changed.

Part names sort by attempt. Where two parts answer one key (two writers at once, or a failure asked again), the first
answer by name counts, and any answer counts before a failure; of several failures, the last.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from engine.runs.response import SCHEMA

ENCODED = ("persona_id", "item_id", "wording", "status", "label", "attempt")
"""Columns with few distinct values, which may be read as codes into a dictionary."""

CELL = ("persona_id", "item_id", "wording", "temperature", "repeat")
"""Columns that a key stands for: rows of one key have the same cell."""

_PART = re.compile(r"part-.+\.parquet")


def part_paths(folder: Path) -> list[Path]:
    """Return the parts of a run folder, sorted by name."""
    with os.scandir(folder) as entries:
        return [folder / name for name in sorted(e.name for e in entries if _PART.fullmatch(e.name))]


def to_table(rows: pa.Table | Sequence[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a table of exactly the response schema; text that is no valid Unicode is repaired with '?'."""
    if isinstance(rows, pa.Table):
        return rows.select(SCHEMA.names).cast(SCHEMA)
    columns: dict[str, list[Any]] = {name: [row.get(name) for row in rows] for name in SCHEMA.names}
    return pa.table([_column(columns[field.name], field) for field in SCHEMA], schema=SCHEMA)


def _column(values: list[Any], field: pa.Field) -> pa.Array:
    try:
        return pa.array(values, field.type)
    except UnicodeEncodeError:  # half a surrogate pair, out of a decoder that was cut off
        return pa.array([None if v is None else v.encode("utf-8", "replace").decode() for v in values], field.type)


def write_part(folder: Path, name: str, table: pa.Table) -> Path:
    """Write one part; it appears whole or not at all, and stays after a power cut.

    Raises:
        OSError: it could not be written; nothing of it remains.
    """
    path, temporary = folder / name, folder / f".{name}.tmp"
    try:
        with temporary.open("xb") as file:
            pq.write_table(table, file, compression="zstd", write_page_checksum=True)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(folder)
    return path


def _sync_folder(folder: Path) -> None:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # some file systems open no folders; the rename is then as safe as they make it
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def read_parts(
    paths: Sequence[Path], columns: Iterable[str] | None = None, *, encoded: bool = False
) -> tuple[pa.Table, dict[str, str]]:
    """Return the rows of all parts in order, and what is wrong with the parts that could not be read, by their name.

    Args:
        paths: The parts.
        columns: Columns of the response schema; all where None.
        encoded: Return the ENCODED columns as codes into one dictionary each, which is faster and smaller.
    """
    names = list(SCHEMA.names if columns is None else columns)
    schema = pa.schema([SCHEMA.field(name) for name in names])
    if encoded:
        kinds = {n: pa.dictionary(pa.int32(), pa.string()) if n in ENCODED else SCHEMA.field(n).type for n in names}
        schema = pa.schema(list(kinds.items()))
    if not paths:
        return schema.empty_table(), {}
    form = ds.ParquetFileFormat(dictionary_columns=[n for n in names if encoded and n in ENCODED])
    problems: dict[str, str] = {}
    try:
        table = _read(paths, form, schema)
    except (OSError, pa.ArrowException):  # some part is broken: one by one, to keep the others
        tables = []
        for path in paths:
            try:
                tables.append(_read([path], form, schema))
            except (OSError, pa.ArrowException) as error:
                problems[path.name] = str(error).splitlines()[0]
        table = pa.concat_tables(tables) if tables else schema.empty_table()
    return (table.unify_dictionaries() if encoded else table), problems


def _read(paths: Sequence[Path], form: ds.ParquetFileFormat, schema: pa.Schema) -> pa.Table:
    return ds.dataset([str(path) for path in paths], format=form, schema=schema).to_table()


def join_parts(folder: Path, *, more_than: int = 64, bytes_each: int = 64_000_000) -> int:
    """Join many small parts into few large ones, which are read much faster; return how many there were too many.

    A joined part takes the place of its first part in the order of names, and is there before those it replaces go,
    so that being killed in between leaves rows twice, which readers take as one. Only for the holder of the run's lock.

    Args:
        folder: The run folder.
        more_than: Do nothing up to this number of parts.
        bytes_each: About the size of a joined part; also what is held in memory, times the compression.

    Raises:
        OSError: the disk is full or not writable; the parts stand as they were.
    """
    paths = part_paths(folder)
    if len(paths) <= more_than:
        return 0
    groups: list[list[Path]] = [[]]
    size = 0
    for path in paths:
        if size > bytes_each:
            groups.append([])
            size = 0
        groups[-1].append(path)
        size += path.stat().st_size
    for group in groups:
        table, problems = read_parts(group)
        if len(group) > 1 and not problems:
            write_part(folder, f"{group[0].stem}-to-{group[-1].stem.removeprefix('part-')}.parquet", table)
            for path in group:
                path.unlink()
    return len(paths) - len(groups)


def deduplicate(table: pa.Table) -> pa.Table:
    """Return one row a key: the first answer, or the last failure where there is no answer. Needs key and status."""
    n = table.num_rows
    if n == 0:
        return table
    keys = table["key"].combine_chunks().dictionary_encode()
    if len(keys.dictionary) == n:
        return table
    codes = keys.indices.to_numpy()
    row = np.arange(n)
    failed = pc.equal(table["status"].cast(pa.string()), "failed").to_numpy(zero_copy_only=False)
    rank = np.where(failed, 2 * n - row, row)
    order = np.lexsort((rank, codes))
    first = np.concatenate(([True], np.diff(codes[order]) != 0))
    return table.take(pa.array(np.sort(order[first])))


def all_distinct(table: pa.Table) -> bool:
    """Return whether no two rows have the same cell, and so no two the same key: much cheaper than to compare keys.

    Args:
        table: with the columns `CELL`, read `encoded`.
    """
    place, size = np.zeros(table.num_rows, dtype=np.int64), 1
    for name in CELL:
        column = table[name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # of no chunks, or of more than one array holds
            return False
        if name == "temperature":
            column = column.dictionary_encode(null_encoding="encode")
        codes = column.indices if isinstance(column, pa.DictionaryArray) else column
        if codes.null_count or not len(codes):
            return False
        number = codes.to_numpy()
        width = int(number.max()) + 1
        if number.min() < 0 or size * width > 2**62:
            return False
        place, size = place * width + number, size * width
    if size > 16 * len(place):
        return len(np.unique(place)) == len(place)
    seen = np.zeros(size, dtype=bool)
    seen[place] = True
    return int(seen.sum()) == len(place)
