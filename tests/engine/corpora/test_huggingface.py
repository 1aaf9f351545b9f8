"""Hugging Face datasets from local folders; no hub is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpora import TableColumns, read_huggingface
from engine.errors import InputError
from tests.engine.corpora.samples import HARD_TEXTS, labels_of

datasets = pytest.importorskip("datasets")


@pytest.fixture
def rows() -> dict[str, list[object]]:
    texts = list(HARD_TEXTS.values())
    ids = [n for n in range(len(texts)) for _ in range(2)]
    return {
        "item_id": list(ids),
        "text": [texts[n] for n in ids],
        "annotator_id": ["A", "B"] * len(texts),
        "label": [n % 2 for n in range(len(ids))],
    }


def test_saved_dataset_with_named_labels_and_splits(tmp_path: Path, rows: dict[str, list[object]]) -> None:
    train = datasets.Dataset.from_dict(rows).cast_column("label", datasets.ClassLabel(names=["no", "yes"]))
    dev = train.select([0, 1]).map(lambda row: row | {"item_id": 99})
    datasets.DatasetDict({"train": train, "dev": dev}).save_to_disk(tmp_path / "saved")
    corpus = read_huggingface(tmp_path / "saved", name="hf")
    assert [i.fields["text"] for i in corpus.items[:-1]] == list(HARD_TEXTS.values())
    assert [i.split for i in corpus.items] == ["train"] * len(HARD_TEXTS) + ["dev"]
    assert labels_of(corpus)["99", "B"] == ["yes"]
    assert corpus.task.labels == ("no", "yes")
    only = read_huggingface(str(tmp_path / "saved"), name="hf", split="dev")
    assert [i.item_id for i in only.items] == ["99"]
    with pytest.raises(InputError, match=r"no split 'test'\. It has: 'train', 'dev'"):
        read_huggingface(tmp_path / "saved", name="hf", split="test")
    with pytest.raises(InputError, match=r"no column 'labels' \(did you mean 'label'"):
        read_huggingface(tmp_path / "saved", name="hf", columns=TableColumns(label="labels"))


def test_folder_of_data_files(tmp_path: Path, rows: dict[str, list[object]]) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    datasets.Dataset.from_dict(rows).to_parquet(folder / "train-00000.parquet")
    corpus = read_huggingface(folder, name="hf", cache_dir=tmp_path / "cache")
    assert [i.fields["text"] for i in corpus.items] == list(HARD_TEXTS.values())
    assert corpus.task.labels == ("0", "1")


def test_single_saved_split_and_missing_labels(tmp_path: Path) -> None:
    rows = {"item_id": ["a", "b"], "text": ["x", "y"], "annotator_id": ["A", "A"], "label": [1, -1]}
    data = datasets.Dataset.from_dict(rows).cast_column("label", datasets.ClassLabel(names=["no", "yes"]))
    data.save_to_disk(tmp_path / "saved")
    with pytest.raises(InputError, match=r"1 of 2 rows have no label \(first: .* row 2\)"):
        read_huggingface(tmp_path / "saved", name="hf")


def test_what_is_no_dataset_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="could not be read"):
        read_huggingface(tmp_path / "empty", name="hf", cache_dir=tmp_path / "cache")

    def no_hub(*_args: object, **_more: object) -> None:
        raise ConnectionError("Couldn't reach the hub\nand much more")

    monkeypatch.setattr(datasets, "load_dataset", no_hub)
    with pytest.raises(InputError, match=r"'nobody/nothing' could not be read: Couldn't reach the hub\. Expected"):
        read_huggingface("nobody/nothing", name="hf")
