"""Corpora as folders: the only reader and writer of them.

A stored corpus is a folder of three UTF-8 files, so that it can be read, compared and kept in git without this program:

- corpus.json: version, name, task, annotators (id, group, attributes), synthetic, source, notes
- items.jsonl: one item a line (item_id, fields, language, split, info)
- annotations.jsonl: one annotation a line (item_id, annotator_id, label, explanation or null)

Equal corpora give equal bytes. A folder is written beside its place and renamed into it, so readers see a whole corpus
or none. What else lies in the folder (the demo corpus keeps its true probabilities there) stays when it is rewritten.
"""

from __future__ import annotations

import difflib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ValidationError

from engine.corpora.catalogue import load_catalogue
from engine.corpora.checks import annotation_frame, check_corpus
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.stored import (
    ANNOTATIONS,
    FILES,
    HEAD,
    ITEMS,
    StoredAnnotation,
    StoredHead,
    StoredItem,
    annotations_bytes,
    dump,
    head_bytes,
    items_bytes,
)
from engine.errors import InputError, PolyvocalError
from engine.paths import imported_dir, shipped

M = TypeVar("M", bound=BaseModel)
_ABANDONED_SECONDS = 3600


@dataclass(frozen=True)
class CorpusSummary:
    """What a list of corpora shows of one, read without loading its texts."""

    name: str
    """What `load_corpus` takes: the folder's name."""
    folder: Path
    n_items: int
    n_annotators: int
    n_annotations: int
    task: Task | None
    """None where the corpus could not be read."""
    synthetic: bool
    where: Literal["imported", "shipped"]
    problem: str = ""
    """Why it cannot be used; empty where it can."""


