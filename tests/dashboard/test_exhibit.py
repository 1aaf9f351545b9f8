"""Figures on a page: what a phone needs changed."""

from __future__ import annotations

import plotly.graph_objects as go

from dashboard.exhibit import ENTRY, LETTERS, LINE, ONE_LINE, TITLE, fit, in_lines
from engine.figures.rows import Marks, rows_figure
from engine.figures.theme import look

LONG = "Distance of two answers' distributions beyond noise (nominal: 0 to 1)"


def drawn(caption: str, x_title: str = LONG) -> go.Figure:
    import numpy as np

    one = np.array([0.5])
    marks = Marks("Value", one, one, one, ["hover"], look(0, "light"))
    return rows_figure(["a"], [marks], x_title=x_title, y_title="Row", caption=caption, theme="light", title="Title")


def test_the_caption_leaves_the_figure_as_plain_text() -> None:
    caption = "Bars are intervals &lt;b&gt; over items. " * 4
    figure = drawn(caption)
    assert fit(figure) == caption.replace("&lt;b&gt;", "<b>").strip()
    assert not [note for note in figure.layout.annotations if note.name == "caption"]
    bare = drawn("")
    assert fit(bare) == ""
    assert (figure.layout.height, figure.layout.margin.b) == (bare.layout.height, bare.layout.margin.b)


def test_a_long_title_of_the_axis_gets_lines_and_their_room() -> None:
    figure, before = drawn(""), drawn("")
    fit(figure)
    lines = figure.layout.xaxis.title.text.split("<br>")
    assert " ".join(lines) == LONG
    assert len(lines) == 2
    assert max(map(len, lines)) <= LETTERS
    assert figure.layout.height == before.layout.height + LINE
    assert figure.layout.margin.b == before.layout.margin.b + LINE
    assert figure.layout.title.xref == "container"


def test_what_fits_stays() -> None:
    figure = go.Figure(layout={"xaxis": {"title": {"text": "Short"}}})
    assert fit(figure) == ""
    assert figure.layout.xaxis.title.text == "Short"
    assert figure.layout.height is None
    assert fit(go.Figure()) == ""


def test_lines_are_about_equally_long() -> None:
    assert in_lines("Total variation (0 to 1, less is better)") == ["Total variation (0 to", "1, less is better)"]
    assert in_lines("Short") == ["Short"]
    assert in_lines("W" * 60) == ["W" * 60], "a word is never broken"


def test_what_a_legend_leaves_of_its_room_goes_to_the_plane() -> None:
    """Plotly keeps a legend's own room free where it is placed within the container; a gap would be left elsewhere."""
    four = [go.Scatter(name=str(i)) for i in range(4)]
    for y, anchor in ((1, "bottom"), (0.9, "top")):
        legend = {"orientation": "h", "y": y, "yanchor": anchor}
        figure = go.Figure(four, {"title": {"text": "T"}, "showlegend": True, "height": 300, "margin": {"t": 90},
                                  "legend": legend})  # fmt: skip
        fit(figure)
        assert (figure.layout.height, figure.layout.margin.t) == (300 + 3 * ENTRY, TITLE + ONE_LINE)
        placed = figure.layout.legend
        assert (placed.xref, placed.yref, placed.yanchor) == ("container", "container", "top")
        assert round((1 - placed.y) * figure.layout.height) == TITLE


def test_a_legend_below_a_title_has_room_for_a_line_an_entry() -> None:
    """On a phone entries stand below each other; one line the figure has already."""
    for n, more in ((1, 1), (2, 1), (4, 3)):
        layout = {"title": {"text": "T"}, "showlegend": True, "height": 300, "margin": {"t": 50}}
        named = [go.Scatter(name=str(i)) for i in range(n)]
        grouped = [go.Scatter(name="a", legendgroup="a"), go.Scatter(name="a", legendgroup="a")] if n == 4 else []
        hidden = [go.Scatter(name="b", showlegend=False), go.Heatmap(z=[[1]])]
        figure = go.Figure([*named[len(grouped) // 2 :], *grouped, *hidden], layout)
        fit(figure)
        assert (figure.layout.height, figure.layout.margin.t) == (300 + more * ENTRY, 50 + more * ENTRY)
