from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.corpora import Annotator, Corpus, Item, Task, annotation_frame
from engine.errors import InputError
from engine.inference.backend import Failure
from engine.runs.execute import execute
from engine.runs.label_arrays import exact_labels, human_labels, labels_of, sampled_labels
from engine.runs.response import STATUSES
from tests.engine.runs.fakes import LABELS, FakeBackend, exact_spec, sampled_spec


def corpus(rows: list[tuple[str, str, str]], **task: object) -> Corpus:
    fields: dict[str, object] = {"name": "t", "kind": "k", "labels": ("no", "maybe", "yes"), "level": "ordinal"}
    return Corpus(
        "c",
        Task.model_validate(fields | task),
        (Item("i1", {"text": "x"}, split="dev"), Item("i2", {"text": "y"}, split="test"), Item("i3", {"text": "z"})),
        (Annotator("a", "g"), Annotator("b")),
        annotation_frame([(item, annotator, label, None) for item, annotator, label in rows]),
    )


def test_human_labels_are_codes_with_none_where_nobody_answered() -> None:
    found = human_labels(corpus([("i1", "a", "yes"), ("i2", "a", "no"), ("i1", "b", "maybe")]))
    assert found.dims == ("annotator", "item")
    assert found.dtype == np.int8
    assert found.values.tolist() == [[2, 0, -1], [1, -1, -1]]
    assert found["group"].values.tolist() == ["g", ""]
    assert found["split"].values.tolist() == ["dev", "test", ""]
    assert found.attrs == {
        "labels": ["no", "maybe", "yes"], "level": "ordinal", "values": [0.0, 1.0, 2.0], "dropped": {},
    }  # fmt: skip


def test_several_labels_of_one_annotator_are_none_and_counted() -> None:
    rows = [("i1", "a", "yes"), ("i1", "a", "no"), ("i2", "a", "no"), ("i2", "a", "no"), ("i1", "b", "yes"),
            ("i3", "b", "no"), ("i3", "b", "yes"), ("i3", "b", "no")]  # fmt: skip
    found = human_labels(corpus(rows, multi_label=True))
    assert found.values.tolist() == [[-1, 0, -1], [2, -1, -1]]
    assert found.attrs["dropped"] == {"several labels from one annotator": 2}


def test_a_label_outside_the_task_is_counted() -> None:
    found = human_labels(corpus([("i1", "a", "yes"), ("i2", "a", "never"), ("i9", "a", "no")]))
    assert found.values[0].tolist() == [2, -1, -1]
    assert found.attrs["dropped"] == {"label outside the task": 1, "annotator or item not in the corpus": 1}


def test_many_labels_need_wider_codes() -> None:
    many = corpus([("i1", "a", "150")], labels=tuple(str(i) for i in range(200)), level="interval")
    assert human_labels(many).dtype == np.int16
    assert human_labels(many).values[0, 0] == 150


def test_the_demo_corpus_is_whole() -> None:
    from engine.corpora import load_corpus

    demo = load_corpus("demo")
    found = human_labels(demo)
    assert (found >= 0).sum() == len(demo.annotations)
    for row in demo.annotations.sample(50, random_state=0).itertuples():
        code = int(found.sel(annotator=row.annotator_id, item=row.item_id))
        assert demo.task.labels[code] == row.label


def test_exact_labels_hold_every_distribution_in_its_place(tiny: Path) -> None:
    run = execute(exact_spec(repeats=2, wordings=("plain", "definition")), backend=FakeBackend())
    found = exact_labels(run)
    assert found["probability"].dims == ("persona", "item", "wording", "repeat", "label")
    assert dict(found.sizes) == {"persona": 3, "item": 10, "wording": 2, "repeat": 2, "label": 2}
    for row in run.responses().to_pylist():
        cell = {
            "persona": row["persona_id"],
            "item": row["item_id"],
            "wording": row["wording"],
            "repeat": row["repeat"],
        }
        no, yes = map(math.exp, row["logprobs"])
        here = found.sel(cell)
        assert here["probability"].values == pytest.approx([no / (no + yes), yes / (no + yes)])
        assert float(here["label_mass"]) == pytest.approx(no + yes)
        assert float(here["missing_mass"]) == 0
    assert found["kind"].values.tolist() == ["strong"] * 3
    assert found["set"].values.tolist() == ["few"] * 3
    assert found["annotator"].values.tolist() == ["ann-0", "ann-1", "ann-0"]
    assert found["group"].values.tolist() == ["g0", "g1", "g0"]
    assert found.attrs["dropped"] == {}
    assert found.attrs["labels"] == list(LABELS)


