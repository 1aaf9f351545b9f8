"""A manifest is read and replaced whole; what is wrong with one is told with its file and with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from engine.errors import InputError, PolyvocalError
from engine.jobs.manifests import MANIFEST, read_record, write_record


class Work(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: int


def read(folder: Path) -> Work:
    return read_record(folder, Work, absent="there is no work", repair="Begin again.")


def test_what_was_written_last_is_read(tmp_path: Path) -> None:
    write_record(tmp_path, Work(steps=1), again="the work")
    write_record(tmp_path, Work(steps=2), again="the work")
    assert read(tmp_path) == Work(steps=2)
    assert [path.name for path in tmp_path.iterdir()] == [MANIFEST]


def test_a_folder_without_one_is_told_in_the_words_of_its_room(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^there is no work$"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"\xff", "cannot be read"), (b'{"steps": "no"}', "steps"), (b'{"step": 1}', "Did you mean 'steps'"), (b"", "")],
    ids=["not text", "not a number", "misspelt", "empty"],
)
def test_a_broken_one_is_told_with_its_file_and_what_to_do(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(InputError) as raised:
        read(tmp_path)
    assert str(tmp_path / MANIFEST) in str(raised.value)
    assert told in str(raised.value)
    assert str(raised.value).endswith("Begin again.")


def test_one_that_cannot_be_written_says_what_to_start_again(tmp_path: Path) -> None:
    with pytest.raises(PolyvocalError, match=r"could not be written: .*then start the work again\.$"):
        write_record(tmp_path / "gone", Work(steps=1), again="the work")
