"""Guesses of what columns hold: by names, by cells, and none where nothing fits."""

from __future__ import annotations

import pytest

from engine.corpora.guessing import first_row_is_data, guess_columns

Cells = dict[str, list[str | None]]


def long_table(**names: str) -> Cells:
    """Six people label eight texts; columns may be renamed."""
    rows = [
        {
            "item_id": f"t{i}", "text": f"This is text number {i}, which is long enough to be read as one.",
            "annotator_id": f"P{p}", "label": "yes" if (i * p) % 3 else "no", "age": "old" if p < 3 else "young",
            "split": "train" if i < 6 else "test",
        }
        for i in range(8)
        for p in range(6)
    ]  # fmt: skip
    return {names.get(key, key): [row[key] for row in rows] for key in rows[0]}


def test_usual_names() -> None:
    found = guess_columns(long_table())
    assert (found.item, found.text, found.annotator, found.label) == ("item_id", ("text",), "annotator_id", "label")
    assert (found.attributes, found.split, found.group) == (("age",), "split", None)


def test_names_of_other_programs() -> None:
    found = guess_columns(long_table(item_id="Tweet ID", text="Tweet", annotator_id="WorkerId", label="Rating"))
    assert (found.item, found.text, found.annotator, found.label) == ("Tweet ID", ("Tweet",), "WorkerId", "Rating")


def test_names_that_say_nothing() -> None:
    odd = {"item_id": "=A1", "text": "<b>", "annotator_id": "wer?", "label": "  ", "age": "z", "split": "y"}
    found = guess_columns(long_table(**odd))
    assert (found.item, found.text, found.annotator, found.label) == ("=A1", ("<b>",), "wer?", "  ")
    assert found.attributes == ("z",)


def test_a_name_is_not_believed_against_the_cells() -> None:
    cells = long_table()
    cells["group"] = [str(n % 5) for n in range(48)]  # differs within an annotator
    cells["region"] = cells["split"]  # of the item
    found = guess_columns(cells)
    assert found.group is None
    assert found.attributes == ("age",)


def test_nothing_fits() -> None:
    found = guess_columns({"a": ["1", "2"], "b": [None, None]})
    assert found.model_dump() == guess_columns({}).model_dump()
    assert found.text == ()


LONG = "this is a post of some length, and somebody wrote it"
FIRST_ROWS = [
    # names
    ("item_id,text,annotator_id,label", ["1|A text.|7|0", "1|A text.|8|1"], False),
    ("Nr|Satz|wer|Urteil", [f"1|{LONG} 1|P1|ja", f"1|{LONG} 1|P2|nein", f"2|{LONG} 2|P1|ja"], False),
    ("a|b|c|d", ["1|x y|A|0", "1|x y|B|1", "2|z|A|0"], False),
    ("|tweet|rater|hate", ["0|good morning|3|0", "1|go home|3|1"], False),
    ("Wie lautet der Satz, der beurteilt wird?|Person|Urteil|Alter", [f"{LONG} 1|3|0|20", f"{LONG} 2|3|1|20"], False),
    ("2023|2024|2025|id", ["1|0|1|a", "0|0|1|b"], False),
    ("x1|x2|x3|x4", ["x1|x2|x3|x4", "u|v|w|y"], False),
    ("post|who|what|when", [], False),
    # data
    ("t1|a text|A|1", ["t1|a text|B|0", "t2|more|A|1"], True),
    (f"1|{LONG} 0|17|0", [f"2|{LONG} 1|18|1", f"3|{LONG} 2|19|1"], True),
    (f"i0|{LONG} 0|P0|ja", [f"i{i}|{LONG} {i}|P{i % 3}|{'ja' if i % 2 else 'nein'}" for i in range(1, 9)], True),
    (f"101|{LONG} 0|anna|hateful", [f"{i}|{LONG} {i}|ben|neutral" for i in range(102, 110)], True),
    (f"{LONG} 0|m-7|3.5|-1", [f"{LONG} {i}|m-{i}|{i}.5|{-i}" for i in range(1, 5)], True),
]  # fmt: skip


@pytest.mark.parametrize(("first", "rows", "data"), FIRST_ROWS, ids=[first[:24] for first, _, _ in FIRST_ROWS])
def test_a_first_row_that_is_data_is_told_from_names(first: str, rows: list[str], data: bool) -> None:
    cells = [row.split("|") for row in rows]
    assert first_row_is_data(first.split("|" if "|" in first else ","), cells) is data
