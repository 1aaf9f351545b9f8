"""Uploads: kept in a folder of their own, read by a process with limits, imported whole or not at all."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from engine.corpora import ImportRequest, TableColumns, list_corpora, load_corpus, read_table
from engine.corpora.looking import look_at
from engine.corpora.upload_process import check_upload, import_upload, look_at_upload
from engine.corpora.uploads import LIMITS, discard_upload, find_upload, keep_upload, sweep_uploads
from engine.errors import InputError
from engine.paths import home, imported_dir, uploads_dir
from tests.engine.corpora.samples import entry_2023

ODD = ("=Nr.", "![t](http://beacon.invalid/t.png)", "wer?", "<b>Urteil</b>")
COLUMNS = TableColumns(item=ODD[0], text={"text": ODD[1]}, annotator=ODD[2], label=ODD[3])


def csv_of(rows: Sequence[Sequence[str]], columns: Sequence[str] = ODD) -> bytes:
    buffer = io.StringIO()
    pd.DataFrame(rows, columns=list(columns)).to_csv(buffer, index=False)
    return buffer.getvalue().encode()


def labels(n_items: int = 6) -> list[tuple[str, str, str, str]]:
    return [
        (f"i{n}", f"A text that is long enough to be one, number {n}.", who, "ja" if n % 2 else "nein")
        for n in range(n_items)
        for who in ("A", "B", "C")
    ]


def files_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# Keeping


@pytest.mark.parametrize(
    "name", ["../../x.csv", "/etc/cron.d/x.csv", "..\\x.csv", "x\x00y.csv", "a" * 999, "\u202efdp.csv"]
)
def test_a_name_never_becomes_a_path(name: str) -> None:
    upload = keep_upload([(name, csv_of(labels()))])
    assert upload.folder.parent == uploads_dir()
    assert [path.parent for path in upload.folder.rglob("*")] == [upload.folder]
    assert find_upload(upload.upload_id) == upload
    assert {part.split("/")[0] for part in files_below(home())} == {"uploads"}
    assert upload.folder.stat().st_mode & 0o077 == 0, "nobody else reads what is not imported yet"
    discard_upload(upload.upload_id)
    assert files_below(home()) == []


@pytest.mark.parametrize("upload_id", ["", "..", "../runs", "a" * 16 + "/..", "ABCDEF0123456789", "0123456789abcdef"])
def test_an_address_names_uploads_alone(upload_id: str) -> None:
    (home() / "runs").mkdir(parents=True, exist_ok=True)
    with pytest.raises(InputError, match="no longer here"):
        find_upload(upload_id)
    discard_upload(upload_id)
    assert (home() / "runs").is_dir()


def test_what_is_too_large_or_too_many_is_refused_and_leaves_nothing() -> None:
    content = csv_of(labels())
    with pytest.raises(InputError, match=r"MiB; an upload may have"):
        keep_upload([("a.csv", content)], replace(LIMITS, size=len(content) - 1))
    with pytest.raises(InputError, match="at most 8"):
        keep_upload([(f"{n}.csv", content) for n in range(9)])
    with pytest.raises(InputError, match="one name"):
        keep_upload([("a/x.csv", content), ("b/X.csv", content)])
    with pytest.raises(InputError, match="zip archive"):
        keep_upload([("a.csv", content), ("b.csv", b"PK\x03\x04")])
    assert files_below(home()) == []


def test_old_uploads_go() -> None:
    old, new = (keep_upload([(name, csv_of(labels()))]) for name in ("old.csv", "new.csv"))
    os.utime(old.folder, (time.time() - 7 * 3600,) * 2)
    sweep_uploads()
    assert [path.name for path in uploads_dir().iterdir()] == [new.upload_id]


def test_the_limit_is_the_dashboards_own() -> None:
    import tomllib

    settings = tomllib.loads((Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["maxUploadSize"] * 2**20 == LIMITS.size


# Looking, within the limits


def test_a_table_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(csv_of(labels(30)))
    look = look_at(path, LIMITS)
    assert (look.format, look.n_rows, len(look.rows)) == ("table", 90, 8)
    assert [column.name for column in look.columns] == list(ODD)
    assert (look.guess.item, look.guess.text, look.guess.annotator, look.guess.label) == (
        ODD[0], (ODD[1],), ODD[2], ODD[3],
    )  # fmt: skip
    assert look.columns[3].values == ("nein", "ja")
    assert look.columns[1].values == (), "texts are not listed as values"


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("t.csv", {"rows": 17}, "more than 17 rows"),
        ("t.csv", {"columns": 3}, "has 4 columns"),
        ("t.csv", {"cell": 20}, r"line 2: a cell of column .* has \d+ characters"),
        ("t.parquet", {"rows": 17}, "has 18 rows"),
        ("t.parquet", {"unpacked": 10}, "when it is unpacked"),
    ],
)
def test_each_limit_is_told(tmp_path: Path, name: str, change: dict[str, int], said: str) -> None:
    path = tmp_path / name
    frame = pd.DataFrame(labels(), columns=list(ODD))
    frame.to_parquet(path) if path.suffix == ".parquet" else path.write_bytes(csv_of(labels()))
    assert look_at(path, LIMITS).n_rows == 18
    with pytest.raises(InputError, match=said):
        look_at(path, replace(LIMITS, **change))


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("item_id,text\nä,b\n".encode("utf-16"), "t.csv", "not UTF-8"),
        (b"a,a\n1,2\n", "t.csv", "names the column 'a' more than once"),
        (b"a,b,a,b\n1,2,3,4\n", "t.csv", "names the columns 'a', 'b' more than once"),
        (b",,,label\n1,2,3,4\n", "t.csv", "3 columns without a name"),
        (b"item_id,text,annotator_id,label\n", "t.csv", "has no rows"),
        (b"label\n0\n1\n", "t.csv", "has 1 column; a corpus needs at least 4: .*In a CSV"),
        (b'[{"text": "x", "label": 1}]', "t.json", "has 2 columns; a corpus needs at least 4: .*label.$"),
        (
            b"Nr,was,wer,Urteil\n1,a text,A,1\nNr,was,wer,Urteil\n1,a text,B,0\n",
            "t.csv",
            "first row of t.csv .* in 4 of 4 columns",
        ),
        (b'a,b\n"never closed,2\n', "t.csv", "line 2"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n", "t.jsonl", "cannot be read"),
        (b'[{"a": ' + b"9" * 5000 + b"}]", "t.json", "cannot be read as JSON: .* 5000 digits. Leave out"),
        (b'{"a": [1,2', "t.json", "line 1 column 11.*truncated"),
        (b"[1, 2]", "t.json", "Expected an object"),
        (b'{"\\ud83d": 1}\n', "t.jsonl", "no valid Unicode"),
        (b"PAR1 broken PAR1", "t.parquet", "no readable Parquet"),
        (b'{"1": {"text": "x"}}', "X_train.json", "no Le-Wi-Di file"),
    ],
)
def test_broken_files_are_a_users_error(tmp_path: Path, content: bytes, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=said):
        look_at(tmp_path / name, LIMITS)


def headless(n_items: int = 4) -> bytes:
    """Return a table of three people whose first row is data; its texts hold the comma, so semicolons part it."""
    return "".join(
        f"t{i};A text, long enough to be one, number {i}.;P{p};{(i + p) % 2}\n"
        for i in range(n_items)
        for p in range(3)
    ).encode()


def test_a_table_without_names_has_its_columns_numbered(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(headless())
    look = look_at(tmp_path / "t.csv", LIMITS)
    assert (look.no_header, look.n_rows) == (True, 12)
    assert [column.name for column in look.columns] == ["column 1", "column 2", "column 3", "column 4"]
    assert look.rows[0] == ("t0", "A text, long enough to be one, number 0.", "P0", "0")
    guess = look.guess
    assert (guess.item, guess.text, guess.annotator, guess.label) == (
        "column 1", ("column 2",), "column 3", "column 4"
    )  # fmt: skip
    told = look_at(tmp_path / "t.csv", LIMITS, no_header=False)
    assert (told.no_header, told.n_rows, told.columns[0].name) == (False, 11, "t0")
    (tmp_path / "named.csv").write_bytes(csv_of(labels()))
    assert look_at(tmp_path / "named.csv", LIMITS).no_header is False
    (tmp_path / "t.jsonl").write_text('{"item_id": "1", "text": "a", "annotator_id": "A", "label": "0"}\n')
    assert look_at(tmp_path / "t.jsonl", LIMITS).no_header is None


def test_a_table_without_names_is_imported_by_the_numbers(store: Path) -> None:
    upload = keep_upload([("t.csv", headless())])
    columns = TableColumns(item="column 1", text={"text": "column 2"}, annotator="column 3", label="column 4")
    look = look_at_upload(upload.upload_id)
    request = ImportRequest(columns=columns, no_header=bool(look.no_header))
    assert check_upload(upload.upload_id, request).n_annotations == 12
    facts = import_upload(upload.upload_id, "mine", request)
    assert (facts.n_items, facts.n_annotators, facts.n_annotations) == (4, 3, 12)


def test_tables_do_not_belong_together_and_datasets_are_not_loaded(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_bytes(csv_of(labels()))
    with pytest.raises(InputError, match="2 of the files are tables"):
        look_at(tmp_path, LIMITS)
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).unlink()
    (tmp_path / "dataset_info.json").write_text("{}")
    with pytest.raises(InputError, match="Hugging Face datasets are not uploaded"):
        look_at(tmp_path, LIMITS)


def test_a_list_of_objects_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps([dict(zip(ODD, row, strict=True)) for row in labels()]))
    assert look_at(path, LIMITS).n_rows == 18
    assert len(read_table(path, name="t", columns=COLUMNS).items) == 6


# The process


def test_an_upload_is_looked_at_checked_and_imported() -> None:
    upload = keep_upload([("../mine.csv", csv_of(labels()))])
    assert look_at_upload(upload.upload_id).n_rows == 18
    request = ImportRequest(columns=COLUMNS, kind="irony", labels=("nein", "ja"), positive="ja", task_name="irony?")
    facts = check_upload(upload.upload_id, request)
    assert (facts.n_items, facts.n_annotators, facts.n_annotations) == (6, 3, 18)
    assert facts.labels == {"nein": 9, "ja": 9}
    assert list_corpora() == [c for c in list_corpora() if c.where == "shipped"], "nothing is stored by a check"
    assert import_upload(upload.upload_id, "mine", request) == facts
    corpus = load_corpus("mine")
    assert (corpus.task.kind, corpus.task.labels, corpus.task.name) == ("irony", ("nein", "ja"), "irony?")
    assert corpus.source == "mine.csv"
    assert list(uploads_dir().iterdir()) == [], "what was uploaded is gone"
    with pytest.raises(InputError, match="no longer here"):
        import_upload(upload.upload_id, "mine", request)


def test_problems_come_in_the_engines_words_without_this_machines_paths() -> None:
    upload = keep_upload([("mine.csv", csv_of(labels()))])
    with pytest.raises(InputError, match=r"^mine\.csv has no column 'item_id'") as problem:
        check_upload(upload.upload_id, ImportRequest())
    assert str(home()) not in str(problem.value)
    with pytest.raises(InputError, match="cannot be named"):
        import_upload(upload.upload_id, "../x", ImportRequest(columns=COLUMNS))
    assert find_upload(upload.upload_id)


def test_another_corpus_is_replaced_only_when_told() -> None:
    request = ImportRequest(columns=COLUMNS)
    import_upload(keep_upload([("a.csv", csv_of(labels(4)))]).upload_id, "mine", request)
    second = keep_upload([("b.csv", csv_of(labels(5)))]).upload_id
    with pytest.raises(InputError, match="already has a different corpus"):
        import_upload(second, "mine", request)
    assert len(load_corpus("mine").items) == 4
    import_upload(second, "mine", request, replace=True)
    assert len(load_corpus("mine").items) == 5


def test_files_of_a_lewidi_corpus_are_sent_together() -> None:
    files = [
        (f"HS-Brexit_{split}.json", json.dumps({"1": entry_2023(split=split)}).encode()) for split in ("train", "dev")
    ]
    upload = keep_upload(files)
    look = look_at_upload(upload.upload_id)
    assert look.format == "lewidi2023"
    assert look.layers == ("hate-speech", "aggressiveness", "offensiveness")
    facts = check_upload(upload.upload_id, ImportRequest(format=look.format))
    assert facts.splits == {"train": 1, "dev": 1}


def test_a_file_that_fills_the_memory_ends_the_reading_alone() -> None:
    """A dictionary-encoded Parquet file of some kilobytes whose rows hold gigabytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    n = 10_000
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * n, pa.int32()), pa.array(["x" * 150_000]))
    table = pa.table({"item_id": ["a"] * n, "text": texts, "annotator_id": ["A"] * n, "label": ["1"] * n})
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    assert len(buffer.getvalue()) < 1_000_000
    upload = keep_upload([("bomb.parquet", buffer.getvalue())])
    with pytest.raises(InputError, match="memory"):
        look_at_upload(upload.upload_id, limits=replace(LIMITS, memory=640 * 2**20))


def test_the_reading_holds_no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.corpora import upload_process

    monkeypatch.setenv("POLYVOCAL_API_KEY", "secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert "secret" not in upload_process._environment().values()


SLOW = """
import os, sys, time
import engine.corpora.store as store
write = store._write
def slow(path, content):
    write(path, content)
    print("written", flush=True)
    time.sleep(3600)
store._write = slow
from engine.corpora.importing import import_corpus
from engine.corpora import TableColumns
import_corpus(sys.argv[1], "mine", columns=TableColumns(**eval(sys.argv[2])))
"""


def test_an_import_that_is_killed_leaves_no_half_corpus(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(csv_of(labels()))
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, str(path), repr(COLUMNS.model_dump())], stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])},
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "written\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert not (imported_dir() / "mine").exists()
    assert [c.name for c in list_corpora() if c.where == "imported"] == []
    upload = keep_upload([("t.csv", path.read_bytes())])
    assert import_upload(upload.upload_id, "mine", ImportRequest(columns=COLUMNS)).n_items == 6
