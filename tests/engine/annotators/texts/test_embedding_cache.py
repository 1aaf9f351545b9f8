"""The cache of text vectors: what comes back is what went in, whatever happens to files and processes."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.annotators.texts.embedding_cache import EmbeddingCache, key_of

ROOT = Path(__file__).resolve().parents[4]

WRITER = """
import sys
import numpy as np
from pathlib import Path
from engine.annotators.texts.embedding_cache import EmbeddingCache, key_of
cache = EmbeddingCache(Path(sys.argv[1]), "a name")
start, stop = int(sys.argv[2]), int(sys.argv[3])
for at in range(start, stop, 10):
    numbers = np.arange(at, at + 10)
    keys = [key_of(f"text {n}") for n in numbers]
    assert cache.store(keys, np.repeat(numbers[:, None], 64, axis=1).astype("float32"), numbers % 3 == 0)
    print(at, flush=True)
"""
"""Stores 'text N' with a vector of 64 times N, ten texts a part."""


def keys(*numbers: int) -> list[bytes]:
    return [key_of(f"text {n}") for n in numbers]


def vectors(*numbers: float) -> np.ndarray:
    return np.repeat(np.array(numbers, dtype=np.float32)[:, None], 64, axis=1)


def fill(cache: EmbeddingCache, *numbers: int) -> None:
    assert cache.store(keys(*numbers), vectors(*numbers), np.array([n % 3 == 0 for n in numbers]))


def parts(cache: EmbeddingCache) -> list[Path]:
    return sorted(cache.folder.glob("part-*.parquet"))


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "embeddings" / "identity", "a name")


def test_a_key_is_the_sha256_of_the_text() -> None:
    # FIPS 180-2, appendix B.1
    assert key_of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert key_of("שלום") == hashlib.sha256("שלום".encode()).digest()


def test_an_empty_cache_has_nothing_and_makes_no_folder(cache: EmbeddingCache) -> None:
    there = cache.fetch(keys(1, 2))
    assert there.vectors is None
    assert not there.found.any()
    assert not cache.folder.exists()


def test_every_bit_comes_back_at_the_place_of_its_key(cache: EmbeddingCache) -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(100, 384)).astype(np.float32)
    values[0, :3] = [-0.0, 1e-42, 3.4e38]
    cut = rng.random(100) < 0.3
    assert cache.store(keys(*range(60)), values[:60], cut[:60])
    assert cache.store(keys(*range(60, 100)), values[60:], cut[60:])
    order = rng.permutation(120)
    there = cache.fetch(keys(*order))
    assert there.vectors is not None
    assert (there.found == (order < 100)).all()
    known = order[there.found]
    assert there.vectors[there.found].tobytes() == values[known].tobytes()
    assert (there.truncated[there.found] == cut[known]).all()
    assert not there.truncated[~there.found].any()


def test_asked_for_nothing_it_has_nothing(cache: EmbeddingCache) -> None:
    fill(cache, 1)
    assert cache.fetch([]).found.shape == (0,)


def test_of_two_parts_with_one_text_the_first_by_name_counts(cache: EmbeddingCache) -> None:
    fill(cache, 1, 2)
    assert cache.store(keys(2, 3), vectors(20, 3), np.array([True, False]))
    there = cache.fetch(keys(1, 2, 3))
    assert there.vectors is not None
    assert there.vectors[:, 0].tolist() == [1, 2, 3]
    assert there.truncated.tolist() == [False, False, False]


def test_it_says_whose_vectors_these_are_and_keeps_no_text(cache: EmbeddingCache) -> None:
    fill(cache, 1)
    assert json.loads((cache.folder / "encoder.json").read_text("utf-8")) == {
        "encoder": "a name",
        "identity": "identity",
    }
    assert all(b"text 1" not in path.read_bytes() for path in cache.folder.iterdir())


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def one_bit(path: Path) -> None:
    """Flip a bit inside a page of vectors, which nothing but a checksum shows."""
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset + column.total_compressed_size - 5] ^= 1
    path.write_bytes(content)


def other_columns(path: Path) -> None:
    pq.write_table(pa.table({"key": pa.array(keys(1), pa.binary(32)), "text": ["a"]}), path)


def no_bytes(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.set_column(1, "vector", pa.array(["ab"] * len(table))), path)


def other_keys(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.set_column(0, "key", pa.array(list(range(len(table))))), path)


def fewer_dimensions(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.set_column(1, "vector", pa.array([bytes(8)] * len(table), pa.binary(8))), path)


@pytest.mark.parametrize(
    "damage", [cut_short, emptied, zeroed, one_bit, other_columns, no_bytes, other_keys, fewer_dimensions]
)
def test_a_broken_part_is_left_out_said_once_and_made_again(
    cache: EmbeddingCache, damage: object, caplog: pytest.LogCaptureFixture
) -> None:
    fill(cache, 0)
    fill(cache, 1, 2)
    fill(cache, 3, 4)
    broken = parts(cache)[1]
    damage(broken)  # type: ignore[operator]
    with caplog.at_level(logging.WARNING):
        there = cache.fetch(keys(0, 1, 2, 3, 4))
    assert there.found.tolist() == [True, False, False, True, True]
    assert there.vectors is not None
    assert there.vectors[[0, 3, 4], 0].tolist() == [0, 3, 4]
    assert broken.name in caplog.text
    assert (cache.folder / f"broken-{broken.name}").exists()
    fill(cache, 1, 2)
    caplog.clear()
    there = cache.fetch(keys(0, 1, 2, 3, 4))
    assert there.found.all()
    assert there.vectors is not None
    assert there.vectors[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert not caplog.text


def test_half_written_files_are_not_read_and_old_ones_cleared(cache: EmbeddingCache) -> None:
    fill(cache, 1)
    fresh, old = cache.folder / ".part-1.parquet.tmp", cache.folder / ".part-0.parquet.tmp"
    fresh.write_bytes(b"half")
    old.write_bytes(b"half")
    os.utime(old, (time.time() - 86_400,) * 2)
    assert cache.fetch(keys(1)).found.all()
    fill(cache, 2)
    assert fresh.exists()
    assert not old.exists()


@pytest.mark.parametrize("place", ["/proc/self/embeddings", "file"])
def test_a_folder_that_cannot_be_written_is_said_and_stops_nobody(
    place: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    cache = EmbeddingCache(tmp_path / place)  # an absolute place stays as it is
    with caplog.at_level(logging.WARNING):
        assert not cache.store(keys(1), vectors(1), np.array([False]))
    assert "cannot be kept" in caplog.text
    assert not cache.fetch(keys(1)).found.any()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_still_read(cache: EmbeddingCache) -> None:
    fill(cache, 1)
    cache.folder.chmod(0o555)
    try:
        assert not cache.store(keys(2), vectors(2), np.array([False]))
        assert cache.fetch(keys(1)).found.all()
    finally:
        cache.folder.chmod(0o755)


def writer(cache: EmbeddingCache, start: int, stop: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(cache.folder), str(start), str(stop)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def check(cache: EmbeddingCache, numbers: range) -> np.ndarray:
    """Assert that whatever is there is right; return the numbers found."""
    there = cache.fetch(keys(*numbers))
    known = np.array(numbers)[there.found]
    if there.vectors is not None:
        assert (there.vectors[there.found] == known[:, None]).all()
        assert (there.truncated[there.found] == (known % 3 == 0)).all()
    return known


def test_several_processes_write_and_read_the_same_texts_at_once(
    cache: EmbeddingCache, caplog: pytest.LogCaptureFixture
) -> None:
    everything = range(600)
    writers = [writer(cache, 0, 400), writer(cache, 200, 600), writer(cache, 0, 600)]
    seen = 0
    while any(process.poll() is None for process in writers):
        now = len(check(cache, everything))
        assert now >= seen
        seen = now
    assert [process.wait() for process in writers] == [0, 0, 0]
    assert len(check(cache, everything)) == len(everything)
    assert not caplog.text
    assert not list(cache.folder.glob("broken-*"))


def test_a_killed_writer_loses_only_the_part_in_flight(cache: EmbeddingCache, caplog: pytest.LogCaptureFixture) -> None:
    process = writer(cache, 0, 1_000_000)
    assert process.stdout is not None
    said = [int(process.stdout.readline()) for _ in range(20)]
    process.send_signal(signal.SIGKILL)
    said += [int(line) for line in process.stdout.read().split()]
    process.wait()
    found = check(cache, range(said[-1] + 20))
    assert len(found) in (said[-1] + 10, said[-1] + 20), "every part it told of, and at most the one being told"
    assert not caplog.text
