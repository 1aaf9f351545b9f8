"""Alignment gaps as a heatmap: what is lost where a model learns from a persona instead of from the person itself."""

from __future__ import annotations

import html
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.alignment import add_cells, add_frames
from engine.figures.frames import require
from engine.figures.rows import LETTER, frame_rows
from engine.figures.score_words import score_name
from engine.figures.theme import PALETTES, SMALL, Palette, Theme, ink, plain, shaded
from engine.figures.words import interval_text, note_text

COLUMNS = (
    "persona", "target", "kind", "own", "gap", "low", "high", "own_score", "persona_score", "n_seeds", "n_items",
    "n_labels", "n_train_own", "n_train_persona", "note",
)  # fmt: skip
"""What the figure reads."""
HOW_TO_READ = (
    "Each cell: the score of a model trained on the person's or group's own labels, minus that of a model trained on "
    "the persona's, on the same test labels. Orange: the persona teaches less; blue: more; hatched: no score."
)
UNDECIDED = "interval holds 0"
MOST_WITH_VALUES = 16
"""Columns beyond which a cell has no room for its value."""
MOST_WITH_WORDS = 10_000
"""Cells beyond which hovering says less: a page would grow by megabytes."""
MOST_NAMED = 48
"""Rows or columns beyond which only some bear their names; hovering tells all."""
ROW, SMALLEST_ROW, TALLEST = 24, 6, 1500
"""Pixels of a row, at least, and of all rows together where they are many."""
ROOM_OF_NAMES = 700
"""Pixels that the names of columns have beside each other."""
SPARE = 0.02
"""Share of very many cells whose gaps may lie beyond the ends of the colours, so that a few do not pale the rest."""
MORE, LESS = 0, 1
"""Series whose colours stand for gaps below and above 0."""
HATCHING = {"shape": "/", "size": 7, "solidity": 0.3, "fillmode": "overlay"}
Floats = npt.NDArray[np.float64]


class Drawable(Protocol):
    """What the figure reads of a `CrossEvaluation`."""

    @property
    def cells(self) -> pd.DataFrame:
        """One row a persona and person or group."""

    @property
    def score(self) -> str:
        """macro_f1 or accuracy."""

    @property
    def sentence(self) -> str:
        """What a reader may conclude."""


