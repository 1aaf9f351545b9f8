"""Answers side by side: a row a rater, a column an item; one voice is one shade a column."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from engine.figures.large_heatmap import BAR_AT, heading
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Palette, Theme, faded, plain, shaded
from engine.measures.answers import Answers

Floats = npt.NDArray[np.float64]
ROW = 15
"""Pixels of a rater's row."""
STRIP, SIDE = 1.8, 3.5
"""Rows above a group's, where its name stands; above a side's first."""
MOST_GROUPS = 8
"""Groups beyond which a name each has no room."""


ONE = {"people": "person", "personas": "persona"}


class _Side(NamedTuple):
    """The rows of people, or of personas."""

    name: str
    raters: tuple[str, ...]
    groups: tuple[str, ...]
    values: Floats
    n: int
    """Raters of the whole."""

    @property
    def strips(self) -> list[tuple[str, slice]]:
        """The rows of each group, under what stands above them."""
        some = "" if self.n == len(self.raters) else f" of {self.n:,}"
        name = ONE.get(self.name, self.name) if len(self.raters) == 1 and not some else self.name
        head = f"<b>{len(self.raters):,}{some} {name}</b>"
        named = list(dict.fromkeys(self.groups))
        if not 1 < len(named) <= MOST_GROUPS:
            return [(head, slice(0, len(self.raters)))]
        starts = [*(self.groups.index(group) for group in named), len(self.raters)]
        words = [plain(group, 40) or "no group" for group in named]
        heads = [f"{head}<br>{words[0]}", *words[1:]]
        return [(head, slice(*ends)) for head, ends in zip(heads, itertools.pairwise(starts), strict=True)]


def answers(
    found: Answers,
    *,
    who: Literal["both", "people"] = "both",
    words: Mapping[str, str] | None = None,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw every answer as a cell: people above, personas below, the same items in the same order.

    Columns run from the items that people give the first label to those they give the last. Where every row of personas
    shows the same shade in a column, they speak with one voice; ragged rows are several. Shades: the place of the label
    on the scale, a persona's expected label; labels without order have a colour each. Empty: no answer.

    Args:
        found: result of `engine.measures.answers`.
        who: both, or the people alone.
        words: label to what it is called; None: as it is.
        theme: of the page.
        title: above the chart; '' for none.
    """
    palette = PALETTES[theme]
    called = [plain(str((words or {}).get(label, label)), 20) for label in found.labels]
    sides = [_Side("people", found.annotators, found.annotator_groups, found.people, found.n_annotators)]
    if who == "both":
        sides.append(_Side("personas", found.personas, found.persona_groups, found.told, found.n_personas))
    figure = go.Figure()
    bottom = 0.0
    for number, side in enumerate(sides):
        bottom = _add_side(figure, side, bottom + (SIDE if number else 0.0), found, called, palette)
    n = len(found.items)
    some = f"{n:,} items" if n == found.n_items else f"{n:,} of {found.n_items:,} items"
    figure.update_layout(
        template=TEMPLATE[theme],
        title=heading(title),
        height=round(ROW * max(bottom, 4)) + 142 + (34 if title else 0),
        margin={"t": 96 if title else 62, "b": 46, "l": 12, "r": 12},
        coloraxis=_colours(found, called, palette),
        xaxis={"title": {"text": f"“{called[0]}” ← {some} → “{called[-1]}”" if found.ordered else some},
               "tickvals": np.zeros(1), "ticktext": [" "], "ticks": "", "showline": False,
               "range": [-0.5, max(n, 1) - 0.5]},
        yaxis={"range": [max(bottom, 1.0) - 0.5, -0.5], "showgrid": False, "showticklabels": False,
               "ticks": ""},
    )  # fmt: skip
    return figure


def _add_side(
    figure: go.Figure, side: _Side, top: float, found: Answers, called: Sequence[str], palette: Palette
) -> float:
    """Draw the rows of one side from `top` on, a strip a group under its name; return where they end."""
    hover = _hover(found, side, called)
    for number, (head, part) in enumerate(side.strips):
        top += STRIP if number else 0.0
        n = part.stop - part.start
        figure.add_heatmap(
            x=np.arange(len(found.items)), y=top + np.arange(n), z=side.values[part], coloraxis="coloraxis",
            name=side.name, hoverongaps=False, customdata=hover[part], hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip
        figure.add_annotation(  # on the background's colour, because a low figure has less room than its names
            x=0, xref="paper", xanchor="left", y=top - 0.5, yanchor="bottom", text=head, showarrow=False,
            align="left", borderpad=0, bgcolor=faded(palette.background, 0.75),
            font={"size": SMALL, "color": palette.text},
        )  # fmt: skip
        top += n
    return top


def _hover(found: Answers, side: _Side, called: Sequence[str]) -> np.ndarray:
    """Return the text of each cell: who, of which item, what."""
    said = np.full(side.values.shape, "", dtype=object)
    items = [plain(item, 40) for item in found.items]
    for row, (rater, group) in enumerate(zip(side.raters, side.groups, strict=True)):
        head = f"<b>{plain(rater, 40)}</b>" + (f" ({plain(group, 30)})" if group else "")
        for column in np.flatnonzero(~np.isnan(side.values[row])):
            said[row, column] = f"{head}<br>{items[column]}: {_word(found, float(side.values[row, column]), called)}"
    return said


def _word(found: Answers, value: float, called: Sequence[str]) -> str:
    """Return a place on the scale in words."""
    if not found.ordered:
        return called[int(value)]
    if value in (0.0, 1.0):
        return called[-int(value == 1.0)]
    if len(called) == 2:
        return f"{value:.0%} “{called[-1]}”"
    return f"{value:.2f} of the way from “{called[0]}” to “{called[-1]}”"


def _colours(found: Answers, called: Sequence[str], palette: Palette) -> dict[str, object]:
    """Return the scale: shades for ordered labels, a colour each for others."""
    bar: dict[str, object] = {
        "orientation": "h", "x": 1, "xanchor": "right", "y": BAR_AT, "yanchor": "bottom", "thickness": 10,
        "len": 0.34, "outlinewidth": 0, "tickfont": {"size": SMALL, "color": palette.quiet}, "ypad": 6, "xpad": 12,
    }  # fmt: skip
    if found.ordered:
        scale = [[0.0, shaded(palette, 0.06)], [1.0, shaded(palette, 1.0)]]
        ends = {"tickvals": np.array([0, 1]), "ticktext": [called[0], called[-1]]}
        return {"cmin": 0, "cmax": 1, "colorscale": scale, "colorbar": bar | ends}
    n = len(called)
    hues = [palette.series[i % len(palette.series)] for i in range(n)]
    scale = [[edge, hue] for i, hue in enumerate(hues) for edge in (i / n, (i + 1) / n)]
    each = {"tickvals": np.arange(n), "ticktext": list(called), "len": 0.7}
    return {"cmin": -0.5, "cmax": n - 0.5, "colorscale": scale, "colorbar": bar | each}
