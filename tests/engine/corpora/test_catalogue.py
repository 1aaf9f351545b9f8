"""The catalogue: complete, and its sums those of the files at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpora import catalogue_entry, lewidi2023, lewidi2025, load_catalogue
from engine.corpora.catalogue import read_catalogue
from engine.corpora.download import sha256_of
from engine.errors import InputError


def test_it_holds_the_eight_corpora_the_readers_know() -> None:
    known = {d.name: "lewidi2023" for d in lewidi2023.DATASETS} | {d.name: "lewidi2025" for d in lewidi2025.DATASETS}
    assert {name: entry.format for name, entry in load_catalogue().items()} == known
    assert read_catalogue().commit in read_catalogue().base_url


def test_every_entry_has_all_splits_and_says_whose_it_is() -> None:
    for entry in load_catalogue().values():
        names = [file.name for file in entry.files]
        assert [n.rsplit("_", 1)[1] for n in names[:3]] == ["train.json", "dev.json", "test.json"]
        assert (entry.format == "lewidi2025") == any("annotators_meta" in n for n in names)
        assert entry.licence
        assert entry.citation
    unknown = [f.name for e in load_catalogue().values() for f in e.files if f.sha256 is None]
    assert unknown == ["CSC_train.json", "MP_train.json"]


def test_sums_and_sizes_are_those_of_the_published_files(shared_corpora: Path) -> None:
    published = {}
    for line in (shared_corpora / "PUBLISHED.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            sha256, size, path = line.split()
            published[path] = (sha256, int(size))
    listed = {f.path: (f.sha256, f.bytes) for e in load_catalogue().values() for f in e.files if f.sha256}
    assert listed == published
    here = {p.name: p for p in shared_corpora.glob("*/*.json")}
    files = [f for e in load_catalogue().values() for f in e.files if f.name in here]
    assert len(files) == len(here)
    for file in files:
        assert sha256_of(here[file.name]) == file.sha256
        assert here[file.name].stat().st_size == file.bytes


def test_unknown_names_get_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'hs-brexit'"):
        catalogue_entry("HS_Brexit")
