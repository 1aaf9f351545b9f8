"""Guesses of what columns hold: by names, by cells, and none where nothing fits."""

from __future__ import annotations

from engine.corpora.guessing import guess_columns

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
