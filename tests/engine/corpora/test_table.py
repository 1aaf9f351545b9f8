"""Long tables: every format, columns by name, what is refused with its place, what is assumed and said."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.corpora import TableColumns, load_corpus, read_table, save_corpus
from engine.corpora.corpus import Task
from engine.errors import InputError
from tests.engine.corpora.samples import HARD_TEXTS, labels_of

Record = dict[str, Any]
FORMATS = (".csv", ".tsv", ".jsonl", ".parquet")


def write_table(path: Path, records: list[Record]) -> Path:
    """Write records in the format of the path's ending, as other programs would."""
    columns = list(dict.fromkeys(key for record in records for key in record))
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns, delimiter="," if path.suffix == ".csv" else "\t")
            writer.writeheader()
            writer.writerows(records)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    else:
        pd.DataFrame(records, columns=columns).to_parquet(path)
    return path


def record(item: str = "a", who: str = "A", label: Any = "1", text: str = "a text", **more: Any) -> Record:
    return {"item_id": item, "annotator_id": who, "label": label, "text": text} | more


TWO = [record(), record(who="B", label="0")]


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_gives_the_same_corpus(tmp_path: Path, suffix: str) -> None:
    records = [
        record(f"i{n}", who, label, text) for n, text in enumerate(HARD_TEXTS.values()) for who, label in ("A0", "B1")
    ]
    corpus = read_table(write_table(tmp_path / f"t{suffix}", records), name="t")
    assert [item.fields["text"] for item in corpus.items] == list(HARD_TEXTS.values())
    assert labels_of(corpus) == {(r["item_id"], r["annotator_id"]): [r["label"]] for r in records}
    assert (corpus.task.labels, corpus.task.positive, corpus.task.answer("1")) == (("0", "1"), "1", "yes")
    assert load_corpus(save_corpus(corpus, tmp_path / "stored")).items == corpus.items


words = st.text(min_size=1, max_size=12).filter(lambda s: bool(s.strip()))


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    texts=st.lists(words, min_size=1, max_size=4),
    people=st.lists(words.map(str.strip), min_size=1, max_size=3, unique=True),
    suffix=st.sampled_from(FORMATS),
    data=st.data(),
)
def test_any_table_comes_back(
    tmp_path: Path, texts: list[str], people: list[str], suffix: str, data: st.DataObject
) -> None:
    records = [
        record(f"i{n}", who, data.draw(st.sampled_from(["no", "yes"])), text, why=data.draw(words))
        for n, text in enumerate(texts)
        for who in people
    ]
    path = write_table(tmp_path / f"t{suffix}", records)
    corpus = read_table(path, name="t", columns=TableColumns(explanation="why"), labels=("no", "yes"))
    assert [item.fields["text"] for item in corpus.items] == texts
    assert {a.annotator_id for a in corpus.annotators} == set(people)
    found = [(r.item_id, r.annotator_id, r.label, r.explanation) for r in corpus.annotations.itertuples()]
    assert found == [(r["item_id"], r["annotator_id"], r["label"], r["why"]) for r in records]
    stored = load_corpus(save_corpus(corpus, tmp_path / "stored"))
    assert stored.items == corpus.items
    pd.testing.assert_frame_equal(stored.annotations, corpus.annotations)


def test_columns_by_name(tmp_path: Path) -> None:
    rows = [
        {
            "id": 1,
            "premise": "p",
            "hypothesis": "h",
            "who": 7,
            "gold": "neutral",
            "side": "x",
            "age": 30.0,
            "s": "dev",
            "l": "ar",
        },
        {
            "id": 1,
            "premise": "p",
            "hypothesis": "h",
            "who": 8,
            "gold": "entailment",
            "side": "",
            "age": None,
            "s": "dev",
            "l": "ar",
        },
        {
            "id": 2,
            "premise": "p",
            "hypothesis": "",
            "who": 8,
            "gold": "contradiction",
            "side": "y",
            "age": 41,
            "s": "dev",
            "l": "ar",
        },
    ]
    columns = TableColumns(
        item="id",
        text={"context": "premise", "statement": "hypothesis"},
        annotator="who",
        label="gold",
        group="side",
        attributes=("age",),
        split="s",
        language="l",
    )
    for suffix in FORMATS:
        corpus = read_table(write_table(tmp_path / f"t{suffix}", rows), name="t", columns=columns)
        assert corpus.items[0].fields == {"context": "p", "statement": "h"}
        assert (corpus.items[0].split, corpus.items[0].language) == ("dev", "ar")
        assert corpus.items[1].fields["statement"] == ""
        assert [(a.annotator_id, a.group, dict(a.attributes)) for a in corpus.annotators] == [
            ("7", "x", {"age": "30"}),
            ("8", "y", {"age": "41"}),
        ]
        assert (corpus.task.kind, corpus.task.level, corpus.task.positive) == ("nli", "nominal", None)


