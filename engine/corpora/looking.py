"""Looking into files before they are imported: their columns, their first rows, and what the columns seem to hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from engine.corpora.csv_files import HEADERS, lacks_header
from engine.corpora.guessing import LONGEST_LABEL, ColumnGuess, guess_columns
from engine.corpora.importing import Format, detect_format
from engine.corpora.lewidi2023 import DATASETS as OF_2023
from engine.corpora.lewidi2025 import DATASETS as OF_2025
from engine.corpora.lewidi_files import find_files, read_entries
from engine.corpora.reading import valid_unicode
from engine.corpora.stored import HEAD
from engine.corpora.table import as_text, open_table
from engine.corpora.uploads import MEBIBYTE, UploadLimits
from engine.errors import InputError

ROWS_SHOWN = 8
CELL_SHOWN = 300
"""Characters of a cell of the first rows; the rest is cut."""
FEWEST_COLUMNS = 4
"""Item, text, annotator and label."""
FEW_VALUES = 40
"""A column of at most so many different, short values has them listed, as a label column would."""


class ColumnLook(BaseModel):
    """What a column of a table holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    filled: int = Field(description="Cells that are not empty.")
    distinct: int = Field(description="Different values.")
    longest: int = Field(description="Characters of the longest cell.")
    values: tuple[str, ...] = Field(
        default=(), description="The values where they are few and short, most frequent first."
    )


