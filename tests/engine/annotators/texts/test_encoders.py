"""Embedding with real encoders: equal to sentence-transformers, computed once, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.annotators.texts import encoders
from engine.annotators.texts.encoders import DEFAULT_ENCODER, embed, encoder_identity, find_encoder, load_encoder
from engine.errors import InputError, PolyvocalError
from engine.paths import embeddings_dir
from tests.engine.annotators.tiny_encoder import TEXTS, write_tiny_encoder
from tests.engine.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[4]
WORDS = " ".join(TEXTS).split()
HOSTILE = [
    "",
    " ",
    "\n\t",
    "\0",
    "before\0after",
    "🤷🏽‍♀️" * 50,
    "שלום עולם, מה שלומך",
    "‮right to left override‬",
    "ﷺ" * 200,
    "e\u0301" * 300,
    "[CLS] [SEP] [MASK] [PAD]",
    "x" * 50_000,
    "many words " * 5_000,
]

WORKER = """
import sys, time
from pathlib import Path
from engine.annotators.texts import encoders
from tests.engine.annotators.texts.test_encoders import sentences
encoders.PART_TEXTS = 60
hang_at = int(sys.argv[3])
def progress(done, total):
    print(done, flush=True)
    while done == hang_at and not Path(sys.argv[4]).exists():
        time.sleep(0.01)
got = encoders.embed(sentences(int(sys.argv[2])), sys.argv[1], device="cpu", batch_size=10, progress=progress)
print("computed", got.n_computed, got.vectors.tobytes().hex()[:64])
"""
"""Tells progress every 40 texts and keeps parts of 80; hangs where it is told to, until a file is there."""


def sentences(n: int, seed: int = 0) -> list[str]:
    """Return n distinct texts of 1 to 30 words."""
    rng = random.Random(seed)
    return [f"{i} " + " ".join(rng.choices(WORDS, k=rng.randint(1, 30))) for i in range(n)]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(write_tiny_encoder(tmp_path_factory.mktemp("tiny")))


def directly(encoder: str, texts: Sequence[str]) -> np.ndarray:
    """What sentence-transformers gives, one text at a time."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(find_encoder(encoder)), device="cpu")
    return np.asarray(model.encode(list(texts), batch_size=1, show_progress_bar=False))