def test_one_text_column_is_the_field_text() -> None:
    assert TableColumns(text="tweet").text == {"text": "tweet"}
    assert TableColumns(text=["post", "reply"]).text == {"post": "post", "reply": "reply"}


@pytest.mark.parametrize(
    ("labels", "expected", "level", "positive"),
    [
        (["1", "0"], ("0", "1"), "nominal", "1"),
        (["yes", "no"], ("no", "yes"), "nominal", "yes"),
        ([True, False], ("false", "true"), "nominal", "true"),
        (["10", "9", "-1"], ("-1", "9", "10"), "ordinal", None),
        (["0.5", "2", "1.25"], ("0.5", "1.25", "2"), "interval", None),
        ([2.0, 1.0, 3.0], ("1", "2", "3"), "ordinal", None),
        (["b", "a", "nan"], ("a", "b", "nan"), "nominal", None),
    ],
)
def test_task_told_from_the_data(
    tmp_path: Path, labels: list[Any], expected: tuple[str, ...], level: str, positive: str | None
) -> None:
    rows = [record(f"i{n}", "A", label) for n, label in enumerate(labels)]
    corpus = read_table(write_table(tmp_path / "t.jsonl", rows), name="t")
    assert (corpus.task.labels, corpus.task.level, corpus.task.positive) == (expected, level, positive)
    assert any(note.startswith("told from the data, not given: labels") for note in corpus.notes)


