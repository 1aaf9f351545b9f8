"""Text vectors made by a process of its own: there afterwards, told meanwhile, kept when stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.annotators.texts import embedding_job
from engine.annotators.texts.embedding_job import (
    Embedding,
    cancel_embedding,
    embedding_folder,
    embedding_log,
    embedding_now,
    kept_vectors,
    main,
    start_embedding,
    texts_of,
)
from engine.corpora import Corpus
from engine.errors import InputError
from engine.jobs.stopping import Stop, ask_to_stop
from tests.dashboard import worlds
from tests.engine.annotators.tiny_encoder import write_tiny_encoder
from tests.engine.waiting import wait_for


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_encoder(tmp_path_factory.mktemp("tiny")))


@pytest.fixture
def small(store: Path) -> Corpus:
    return worlds.store_corpus(worlds.small_corpus(n_items=12))


def requested(corpus: str, encoder: str) -> Path:
    folder = embedding_folder(corpus, encoder)
    folder.mkdir(parents=True)
    (folder / embedding_job.REQUEST).write_text(json.dumps({"corpus": corpus, "encoder": encoder}))
    return folder


def test_a_process_leaves_vectors_that_are_read_without_torch(small: Corpus, tiny: str) -> None:
    texts = texts_of(small, list(small.item_by_id))
    assert embedding_now("small", tiny) == Embedding("none")
    assert kept_vectors(texts, tiny) is None
    start_embedding("small", tiny)
    start_embedding("small", tiny)  # one works already: no second one
    wait_for(lambda: embedding_now("small", tiny).state != "running", lambda: embedding_log("small", tiny))
    assert embedding_now("small", tiny) == Embedding("finished", 12, 12), embedding_log("small", tiny)
    code = (
        "import sys; from engine.annotators.texts.embedding_job import *; from engine.corpora import load_corpus;"
        f"corpus = load_corpus('small'); found = kept_vectors(texts_of(corpus, list(corpus.item_by_id)), {tiny!r});"
        "assert 'torch' not in sys.modules; print(len(found))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "12", done.stderr[-500:]


def test_vectors_stand_in_the_order_of_the_texts(small: Corpus, tiny: str) -> None:
    from engine.annotators.texts.encoders import embed

    texts = texts_of(small, list(small.item_by_id))
    expected = embed(texts, tiny, device="cpu").vectors
    order = [3, 0, 3, 7]
    found = kept_vectors([texts[i] for i in order], tiny)
    assert found is not None
    np.testing.assert_array_equal(found, expected[order])
    assert kept_vectors([texts[0], "a text that nobody embedded"], tiny) is None


def test_an_encoder_that_is_not_here_is_not_fetched_by_who_reads(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be found"):
        kept_vectors(["a"], str(tmp_path / "nowhere"))


def test_a_failure_is_told(small: Corpus, tmp_path: Path) -> None:
    encoder = str(tmp_path / "nowhere")
    assert main([str(requested("small", encoder))]) == 1
    now = embedding_now("small", encoder)
    assert now.state == "failed"
    assert "cannot be found" in now.error


def test_a_request_to_stop_is_obeyed(small: Corpus, tiny: str) -> None:
    folder = requested("small", tiny)
    ask_to_stop(folder)
    assert embedding_job._carried_out(folder, Stop(folder, 0.0)).state == "cancelled"
    cancel_embedding("small", tiny)
    assert Stop(folder, 0.0).asked()


def test_a_process_that_is_gone_was_interrupted(small: Corpus, tiny: str) -> None:
    folder = requested("small", tiny)
    embedding_job._write(folder, Embedding("running", 5, 12, 1.0))
    assert embedding_now("small", tiny) == Embedding("interrupted", 5, 12)


def test_a_corpus_that_is_not_there_starts_nothing(store: Path) -> None:
    with pytest.raises(InputError):
        start_embedding("gone")
