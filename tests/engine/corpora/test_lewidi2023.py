"""The Le-Wi-Di 2023 reader on miniature files with each published fault, and on the real ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.corpora import load_corpus, read_lewidi2023, save_corpus
from engine.corpora.lewidi2023 import DATASETS
from engine.errors import InputError
from tests.engine.corpora.samples import HARD_TEXTS, entry_2023, labels_of, write_json

GROUPS = {
    "other annotations": {"aggressive language detection": "1,0", "offensive language detection": "No,1"},
    "annotators group": "group1,group2",
    "group1": "target group",
    "group2": "control group",
}


def test_splits_keep_items_of_one_key_apart(tmp_path: Path) -> None:
    for split in ("test", "train", "dev"):
        write_json(tmp_path / f"HS-Brexit_{split}.json", {"1": entry_2023(f"in {split}", split=split)})
    corpus = read_lewidi2023(tmp_path)
    assert [(i.item_id, i.fields["text"], i.split) for i in corpus.items] == [
        (f"{s}-1", f"in {s}", s) for s in ("train", "dev", "test")
    ]
    assert corpus.name == "hs-brexit"
    assert corpus.task.kind == "hate-speech"
    assert labels_of(corpus)["dev-1", "Ann2"] == ["1"]


def test_hs_brexit_groups_and_layers(tmp_path: Path) -> None:
    write_json(tmp_path / "HS-Brexit_train.json", {"7": entry_2023(other_info=GROUPS)})
    corpus = read_lewidi2023(tmp_path)
    assert {a.annotator_id: a.group for a in corpus.annotators} == {"Ann1": "target", "Ann2": "control"}
    assert "no dev and no test split in these files" in corpus.notes
    assert corpus.items[0].info == {}
    aggressive = read_lewidi2023(tmp_path, task="aggressiveness")
    assert labels_of(aggressive) == {("train-7", "Ann1"): ["1"], ("train-7", "Ann2"): ["0"]}
    assert aggressive.name == "hs-brexit-aggressiveness"
    offensive = read_lewidi2023(tmp_path, name="mine", task="offensiveness")
    assert labels_of(offensive) == {("train-7", "Ann1"): ["0"], ("train-7", "Ann2"): ["1"]}
    assert "1 annotations are written 'No' and were read as '0'" in offensive.notes
    assert offensive.name == "mine"
    with pytest.raises(InputError, match="It has: hate-speech, aggressiveness, offensiveness"):
        read_lewidi2023(tmp_path, task="severity")


def convabuse(**changes: Any) -> dict[str, Any]:
    turns = {"prev_agent": "_", "prev_user": 'she said "hi"', "agent": "{{ hello }}", "user": "مرحبا"}
    info = {"bot": "CarbonBot", "other_annotations": {"sex_harassment": "0,1,0,0,0"}, "conversation_id(s)": "1.0,ab"}
    entry = entry_2023(json.dumps(turns), "-3,-1,0,1,-2", "Ann1,Ann2,Ann3,Ann4,Ann5", other_info=info)
    return entry | {"annotation task": "abusivness detection"} | changes


def test_convabuse_dialogue_and_layers(tmp_path: Path) -> None:
    path = write_json(tmp_path / "ConvAbuse_dev.json", {"1": convabuse()})
    corpus = read_lewidi2023(path)
    assert corpus.items[0].fields == {
        "prev_agent": "_",
        "prev_user": 'she said "hi"',
        "agent": "{{ hello }}",
        "user": "مرحبا",
    }
    assert list(corpus.annotations["label"]) == ["1", "1", "0", "0", "1"]
    assert corpus.items[0].info == {"bot": "CarbonBot", "conversation_id(s)": "1.0,ab"}
    severity = read_lewidi2023(path, task="severity")
    assert severity.task.labels == ("-3", "-2", "-1", "0", "1")
    assert severity.task.level == "ordinal"
    assert list(severity.annotations["label"]) == ["-3", "-1", "0", "1", "-2"]
    assert list(read_lewidi2023(path, task="sex-harassment").annotations["label"]) == ["0", "1", "0", "0", "0"]


def test_convabuse_damaged_dialogue_and_label_are_named(tmp_path: Path) -> None:
    path = write_json(tmp_path / "ConvAbuse_dev.json", {"9": convabuse(text='{"prev_agent": "a"')})
    with pytest.raises(InputError, match=r"ConvAbuse_dev\.json key '9': its text is no JSON"):
        read_lewidi2023(path)
    write_json(path, {"9": convabuse(text='{"prev_agent": "a"}')})
    with pytest.raises(InputError, match="lacks prev_user, agent, user"):
        read_lewidi2023(path)
    write_json(path, {"9": convabuse(annotations="1,1,1,1,-4")})
    with pytest.raises(InputError, match=r"key '9': Ann5 gave the label '-4'\. Expected one of \['0', '1'\]"):
        read_lewidi2023(path)


def test_armis_groups_become_attributes(tmp_path: Path) -> None:
    entry = entry_2023(
        HARD_TEXTS["arabic"],
        "1,0,1",
        "Ann1,Ann2,Ann3",
        lang="ar",
        **{
            "annotation task": "Misogyny and sexism detection in Arabic tweets",
            "other_info": {"Annotators_group": "Mod_Female , Lib_Female , Cons_Male"},
        },
    )
    write_json(tmp_path / "ArMIS_train.json", {"1": entry})
    corpus = read_lewidi2023(tmp_path)
    assert [a.group for a in corpus.annotators] == ["Mod_Female", "Lib_Female", "Cons_Male"]
    assert corpus.annotators[2].attributes == {"gender": "male", "outlook": "conservative"}
    assert corpus.items[0].language == "ar"
    assert corpus.items[0].fields["text"] == HARD_TEXTS["arabic"]
    assert corpus.task.kind == "misogyny"


def test_md_agreement_keeps_the_domain(tmp_path: Path) -> None:
    people = "Ann10,Ann2"
    entry = entry_2023(
        annotators=people, **{"annotation task": "offensiveness detection", "other_info": {"domain": "BLM"}}
    )
    write_json(tmp_path / "MD-Agreement_train.json", {"10": entry})
    corpus = read_lewidi2023(tmp_path)
    assert corpus.name == "md-agreement"
    assert [a.annotator_id for a in corpus.annotators] == ["Ann2", "Ann10"], "in natural order"
    assert labels_of(corpus) == {("train-10", "Ann10"): ["0"], ("train-10", "Ann2"): ["1"]}
    assert corpus.items[0].info == {"domain": "BLM"}


def test_items_without_annotations_are_read_and_counted(tmp_path: Path) -> None:
    bare = entry_2023(split="test", annotations="")
    gone = {k: v for k, v in entry_2023("other", split="test").items() if k not in ("annotations", "soft_label")}
    write_json(tmp_path / "HS-Brexit_test.json", {"1": bare, "2": gone})
    corpus = read_lewidi2023(tmp_path)
    assert len(corpus.items) == 2
    assert corpus.annotations.empty
    assert [a.annotator_id for a in corpus.annotators] == ["Ann1", "Ann2"]
    assert "HS-Brexit_test.json: 2 items, 0 annotations, 2 items without annotations" in corpus.notes


def test_what_is_dropped_is_counted(tmp_path: Path) -> None:
    entries = {
        "1": entry_2023(annotations="0,,1", annotators="Ann1,Ann2,Ann3"),
        "2": entry_2023(annotations="1,1,", annotators="Ann1,Ann1,"),
        "3": entry_2023("cut \ud83d"),
    }
    path = tmp_path / "HS-Brexit_train.json"
    path.write_text(json.dumps(entries))
    corpus = read_lewidi2023(path)
    assert labels_of(corpus)["train-1", "Ann3"] == ["1"]
    assert ("train-1", "Ann2") not in labels_of(corpus)
    assert "1 annotations are empty and were left out" in corpus.notes
    assert "1 annotations repeat an annotator's label of the same item and were left out" in corpus.notes
    assert corpus.items[2].fields["text"] == "cut \ufffd"
    assert any("surrogate" in note for note in corpus.notes)


def test_a_key_named_twice_in_one_file(tmp_path: Path) -> None:
    one, two = json.dumps(entry_2023("one")), json.dumps(entry_2023("two"))
    (tmp_path / "HS-Brexit_train.json").write_text(f'{{"1": {one}, "1": {two}, "1": {one}}}')
    corpus = read_lewidi2023(tmp_path)
    assert [(i.item_id, i.fields["text"]) for i in corpus.items] == [("train-1", "one"), ("train-1#2", "two")]
    assert "1 entries repeat an earlier one and were left out" in corpus.notes


def test_the_same_test_items_with_and_without_labels_are_one(tmp_path: Path) -> None:
    write_json(tmp_path / "HS-Brexit_test.json", {"1": entry_2023(split="test")})
    write_json(tmp_path / "HS-Brexit_test_clear.json", {"1": entry_2023(split="test", annotations="")})
    corpus = read_lewidi2023(tmp_path)
    assert len(corpus.items) == 1
    assert len(corpus.annotations) == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"annotations": "0,2"}, r"Ann2 gave the label '2'\. Expected one of \['0', '1'\]"),
        ({"annotations": "0"}, "1 labels for 2 annotators"),
        ({"annotations": "0,1", "annotators": "Ann1,Ann1"}, "Ann1 gave both '0' and '1'"),
        ({"text": {"a": "b"}}, "its text is dict"),
        ({"other_info": {"annotators group": "group1"}}, "1 groups for 2 annotators"),
        ({"other_info": "x"}, "other_info is 'x'"),
        ({"annotation task": "poetry"}, "annotation task 'poetry' is none of Le-Wi-Di 2023"),
    ],
)
def test_unusable_entries_name_file_and_key(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_json(tmp_path / "HS-Brexit_train.json", {"42": entry_2023(**changes)})
    with pytest.raises(InputError, match=rf"HS-Brexit_train\.json key '42': .*{message}"):
        read_lewidi2023(path)


def test_unusable_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_lewidi2023(tmp_path / "none")
    (tmp_path / "readme").write_bytes(b"\n")
    with pytest.raises(InputError, match=r"has no file of a Le-Wi-Di corpus.*'readme'"):
        read_lewidi2023(tmp_path)
    path = write_json(tmp_path / "HS-Brexit_train.json", {})
    with pytest.raises(InputError, match="holds nothing"):
        read_lewidi2023(tmp_path)
    write_json(path, [1])
    with pytest.raises(InputError, match="a JSON list"):
        read_lewidi2023(tmp_path)
    write_json(path, {"1": {"text": "x"}})
    with pytest.raises(InputError, match="no annotation task"):
        read_lewidi2023(tmp_path)
    write_json(path, {"1": entry_2023()})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(InputError, match=r"HS-Brexit_train\.json line \d+ column \d+"):
        read_lewidi2023(tmp_path)
    write_json(path, {"1": entry_2023()})
    write_json(tmp_path / "ConvAbuse_train.json", {"1": convabuse()})
    with pytest.raises(InputError, match=r"files of 2 corpora \(convabuse, hs-brexit\)"):
        read_lewidi2023(tmp_path)
    write_json(path, {"1": entry_2023(), "2": convabuse()})
    with pytest.raises(InputError, match="mixes entries of"):
        read_lewidi2023(path)


def test_one_corpus_a_level_down_is_found_several_are_not_guessed(tmp_path: Path) -> None:
    write_json(tmp_path / "HS-Brexit_dataset" / "HS-Brexit_train.json", {"1": entry_2023()})
    assert read_lewidi2023(tmp_path).name == "hs-brexit"
    write_json(tmp_path / "ConvAbuse_dataset" / "ConvAbuse_train.json", {"1": convabuse()})
    with pytest.raises(InputError, match=r"2 corpora \(ConvAbuse_dataset, HS-Brexit_dataset\)"):
        read_lewidi2023(tmp_path)


@pytest.mark.parametrize("what", HARD_TEXTS)
def test_texts_arrive_unchanged(tmp_path: Path, what: str) -> None:
    write_json(tmp_path / "HS-Brexit_train.json", {"1": entry_2023(HARD_TEXTS[what])})
    corpus = load_corpus(save_corpus(read_lewidi2023(tmp_path), tmp_path / "stored"))
    assert corpus.items[0].fields["text"] == HARD_TEXTS[what]


def test_real_hs_brexit(shared_corpora: Path) -> None:
    corpus = read_lewidi2023(shared_corpora / "HS-Brexit_dataset")
    assert (len(corpus.items), len(corpus.annotators), len(corpus.annotations)) == (1120, 6, 6720)
    shares = corpus.annotations["label"].eq("1").groupby(corpus.annotations["annotator_id"]).mean().round(4)
    assert list(shares) == [0.0446, 0.0536, 0.0634, 0.2045, 0.2446, 0.1652]
    assert [a.group for a in corpus.annotators] == ["target"] * 3 + ["control"] * 3
    assert len(read_lewidi2023(shared_corpora / "HS-Brexit_dataset", task="aggressiveness").annotations) == 6720
    offensive = read_lewidi2023(shared_corpora / "HS-Brexit_dataset", task="offensiveness")
    assert len(offensive.annotations) == 6720
    assert "3 annotations are written 'No' and were read as '0'" in offensive.notes


def test_real_convabuse(shared_corpora: Path) -> None:
    folder = shared_corpora / "ConvAbuse_dataset"
    corpus = read_lewidi2023(folder)
    assert (len(corpus.items), len(corpus.annotators), len(corpus.annotations)) == (4050, 8, 12168)
    severity = read_lewidi2023(folder, task="severity").annotations["label"].astype(int)
    assert list(corpus.annotations["label"].eq("1")) == list(severity < 0)
    for layer in next(d for d in DATASETS if d.name == "convabuse").layers:
        assert len(read_lewidi2023(folder / "ConvAbuse_dev.json", task=layer).annotations) == 2414