def save_corpus(corpus: Corpus, folder: Path) -> Path:
    """Write `corpus` into `folder` (made, or replaced as a whole) and return the folder.

    Raises:
        InputError: the corpus contradicts itself, or the folder exists and is no corpus.
        PolyvocalError: the disk is full or the place cannot be written; what was there before is untouched.
    """
    check_corpus(corpus)
    folder = Path(folder)
    if folder.exists() and not (folder / HEAD).is_file() and any(folder.iterdir()):
        raise InputError(f"{folder} exists and holds no corpus ({HEAD}); it would be overwritten. Name another folder.")
    contents = dict(zip(FILES, (head_bytes(corpus), items_bytes(corpus), annotations_bytes(corpus)), strict=True))
    temporary: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder)
        temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        for name, content in contents.items():
            _write(temporary / name, content)
        _keep_extra_files(folder, temporary)
        temporary.chmod(0o755)  # mkdtemp makes it private; a corpus is an ordinary folder
        _swap(temporary, folder)
    except OSError as error:
        raise PolyvocalError(
            f"corpus {corpus.name!r} could not be written to {folder}: {error.strerror or error}. "
            "Free some space or choose a writable place (POLYVOCAL_HOME), then try again."
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder


def load_corpus(name_or_folder: str | Path) -> Corpus:
    """Return a stored corpus, by folder, or by name among the imported ones and then the shipped ones.

    Raises:
        InputError: there is none (the known names and the nearest spelling are listed), or its files are damaged.
    """
    folder = _find(name_or_folder)
    head = _load_head(folder)
    items = tuple(
        Item(line.item_id, line.fields, line.language, line.split, line.info)
        for line in _lines(folder / ITEMS, StoredItem)
    )
    rows = [(a.item_id, a.annotator_id, a.label, a.explanation) for a in _lines(folder / ANNOTATIONS, StoredAnnotation)]
    corpus = Corpus(
        name=head.name,
        task=head.task,
        items=items,
        annotators=tuple(Annotator(a.annotator_id, a.group, a.attributes) for a in head.annotators),
        annotations=annotation_frame(rows),
        synthetic=head.synthetic,
        source=head.source,
        notes=head.notes,
    )
    check_corpus(corpus)
    return corpus


def corpus_stamp(name_or_folder: str | Path) -> str:
    """Return a text that changes when a stored corpus's files do; reading it is cheap. For caches.

    Raises:
        InputError: there is no such corpus.
    """
    folder = _find(name_or_folder)
    files = [(folder / name).stat() for name in FILES if (folder / name).is_file()]
    return repr([str(folder), *((at.st_mtime_ns, at.st_size, at.st_ino) for at in files)])


def list_corpora() -> list[CorpusSummary]:
    """Return every imported and shipped corpus by name; a broken one is listed with its problem, never raised.

    An imported corpus hides a shipped one of the same name, as `load_corpus` does.
    """
    found: dict[str, CorpusSummary] = {}
    places: tuple[tuple[Literal["imported", "shipped"], Path], ...] = (
        ("imported", imported_dir()),
        ("shipped", shipped("corpora")),
    )
    for where, place in places:
        for folder in sorted(place.iterdir()) if place.is_dir() else ():
            if folder.is_dir() and not folder.name.startswith((".", "_")) and folder.name not in found:
                found[folder.name] = _summary(folder, where)
    return [found[name] for name in sorted(found)]


def corpus_digest(corpus: Corpus) -> str:
    """Return 64 hex digits (sha256) that name the content: task, items and annotations, in their order.

    Name, source and notes are not part of it, nor are the annotators' attributes.
    """
    digest = hashlib.sha256()
    for part in (dump(corpus.task.model_dump(mode="json")), items_bytes(corpus), annotations_bytes(corpus)):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _find(name_or_folder: str | Path) -> Path:
    text = str(name_or_folder)
    path = Path(text).expanduser()
    if (path / HEAD).is_file():
        return path
    if isinstance(name_or_folder, Path) or os.sep in text or text in ("", ".", ".."):
        what = "holds no corpus" if path.is_dir() else "does not exist"
        raise InputError(
            f"{text!r} {what}: expected a folder with {HEAD}. Give a corpus's folder, or one of its names."
        )
    for place in (imported_dir(), shipped("corpora")):
        if (place / text).is_dir():
            return place / text
    known = [summary.name for summary in list_corpora()]
    raise InputError(f"there is no corpus {text!r}. {_suggest(text, known)}")


def _suggest(name: str, known: list[str]) -> str:
    published = [entry for entry in load_catalogue() if entry not in known]
    if name in published:
        return f"It is published and not here yet; get it with: polyvocal corpus fetch {name}"
    parts = [f"Here are: {', '.join(known) or 'none'}."]
    if published:
        parts.append(f"To be fetched (polyvocal corpus fetch NAME): {', '.join(published)}.")
    if near := difflib.get_close_matches(name, [*known, *published], n=1):
        parts.append(f"Did you mean {near[0]!r}?")
    return " ".join(parts)


def _summary(folder: Path, where: Literal["imported", "shipped"]) -> CorpusSummary:
    try:
        head = _load_head(folder)
        n_items, n_annotations = (_read(folder / name).count(b"\n") for name in (ITEMS, ANNOTATIONS))
    except (PolyvocalError, OSError) as error:
        return CorpusSummary(folder.name, folder, 0, 0, 0, None, False, where, str(error))
    return CorpusSummary(
        folder.name, folder, n_items, len(head.annotators), n_annotations, head.task, head.synthetic, where
    )


def _load_head(folder: Path) -> StoredHead:
    path = folder / HEAD
    try:
        return StoredHead.model_validate_json(_read(path))
    except ValidationError as error:
        raise InputError(
            f"{path} is not a stored corpus: {_first(error)}. Import or fetch the corpus again."
        ) from error


def _lines(path: Path, model: type[M]) -> Iterator[M]:
    for number, line in enumerate(_read(path).split(b"\n"), start=1):
        if line:
            try:
                yield model.model_validate_json(line)
            except ValidationError as error:
                raise InputError(
                    f"{path} line {number} is damaged: {_first(error)}. Import or fetch the corpus again."
                ) from error


def _first(error: ValidationError) -> str:
    detail = error.errors()[0]
    where = ".".join(str(part) for part in detail["loc"])
    return f"{where}: {detail['msg']}" if where else detail["msg"]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. A stored corpus has {', '.join(FILES)}.") from error


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed process had begun to write for this place; a corpus it had moved aside stays."""
    for path in folder.parent.glob(f".{folder.name}.????????"):
        if time.time() - path.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _keep_extra_files(old: Path, new: Path) -> None:
    for path in old.iterdir() if old.is_dir() else ():
        if path.name not in FILES:
            copy = shutil.copytree if path.is_dir() else shutil.copy2
            copy(path, new / path.name)


def _swap(new: Path, place: Path) -> None:
    """Put `new` at `place`; a folder there is moved aside first, and comes back if the move fails."""
    if not place.exists():
        new.rename(place)
        return
    aside = new.with_name(f"{new.name}.old")
    place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)
