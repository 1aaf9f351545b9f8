"""The store: what is saved comes back, bytes are determined by content, damage is told and never half written."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.corpora import (
    Annotator,
    Corpus,
    Item,
    annotation_frame,
    corpus_digest,
    corpus_stamp,
    list_corpora,
    load_corpus,
    save_corpus,
)
from engine.corpora import store as store_module
from engine.corpora.stored import FILES
from engine.errors import InputError, PolyvocalError
from engine.paths import imported_dir
from tests.engine.corpora.samples import BINARY, HARD_TEXTS, small_corpus


def assert_same(a: Corpus, b: Corpus) -> None:
    assert (a.name, a.task, a.items, a.annotators, a.synthetic, a.source, a.notes) == (
        b.name,
        b.task,
        b.items,
        b.annotators,
        b.synthetic,
        b.source,
        b.notes,
    )
    pd.testing.assert_frame_equal(a.annotations, b.annotations)


def test_round_trip_keeps_everything(tmp_path: Path) -> None:
    corpus = small_corpus()
    loaded = load_corpus(save_corpus(corpus, tmp_path / "small"))
    assert_same(loaded, corpus)
    assert [item.fields["text"] for item in loaded.items] == list(HARD_TEXTS.values())
    assert corpus_digest(loaded) == corpus_digest(corpus)


names = st.text(min_size=1, max_size=8).filter(lambda s: bool(s.strip()))
texts = st.text(max_size=40)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    ids=st.lists(names, min_size=1, max_size=4, unique=True),
    people=st.lists(names, min_size=1, max_size=3, unique=True),
    data=st.data(),
)
def test_any_valid_corpus_comes_back(tmp_path: Path, ids: list[str], people: list[str], data: st.DataObject) -> None:
    items = tuple(
        Item(i, {"text": data.draw(texts), "context": data.draw(texts)}, "x", data.draw(texts), {"k": data.draw(texts)})
        for i in ids
    )
    annotators = tuple(Annotator(p, data.draw(st.none() | texts), {data.draw(names): data.draw(texts)}) for p in people)
    rows = [
        (i, p, data.draw(st.sampled_from("01")), data.draw(st.none() | texts.filter(bool)))
        for i in ids
        for p in people
        if data.draw(st.booleans())
    ]
    corpus = Corpus("any", BINARY, items, annotators, annotation_frame(rows), notes=(data.draw(texts),))
    assert_same(load_corpus(save_corpus(corpus, tmp_path / "any")), corpus)


def test_equal_corpora_give_equal_bytes(tmp_path: Path) -> None:
    save_corpus(small_corpus(), tmp_path / "a")
    save_corpus(load_corpus(tmp_path / "a"), tmp_path / "b")
    assert [(tmp_path / "a" / f).read_bytes() for f in FILES] == [(tmp_path / "b" / f).read_bytes() for f in FILES]


def test_digest_names_the_content_not_the_name() -> None:
    corpus = small_corpus()
    assert corpus_digest(corpus) == corpus_digest(replace(corpus, name="other", source="", notes=()))
    first, *rest = corpus.items
    assert corpus_digest(corpus) != corpus_digest(replace(corpus, items=(replace(first, split="dev"), *rest)))
    assert corpus_digest(corpus) != corpus_digest(replace(corpus, annotations=corpus.annotations.iloc[1:]))
    assert corpus_digest(corpus) != corpus_digest(replace(corpus, task=BINARY.model_copy(update={"positive": None})))
    assert len(corpus_digest(corpus)) == 64


def test_saving_anew_replaces_the_corpus_and_keeps_what_lies_beside_it(tmp_path: Path) -> None:
    folder = save_corpus(small_corpus(), tmp_path / "small")
    (folder / "truth.json").write_text("{}")
    save_corpus(replace(small_corpus(), notes=("anew",)), folder)
    assert load_corpus(folder).notes == ("anew",)
    assert (folder / "truth.json").read_text() == "{}"
    assert [p.name for p in tmp_path.iterdir()] == ["small"], "no temporary folder stays"


def test_the_stamp_changes_with_the_files_alone(tmp_path: Path) -> None:
    folder = save_corpus(small_corpus(), tmp_path / "small")
    before = corpus_stamp(folder)
    (folder / "beside.txt").write_text("not part of it")
    assert corpus_stamp(folder) == before
    save_corpus(small_corpus(), folder)
    assert corpus_stamp(folder) != before
    with pytest.raises(InputError, match="there is no corpus"):
        corpus_stamp("nowhere")


def test_a_folder_of_something_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="holds no corpus"):
        save_corpus(small_corpus(), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("failing", ["_write", "_swap"])
def test_a_full_disk_leaves_the_old_corpus_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str) -> None:
    folder = save_corpus(small_corpus(), tmp_path / "small")

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store_module, failing, full)
    with pytest.raises(PolyvocalError, match="No space left on device"):
        save_corpus(replace(small_corpus(), notes=("anew",)), folder)
    assert_same(load_corpus(folder), small_corpus())
    assert [p.name for p in tmp_path.iterdir()] == ["small"]


def test_a_failed_rename_puts_the_old_corpus_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = save_corpus(small_corpus(), tmp_path / "small")
    rename = Path.rename
    failed = []

    def once(self: Path, target: Path) -> Path:
        if Path(target) == folder and not failed:
            failed.append(1)
            raise OSError(errno.EACCES, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", once)
    with pytest.raises(PolyvocalError, match="Permission denied"):
        save_corpus(replace(small_corpus(), notes=("anew",)), folder)
    assert_same(load_corpus(folder), small_corpus())


def test_load_looks_among_imported_then_shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "shipped", lambda _kind: tmp_path / "shipped")
    save_corpus(replace(small_corpus(), source="shipped"), tmp_path / "shipped" / "small")
    assert load_corpus("small").source == "shipped"
    save_corpus(replace(small_corpus(), source="imported"), imported_dir() / "small")
    assert load_corpus("small").source == "imported"
    assert [(c.name, c.where) for c in list_corpora()] == [("small", "imported")]


def test_unknown_names_get_the_known_ones_and_the_nearest() -> None:
    save_corpus(small_corpus(), imported_dir() / "small")
    with pytest.raises(InputError, match="Did you mean 'small'") as error:
        load_corpus("smal")
    assert "hs-brexit" in str(error.value)
    with pytest.raises(InputError, match="polyvocal corpus fetch hs-brexit"):
        load_corpus("hs-brexit")
    with pytest.raises(InputError, match="does not exist"):
        load_corpus("nowhere/at-all")
    with pytest.raises(InputError, match=r"holds no corpus|does not exist"):
        load_corpus("")


def test_summaries_count_and_list_broken_ones() -> None:
    corpus = small_corpus()
    save_corpus(corpus, imported_dir() / "small")
    broken = imported_dir() / "broken"
    broken.mkdir(parents=True)
    (broken / "corpus.json").write_text('{"version": 1, "name": ')
    (imported_dir() / "empty").mkdir()
    found = {c.name: c for c in list_corpora()}
    small = found["small"]
    assert (small.n_items, small.n_annotators, small.n_annotations) == (
        len(corpus.items),
        2,
        len(corpus.annotations),
    )
    assert small.task == corpus.task
    assert not small.problem
    assert "not a stored corpus" in found["broken"].problem
    assert "cannot be read" in found["empty"].problem


def test_damaged_lines_are_named(tmp_path: Path) -> None:
    folder = save_corpus(small_corpus(), tmp_path / "small")
    lines = (folder / "items.jsonl").read_bytes().split(b"\n")
    (folder / "items.jsonl").write_bytes(b"\n".join([lines[0], lines[1][:10], *lines[2:]]))
    with pytest.raises(InputError, match=r"items\.jsonl line 2 is damaged"):
        load_corpus(folder)
    (folder / "items.jsonl").write_bytes(b"\n".join(lines))
    head = json.loads((folder / "corpus.json").read_text()) | {"surprise": 1}
    (folder / "corpus.json").write_text(json.dumps(head))
    with pytest.raises(InputError, match="surprise"):
        load_corpus(folder)


def test_contradictions_are_refused_all_at_once(tmp_path: Path) -> None:
    corpus = small_corpus()
    rows = [("i1", "A", "0", None), ("i1", "A", "1", None), ("i1", "C", "0", None), ("zz", "A", "2", None)]
    bad = replace(corpus, items=(*corpus.items, corpus.items[0]), annotations=annotation_frame(rows))
    with pytest.raises(InputError) as error:
        save_corpus(bad, tmp_path / "bad")
    for part in ("items share an id", "'zz'", "'C'", "'2'", "A on i1"):
        assert part in str(error.value)
    assert not (tmp_path / "bad").exists()


def test_values_that_are_no_text_or_json_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="surrogate"):
        save_corpus(
            replace(small_corpus(), items=(Item("i1", {"text": "cut \ud83d"}),), annotations=annotation_frame([])),
            tmp_path / "x",
        )
    with pytest.raises(InputError, match="JSON"):
        save_corpus(
            replace(
                small_corpus(),
                items=(Item("i1", {"text": "x"}, info={"a": float("nan")}),),
                annotations=annotation_frame([]),
            ),
            tmp_path / "x",
        )
