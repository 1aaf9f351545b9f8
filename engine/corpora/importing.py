"""Importing: a corpus from anywhere is read, checked and laid into the user's store under a name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace as changed
from pathlib import Path
from typing import Any, Literal, get_args

from engine.corpora.corpus import Corpus
from engine.corpora.huggingface import read_huggingface
from engine.corpora.lewidi2023 import read_lewidi2023
from engine.corpora.lewidi2025 import read_lewidi2025
from engine.corpora.lewidi_files import find_files
from engine.corpora.reading import read_json, read_text
from engine.corpora.store import load_corpus, save_corpus
from engine.corpora.stored import HEAD, annotations_bytes, head_bytes, items_bytes
from engine.corpora.table import SUFFIXES, read_table
from engine.errors import InputError
from engine.paths import imported_dir, shipped

Format = Literal["auto", "lewidi2023", "lewidi2025", "table", "huggingface", "stored"]
_READERS: dict[str, Callable[..., Corpus]] = {
    "lewidi2023": read_lewidi2023,
    "lewidi2025": read_lewidi2025,
    "table": read_table,
    "huggingface": read_huggingface,
    "stored": lambda path, name: changed(load_corpus(Path(path)), name=name),
}


def import_corpus(
    path: str | Path, name: str, format: Format = "auto", *, replace: bool = False, **options: Any
) -> Corpus:
    """Read a corpus, check it and save it in the store as `name`.

    Args:
        path: a folder or file; with format 'huggingface' also a hub id ('owner/name').
        name: letters, digits, '.', '_' and '-'; what every command then calls it.
        format: 'auto' tells it from files and content; 'stored' is a folder that `save_corpus` wrote.
        replace: overwrite a different corpus of that name; an equal one may always be imported again.
        options: passed to the reader: `task` (Le-Wi-Di), `columns` and so on (`read_table`, `read_huggingface`).

    Returns:
        The corpus as stored; its notes tell what was left out, and that it has a single annotator or items without
        annotations.

    Raises:
        InputError: the name, the files or their content cannot be used, or the name belongs to another corpus.
        PolyvocalError: the store cannot be written.
    """
    check_name(name)
    return store_corpus(read_corpus(path, name, format, **options), replace=replace)


def read_corpus(path: str | Path, name: str, format: Format = "auto", **options: Any) -> Corpus:
    """Read a corpus as `import_corpus` does, check it, and store nothing.

    Returns:
        The corpus; its notes tell what was left out and what is unusual.

    Raises:
        InputError: the files or their content cannot be used.
    """
    known = tuple(f for f in get_args(Format) if f != "auto")
    if format == "auto":
        format = detect_format(Path(path))
    if format not in known:
        raise InputError(f"format {format!r} is not known. Expected auto or one of: {', '.join(known)}.")
    if format in ("table", "huggingface") and isinstance(options.get("task"), str):
        raise InputError(
            f"task {options['task']!r} chooses a label layer of a Le-Wi-Di corpus, which a {format} does not have. "
            "Choose the label's column (--label-column), and the question that models are asked (--kind)."
        )
    try:
        corpus = _READERS[format](path, name=name, **options)
    except TypeError as error:
        if not (unknown := re.search(r"unexpected keyword argument '(\w+)'", str(error))):
            raise
        raise InputError(
            f"option {unknown[1]!r} does not go with format {format!r}. Leave it out, or choose another --format."
        ) from error
    return with_notes(corpus)


def with_notes(corpus: Corpus) -> Corpus:
    """Return a corpus that can be worked with, with notes of what is unusual.

    Raises:
        InputError: it has no annotations.
    """
    if corpus.annotations.empty:
        raise InputError(
            f"corpus {corpus.name!r} has {len(corpus.items)} items and no annotations. Polyvocal needs at least one "
            "label by a person; give files that hold them (published test files may come without)."
        )
    return changed(corpus, notes=tuple(dict.fromkeys((*corpus.notes, *_unusual(corpus)))))


def store_corpus(corpus: Corpus, *, replace: bool = False) -> Corpus:
    """Check that `corpus` can be worked with, note what is unusual, and save it in the store under its name.

    Raises:
        InputError: it has no annotations, or the store has a different corpus of that name and `replace` is false.
    """
    check_name(corpus.name)
    corpus = with_notes(corpus)
    folder = imported_dir() / corpus.name
    if folder.exists() and not replace and not _is_stored(corpus, folder):
        raise InputError(
            f"the store already has a different corpus {corpus.name!r} ({folder}). Choose another name, or replace it "
            "with --replace."
        )
    save_corpus(corpus, folder)
    return corpus


def check_name(name: str) -> None:
    """Raise if `name` cannot name a corpus in the store.

    Raises:
        InputError: it names a shipped corpus, is empty, too long, or holds more than letters, digits, '.', '_' and '-'.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", name):
        raise InputError(
            f"a corpus cannot be named {name!r}. Use 1 to 60 letters, digits, '.', '_' and '-', starting with a letter "
            "or digit."
        )
    if (shipped("corpora") / name / HEAD).is_file():
        raise InputError(
            f"{name!r} is the name of a corpus that comes with the project, and would hide it. Choose another name."
        )


def detect_format(path: Path) -> Format:
    """Tell the format of a corpus from its files and content.

    Raises:
        InputError: there is nothing at `path`, or it is of no known format.
    """
    if not path.exists():
        raise InputError(
            f"{str(path)!r} does not exist. Give a folder or file; for a Hugging Face id add --format huggingface."
        )
    if path.is_file():
        if path.suffix.lower() == ".json" and not read_text(path).lstrip().startswith("["):
            return _edition(path)
        if path.suffix.lower() in SUFFIXES:
            return "table"
    elif (path / HEAD).is_file():
        return "stored"
    elif any((path / name).is_file() for name in ("dataset_info.json", "dataset_dict.json", "state.json")):
        return "huggingface"
    elif any(path.glob("*.json")) or any(path.glob("*/*.json")):
        return _edition(find_files(path)[0][0])
    raise InputError(
        f"the format of {path} cannot be told. Known: a Le-Wi-Di folder or .json file, a table "
        f"({', '.join(SUFFIXES)}), a Hugging Face dataset folder, a stored corpus. Name it with --format."
    )


def _edition(path: Path) -> Format:
    """2023 writes annotations as a text, 2025 as an object; both within the first entry."""
    head = read_text(path)
    match = re.search(r'"annotations"\s*:\s*(["{])', head)
    if match is None or '"annotation task"' not in head:
        read_json(path)  # where it is none, that is what is wrong
        raise InputError(
            f'{path} is no Le-Wi-Di file: it has no fields "annotation task" and "annotations". For a table use '
            f"{', '.join(SUFFIXES)}."
        )
    return "lewidi2023" if match[1] == '"' else "lewidi2025"


def _unusual(corpus: Corpus) -> list[str]:
    notes = []
    people = corpus.annotations["annotator_id"].nunique()
    if people == 1:
        notes.append("only one annotator labelled these items: agreement between people cannot be computed")
    if bare := len(corpus.items) - corpus.annotations["item_id"].nunique():
        notes.append(f"{bare} of {len(corpus.items)} items have no annotation")
    return notes


def _is_stored(corpus: Corpus, folder: Path) -> bool:
    """Whether the folder holds this very corpus: its task, items, annotations and annotators."""
    try:
        other = load_corpus(folder)
    except InputError:
        return False

    def content(c: Corpus) -> tuple[object, ...]:
        head = json.loads(head_bytes(c))
        return head["task"], head["annotators"], head["synthetic"], items_bytes(c), annotations_bytes(c)

    return content(other) == content(corpus)