def alignment_gaps(
    result: Drawable, *, grey_undecided: bool = False, theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw one cell for each persona and person, then each group; the last row is all personas together.

    Colours part at 0. Frames mark the person or group that a persona stands for. Hatched cells have no score; hovering
    says why. Values are written into the cells where there is room.

    Args:
        result: of `engine.annotators.experiments.cross_evaluation`.
        grey_undecided: whether cells whose interval holds 0, or that have none, are grey: no evidence of a gap.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the cells lack a column, are none, or one occurs twice.
    """
    cells = result.cells
    require(cells, COLUMNS, "table of alignment gaps")
    if cells.empty or cells.duplicated(["persona", "kind", "target"]).any():
        raise InputError(
            f"the table of alignment gaps has {len(cells)} rows and cells that occur twice, or none. Expected one row "
            "for each persona and target: pass the result of one call as it is."
        )
    palette = PALETTES[theme]
    people, groups = (list(dict.fromkeys(cells.loc[cells["kind"] == k, "target"])) for k in ("person", "group"))
    personas = list(dict.fromkeys(cells["persona"]))
    x_of, y_of = _places([people, groups]), _places([personas[:-1], personas[-1:]])
    column = {("person", name): x for name, x in zip(people, x_of[0], strict=True)}
    column |= {("group", name): x for name, x in zip(groups, x_of[1], strict=True)}
    row = dict(zip(personas, np.concatenate(y_of).tolist(), strict=True))
    x = np.array([column[pair] for pair in zip(cells["kind"], cells["target"], strict=True)], dtype=np.int64)
    y = cells["persona"].map(row).to_numpy(np.int64)
    figure = go.Figure()
    _add_heat(figure, cells, x, y, result.score, palette)
    gap, own = cells["gap"].to_numpy(float), cells["own"].to_numpy(bool)
    missing = np.isnan(gap)
    low, high = cells["low"].to_numpy(float), cells["high"].to_numpy(float)
    grey = ~((low > 0) | (high < 0)) & ~missing & grey_undecided
    _add_grey(figure, x[grey], y[grey], palette)
    add_cells(
        figure, y[missing], x[missing], "no score",
        {"fillcolor": palette.grid, "fillpattern": HATCHING | {"fgcolor": palette.quiet}},
    )  # fmt: skip
    add_frames(figure, y[own], x[own], palette)
    if len(column) <= MOST_WITH_VALUES:
        _add_values(figure, x[~missing], y[~missing], gap[~missing], grey[~missing], palette)
    named = [UNDECIDED] * bool(grey.any()) + ["no score"] * bool(missing.any()) + ["its own"] * bool(own.any())
    _lay_out(figure, (people, groups), x_of, personas, np.concatenate(y_of), named, _caption(result), theme, title)
    return figure


def _places(blocks: Sequence[Sequence[str]]) -> list[npt.NDArray[np.int64]]:
    """Return the places of names in blocks, with one place left free between two blocks."""
    places, start = [], 0
    for names in blocks:
        places.append(start + np.arange(len(names)))
        start += len(names) + bool(len(names))
    return places


def _add_heat(
    figure: go.Figure, cells: pd.DataFrame, x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], score: str,
    palette: Palette,
) -> None:  # fmt: skip
    """Draw the cells, equal colours for equal distances from 0."""
    shape = (int(y.max()) + 1, int(x.max()) + 1)
    z, hover = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    z[y, x] = cells["gap"].to_numpy(float)
    words = _words if len(cells) <= MOST_WITH_WORDS else _few_words
    hover[y, x] = [words(cell) for cell in cells.to_dict("records")]
    most = _most(cells["gap"].to_numpy(float))
    steps = np.linspace(0, 1, 6)
    scale = [[0.5 - share / 2, shaded(palette, share, MORE)] for share in steps[::-1]]
    scale += [[0.5 + share / 2, shaded(palette, share, LESS)] for share in steps[1:]]
    between = 2 if shape[1] <= MOST_NAMED else 0
    figure.add_heatmap(
        z=z, customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=True, xgap=between,
        ygap=between, colorscale=scale, zmin=-most, zmax=most, name="alignment gap",
        colorbar={"title": {"text": f"Gap in<br>{score_name(score)}", "side": "top"}, "thickness": 12,
                  "outlinewidth": 0, "nticks": 5, "tickformat": "+.2~f",
                  "tickfont": {"size": SMALL, "color": palette.quiet}},
    )  # fmt: skip


def _add_grey(figure: go.Figure, x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], palette: Palette) -> None:
    """Lay grey over cells whose interval holds 0; hovering still reads the cells below."""
    if not len(x):
        return
    below = figure.data[0]
    z = np.full(below.z.shape, np.nan)
    z[y, x] = 0.0
    figure.add_heatmap(
        z=z, hoverinfo="skip", showscale=False, xgap=below.xgap, ygap=below.ygap, name="grey",
        colorscale=[[0, palette.grid], [1, palette.grid]],
    )  # fmt: skip
    figure.add_scatter(
        x=np.full(1, np.nan), y=np.full(1, np.nan), mode="markers", name=UNDECIDED, hoverinfo="skip",
        marker={"symbol": "square", "size": 12, "color": palette.grid, "line": {"width": 1, "color": palette.quiet}},
    )  # fmt: skip


def _most(gaps: Floats) -> float:
    """Return the distance from 0 at which colours end: the largest, or one that few of very many cells pass."""
    known = np.abs(gaps[~np.isnan(gaps)])
    most = np.quantile(known, 1 - SPARE) if len(known) > MOST_WITH_WORDS else known.max(initial=0.0)
    return float(most) or 1.0


def _add_values(
    figure: go.Figure, x: npt.NDArray[np.int64], y: npt.NDArray[np.int64], gap: Floats, grey: npt.NDArray[np.bool_],
    palette: Palette,
) -> None:  # fmt: skip
    """Write each value into its cell, black or white."""
    cells = [
        palette.grid if undecided else shaded(palette, abs(g) / _most(gap), LESS if g > 0 else MORE)
        for g, undecided in zip(gap, grey, strict=True)
    ]
    colours = [ink(cell) for cell in cells]
    figure.add_scatter(
        x=x, y=y, mode="text", text=[f"{g:+.2f}" for g in gap], hoverinfo="skip", showlegend=False, name="values",
        textfont={"size": SMALL, "color": colours},
    )  # fmt: skip


def _words(cell: Mapping[Hashable, Any]) -> str:
    """What hovering says of one cell."""
    own = ", its own" if cell["own"] else ""
    head = f"<b>{plain(str(cell['persona']), 40)}</b>, tested on {cell['kind']} {plain(str(cell['target']), 40)}{own}"
    gap = f"gap {interval_text(cell['gap'], cell['low'], cell['high'], '+.3f')}"
    scores = f"own labels {cell['own_score']:.3f} of {cell['n_train_own']:,} training labels, "
    scores += f"persona's {cell['persona_score']:.3f} of {cell['n_train_persona']:,}"
    tested = f"{cell['n_labels']:,} test labels, {cell['n_items']:,} items, {cell['n_seeds']} seeds"
    return "<br>".join([head, gap, scores.replace("nan", "undefined"), tested]) + note_text(cell["note"])


def _few_words(cell: Mapping[Hashable, Any]) -> str:
    """What hovering says of one cell of very many."""
    own = ", its own" if cell["own"] else ""
    gap = interval_text(cell["gap"], cell["low"], cell["high"], "+.3f")
    head = f"{plain(str(cell['persona']))}, {plain(str(cell['target']))}{own}"
    return f"{head}<br>{gap}<br>{cell['n_labels']:,} test labels{note_text(cell['note'])}"


def _caption(result: Drawable) -> str:
    gaps = result.cells["gap"].to_numpy(float)
    beyond = int((np.abs(gaps) > _most(gaps) + 1e-12).sum())
    ends = f"Beyond the ends of the colours: {beyond:,} of {len(gaps):,} cells. " if beyond else ""
    return f"{HOW_TO_READ} {ends}{plain(result.sentence, 400)}".strip()


def _lay_out(
    figure: go.Figure, targets: tuple[list[str], list[str]], x_of: Sequence[npt.NDArray[np.int64]],
    personas: list[str], y: npt.NDArray[np.int64], named: list[str], caption: str, theme: Theme, title: str,
) -> None:  # fmt: skip
    """Name rows and columns, the first persona on top."""
    people, groups = targets
    x, names, shown = np.concatenate(x_of), [*people, *groups], _some(len(y))
    # Groups behind many people stand so near each other that their names would cover each other.
    kept = [*_some(len(people)), *(len(people) + _some(len(groups)))]
    kept = kept if len(x) <= 2 * MOST_NAMED else [i for i in kept if i < len(people)]
    texts = [plain(names[i], 20) or "(no name)" for i in kept]
    letters = max(len(html.unescape(text)) for text in texts)
    upright = LETTER * letters * len(x) > ROOM_OF_NAMES
    height = max(SMALLEST_ROW * len(y), min(ROW * max(len(y) + 1, 4), TALLEST))
    above = 44 + (round(LETTER * letters) if upright else 18)
    frame_rows(figure, height, theme=theme, title=title, legend=named, caption=caption, above=above)
    parts = [f"{len(people):,} people"] * bool(people) + [f"{len(groups):,} groups"] * bool(groups)
    figure.update_layout(
        xaxis={
            "title": {"text": f"Tested on: {', then '.join(parts)}", "standoff": 6}, "side": "top", "tickvals": x[kept],
            "ticktext": texts, "tickangle": -90 if upright else 0, "range": [-0.5, x.max() + 0.5], "showgrid": False,
            "showline": False, "ticks": "",
        },
        yaxis={
            "title": {"text": "Trained on persona"}, "tickvals": y[shown],
            "ticktext": [plain(personas[i]) or "(no name)" for i in shown], "range": [y.max() + 0.5, -0.5],
            "showgrid": False,
        },
    )  # fmt: skip


def _some(n: int) -> npt.NDArray[np.int64]:
    """Return the places of names that are shown: all, or every second, third, ... where they are many."""
    return np.arange(0, n, max(1, -(-n // MOST_NAMED)))