class Look(BaseModel):
    """What files hold, before anything is chosen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Format
    n_rows: int = Field(default=0, description="Tables: rows.")
    columns: tuple[ColumnLook, ...] = Field(default=(), description="Tables: its columns in order.")
    rows: tuple[tuple[str | None, ...], ...] = Field(default=(), description="Tables: the first rows, long cells cut.")
    guess: ColumnGuess = Field(default_factory=ColumnGuess, description="Tables: what the columns seem to hold.")
    no_header: bool | None = Field(
        default=None, description="CSV, TSV: whether the first row was read as data; None: no such table."
    )
    layers: tuple[str, ...] = Field(default=(), description="Le-Wi-Di: the label layers; the first is the usual one.")


def look_at(path: Path, limits: UploadLimits, no_header: bool | None = None) -> Look:
    """Return what an uploaded file or folder holds.

    Args:
        path: of the file or folder.
        limits: to hold it to.
        no_header: whether the first row of a CSV or TSV is data; None: as it seems to be.

    Raises:
        InputError: it is no corpus, or exceeds the limits.
    """
    if path.is_dir() and not (path / HEAD).is_file():
        _one_table_at_most(sorted(file.name for file in path.iterdir() if file.suffix != ".json"))
    format = detect_format(path)
    if format == "huggingface":
        raise InputError(
            "Hugging Face datasets are not uploaded. In a terminal: polyvocal corpus import ID --name NAME"
        )
    if format == "table":
        return _look_at_table(path, limits, no_header)
    return Look(format=format, layers=_layers(path) if format.startswith("lewidi") else ())


def _one_table_at_most(tables: Sequence[str]) -> None:
    if tables:
        raise InputError(
            f"{len(tables)} of the files are tables ({', '.join(tables)}). One table is one corpus: put the rows "
            "together, or import one after the other. Only Le-Wi-Di files belong together."
        )


def _layers(path: Path) -> tuple[str, ...]:
    files, _, _ = find_files(path)
    asked = str(next(iter(read_entries(files[0], []))).values["annotation task"]).lower()
    return next((tuple(dataset.layers) for dataset in (*OF_2023, *OF_2025) if dataset.asks in asked), ())


def _look_at_table(path: Path, limits: UploadLimits, no_header: bool | None) -> Look:
    if path.suffix == ".parquet":
        _check_parquet(path, limits)
    told = no_header is not None
    may_lack = path.suffix.lower() in HEADERS
    no_header = may_lack and (no_header if no_header is not None else lacks_header(path))
    table = open_table(path, no_header=no_header)
    if len(table.columns) > limits.columns:
        raise InputError(f"{path.name} has {len(table.columns):,} columns; at most {limits.columns:,} are taken.")
    if broken := [column for column in table.columns if valid_unicode(column) != column]:
        raise InputError(f"{path.name}: the names of {len(broken)} columns are no valid Unicode. Rename them.")
    shared: dict[str, str] = {}
    cells: dict[str, list[str | None]] = {column: [] for column in table.columns}
    number = 0
    for number, (place, record) in enumerate(table.records, start=1):
        if number > limits.rows:
            raise InputError(f"{path.name} has more than {limits.rows:,} rows, the most that an upload may have.")
        for column in table.columns:
            value = _cell(record.get(column))
            if value is not None and len(value) > limits.cell:
                raise InputError(
                    f"{path.name} {place}: a cell of column {column!r} has {len(value):,} characters; at most "
                    f"{limits.cell:,} are taken. A quote that is never closed makes such cells."
                )
            cells[column].append(None if value is None else shared.setdefault(value, value))
    _check_form(path, number, cells, names=not told and not no_header)
    columns = tuple(_column(name, values) for name, values in cells.items())
    first = [[cells[name][row] for name in table.columns] for row in range(min(number, ROWS_SHOWN))]
    return Look(
        format="table",
        n_rows=number,
        columns=columns,
        rows=tuple(tuple(None if cell is None else _cut(cell) for cell in row) for row in first),
        guess=guess_columns(cells),
        no_header=no_header if may_lack else None,
    )


def _check_form(path: Path, n_rows: int, cells: Mapping[str, Sequence[str | None]], *, names: bool) -> None:
    """Raise where no choice of columns could make a corpus of a table; its cells, a first row's too, are not told.

    `names`: the first row was taken for the columns' names, and nobody has said so.
    """
    if not n_rows:
        raise InputError(f"{path.name} has no rows. Expected one row an annotation.")
    if len(cells) < FEWEST_COLUMNS:
        marks = " In a CSV, commas, semicolons, tabs or bars part the columns." if path.suffix == ".csv" else ""
        raise InputError(
            f"{path.name} has {len(cells)} column{'s' * (len(cells) > 1)}; a corpus needs at least {FEWEST_COLUMNS}: "
            f"what names the item, its text, who annotated, and the label.{marks}"
        )
    again = sum(name in values for name, values in cells.items())
    if names and path.suffix in HEADERS and again >= max(2, len(cells) / 2):
        raise InputError(
            f"the first row of {path.name} should name the columns, but what it holds stands again below it in {again} "
            f"of {len(cells)} columns. Put names above it, or leave out a header that is repeated."
        )


def _cell(value: object) -> str | None:
    """Return a cell as text; lists and objects, which no column of a corpus may hold, as what they are."""
    try:
        text = as_text(value)
        return None if text is None else valid_unicode(text)
    except TypeError as error:
        return f"({error})"


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_SHOWN else f"{cell[: CELL_SHOWN - 1]}…"


def _column(name: str, cells: Sequence[str | None]) -> ColumnLook:
    counts: dict[str, int] = {}
    for cell in cells:
        if cell is not None:
            counts[cell] = counts.get(cell, 0) + 1
    longest = max(map(len, counts), default=0)
    listed = len(counts) <= FEW_VALUES and longest <= LONGEST_LABEL
    values = tuple(sorted(counts, key=lambda value: -counts[value])) if listed else ()
    return ColumnLook(name=name, filled=sum(counts.values()), distinct=len(counts), longest=longest, values=values)


def _check_parquet(path: Path, limits: UploadLimits) -> None:
    """Hold a Parquet file to what it says of itself; what it does not say, the process's memory limits."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        about = pq.read_metadata(path)
        unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path.name} is no readable Parquet file: {str(error).rstrip('. ')}. Export it again."
        ) from error
    if about.num_rows > limits.rows:
        raise InputError(f"{path.name} has {about.num_rows:,} rows; at most {limits.rows:,} are taken.")
    if unpacked > limits.unpacked:
        raise InputError(
            f"{path.name} holds {unpacked / MEBIBYTE:,.0f} MiB when it is unpacked; at most "
            f"{limits.unpacked / MEBIBYTE:,.0f} are taken."
        )
