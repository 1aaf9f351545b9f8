"""Importing: formats told apart, names checked, other corpora not overwritten, what is unusual noted."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.corpora import ImportRequest, import_corpus, list_corpora, load_corpus, read_corpus, save_corpus
from engine.corpora.importing import detect_format
from engine.errors import InputError
from engine.paths import imported_dir
from tests.engine.corpora.samples import entry_2023, entry_2025, small_corpus, write_json
from tests.engine.corpora.test_table import TWO, record, write_table


def test_each_format_is_told_and_imported(tmp_path: Path) -> None:
    old = write_json(tmp_path / "old" / "HS-Brexit_train.json", {"1": entry_2023()})
    pair = {"context": "a", "statement": "b"}
    new = write_json(tmp_path / "new" / "VariErrNLI_dev.json", {"1": entry_2025(pair, {"Ann1": "neutral"})})
    table = write_table(tmp_path / "t.csv", TWO)
    stored = save_corpus(small_corpus(), tmp_path / "stored")
    for path, format in ((old.parent, "lewidi2023"), (new, "lewidi2025"), (table, "table"), (stored, "stored")):
        assert detect_format(path) == format
        corpus = import_corpus(path, f"my-{format}")
        assert corpus.name == f"my-{format}"
        assert load_corpus(f"my-{format}").items == corpus.items
    assert {c.name for c in list_corpora()} >= {"my-lewidi2023", "my-table"}


def test_options_reach_the_reader_and_unknown_ones_are_told(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", TWO)
    assert import_corpus(table, "a", kind="irony", labels=("0", "1")).task.kind == "irony"
    with pytest.raises(InputError, match="option 'task_layer' does not go with format 'table'"):
        import_corpus(table, "b", task_layer="x")
    with pytest.raises(InputError, match="task 'severity' chooses a label layer"):
        import_corpus(table, "b", task="severity")


def test_reading_stores_nothing_and_says_the_same(tmp_path: Path) -> None:
    rows = [record("a", "A", "1"), record("b", "A", "0", "b"), record("c", "", "", "c")]
    table = write_table(tmp_path / "t.csv", rows)
    request = ImportRequest(kind="irony", labels=("0", "1"))
    corpus = read_corpus(table, "mine", request.format, **request.options())
    assert not imported_dir().exists()
    assert any("only one annotator" in note for note in corpus.notes)
    assert import_corpus(table, "mine", **request.options()).notes == corpus.notes
    assert ImportRequest().options() == {}


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "x" * 61, "a b", "ä", "a\n", ".."])
def test_names_that_cannot_be_folders(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="cannot be named"):
        import_corpus(write_table(tmp_path / "t.csv", TWO), name)
    assert not imported_dir().exists()


def test_a_different_corpus_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    table = write_table(tmp_path / "t.csv", TWO)
    import_corpus(table, "mine")
    import_corpus(table, "mine")
    other = write_table(tmp_path / "u.csv", [*TWO, record("b", "A", "0", "new")])
    with pytest.raises(InputError, match=r"already has a different corpus 'mine'.*--replace"):
        import_corpus(other, "mine")
    assert len(load_corpus("mine").items) == 1
    import_corpus(other, "mine", replace=True)
    assert len(load_corpus("mine").items) == 2


def test_one_annotator_and_bare_items_are_noted(tmp_path: Path) -> None:
    rows = [record("a", "A", "1"), record("b", "A", "0", "b"), record("c", "", "", "c")]
    corpus = import_corpus(write_table(tmp_path / "t.csv", rows), "mine")
    assert any("only one annotator" in note for note in corpus.notes)
    assert "1 of 3 items have no annotation" in corpus.notes
    assert load_corpus("mine").notes == corpus.notes


def test_no_annotations_at_all_is_refused(tmp_path: Path) -> None:
    path = write_json(tmp_path / "HS-Brexit_test.json", {"1": entry_2023(split="test", annotations="")})
    with pytest.raises(InputError, match="1 items and no annotations"):
        import_corpus(path, "mine")
    assert not (imported_dir() / "mine").exists()


def test_what_cannot_be_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"does not exist.*--format huggingface"):
        import_corpus("owner/name", "mine")
    (tmp_path / "x.pdf").write_text("x")
    with pytest.raises(InputError, match="cannot be told"):
        import_corpus(tmp_path / "x.pdf", "mine")
    with pytest.raises(InputError, match="no Le-Wi-Di file"):
        import_corpus(write_json(tmp_path / "x.json", {"a": 1}), "mine")
    with pytest.raises(InputError, match="format 'excel' is not known"):
        import_corpus(tmp_path, "mine", "excel")  # type: ignore[arg-type]
    (tmp_path / "empty.json").write_text("")
    with pytest.raises(InputError, match="is empty"):
        import_corpus(tmp_path / "empty.json", "mine")


def test_real_corpora_are_told_apart(shared_corpora: Path) -> None:
    assert detect_format(shared_corpora / "ConvAbuse_dataset") == "lewidi2023"
    assert detect_format(shared_corpora / "CSC") == "lewidi2025"
    corpus = import_corpus(shared_corpora / "HS-Brexit_dataset", "hs")
    assert load_corpus("hs").annotations.equals(corpus.annotations)
