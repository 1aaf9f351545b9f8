"""Text vectors of a corpus, made by a process of its own: reading them, and how far they are, loads no torch.

The vectors go where `embed` keeps all vectors, so a job holds nothing of its own but its request, its progress and its
log, and one that was stopped loses at most a part. Its folder is named by what it makes: starting it again goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from engine.annotators.annotations import text_of
from engine.annotators.texts.embedding_cache import EmbeddingCache, Floats32, key_of
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER, encoder_identity, find_encoder
from engine.corpora.corpus import Corpus
from engine.corpora.store import load_corpus
from engine.errors import PolyvocalError
from engine.jobs.lock import FolderLock, is_locked
from engine.jobs.processes import log_tail, start_process
from engine.jobs.stopping import Stop, ask_to_stop
from engine.jobs.whole_files import write_whole
from engine.paths import embeddings_dir

log = logging.getLogger("polyvocal.embedding")

State = Literal["none", "running", "finished", "cancelled", "interrupted", "failed"]
"""interrupted: its process is gone. none: nobody has started it."""
REQUEST, PROGRESS = "request.json", "progress.json"
_MOMENT = 0.3
"""Seconds between two writings of the progress."""


@dataclass(frozen=True)
class Embedding:
    """One look at the job of a corpus and an encoder."""

    state: State
    done: int = 0
    """Distinct texts with a vector."""
    total: int = 0
    """Distinct texts; 0 while the encoder is loaded."""
    seconds_left: float | None = None
    """At the pace so far; None while nothing was embedded."""
    error: str = ""
    """Why it failed."""


def texts_of(corpus: Corpus, items: Sequence[str]) -> list[str]:
    """Return what a text encoder reads of items of a corpus, by id."""
    return [text_of(corpus.item_by_id[item]) for item in items]


def kept_vectors(texts: Sequence[str], encoder: str = DEFAULT_ENCODER) -> Floats32 | None:
    """Return the vectors of texts that are kept, (texts, dimensions); None where one of them has none yet.

    Raises:
        InputError: the encoder is not on this machine.
    """
    cache = EmbeddingCache(embeddings_dir() / encoder_identity(find_encoder(encoder, download=False)), encoder)
    keys = [key_of(text.encode("utf-8", "replace").decode("utf-8")) for text in texts]
    distinct = list(dict.fromkeys(keys))
    found = cache.fetch(distinct)
    if found.vectors is None or not found.found.all():
        return None
    place = {key: i for i, key in enumerate(distinct)}
    vectors: Floats32 = found.vectors[[place[key] for key in keys]]
    return vectors


def embedding_folder(corpus: str, encoder: str = DEFAULT_ENCODER) -> Path:
    """Return the folder of the job that makes the vectors of a corpus (name or folder)."""
    digest = hashlib.sha256(json.dumps([corpus, encoder]).encode()).hexdigest()[:16]
    return embeddings_dir() / "jobs" / digest


def start_embedding(corpus: str, encoder: str = DEFAULT_ENCODER) -> None:
    """Start the process that makes the vectors of all texts of a corpus; does nothing where it runs already.

    Raises:
        InputError: there is no such corpus.
        PolyvocalError: the store cannot be written.
    """
    load_corpus(corpus)
    folder = embedding_folder(corpus, encoder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        if not lock.acquire_unless(lambda: _read(folder).state == "running"):
            return
        with lock:
            write_whole(folder / REQUEST, json.dumps({"corpus": corpus, "encoder": encoder}))
            _write(folder, Embedding("running"))
            asked = ["--asked-at", repr(time.time()), "--lock", str(lock.descriptor)]
            start_process(__name__, folder, asked, what="the embedding of texts", descriptors=(lock.descriptor,))
    except OSError as error:
        raise PolyvocalError(
            f"the embedding of texts cannot be started in {folder} ({error.strerror or error}). Make the folder "
            "writable, or set POLYVOCAL_HOME."
        ) from error


def embedding_now(corpus: str, encoder: str = DEFAULT_ENCODER) -> Embedding:
    """Return how far the job of a corpus is."""
    folder = embedding_folder(corpus, encoder)
    found = _read(folder)
    if found.state != "running" or is_locked(folder):
        return found
    found = _read(folder)  # it may have ended between the two looks
    return Embedding("interrupted", found.done, found.total) if found.state == "running" else found


def cancel_embedding(corpus: str, encoder: str = DEFAULT_ENCODER) -> None:
    """Ask the process to stop after the texts in hand; what has a vector keeps it."""
    with contextlib.suppress(OSError):
        ask_to_stop(embedding_folder(corpus, encoder))


def embedding_log(corpus: str, encoder: str = DEFAULT_ENCODER, lines: int = 12) -> str:
    """Return the last lines of what the process wrote."""
    return log_tail(embedding_folder(corpus, encoder), lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the job in a folder; return the exit status."""
    parser = argparse.ArgumentParser(prog=f"python -m {__name__}", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--asked-at", type=float, default=None)
    parser.add_argument("--lock", type=int, default=None, help="the open file that holds the folder's lock, inherited")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    folder = options.folder
    with FolderLock(folder) if options.lock is None else FolderLock.adopt(folder, options.lock):
        ended = _carried_out(folder, Stop(folder, options.asked_at))
        _write(folder, ended)
    return 1 if ended.state == "failed" else 0


def _carried_out(folder: Path, stop: Stop) -> Embedding:
    """Make the vectors; return how that ended."""
    teller = _Teller(folder, stop)
    try:
        request = json.loads((folder / REQUEST).read_text(encoding="utf-8"))
        corpus = load_corpus(request["corpus"])
        with stop.interrupting():
            from engine.annotators.texts.encoders import embed

            embed(texts_of(corpus, list(corpus.item_by_id)), request["encoder"], batch_size=16, progress=teller)
    except KeyboardInterrupt:
        return Embedding("cancelled", teller.done, teller.total)
    except PolyvocalError as error:
        log.error("%s", error)
        return Embedding("failed", teller.done, teller.total, error=str(error))
    except Exception as error:
        log.exception("the embedding broke")
        return Embedding("failed", teller.done, teller.total, error=str(error) or type(error).__name__)
    return Embedding("finished", teller.done, teller.total)


class _Teller:
    """Writes how far the job is, now and then, and stops it between two steps where that was asked for."""

    def __init__(self, folder: Path, stop: Stop) -> None:
        self._folder, self._stop, self._written = folder, stop, 0.0
        self._began: tuple[float, int] | None = None
        self.done = self.total = 0

    def __call__(self, done: int, total: int) -> None:
        now, self.done, self.total = time.monotonic(), done, total
        self._began = self._began or (now, done)
        if self._stop.asked():
            raise KeyboardInterrupt
        if now - self._written < _MOMENT:
            return
        since, first = self._began
        left = (now - since) / (done - first) * (total - done) if done > first else None
        _write(self._folder, Embedding("running", done, total, left))
        self._written = now


def _write(folder: Path, now: Embedding) -> None:
    with contextlib.suppress(OSError):
        write_whole(folder / PROGRESS, json.dumps(asdict(now)))


def _read(folder: Path) -> Embedding:
    try:
        return Embedding(**json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Embedding("none")


if __name__ == "__main__":
    raise SystemExit(main())
