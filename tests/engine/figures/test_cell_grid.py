"""The grid of cells as a picture."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures import cell_grid
from engine.figures.cell_grid import COUNTS, STATES, states


def table(n: int = 2, columns: tuple[str, ...] = ("a", "b", "c")) -> pd.DataFrame:
    kinds = [(0, 0, 0, 4), (2, 0, 0, 2), (4, 0, 0, 0), (3, 1, 0, 0), (2, 1, 1, 0), (0, 2, 0, 2)]
    rows = [
        {"persona": f"p{row}", "column": column} | dict(zip(COUNTS, kinds[(row * 3 + at) % 6], strict=True))
        for row in range(n)
        for at, column in enumerate(columns)
    ]
    return pd.DataFrame(rows)


def test_a_mark_shows_the_worst_that_is_in_it() -> None:
    counts = table()[list(COUNTS)].to_numpy().reshape(2, 3, 4)
    named = [[STATES[state] for state in row] for row in states(counts)]
    assert named == [
        ["not asked", "partly asked", "labelled"],
        ["no label", "failed", "no label"],
    ]
    figure = cell_grid(table())
    assert figure.data[0].z.tolist() == states(counts).tolist()
    assert figure.data[0].customdata.tolist() == counts.tolist()
    assert [trace.name for trace in figure.data[1:]] == [*STATES, "counts"]
    assert list(figure.data[-1].text) == ["0/4", "2/4", "4/4", "3/4", "2/4", "0/4"]
    assert {(*trace.x, *trace.y) for trace in figure.data[1:-1]} == {(None, None)}, (
        "NaN would be one more row and column"
    )
    assert "24 cells in all" in figure.layout.annotations[0].text


def test_states_that_do_not_occur_are_not_in_the_legend() -> None:
    rows = table()
    rows[list(COUNTS)] = (1, 0, 0, 0)
    assert [trace.name for trace in cell_grid(rows).data[1:]] == ["labelled", "counts"]


def test_names_are_text_and_never_fall_together() -> None:
    long = "x" * 80
    figure = cell_grid(table(columns=(f"{long}1{long}", f"{long}2{long}", "<b>")))
    assert len(set(figure.data[0].x)) == 3
    assert figure.data[0].x[2] == "&lt;b&gt;"


@pytest.mark.parametrize(
    ("columns", "shown"),
    [
        (("0", "0.5", "1"), ["0", "0.5", "1"]),
        (("plain", "definition", "second-person"), ["plain", "definition", "second-person"]),
        (tuple(f"item-{n:02d}" for n in range(30)), ["item-00", "item-08", "item-16", "item-24"]),
        (tuple(f"{n} {'x' * 80}" for n in range(12)), ["0 xxxx…xxxxxxx", "6 xxxx…xxxxxxx"]),
    ],
)
def test_names_below_the_plane_never_lie_over_one_another(columns: tuple[str, ...], shown: list[str]) -> None:
    figure = cell_grid(table(columns=columns))
    assert list(figure.layout.xaxis.ticktext) == shown
    assert len(figure.layout.xaxis.tickvals) == len(shown)


def test_of_many_personas_those_that_lack_most_are_kept_in_their_order() -> None:
    figure = cell_grid(table(9), longest=4)
    assert list(figure.data[0].y) == ["p1", "p3", "p5", "p7"]
    assert "4 of 9 personas" in figure.layout.annotations[0].text.replace("<br>", " ")


def test_a_large_grid_is_small_on_its_way() -> None:
    n, m = 200, 160
    names = {"persona": np.repeat([f"p{i}" for i in range(n)], m), "column": [f"c{i}" for i in range(m)] * n}
    rows = pd.DataFrame(names | dict.fromkeys(COUNTS, 7))
    figure = cell_grid(rows)
    assert len(figure.to_json()) < 1_000_000
    assert len(figure.layout.yaxis.tickvals) <= 10
    assert "counts" not in [trace.name for trace in figure.data]
    assert 900 < figure.layout.height < 1300


def test_a_table_of_something_else_is_told() -> None:
    with pytest.raises(InputError, match="not_asked"):
        cell_grid(pd.DataFrame({"persona": ["a"]}))
