"""The Le-Wi-Di 2025 reader on miniature files with each published fault, and on the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.corpora import load_corpus, read_lewidi2025, save_corpus
from engine.errors import InputError
from tests.engine.corpora.samples import HARD_TEXTS, entry_2025, labels_of, write_json

PAIR = {"context": "It rained all day.", "statement": "The sun shone."}
TABLE = '{\n\t"Ann1": {\n\t\t"Gender": "Female",\n\t\t"Age":"22",\n\t},\n\t"Ann2": {"Gender": "nan", "Age": "33",}\n}'


def explained(row: Any) -> tuple[str, str, str]:
    return row.annotator_id, row.label, row.explanation


def test_several_labels_and_their_explanations(tmp_path: Path) -> None:
    entry = entry_2025(
        PAIR,
        {"Ann1": "neutral", "Ann2": "entailment,neutral", "Ann3": "contradiction"},
        "Ann1,Ann2,Ann2,Ann3",
        other_info={"explanations": ["one", "two, first", "two, second", "three"]},
    )
    write_json(tmp_path / "VariErrNLI_train.json", {"49807": entry})
    (tmp_path / "VariErrNLI_annotators_meta.json").write_text(TABLE)
    corpus = read_lewidi2025(tmp_path)
    assert [explained(row) for row in corpus.annotations.itertuples()] == [
        ("Ann1", "neutral", "one"),
        ("Ann2", "entailment", "two, first"),
        ("Ann2", "neutral", "two, second"),
        ("Ann3", "contradiction", "three"),
    ]
    assert corpus.task.multi_label
    assert corpus.task.labels == ("entailment", "neutral", "contradiction")
    assert corpus.items[0].fields == PAIR
    assert corpus.items[0].info == {}
    assert [dict(a.attributes) for a in corpus.annotators] == [{"gender": "Female", "age": "22"}, {"age": "33"}, {}]
    assert "VariErrNLI_annotators_meta.json: commas before a closing bracket were overlooked" in corpus.notes
    assert "1 annotators are not in the annotator table and have no attributes" in corpus.notes
    stored = load_corpus(save_corpus(corpus, tmp_path / "stored"))
    assert [explained(r) for r in stored.annotations.itertuples()] == [
        explained(r) for r in corpus.annotations.itertuples()
    ]


def test_explanations_in_the_order_of_the_annotators_field_not_of_the_labels(tmp_path: Path) -> None:
    entry = entry_2025(
        PAIR,
        {"Ann1": "neutral", "Ann2": "entailment"},
        "Ann2,Ann1",
        other_info={"explanations": ["of two", "of one"]},
    )
    write_json(tmp_path / "VariErrNLI_dev.json", {"1": entry})
    assert [explained(row) for row in read_lewidi2025(tmp_path).annotations.itertuples()] == [
        ("Ann2", "entailment", "of two"),
        ("Ann1", "neutral", "of one"),
    ]


@pytest.mark.parametrize(("annotators", "texts"), [("Ann1,Ann2", ["only one"]), ("Ann1", ["one", "two"])])
def test_explanations_that_fit_nobody_are_left_out_and_counted(
    tmp_path: Path, annotators: str, texts: list[str]
) -> None:
    entry = entry_2025(PAIR, {"Ann1": "neutral", "Ann2": "neutral"}, annotators, other_info={"explanations": texts})
    write_json(tmp_path / "VariErrNLI_dev.json", {"1": entry})
    corpus = read_lewidi2025(tmp_path)
    assert len(corpus.annotations) == 2
    assert corpus.annotations["explanation"].isna().all()
    assert any(note.startswith("1 items have explanations that fit no order") for note in corpus.notes)


def test_one_key_may_name_two_items(tmp_path: Path) -> None:
    other = PAIR | {"statement": "It was wet."}
    write_json(tmp_path / "VariErrNLI_train.json", {"1": entry_2025(PAIR, {"Ann1": "neutral"})})
    write_json(tmp_path / "VariErrNLI_dev.json", {"1": entry_2025(other, {"Ann1": "entailment"}, split="dev")})
    corpus = read_lewidi2025(tmp_path)
    assert [i.item_id for i in corpus.items] == ["train-1", "dev-1"]
    assert labels_of(corpus) == {("train-1", "Ann1"): ["neutral"], ("dev-1", "Ann1"): ["entailment"]}


def mp(annotations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    info = {"source": "twitter", "level": 1.0, "language_variety": "us"}
    base = {"annotation task": "irony detection", "other_info": info, "lang": "ar"}
    return entry_2025({"post": HARD_TEXTS["arabic"], "reply": HARD_TEXTS["emoji"]}, annotations, **base | changes)


def test_mp_with_its_table(tmp_path: Path) -> None:
    write_json(tmp_path / "MP_dev.json", {"2": mp({"Ann0": "0", "Ann10": 1.0, "Ann2": "nan", "Ann3": None})})
    rows = '{"0": {"Age": 19.0, "Ethnicity simplified": "DATA_EXPIRED", "Country of birth": "Peru", "Gender": NaN}, '
    (tmp_path / "MP_annotators_meta.json").write_text(rows + '"77": {"Age": 20.0}}')
    corpus = read_lewidi2025(tmp_path)
    assert corpus.name == "mp"
    assert corpus.items[0].fields == {"post": HARD_TEXTS["arabic"], "reply": HARD_TEXTS["emoji"]}
    assert corpus.items[0].language == "ar"
    assert corpus.items[0].info["language_variety"] == "us"
    assert labels_of(corpus) == {("train-2", "Ann0"): ["0"], ("train-2", "Ann10"): ["1"]}
    assert "2 annotations are empty and were left out" in corpus.notes
    assert dict(corpus.annotators[0].attributes) == {"age": "19", "country_of_birth": "Peru"}
    assert "1 annotators of the table labelled nothing in these files and are not listed" in corpus.notes
    assert corpus.task.answer("1") == "yes"


def test_paraphrase(tmp_path: Path) -> None:
    entry = entry_2025(
        {"Question1": "Why?", "Question2": "What for?"},
        {"Ann1": "-5", "Ann2": "0", "Ann3": "5"},
        **{"annotation task": "paraphrase detection", "other_info": {"explanations": ["a", " b", ""]}},
    )
    write_json(tmp_path / "Paraphrase_train.json", {"8": entry})
    corpus = read_lewidi2025(tmp_path)
    assert corpus.task.labels == tuple(str(n) for n in range(-5, 6))
    assert corpus.task.level == "ordinal"
    assert corpus.items[0].fields == {"Question1": "Why?", "Question2": "What for?"}
    assert list(corpus.annotations["explanation"].fillna("none")) == ["a", " b", "none"]


def test_csc_leaves_out_zero_which_is_off_the_scale(tmp_path: Path) -> None:
    text = {"context": "You wait.", "response": "Oh, great."}
    entry = entry_2025(text, {"Ann1": "6", "Ann2": "0"}, **{"annotation task": "sarcasm detection"})
    path = write_json(tmp_path / "CSC_train.json", {"8": entry})
    corpus = read_lewidi2025(path)
    assert labels_of(corpus) == {("train-8", "Ann1"): ["6"]}
    assert "1 annotations are '0', which the scale of 1 to 6 does not have; they were left out" in corpus.notes
    assert corpus.task.level == "ordinal"
    entry["annotations"]["Ann2"] = "7"
    write_json(path, {"8": entry})
    with pytest.raises(InputError, match=r"CSC_train\.json key '8': Ann2 gave the label '7'"):
        read_lewidi2025(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"text": "plain"}, "its text is str"),
        ({"text": {"context": "x"}}, "its text has context"),
        ({"annotations": "0,1"}, "annotations is '0,1'"),
        ({"annotations": {"Ann1": "perhaps"}}, "Ann1 gave the label 'perhaps'"),
        ({"annotation task": "hate speech detection"}, "none of Le-Wi-Di 2025"),
    ],
)
def test_unusable_entries_name_file_and_key(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    write_json(tmp_path / "VariErrNLI_train.json", {"42": entry_2025(PAIR, {"Ann1": "neutral"}) | changes})
    with pytest.raises(InputError, match=rf"VariErrNLI_train\.json key '42': .*{message}"):
        read_lewidi2025(tmp_path)


def test_real_varierrnli(shared_corpora: Path) -> None:
    folder = shared_corpora / "VariErrNLI"
    corpus = read_lewidi2025(folder)
    assert len(corpus.items) == 488
    assert len({i.item_id.split("-")[1] for i in corpus.items}) < 488, "some keys name two items"
    assert [dict(a.attributes)["age"] for a in corpus.annotators] == ["22", "33", "25", "25"]
    published = json.loads((folder / "VariErrNLI_dev.json").read_text())
    assert (
        sum(e["number of annotations"] for e in published.values())
        == corpus.annotations["item_id"].str.startswith("dev-").sum()
    )
    for key, entry in published.items():
        rows = corpus.annotations[corpus.annotations["item_id"] == f"dev-{key}"]
        assert list(rows["explanation"]) == entry["other_info"]["explanations"]
        assert ",".join(rows["annotator_id"]) == entry["annotators"]
        given = rows.groupby("annotator_id")["label"].agg(",".join).to_dict()
        assert given == entry["annotations"]


def test_real_csc(shared_corpora: Path) -> None:
    corpus = read_lewidi2025(shared_corpora / "CSC")
    assert (len(corpus.items), len(corpus.annotations)) == (1408, 6410)
    assert "no train split in these files" in corpus.notes
    assert any("not in the annotator table" in note for note in corpus.notes)