def test_failures_are_nan_and_counted_and_so_is_what_was_not_asked(tiny: Path) -> None:
    backend = FakeBackend(fault=lambda text: Failure("context", "too long") if "number 4" in text else None)
    run = execute(exact_spec(), backend=backend)
    run.parts()[0].unlink()
    found = exact_labels(run)
    assert found.attrs["dropped"]["not answered"] == 8
    missing = np.isnan(found["probability"].values).any(axis=-1)
    assert missing.sum() == 8 + found.attrs["dropped"]["failed"]
    assert np.isnan(found["label_mass"].values).sum() == missing.sum()


def test_sampled_labels_keep_refusals_as_data(tiny: Path) -> None:
    def draw(request) -> str:  # type: ignore[no-untyped-def]
        return "I cannot help with that request." if "number 5" in request.prompt.text else "yes"

    run = execute(sampled_spec(), backend=FakeBackend(draw=draw))
    found = sampled_labels(run)
    assert found["code"].dims == ("persona", "item", "wording", "temperature", "repeat")
    assert dict(found.sizes) == {"persona": 3, "item": 10, "wording": 1, "temperature": 3, "repeat": 3}
    refused = found.sel(item="item-5")
    assert (refused["code"] == -1).all()
    assert (refused["status"] == STATUSES.index("refusal")).all()
    others = found.drop_sel(item="item-5")
    assert (others["code"] == LABELS.index("yes")).all()
    assert found.attrs["dropped"] == {"refusal": 27}
    assert found.attrs["statuses"] == list(STATUSES)


def test_sampled_labels_stand_at_their_temperature_and_repeat(tiny: Path) -> None:
    run = execute(sampled_spec(), backend=FakeBackend())
    found = sampled_labels(run)
    for row in run.responses().to_pylist()[::7]:
        code = found["code"].sel(
            persona=row["persona_id"], item=row["item_id"], wording=row["wording"], temperature=row["temperature"],
            repeat=row["repeat"],
        )  # fmt: skip
        assert LABELS[int(code)] == row["label"]


def test_the_wrong_kind_of_run_names_the_right_function(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    with pytest.raises(InputError, match="Use exact_labels"):
        sampled_labels(run)


def test_a_run_without_responses_is_all_none(tiny: Path) -> None:
    run = execute(exact_spec(), backend=FakeBackend())
    for part in run.parts():
        part.unlink()
    found = exact_labels(run)
    assert np.isnan(found["probability"].values).all()
    assert found.attrs["dropped"] == {"not answered": 30}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 2)), max_size=40))
def test_human_labels_agree_with_a_plain_loop(triples: list[tuple[int, int, int]]) -> None:
    labels = ("no", "maybe", "yes")
    given_labels: dict[tuple[int, int], set[int]] = {}
    for i, a, code in triples:
        given_labels.setdefault((a, i), set()).add(code)
    rows = [(f"i{i + 1}", "ab"[a], labels[code]) for i, a, code in triples]
    found = human_labels(corpus(rows, multi_label=True))
    for a in range(2):
        for i in range(3):
            codes = given_labels.get((a, i), set())
            assert found.values[a, i] == (codes.pop() if len(codes) == 1 else -1)


def test_labels_are_read_as_the_runs_mode_has_them(tiny: Path) -> None:
    exact = execute(exact_spec(), backend=FakeBackend())
    xr.testing.assert_identical(labels_of(exact), exact_labels(exact))
    sampled = execute(sampled_spec(), backend=FakeBackend())
    xr.testing.assert_identical(labels_of(sampled), sampled_labels(sampled))
