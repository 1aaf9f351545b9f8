"""Fetching a published corpus: download what is missing, check every sum, import it into the store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace as changed

from filelock import FileLock

from engine.corpora.catalogue import PublishedFile, catalogue_entry, read_catalogue
from engine.corpora.corpus import Corpus
from engine.corpora.download import Patience, download, sha256_of
from engine.corpora.importing import store_corpus
from engine.corpora.lewidi2023 import read_lewidi2023
from engine.corpora.lewidi2025 import read_lewidi2025
from engine.corpora.reading import read_json
from engine.errors import InputError, PolyvocalError
from engine.paths import downloads_dir

FileProgress = Callable[[str, int, int | None], None]
"""Called with a file's name, its bytes on disk and its bytes in all (None: not known)."""

_READERS = {"lewidi2023": read_lewidi2023, "lewidi2025": read_lewidi2025}


def fetch(
    name: str,
    base_url: str | None = None,
    on_progress: FileProgress | None = None,
    *,
    replace: bool = False,
    patience: Patience | None = None,
) -> Corpus:
    """Download a corpus of the catalogue, check it and import it under its catalogue name.

    Files that are here already with the right sum are not asked for again. The files stay in the store's downloads/,
    parts of an interrupted download too.

    Args:
        name: its name in the catalogue ('hs-brexit').
        base_url: the address the files' paths start from; by default POLYVOCAL_CATALOGUE_URL, else the catalogue's.
        on_progress: called while a file grows, and once for a file that is here already.
        replace: overwrite a different corpus of that name in the store.
        patience: waiting times and attempts of each download.

    Returns:
        The corpus. Where the catalogue does not know a file's sum, the notes say which one was found.

    Raises:
        InputError: the catalogue has no such corpus, or another corpus of that name is in the store.
        PolyvocalError: a file could not be downloaded, or is not the published one; nothing half-written stays.
    """
    entry = catalogue_entry(name)
    base = base_url or os.environ.get("POLYVOCAL_CATALOGUE_URL", "").strip() or read_catalogue().base_url
    if not base.startswith(("http://", "https://")):
        raise InputError(f"the base address {base!r} is no http or https URL. Give one such as https://example.org/x/")
    folder = downloads_dir() / entry.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
    except OSError as error:
        raise PolyvocalError(
            f"{folder} cannot be written: {error.strerror}. Set POLYVOCAL_HOME to a writable place."
        ) from error
    notes = []
    with lock:  # two processes must not write one part file
        for file in entry.files:
            found = _one(f"{base.rstrip('/')}/{file.path}", file, entry.name, on_progress, patience)
            if file.sha256 is None:
                notes.append(f"{file.name}: its sum is not known to the catalogue; got sha256 {found}")
        corpus = _READERS[entry.format](folder, name=entry.name)
    commit = read_catalogue().commit
    source = f"{corpus.source}; {read_catalogue().publisher} at commit {commit[:12]}. {entry.citation}"
    return store_corpus(changed(corpus, source=source, notes=(*corpus.notes, *notes)), replace=replace)


def _one(
    url: str, file: PublishedFile, corpus: str, on_progress: FileProgress | None, patience: Patience | None
) -> str:
    """Make one file lie in the downloads, whole and checked, and return its sum."""
    target = downloads_dir() / corpus / file.name

    def progress(done: int, total: int | None) -> None:
        if on_progress is not None:
            on_progress(file.name, done, total)

    if target.is_file():
        found = sha256_of(target)
        if file.sha256 in (None, found):
            size = target.stat().st_size
            progress(size, size)
            return found
        target.unlink()
    found = download(url, target, sha256=file.sha256, size=file.bytes, on_progress=progress, patience=patience)
    if file.sha256 is None:  # no sum to hold it to: it must at least be JSON, and not a proxy's page
        try:
            read_json(target)
        except InputError:
            target.unlink(missing_ok=True)
            raise
    return found