def test_a_given_task_is_used(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", TWO)
    task = Task(name="my own", kind="irony", labels=("1", "0"), level="ordinal")
    corpus = read_table(path, name="t", task=task)
    assert corpus.task == task
    assert not corpus.notes
    told = read_table(path, name="t", kind="sarcasm", task_name="how sarcastic", labels=("0", "1", "2"), level="ratio")
    assert (told.task.name, told.task.kind, told.task.labels, told.task.level) == (
        "how sarcastic",
        "sarcasm",
        ("0", "1", "2"),
        "ratio",
    )
    with pytest.raises(InputError, match="positive 'x' is not a label"):
        read_table(path, name="t", positive="x")


def test_repeats_are_counted_conflicts_refused(tmp_path: Path) -> None:
    repeated = write_table(tmp_path / "t.csv", [*TWO, record(), record(label="1.0")])
    corpus = read_table(repeated, name="t")
    assert len(corpus.annotations) == 2
    assert "2 rows repeat an annotation and were left out" in corpus.notes
    conflicting = write_table(tmp_path / "t.csv", [*TWO, record(label="0"), record(who="B")])
    with pytest.raises(InputError, match=r"2 rows contradict.*\(first: t\.csv line 4: '0', line 2: '1'\)"):
        read_table(conflicting, name="t")
    assert labels_of(read_table(conflicting, name="t", multi_label=True))["a", "A"] == ["1", "0"]


def test_missing_cells_are_counted_with_the_first_place(tmp_path: Path) -> None:
    rows = [record(f"i{n}", "A", str(n % 2)) for n in range(40)]
    for n in (5, 8, 9):
        rows[n]["item_id"] = " "
    rows[7]["label"] = ""
    rows[3]["text"] = ""
    rows[2]["annotator_id"] = ""
    with pytest.raises(InputError) as error:
        read_table(write_table(tmp_path / "mine.csv", rows), name="mine")
    message = str(error.value)
    assert message.startswith("corpus 'mine': 3 of 40 rows have no item_id (first: mine.csv line 7)")
    for part in ("1 of 40 rows have no label (first: mine.csv line 9)", "no text (first: mine.csv line 5)", "line 4"):
        assert part in message
    assert "--item-column" in message


def test_an_item_without_annotation_is_kept(tmp_path: Path) -> None:
    corpus = read_table(write_table(tmp_path / "t.csv", [*TWO, record("b", "", "")]), name="t")
    assert [i.item_id for i in corpus.items] == ["a", "b"]
    assert len(corpus.annotations) == 2
    assert any("items without annotation" in note for note in corpus.notes)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([*TWO, record(text="another")], r"item 'a' has two different texts \(t\.csv line 2 and line 4\)"),
        ([record(split="dev"), record(who="B", label="0", split="test")], "two different splits"),
        ([record(g="x"), record("b", "A", "0", "other", g="y")], "annotator 'A' has two values of 'g': 'x'"),
        ([record(), record(who="B", label="1")], "only the label '1' occurs"),
        ([], "has no column 'item_id'|is empty"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, rows: list[Record], message: str) -> None:
    columns = TableColumns(
        split="split" if rows and "split" in rows[0] else None, group="g" if rows and "g" in rows[0] else None
    )
    with pytest.raises(InputError, match=message):
        read_table(write_table(tmp_path / "t.csv", rows), name="t", columns=columns)


def test_labels_outside_the_task(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.csv", [*TWO, record("b", "A", "maybe", "x")])
    with pytest.raises(
        InputError, match=r"1 of 3 rows have a label outside the task: 'maybe' \(first: t\.csv line 4\)"
    ):
        read_table(path, name="t", labels=("0", "1"))


def test_missing_columns_are_listed_with_the_nearest(tmp_path: Path) -> None:
    rows = [{"item": "a", "annotator_id": "A", "labels": "1", "text": "x"}]
    for suffix in FORMATS:
        with pytest.raises(InputError) as error:
            read_table(write_table(tmp_path / f"t{suffix}", rows), name="t")
        assert "no column 'item_id'" in str(error.value)
        assert "'label' (did you mean 'labels'?)" in str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"item_id,text\n", "no column 'annotator_id'"),
        (b"item_id,text,annotator_id,label\n", "has no rows"),
        (b"item_id,text,annotator_id,label\na,x,A\n", "line 2: 3 cells for 4 columns"),
        (b'item_id,text,annotator_id,label\na,"x\ny",A,1\nb,"cut', "line 4"),
        (b"item_id,text,annotator_id,label;x\na,x,A,1\n", "no column 'label' .did you mean 'label;x'"),
        (b"item_id,text,text,label\n", "names the column 'text' more than once"),
        (b"item_id,text,annotator_id,label\na,caf\xe9,A,1\n", "is not UTF-8: byte 37"),
    ],
)
def test_damaged_csv(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_table(path, name="t")


def test_line_numbers_count_breaks_within_cells(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('item_id,text,annotator_id,label\na,"one\ntwo\nthree",A,1\n\nb,x,A,\n')
    with pytest.raises(InputError, match=r"no label \(first: t\.csv line 6\)"):
        read_table(path, name="t")


def test_delimiter_and_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffitem_id;text;annotator_id;label\r\na;é;A;1\r\na;é;B;0\r\n".encode())
    for delimiter in (";", None):
        assert read_table(path, name="t", delimiter=delimiter).items[0].fields["text"] == "é"
    with pytest.raises(InputError, match="no column 'item_id'"):
        read_table(path, name="t", delimiter=",")
    with pytest.raises(InputError, match="not one character"):
        read_table(path, name="t", delimiter=";;")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"item_id": "a"}\n{"item_id": ', r"t\.jsonl line 2 column \d+"),
        ("[1]\n", "line 1 is a JSON list"),
        ('{"item_id": "a", "annotator_id": "A", "label": ["0"], "text": "x"}\n', "line 1: column 'label' holds a list"),
    ],
)
def test_damaged_jsonl(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read_table(path, name="t")


def test_damaged_parquet_and_unknown_ending(tmp_path: Path) -> None:
    path = write_table(tmp_path / "t.parquet", TWO)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(InputError, match="no readable Parquet"):
        read_table(path, name="t")
    for name in ("none.parquet", "none.csv"):
        with pytest.raises(InputError, match=r"[Nn]o such file"):
            read_table(tmp_path / name, name="t")
    with pytest.raises(InputError, match=r"Expected one of: \.csv"):
        read_table(tmp_path / "t.xlsx", name="t")


def test_half_a_surrogate_pair_is_replaced_and_told(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text("".join(json.dumps(record(who=w, label=v, text="cut \ud83d")) + "\n" for w, v in ("A0", "B1")))
    corpus = read_table(path, name="t")
    assert corpus.items[0].fields["text"] == "cut \ufffd"
    assert any(note.startswith("1 texts held half") for note in corpus.notes)


def test_a_first_row_that_is_data_is_read_where_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('a,"one\nline",A,1\n\na,"one\nline",B,0\nb,two,A,1\n', encoding="utf-8")
    columns = TableColumns(item="column 1", text={"text": "column 2"}, annotator="column 3", label="column 4")
    corpus = read_table(path, name="t", columns=columns, no_header=True)
    assert labels_of(corpus) == {("a", "A"): ["1"], ("a", "B"): ["0"], ("b", "A"): ["1"]}
    with pytest.raises(InputError, match=r"has no column 'item_id'.* add --no-header"):
        read_table(path, name="t")
    with pytest.raises(InputError, match=r"names its columns in itself\. Only a \.csv or \.tsv"):
        read_table(write_table(tmp_path / "t.jsonl", TWO), name="t", no_header=True)
    path.write_text("a,one,A,1\nb,two,A\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 2: 3 cells for 4 columns"):
        read_table(path, name="t", columns=columns, no_header=True)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_what_parts_the_cells_is_told_though_texts_hold_the_others(tmp_path: Path, mark: str) -> None:
    others = "".join({",", ";", "\t", "|"} - {mark})
    rows = [
        ("item_id", "text", "annotator_id", "label"),
        ("a", f"x{others}y", "A", "1"),
        ("b", f"z{others}w", "A", "0"),
    ]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(mark.join(row) for row in rows), encoding="utf-8")
    assert read_table(path, name="t").items[0].fields["text"] == f"x{others}y"
