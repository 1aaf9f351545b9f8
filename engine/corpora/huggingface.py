"""Reader of Hugging Face datasets: a hub id, a folder of data files, or what `save_to_disk` wrote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engine.corpora.corpus import Corpus, Level, Task
from engine.corpora.rows import Row, TableColumns, TaskHints, corpus_from_rows
from engine.corpora.table import require_columns, rows_of
from engine.errors import InputError, MissingPackageError


def read_huggingface(
    id_or_folder: str | Path,
    *,
    name: str,
    split: str | None = None,
    columns: TableColumns | None = None,
    config: str | None = None,
    revision: str | None = None,
    task: Task | None = None,
    task_name: str | None = None,
    kind: str | None = None,
    labels: Sequence[str] = (),
    level: Level | None = None,
    positive: str | None = None,
    multi_label: bool = False,
    cache_dir: Path | None = None,
) -> Corpus:
    """Read a corpus from a Hugging Face dataset with one row an annotation.

    Labels that the dataset stores as numbers with names (`ClassLabel`) become their names. Without a column for it, an
    item's split is the dataset's.

    Args:
        id_or_folder: a hub id ('owner/name'), a folder of data files, or a folder that `save_to_disk` wrote.
        name: the corpus's name.
        split: read only this split; by default all.
        columns: which column holds what; by default item_id, text, annotator_id, label.
        config: the dataset's configuration, where it has several.
        revision: the commit or tag of a hub id.
        task: the whole task; without it, it is told from the labels and task_name, kind, labels, level, positive,
            multi_label as in `read_table`.
        cache_dir: where downloaded and prepared data lies; by default the cache of `datasets`.

    Returns:
        The corpus; its notes count what was left out and say what was assumed of the task.

    Raises:
        InputError: there is no such dataset, split or column, or the rows cannot be used.
        MissingPackageError: the package `datasets` is not installed.
    """
    columns = columns or TableColumns()
    origin = str(id_or_folder)
    parts = _load(origin, split, config, revision, cache_dir)
    own_split = columns.split is None
    if own_split:
        columns = columns.model_copy(update={"split": "__split__"})
    rows = [row for part, data in parts.items() for row in _rows(data, part, columns, origin, own_split)]
    hints = TaskHints(task_name, kind, tuple(labels), level, positive, multi_label)
    return corpus_from_rows(rows, name=name, origin=origin, columns=columns, task=task, hints=hints)


def _load(
    origin: str, split: str | None, config: str | None, revision: str | None, cache_dir: Path | None
) -> dict[str, Any]:
    """Return the wanted splits by name."""
    try:
        import datasets
    except ImportError as error:
        raise MissingPackageError("reading Hugging Face datasets needs a package: pip install datasets") from error
    folder = Path(origin).expanduser()
    try:
        if any((folder / file).is_file() for file in ("state.json", "dataset_dict.json")):
            loaded = datasets.load_from_disk(str(folder))
        else:
            place = str(folder) if folder.is_dir() else origin
            cache = str(cache_dir) if cache_dir else None
            loaded = datasets.load_dataset(place, config, revision=revision, cache_dir=cache)
    except Exception as error:
        said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"the dataset {origin!r} could not be read: {said}. Expected a hub id (and a connection to the hub), a "
            "folder of data files, or one that save_to_disk wrote."
        ) from error
    parts = dict(loaded) if isinstance(loaded, dict) else {str(loaded.split or ""): loaded}
    if split is None:
        return parts
    if split not in parts:
        raise InputError(f"the dataset {origin!r} has no split {split!r}. It has: {', '.join(map(repr, parts))}.")
    return {split: parts[split]}


def _rows(data: Any, part: str, columns: TableColumns, origin: str, own_split: bool) -> Iterator[Row]:
    wanted = [column for column in columns.names() if not (own_split and column == columns.split)]
    require_columns(wanted, data.column_names, origin)
    named = {c: f for c in wanted if hasattr(f := data.features[c], "int2str")}

    def records() -> Iterator[tuple[str, dict[str, Any]]]:
        for number, record in enumerate(data.select_columns(list(dict.fromkeys(wanted))), start=1):
            for column, feature in named.items():
                value = record[column]
                record[column] = None if value is None or value < 0 else feature.int2str(value)  # -1: no label
            place = f"{part} row {number}" if part else f"row {number}"
            yield place, record | ({columns.split: part} if own_split and columns.split else {})

    return rows_of(records(), columns, origin)
