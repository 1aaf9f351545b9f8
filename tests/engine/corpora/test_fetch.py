"""Fetching over real HTTP from a server that cuts, stalls, corrupts, lies and refuses."""

from __future__ import annotations

import hashlib
import signal
import socket
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.corpora import catalogue, fetch, load_corpus
from engine.corpora.download import Patience, download
from engine.errors import InputError, PolyvocalError
from engine.paths import downloads_dir, imported_dir
from tests.engine.corpora.faulty_server import Site, serve
from tests.engine.corpora.samples import HARD_TEXTS, entry_2023, entry_2025, write_json
from tests.engine.waiting import PATIENCE, wait_for

QUICK = Patience(connect=PATIENCE, stall=PATIENCE, tries=3, pause=0.01, longest_pause=0.05)
WARY = replace(QUICK, stall=0.4, tries=1000, most_tries=1000)
"""Sees stalls soon, and may take a slow machine for one: tries more often than that can come about."""
BODY = bytes(range(256)) * 2000
SUM = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def site() -> Iterator[Site]:
    with serve(Site(files={"a/file.bin": BODY})) as running:
        yield running


def get(site: Site, target: Path, **more: Any) -> str:
    return download(f"{site.url}a/file.bin", target, **{"sha256": SUM, "size": len(BODY), "patience": QUICK} | more)


def left(target: Path) -> list[str]:
    return sorted(p.name for p in target.parent.iterdir())


@pytest.mark.parametrize(
    "faults",
    [
        [],
        ["cut:1000"],
        ["cut:0", "cut:1000", "cut:250000"],
        ["stall:3000"],
        ["500", "500"],
        ["close"],
        ["cut:5000", "no-range"],
        ["cut:5000", "shift"],
        ["cut:5000", "500", "stall:70000", "close", "cut:100"],
        ["slow:50000"],
    ],
    ids=lambda faults: "+".join(faults) or "none",
)
@pytest.mark.parametrize("etags", [True, False])
def test_the_file_arrives_whole_whatever_happens(site: Site, tmp_path: Path, faults: list[str], etags: bool) -> None:
    site.faults["a/file.bin"] = list(faults)
    site.etags = etags
    stalls = any(fault.startswith("stall") for fault in faults)
    assert get(site, tmp_path / "file.bin", patience=WARY if stalls else QUICK) == SUM
    assert (tmp_path / "file.bin").read_bytes() == BODY
    assert left(tmp_path / "file.bin") == ["file.bin"]
    assert not site.faults["a/file.bin"], "every fault was met"


