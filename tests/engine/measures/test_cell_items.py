"""The items of a cell: they add up to what alignment says, and leaving one out does what its influence tells."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from engine.errors import InputError
from engine.measures import CELL_ITEM_COLUMNS, People, Voices, alignment, cell_items
from tests.engine.measures import stand_ins


def without(item: int, voices: Voices, people: People) -> tuple[Voices, People]:
    keep = np.arange(len(voices.items)) != item
    items = tuple(name for name, kept in zip(voices.items, keep, strict=True) if kept)
    return (
        dataclasses.replace(
            voices, items=items, probability=voices.probability[:, keep], draws=voices.draws[:, keep]
        ),
        dataclasses.replace(people, items=items, codes=people.codes[:, keep]),
    )  # fmt: skip


def value(voices: Voices, people: People, persona: str, target: str, likeness: str, by: str) -> float:
    table = alignment(voices, people, likeness, by, resamples=0).set_index(["persona", "target"])  # type: ignore[arg-type]
    return float(table.loc[(persona, target), "value"])


@pytest.mark.parametrize("by", ["annotator", "group"])
@pytest.mark.parametrize("likeness", ["cosine", "centred", "kappa"])
def test_influence_is_what_leaving_the_item_out_does(likeness: str, by: str) -> None:
    voices, people = stand_ins.demo(n_items=25)
    people = dataclasses.replace(people, codes=np.where(np.arange(25) % 5 == 0, -1, people.codes))
    persona, target = voices.personas[1], (people.annotators if by == "annotator" else people.groups)[2]
    table = cell_items(voices, people, persona, target, likeness, by)  # type: ignore[arg-type]
    assert list(table.columns) == list(CELL_ITEM_COLUMNS)
    assert set(table["item_id"]) == {name for i, name in enumerate(voices.items) if i % 5}
    whole = value(voices, people, persona, target, likeness, by)
    for row in table.head(4).to_dict("records"):
        fewer = without(voices.items.index(row["item_id"]), voices, people)
        expected = whole - value(*fewer, persona, target, likeness, by)
        assert row["influence"] == pytest.approx(expected, abs=1e-9)


def test_differences_are_the_chance_to_differ_and_their_mean_is_kappas_observed_part() -> None:
    voices = stand_ins.voices_of(np.array([[[0.9, 0.1], [0.3, 0.7], [0.5, 0.5]]]))
    people = stand_ins.people_of(np.array([[0, 0, 1]]))
    table = cell_items(voices, people, "p0", "a0", "kappa").set_index("item_id")
    assert list(table.index) == ["i1", "i2", "i0"], "those that differ most first"
    assert table["difference"].to_dict() == pytest.approx({"i0": 0.1, "i1": 0.7, "i2": 0.5})
    assert table["probability"].to_dict() == pytest.approx({"i0": 0.9, "i1": 0.3, "i2": 0.5})
    assert list(table["label"]) == ["0", "1", "0"]
    p, q = (0.9 + 0.3 + 0.5) / 3, 2 / 3
    expected = 1 - table["difference"].mean() / (p * (1 - q) + (1 - p) * q)
    assert value(voices, people, "p0", "a0", "kappa", "annotator") == pytest.approx(expected)


def test_a_group_has_shares() -> None:
    voices = stand_ins.voices_of(np.array([[[1.0, 0.0], [0.0, 1.0]]]))
    people = stand_ins.people_of(np.array([[0, 1], [1, 1], [1, -1]]), groups=("g", "g", "h"))
    table = cell_items(voices, people, "p0", "g", by="group").set_index("item_id")
    assert table.loc["i0", "difference"] == pytest.approx(0.5)
    assert table.loc["i0", "share"] == pytest.approx(0.5)
    assert table.loc["i0", "label"] == "0", "of labels that tie the first"
    assert table.loc["i1", "share"] == 1


def test_an_undefined_cell_has_items_without_influence() -> None:
    voices = stand_ins.voices_of(np.array([[[1.0, 0.0]] * 3]))
    table = cell_items(voices, stand_ins.people_of(np.array([[0, 0, 0]])), "p0", "a0", "kappa")
    assert len(table) == 3
    assert table["influence"].isna().all()
    nobody = cell_items(voices, stand_ins.people_of(np.array([[-1, -1, -1]])), "p0", "a0")
    assert nobody.empty


def test_unknown_names_are_refused() -> None:
    voices, people = stand_ins.demo(n_items=10)
    with pytest.raises(InputError, match="persona 'nobody' is not among"):
        cell_items(voices, people, "nobody", people.annotators[0])
    with pytest.raises(InputError, match="group 'nobody' is not among"):
        cell_items(voices, people, voices.personas[0], "nobody", by="group")
