"""A file is replaced whole, also where several threads of one process replace it at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from engine.jobs.whole_files import write_whole


def test_threads_that_replace_one_file_do_not_take_each_others_halves(tmp_path: Path) -> None:
    texts = [str(number) * 5_000 for number in range(4)]
    start, failed = threading.Barrier(4), list[OSError]()

    def work(text: str) -> None:
        start.wait()
        for _ in range(50):
            try:
                write_whole(tmp_path / "file", text)
            except OSError as error:
                failed.append(error)

    threads = [threading.Thread(target=work, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (tmp_path / "file").read_text() in texts
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_where_it_cannot_be_written_the_old_file_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_whole(tmp_path / "file", "old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(tmp_path / "file", "new")
    assert (tmp_path / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