def farthest(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


def test_vectors_are_those_of_sentence_transformers() -> None:
    texts = [*sentences(20), "A café, déjà vu.", "", "שלום עולם"]
    got = embed(texts)
    assert got.vectors.shape == (23, 384)
    assert got.vectors.dtype == np.float32
    assert farthest(got.vectors, directly(DEFAULT_ENCODER, texts)) < 1e-5
    assert np.linalg.norm(got.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert (got.encoder, got.n_computed, got.n_truncated, got.device) == (DEFAULT_ENCODER, 23, 0, "cpu")
    assert got.identity == encoder_identity(find_encoder(DEFAULT_ENCODER))


def test_near_meanings_are_near() -> None:
    a, b, c = embed(["The cat sleeps on the sofa.", "A kitten is napping on the couch.", "Taxes rise in May."]).vectors
    assert a @ b > 0.5 > a @ c


def test_plain_transformers_and_saved_encoders_give_the_same(tiny: str) -> None:
    texts = sentences(5)
    plain = str(Path(tiny).parent / "plain")
    assert farthest(embed(texts, tiny).vectors, embed(texts, plain).vectors) < 1e-6
    assert farthest(embed(texts, tiny).vectors, directly(tiny, texts)) < 1e-5


def test_a_vector_does_not_depend_on_its_neighbours(tiny: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for encoder, texts in ((tiny, [*HOSTILE, *sentences(60)]), (DEFAULT_ENCODER, ["", *HOSTILE[:7], *sentences(12)])):
        order = np.random.default_rng(0).permutation(len(texts))
        made = []
        for name, chosen, batch_size in (("a", texts, 64), ("b", [texts[i] for i in order], 3), ("c", texts, 64)):
            monkeypatch.setenv("POLYVOCAL_HOME", str(tmp_path / name))
            made.append(embed(chosen, encoder, batch_size=batch_size).vectors)
        together, shuffled, again = made
        assert farthest(together[order], shuffled) < 1e-5
        assert (again == together).all(), "the same call, the same bits"


def test_what_was_computed_once_is_never_computed_again(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = sentences(150)
    first = embed(texts[:100], tiny)
    more = embed(texts, tiny)
    assert (first.n_computed, more.n_computed) == (100, 50)
    monkeypatch.setattr(encoders, "shared_encoder", lambda *_: pytest.fail("the encoder was loaded"))
    again = embed(texts[::-1], tiny)
    assert (again.n_computed, again.device) == (0, "")
    assert (again.vectors[::-1] == more.vectors).all()
    assert (more.vectors[:100] == first.vectors).all()


def test_equal_texts_are_computed_once(tiny: str) -> None:
    got = embed(["a", "b", "a", "a", "b"], tiny)
    assert got.n_computed == 2
    assert (got.vectors[[0, 1, 0, 0, 1]] == got.vectors).all()
    assert farthest(got.vectors, directly(tiny, ["a", "b", "a", "a", "b"])) < 1e-5


def test_another_encoder_has_vectors_of_its_own(tiny: str, tmp_path: Path) -> None:
    other = write_tiny_encoder(tmp_path, seed=1)
    texts = sentences(5)
    assert embed(texts, tiny).n_computed == 5
    assert embed(texts, str(other)).n_computed == 5
    assert farthest(embed(texts, tiny).vectors, embed(texts, str(other)).vectors) > 0.1
    copied = shutil.copytree(tiny, tmp_path / "copy")
    assert embed(texts, str(copied)).n_computed == 0, "a copy is the same encoder"


def test_long_texts_are_counted_also_out_of_the_cache(tiny: str) -> None:
    # max_length 64 leaves 62 words beside [CLS] and [SEP]
    texts = ["they " * 62, "they " * 63, "they " * 900, "they " * 900]
    for n_computed in (3, 0):
        got = embed(texts, tiny)
        assert (got.n_truncated, got.n_computed) == (3, n_computed)
        assert got.notes == ("texts longer than the encoder reads, whose ends do not count: 3",)
    assert (got.vectors[1] == got.vectors[2]).all() or farthest(got.vectors[1], got.vectors[2]) < 1e-5
    assert farthest(got.vectors[0], got.vectors[1]) < 1e-5


def test_hostile_texts_have_finite_vectors_of_their_own(tiny: str) -> None:
    for encoder in (tiny, DEFAULT_ENCODER):
        got = embed(HOSTILE, encoder)
        assert np.isfinite(got.vectors).all()
        assert got.n_computed == len(HOSTILE)
        assert farthest(got.vectors, directly(encoder, HOSTILE)) < 1e-5


def test_half_a_surrogate_pair_is_read_as_a_question_mark(tiny: str) -> None:
    got = embed(["a\ud83db", "a?b"], tiny)
    assert got.n_computed == 1
    assert (got.vectors[0] == got.vectors[1]).all()


def test_no_texts_give_no_vectors_of_the_right_width(tiny: str) -> None:
    got = embed([], tiny)
    assert got.vectors.shape == (0, 32)
    assert (got.n_computed, got.device) == (0, "")


def test_progress_starts_at_what_is_there_and_ends_at_all(tiny: str) -> None:
    embed(sentences(30), tiny)
    told: list[tuple[int, int]] = []
    embed([*sentences(100), "a", "a"], tiny, batch_size=5, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (30, 101)
    assert told[-1] == (101, 101)
    assert told == sorted(told)
    assert len(told) > 3


def test_threads_may_embed_at_once(tiny: str) -> None:
    """As two pages of a dashboard do; fast tokenizers alone do not bear it."""
    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(embed, sentences(100, seed), tiny, batch_size=5) for seed in range(4)]
    for seed, call in enumerate(calls):
        assert farthest(call.result().vectors, directly(tiny, sentences(100, seed))) < 1e-5


def test_interrupted_it_keeps_what_it_has(tiny: str) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        embed(sentences(200), tiny, batch_size=5, progress=stop)
    assert embed(sentences(200), tiny).n_computed == 140


def test_a_broken_part_is_computed_again(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoders, "PART_TEXTS", 20)
    before = embed(sentences(100), tiny, batch_size=5)
    parts = sorted((embeddings_dir() / before.identity).glob("part-*"))
    assert len(parts) == 5
    parts[2].write_bytes(parts[2].read_bytes()[:-100])
    again = embed(sentences(100), tiny, batch_size=5)
    assert again.n_computed == 20
    assert farthest(before.vectors, again.vectors) < 1e-5


def test_without_a_place_to_keep_them_vectors_still_come(tiny: str, store: Path) -> None:
    (store / "embeddings").write_text("a file where the folder should be")
    got = embed(sentences(20), tiny)
    assert got.n_computed == 20
    assert [note for note in got.notes if "could not be kept" in note]
    assert farthest(got.vectors, directly(tiny, sentences(20))) < 1e-5


# Memory and models that fail


class Limited:
    """A real encoder on a device that holds only so many texts at a time."""

    def __init__(self, model: Any, texts_at_once: int) -> None:
        self._model, self._room, self.calls = model, texts_at_once, list[int]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def encode(self, texts: list[str], *, batch_size: int, **rest: Any) -> Any:
        import torch

        self.calls.append(batch_size)
        if min(batch_size, len(texts)) > self._room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self._model.encode(texts, batch_size=batch_size, **rest)


def limit(monkeypatch: pytest.MonkeyPatch, tiny: str, texts_at_once: int) -> Limited:
    model = Limited(load_encoder(Path(tiny), "cpu"), texts_at_once)
    monkeypatch.setattr(encoders, "shared_encoder", lambda *_: model)
    return model


def test_out_of_memory_halves_the_batch_and_says_so(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = limit(monkeypatch, tiny, 12)
    got = embed(sentences(100), tiny, batch_size=40)
    assert model.calls[:3] == [40, 20, 10]
    assert set(model.calls[3:]) == {10}
    assert got.notes == (
        "out of memory on cpu with 40 texts at a time; went on with 20",
        "out of memory on cpu with 20 texts at a time; went on with 10",
    )
    assert farthest(got.vectors, directly(tiny, sentences(100))) < 1e-5


def test_without_room_for_one_text_it_says_what_to_do(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, tiny, 0)
    with pytest.raises(PolyvocalError, match=r"not enough memory for one text(.|\n)*device 'cpu'"):
        embed(sentences(10), tiny)


def test_vectors_that_are_no_numbers_are_neither_returned_nor_kept(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    model = load_encoder(Path(tiny), "cpu")
    with torch.no_grad():
        next(model.parameters()).fill_(float("nan"))
    monkeypatch.setattr(encoders, "shared_encoder", lambda *_: model)
    with pytest.raises(PolyvocalError, match="numbers that are not finite for 3 texts"):
        embed(sentences(3), tiny)
    assert not list(embeddings_dir().rglob("part-*"))


@pytest.mark.parametrize("broken", ["model.safetensors", "tokenizer.json", "config.json", "modules.json"])
def test_an_encoder_that_cannot_be_loaded_is_an_input_error(tiny: str, tmp_path: Path, broken: str) -> None:
    folder = shutil.copytree(tiny, tmp_path / "broken")
    (folder / broken).write_bytes(b"{broken")
    with pytest.raises(InputError, match="cannot be loaded"):
        embed(["a"], str(folder))


def test_code_that_comes_with_a_model_is_not_run(tiny: str, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny, tmp_path / "hostile")
    (folder / "hostile.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Module: ...\n")
    modules = json.loads((folder / "modules.json").read_text())
    modules[1]["type"] = "hostile.Module"
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(InputError, match=r"cannot be loaded \(ValueError: .*'hostile.Module'"):
        embed(["a"], str(folder))
    assert not (tmp_path / "ran").exists()


def test_a_loaded_encoder_belongs_to_the_caller(tiny: str) -> None:
    import torch

    before = embed(["they go"], tiny).vectors
    mine = load_encoder(Path(tiny), "cpu")
    assert {p.dtype for p in mine.parameters()} == {torch.float32}
    with torch.no_grad():
        for parameter in mine.parameters():
            parameter.zero_()
    after = embed(["they go ", "they go home"], tiny)
    assert np.abs(after.vectors).max() > 0.01
    assert farthest(after.vectors[0], before[0]) < 1e-5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"texts": ["a"], "device": "nonsense"}, "device 'nonsense' cannot be used"),
        ({"texts": ["a"], "device": "cuda:99"}, "device 'cuda:99' cannot be used"),
        ({"texts": ["a"], "batch_size": 0}, "batch_size is 0"),
        ({"texts": ["a", float("nan")]}, "text 2 of 2 is nan"),
        ({"texts": "one text"}, "one text was given"),
        ({"texts": ["a"], "encoder": "no-such-encoder"}, "text encoder 'no-such-encoder' cannot be found"),
    ],
)
def test_mistakes_are_said(tiny: str, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        embed(**{"encoder": tiny, **arguments})


# Processes


Start = Callable[[str, Path, int, int], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a worker: encoder, home, number of texts, where it hangs until 'go on' lies beside the home.

    None outlives the test.
    """
    started: list[subprocess.Popen[str]] = []

    def start(tiny: str, home: Path, n: int, hang_at: int) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, tiny, str(n), str(hang_at), str(home.with_name("go on"))],
            cwd=ROOT,
            env={**os.environ, "POLYVOCAL_HOME": str(home), "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Return how many texts the process computed, and the beginning of its vectors."""
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err
    assert err == "", "libraries are quiet"
    _, n_computed, head = out.splitlines()[-1].split()
    return int(n_computed), head


def test_killed_processes_resume_and_simultaneous_ones_agree(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    n = 400
    whole = embed(sentences(n), tiny, device="cpu").vectors
    for place in ("1", "2"):
        (tmp_path / place).mkdir()
    killed, other = start(tiny, tmp_path / "1" / "killed", n, 200), start(tiny, tmp_path / "2" / "both", n, 40)

    monkeypatch.setenv("POLYVOCAL_HOME", str(tmp_path / "2" / "both"))
    assert other.stdout is not None
    assert int(other.stdout.readline()) == 0

    def beside_it(done: int, total: int) -> None:
        if done:  # each of them is in the middle
            (tmp_path / "2" / "go on").touch()
            time.sleep(0.02)

    beside = embed(sentences(n), tiny, device="cpu", batch_size=10, progress=beside_it)
    n_other, head = finish(other)
    assert min(beside.n_computed, n_other) > 0, "they worked at the same time"
    again = embed(sentences(n), tiny, device="cpu")
    assert again.n_computed == 0
    assert farthest(beside.vectors, whole) < 1e-5
    assert farthest(again.vectors, whole) < 1e-5
    assert farthest(np.frombuffer(bytes.fromhex(head), dtype=np.float32), whole[0, :8]) < 1e-5

    assert killed.stdout is not None
    while int(killed.stdout.readline()) < 200:
        pass
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    monkeypatch.setenv("POLYVOCAL_HOME", str(tmp_path / "1" / "killed"))
    resumed = embed(sentences(n), tiny, device="cpu")
    assert resumed.n_computed == n - 160, "two parts of 80 were kept, the 40 texts in flight are lost"
    assert farthest(resumed.vectors, whole) < 1e-5
