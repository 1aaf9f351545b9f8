"""Text encoders: sentence-transformers that turn a text into a vector, once per text and encoder, kept on disk.

The model is loaded only where a text has no vector yet. On the CPU the numbers repeat, and a text's vector does not
depend on the texts beside it by more than rounding: 3e-7 measured for all-MiniLM-L6-v2 between batches of 1 and of 64
texts of very different lengths, vectors being of length 1.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from engine.annotators.texts.embedding_cache import Booleans, EmbeddingCache, Floats32, key_of
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER, encoder_identity, find_encoder
from engine.annotators.texts.encoder_loading import default_device, load_encoder, out_of_memory, shared_encoder
from engine.errors import InputError, PolyvocalError
from engine.paths import embeddings_dir

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

__all__ = ["DEFAULT_ENCODER", "Embeddings", "embed", "encoder_identity", "find_encoder", "load_encoder"]

log = logging.getLogger(__name__)

Progress = Callable[[int, int], None]
"""Told how many of the distinct texts have their vectors, and how many there are."""

PART_TEXTS = 1024
"""Texts of one part on disk: what a killed process loses at most."""
_BATCHES_AT_ONCE = 4
"""Batches between two words of progress."""
_UNLIMITED = 10**6
"""Longest lengths above this are no length: tokenizers write 10^30 where none is known."""

_in_use = threading.RLock()
"""Held while a shared encoder is loaded or works: fast tokenizers do not bear two threads."""


@dataclass(frozen=True)
class Embeddings:
    """Vectors of texts from one encoder, and how they came about."""

    vectors: Floats32
    """(texts, dimensions), in the order of the texts; equal texts have equal vectors."""
    encoder: str
    """The name or folder that was asked for."""
    identity: str
    """sha256 over the files that decide the vectors: equal for copies of one encoder."""
    n_truncated: int
    """Texts longer than the encoder reads: what is beyond is not in their vectors."""
    n_computed: int
    """Distinct texts embedded now; the others came out of the cache."""
    seconds: float
    """Of the whole call, loading the encoder included."""
    device: str
    """Where texts were embedded; '' where all vectors came out of the cache."""
    notes: tuple[str, ...] = ()
    """What a reader must know: texts cut off, batches halved, vectors that could not be kept."""


def embed(
    texts: Sequence[str],
    encoder: str = DEFAULT_ENCODER,
    *,
    device: str | None = None,
    batch_size: int = 64,
    progress: Progress | None = None,
) -> Embeddings:
    """Return the vector of each text, out of the cache where it is there, else computed and kept.

    Half surrogate pairs, which no tokenizer takes, are read as '?'. Empty texts have a vector like any other. Where
    the device runs out of memory, the batch is halved and a note says it. Interrupted, it keeps what it has.

    Args:
        texts: any number, with repetitions.
        encoder: folder, Hugging Face id, or all-MiniLM-L6-v2; see `find_encoder`.
        device: 'cpu', 'cuda', 'cuda:1'; None: a CUDA device where there is one.
        batch_size: texts in one forward pass.
        progress: called with (done, total) in distinct texts.

    Raises:
        InputError: no such encoder or device, one that cannot be loaded, or something that is not text.
        PolyvocalError: not even one text fits into the device's memory, or a vector is not finite.
    """
    started = time.perf_counter()
    if batch_size < 1:
        raise InputError(f"batch_size is {batch_size}; at least one text must be embedded at a time.")
    distinct, places = _distinct(texts)
    folder = find_encoder(encoder)
    identity = encoder_identity(folder)
    cache = EmbeddingCache(embeddings_dir() / identity, encoder)
    work = _Work(encoder, cache, distinct, progress)
    used = ""
    if work.missing or not distinct:
        used = device or default_device()
        with _in_use:
            work.do(shared_encoder(folder, identity, used), batch_size)
    n_truncated = int(work.truncated[places].sum())
    if n_truncated:
        work.notes.insert(0, f"texts longer than the encoder reads, whose ends do not count: {n_truncated:,}")
    return Embeddings(
        vectors=work.vectors[places],
        encoder=encoder,
        identity=identity,
        n_truncated=n_truncated,
        n_computed=work.n_computed,
        seconds=time.perf_counter() - started,
        device=used if work.n_computed else "",
        notes=tuple(work.notes),
    )


class _Work:
    """The distinct texts of one call: which vectors are there, and the making of the others."""

    def __init__(self, encoder: str, cache: EmbeddingCache, texts: list[str], progress: Progress | None) -> None:
        self.encoder, self.cache, self.texts = encoder, cache, texts
        self.keys = [key_of(text) for text in texts]
        self.notes: list[str] = []
        self.n_computed = 0
        self._keeps = True
        cached = cache.fetch(self.keys)
        # Longest first: what does not fit into memory shows at once, and batches hold texts of similar length.
        self.missing = sorted(np.flatnonzero(~cached.found).tolist(), key=lambda i: -len(texts[i]))
        self.truncated = cached.truncated
        self.vectors: Floats32 = np.zeros((0, 0), dtype=np.float32) if cached.vectors is None else cached.vectors
        self._progress = progress
        self._report()

    def do(self, model: SentenceTransformer, batch_size: int) -> None:
        """Compute what is missing, part by part."""
        if not self.vectors.size:
            shape = (len(self.texts), model.get_embedding_dimension() or 0)
            self.vectors = np.zeros(shape, dtype=np.float32)
        pending: list[int] = []
        try:
            for places, vectors in self._encoded(model, batch_size):
                self.vectors[places] = vectors
                self.truncated[places] = _too_long(model, [self.texts[i] for i in places])
                self.n_computed += len(places)
                pending += places
                if len(pending) >= PART_TEXTS:
                    pending = self._keep(pending)
                self._report()
        finally:
            self._keep(pending)

    def _encoded(self, model: SentenceTransformer, batch_size: int) -> Iterator[tuple[list[int], Floats32]]:
        """Yield places and their vectors; where memory runs out, with ever smaller batches."""
        start = 0
        while start < len(self.missing):
            places = self.missing[start : start + _BATCHES_AT_ONCE * batch_size]
            vectors = _encode(model, [self.texts[i] for i in places], batch_size)
            if vectors is None:
                batch_size = self._smaller(batch_size, model)
                continue
            wrong = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
            if wrong.size:
                text = self.texts[places[wrong[0]]]
                raise PolyvocalError(
                    f"encoder {self.encoder!r} gives numbers that are not finite for {wrong.size:,} texts, one of "
                    f"{len(text):,} characters that begins {text[:40]!r}. Use another encoder."
                )
            yield places, vectors
            start += len(places)

    def _smaller(self, batch_size: int, model: SentenceTransformer) -> int:
        if batch_size == 1:
            raise PolyvocalError(
                f"device {str(model.device)!r} has not enough memory for one text at a time. Free memory there, or "
                "give device 'cpu'. What was embedded before is kept."
            )
        note = f"out of memory on {model.device} with {batch_size} texts at a time; went on with {batch_size // 2}"
        log.warning("%s", note)
        self.notes.append(note)
        return batch_size // 2

    def _report(self) -> None:
        if self._progress is not None:
            self._progress(len(self.texts) - len(self.missing) + self.n_computed, len(self.texts))

    def _keep(self, places: list[int]) -> list[int]:
        """Write one part; after a first refusal no further ones are tried. Returns an empty list of places."""
        if places and self._keeps:
            keys = [self.keys[i] for i in places]
            self._keeps = self.cache.store(keys, self.vectors[places], self.truncated[places])
            if not self._keeps:
                self.notes.append(f"vectors could not be kept in {self.cache.folder}; they will be computed again")
        return []


def _distinct(texts: Sequence[str]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the distinct texts in the order they first come, and the place of each text among them."""
    if isinstance(texts, str):
        raise InputError("one text was given where a list of texts was expected. Put it into a list.")
    place: dict[str, int] = {}
    places = np.empty(len(texts), dtype=np.int64)
    for i, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError(f"text {i + 1} of {len(texts):,} is {text!r}; text was expected. Correct or leave it out.")
        places[i] = place.setdefault(text.encode("utf-8", "replace").decode("utf-8"), len(place))
    return list(place), places


def _encode(model: SentenceTransformer, texts: list[str], batch_size: int) -> Floats32 | None:
    """Return vectors (texts, dimensions), or None where memory ran out."""
    try:
        vectors: Any = model.encode(texts, batch_size=batch_size, show_progress_bar=False, convert_to_numpy=True)
        return np.asarray(vectors, dtype=np.float32)
    except (RuntimeError, MemoryError) as error:
        if not out_of_memory(error):
            raise
    # Outside the handler: the exception's frames held the tensors that did not fit.
    if model.device.type == "cuda":
        import torch

        torch.cuda.empty_cache()
    return None


def _too_long(model: SentenceTransformer, texts: list[str]) -> Booleans:
    """Return (texts,) whether a text has more tokens than the encoder reads."""
    longest = model.max_seq_length
    if longest is None or longest > _UNLIMITED:
        return np.zeros(len(texts), dtype=bool)
    prompt = model.prompts.get(model.default_prompt_name or "") or ""
    ids = model.tokenizer([prompt + text for text in texts], truncation=False, verbose=False)["input_ids"]
    return np.array([len(one) > longest for one in ids], dtype=bool)
