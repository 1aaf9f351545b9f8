"""Responses of a run as one file for other programs: CSV, Parquet or JSON lines."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

from engine.corpora.corpus import Corpus, Item
from engine.errors import InputError, PolyvocalError
from engine.paths import check_new_file
from engine.runs.manifest import Manifest
from engine.runs.run_folder import RunFolder
from engine.validation import unknown_name

Format = Literal["csv", "parquet", "jsonl"]
_ROWS_AT_ONCE = 50_000


def export_run(run: RunFolder, path: str | Path, format: Format = "csv", *, texts: bool = False) -> Path:
    """Write the responses of a run, one row a key, to a file, and return its path. It appears whole or not at all.

    CSV has one column `logprob LABEL` a label instead of a list, and a cell of text that a spreadsheet would take for
    a formula (it starts with = + - @, a tab or a line break, blanks aside) gets an apostrophe before it.

    Args:
        run: The run.
        path: The file; one that is there is replaced.
        format: csv, parquet or jsonl.
        texts: Add one column `item FIELD` a field of the items (their texts, which may be licensed or hurtful).

    Raises:
        InputError: the format is unknown, the path is a folder or in none, the manifest cannot be read, or texts are
            wanted and the corpus is gone or has changed since.
        PolyvocalError: the file could not be written.
    """
    if format not in get_args(Format):
        raise unknown_name("export format", str(format), get_args(Format), "Choose one of these.")
    path = check_new_file(Path(path))
    manifest = run.manifest()
    table = run.responses()
    if texts:
        table = _with_texts(table, manifest)
    if format == "csv":
        table = _safe_for_spreadsheets(_logprobs_as_columns(table, manifest))
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(3)}.tmp")
    try:
        _write(table, temporary, format)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise PolyvocalError(
            f"{path} could not be written ({error.strerror or error}). Free space or choose another place; "
            "the run itself is unchanged."
        ) from error
    return path


def items_of(manifest: Manifest, corpus: Corpus) -> list[Item]:
    """Return the items that a run labelled, in its order.

    Raises:
        InputError: their texts, or the task, are other ones now.
    """
    from engine.runs.plan import items_digest

    items = [corpus.item_by_id[i] for i in manifest.item_ids if i in corpus.item_by_id]
    if items_digest(corpus.task, items) != manifest.corpus.digest:
        raise InputError(
            f"corpus {corpus.name!r} has changed since run {manifest.run_id!r} labelled it, so its texts may not be "
            "the ones that were labelled. Export without texts, or bring the old corpus back."
        )
    return items


def _write(table: pa.Table, path: Path, format: Format) -> None:
    if format == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, path, compression="zstd")
    elif format == "csv":
        import pyarrow.csv as csv

        csv.write_csv(table, path)
    else:
        with path.open("w", encoding="utf-8", newline="\n") as file:
            for batch in table.to_batches(max_chunksize=_ROWS_AT_ONCE):
                for row in batch.to_pylist():
                    file.write(json.dumps(_json_ready(row), ensure_ascii=False, allow_nan=False) + "\n")


def _json_ready(row: dict[str, object]) -> dict[str, object]:
    """Return the row with the log-probability of an impossible label, -inf, as null: JSON has no infinity."""
    logprobs = row["logprobs"]
    if isinstance(logprobs, list):
        row = row | {"logprobs": [None if value == float("-inf") else value for value in logprobs]}
    return row


def _logprobs_as_columns(table: pa.Table, manifest: Manifest) -> pa.Table:
    column = table["logprobs"].combine_chunks()
    at = table.schema.get_field_index("logprobs")
    table = table.remove_column(at)
    if manifest.spec.mode != "exact":
        return table
    fits = pc.equal(pc.list_value_length(column), len(manifest.task.labels))
    lists = pc.if_else(fits, column, pa.nulls(len(column), column.type))
    for place, label in enumerate(manifest.task.labels):
        table = table.add_column(at + place, f"logprob {label}", pc.list_element(lists, place))
    return table


def _with_texts(table: pa.Table, manifest: Manifest) -> pa.Table:
    from engine.corpora.store import load_corpus

    items = items_of(manifest, load_corpus(manifest.spec.corpus))
    place = {item.item_id: number for number, item in enumerate(items)}
    order = pa.array([place.get(item_id) for item_id in table["item_id"].to_pylist()], pa.int64())
    for name in dict.fromkeys(name for item in items for name in item.fields):
        values = pa.array([item.fields.get(name) for item in items], pa.string())
        table = table.append_column(f"item {name}", values.take(order))
    return table


def _safe_for_spreadsheets(table: pa.Table) -> pa.Table:
    for at, field in enumerate(table.schema):
        if pa.types.is_string(field.type):
            safe = pc.replace_substring_regex(table[at], pattern=r"\A( *[=+\-@\t\r\n＝＋－＠])", replacement=r"'\1")
            table = table.set_column(at, field.name, safe)
    return table