def test_a_cut_transfer_is_resumed_not_repeated(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["cut:200000"]
    seen: list[tuple[int, int | None]] = []
    get(site, tmp_path / "file.bin", on_progress=lambda done, total: seen.append((done, total)))
    assert site.requests == [("a/file.bin", None), ("a/file.bin", "bytes=200000-")]
    assert seen == sorted(seen), "progress never goes back"
    assert seen[-1] == (len(BODY), len(BODY))


def test_a_part_of_an_earlier_day_is_resumed(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["cut:1000"] + ["500"] * 3
    with pytest.raises(PolyvocalError, match=r"4 attempts.*answered 500.*1000 bytes are kept"):
        get(site, tmp_path / "file.bin")
    assert left(tmp_path / "file.bin") == ["file.bin.part", "file.bin.part.etag"]
    assert get(site, tmp_path / "file.bin") == SUM
    assert site.requests[-1][1] == "bytes=1000-"


def test_without_a_sum_only_the_same_version_is_resumed(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["cut:1000"] + ["500"] * 3
    with pytest.raises(PolyvocalError):
        get(site, tmp_path / "file.bin", sha256=None, size=None)
    site.files["a/file.bin"] = new = BODY[::-1]
    assert get(site, tmp_path / "file.bin", sha256=None, size=None) == hashlib.sha256(new).hexdigest()
    assert (tmp_path / "file.bin").read_bytes() == new
    site.etags = False  # nothing tells the version: never resume
    site.faults["a/file.bin"] = ["cut:1000"]
    site.requests.clear()
    get(site, tmp_path / "other.bin", sha256=None, size=None)
    assert [asked for _, asked in site.requests] == [None, None]


def test_a_stale_part_with_the_wrong_content_is_given_one_more_chance(site: Site, tmp_path: Path) -> None:
    (tmp_path / "file.bin.part").write_bytes(b"x" * 4000)
    site.etags = False
    assert get(site, tmp_path / "file.bin") == SUM
    assert [asked for _, asked in site.requests] == ["bytes=4000-", None]


@pytest.mark.parametrize("size", [len(BODY), len(BODY) + 77])
def test_a_part_that_is_long_enough_already(site: Site, tmp_path: Path, size: int) -> None:
    (tmp_path / "file.bin.part").write_bytes((BODY + b"x" * 100)[:size])
    assert get(site, tmp_path / "file.bin") == SUM
    assert len(site.requests) == (0 if size == len(BODY) else 2)


@pytest.mark.parametrize("fault", ["corrupt", "html", "endless"])
def test_wrong_bytes_are_refused_and_deleted(site: Site, tmp_path: Path, fault: str) -> None:
    site.faults["a/file.bin"] = [fault] * 3
    with pytest.raises(PolyvocalError, match="is not the published file: expected") as error:
        get(site, tmp_path / "file.bin")
    assert "got" in str(error.value)
    if fault == "corrupt":
        assert SUM in str(error.value)
    assert left(tmp_path / "file.bin") == []


def test_refusals_are_not_repeated(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["404"] * 2
    with pytest.raises(PolyvocalError, match="answered 404 Not Found"):
        get(site, tmp_path / "file.bin")
    assert len(site.requests) == 1


def test_a_server_that_stays_away_is_given_up(tmp_path: Path) -> None:
    with socket.socket() as gone:
        gone.bind(("127.0.0.1", 0))  # nobody else gets the port, and nobody listens on it
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/"
        with pytest.raises(PolyvocalError, match=r"could not be downloaded: 3 attempts.*Check the connection"):
            download(f"{url}x", tmp_path / "x", patience=QUICK)
    with pytest.raises(PolyvocalError, match=r"no address|could not be downloaded"):
        download("http://[bad/x", tmp_path / "x", patience=QUICK)


def test_an_endless_trickle_of_cuts_ends(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["cut:1"] * 1000
    with pytest.raises(PolyvocalError, match="5 attempts"):
        get(site, tmp_path / "file.bin", patience=replace(QUICK, most_tries=5))


def test_a_place_that_cannot_be_written_is_told(site: Site, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(PolyvocalError, match="could not be written"):
        get(site, tmp_path / "taken" / "file.bin")


def test_a_killed_download_leaves_nothing_half_written_in_place(site: Site, tmp_path: Path) -> None:
    site.faults["a/file.bin"] = ["slow:100"]  # a minute
    code = f"""
        from pathlib import Path
        from engine.corpora.download import download
        download({site.url!r} + "a/file.bin", Path({str(tmp_path)!r}) / "file.bin", sha256={SUM!r}, size={len(BODY)})
    """
    process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)])
    part = tmp_path / "file.bin.part"
    wait_for(lambda: part.exists() and part.stat().st_size > 0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "file.bin").exists()
    assert part.stat().st_size < len(BODY), "it was killed in the middle"
    assert get(site, tmp_path / "file.bin") == SUM
    assert site.requests[-1][1] is not None, "resumed"


@pytest.fixture
def small_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Two miniature corpora in a catalogue of their own, served whole."""
    made = tmp_path / "made"
    for split in ("train", "dev"):
        write_json(made / f"HS-Brexit_{split}.json", {"1": entry_2023(HARD_TEXTS["arabic"], split=split)})
    sarcasm = {"annotation task": "sarcasm detection"}
    rated = entry_2025({"context": "c", "response": "r"}, {"Ann1": "1", "Ann2": "6"}, **sarcasm)
    write_json(made / "CSC_train.json", {"1": rated})
    files = {f"sub/{p.name}": p.read_bytes() for p in made.iterdir()}

    def described(name: str, format: str, names: list[str], known: bool) -> dict[str, Any]:
        listed = [
            {
                "path": f"sub/{n}",
                "sha256": hashlib.sha256(files[f"sub/{n}"]).hexdigest() if known else None,
                "bytes": len(files[f"sub/{n}"]) if known else None,
            }
            for n in names
        ]
        told = dict.fromkeys(("title", "task", "description", "licence", "citation", "edition", "page"), "x")
        return told | {"name": name, "format": format, "language": "en", "files": listed}

    corpora = [
        described("hs-brexit", "lewidi2023", ["HS-Brexit_train.json", "HS-Brexit_dev.json"], True),
        described("csc", "lewidi2025", ["CSC_train.json"], False),
    ]
    content = {"version": 1, "publisher": "us", "commit": "0" * 40, "base_url": "https://nowhere.invalid/"}
    (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump(content | {"corpora": corpora}))
    monkeypatch.setattr(catalogue, "shipped", lambda _kind: tmp_path)
    catalogue.read_catalogue.cache_clear()
    with serve(Site(files=files)) as running:
        yield running
    catalogue.read_catalogue.cache_clear()


def test_fetch_downloads_checks_and_imports(small_catalogue: Site) -> None:
    small_catalogue.faults["sub/HS-Brexit_train.json"] = ["cut:30", "500"]
    seen: list[tuple[str, int, int | None]] = []
    corpus = fetch("hs-brexit", small_catalogue.url, lambda *told: seen.append(told), patience=QUICK)
    assert load_corpus("hs-brexit").items == corpus.items
    assert corpus.items[0].fields["text"] == HARD_TEXTS["arabic"]
    assert "at commit 000000000000" in corpus.source
    assert {name for name, _, _ in seen} == {"HS-Brexit_train.json", "HS-Brexit_dev.json"}
    assert all(total is not None and done <= total for _, done, total in seen)


def test_fetching_again_asks_only_for_what_is_damaged(small_catalogue: Site) -> None:
    fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    small_catalogue.requests.clear()
    fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    assert small_catalogue.requests == []
    (downloads_dir() / "hs-brexit" / "HS-Brexit_dev.json").write_text("{}")
    fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    assert small_catalogue.requests == [("sub/HS-Brexit_dev.json", None)]


def test_a_wrong_file_is_refused_and_nothing_is_imported(small_catalogue: Site) -> None:
    small_catalogue.faults["sub/HS-Brexit_dev.json"] = ["corrupt"] * 2
    with pytest.raises(PolyvocalError, match=r"expected sha256 [0-9a-f]{64}, got [0-9a-f]{64}"):
        fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    assert not (imported_dir() / "hs-brexit").exists()
    kept = {p.name for p in (downloads_dir() / "hs-brexit").iterdir()} - {".lock"}
    assert kept == {"HS-Brexit_train.json"}


def test_an_unknown_sum_is_told_and_a_proxys_page_refused(
    small_catalogue: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYVOCAL_CATALOGUE_URL", small_catalogue.url)
    small_catalogue.faults["sub/CSC_train.json"] = ["html"]
    with pytest.raises(InputError, match=r"CSC_train\.json line 1 column 1"):
        fetch("csc", patience=QUICK)
    assert not (downloads_dir() / "csc" / "CSC_train.json").exists()
    found = hashlib.sha256(small_catalogue.files["sub/CSC_train.json"]).hexdigest()
    told = f"CSC_train.json: its sum is not known to the catalogue; got sha256 {found}"
    assert told in fetch("csc", patience=QUICK).notes
    assert told in load_corpus("csc").notes
    assert told in fetch("csc", patience=QUICK).notes, "the second time too"


def test_another_corpus_of_that_name_is_not_overwritten(small_catalogue: Site) -> None:
    fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    items = imported_dir() / "hs-brexit" / "items.jsonl"
    items.write_text(items.read_text().replace('"language": "en"', '"language": "xx"'))
    with pytest.raises(InputError, match="already has a different corpus 'hs-brexit'"):
        fetch("hs-brexit", small_catalogue.url, patience=QUICK)
    assert fetch("hs-brexit", small_catalogue.url, patience=QUICK, replace=True).items[0].language == "en"
    assert load_corpus("hs-brexit").items[0].language == "en"


def test_names_and_addresses_that_cannot_be(small_catalogue: Site) -> None:
    with pytest.raises(InputError, match=r"the catalogue has no corpus 'hsbrexit'.*Did you mean 'hs-brexit'"):
        fetch("hsbrexit", small_catalogue.url)
    with pytest.raises(InputError, match="no http or https URL"):
        fetch("hs-brexit", "file:///etc/")


def test_an_unwritable_store_is_told(small_catalogue: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    monkeypatch.setenv("POLYVOCAL_HOME", str(tmp_path / "taken"))
    with pytest.raises(PolyvocalError, match=r"cannot be written.*POLYVOCAL_HOME"):
        fetch("hs-brexit", small_catalogue.url, patience=QUICK)


def test_a_real_corpus_by_its_published_sums(shared_corpora: Path) -> None:
    entry = catalogue.catalogue_entry("hs-brexit")
    files = {f.path: (shared_corpora / "HS-Brexit_dataset" / f.name).read_bytes() for f in entry.files}
    with serve(Site(files=files)) as running:
        for path in files:
            running.faults[path] = ["cut:10000", "stall:20000"]
        corpus = fetch("hs-brexit", running.url, patience=WARY)
    assert (len(corpus.items), len(corpus.annotations)) == (1120, 6720)
    assert len(load_corpus("hs-brexit").items) == 1120
