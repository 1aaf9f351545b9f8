"""Learning curves: scores of annotator models, and what knowing the annotator gains, against the labels they had."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.end_labels import EndLabel, add_end_labels
from engine.figures.frames import require
from engine.figures.rows import frame_rows
from engine.figures.score_words import ERRORS, score_name
from engine.figures.theme import PALETTES, Look, Theme, faded, look, plain
from engine.figures.words import interval_text, note_text

POINT_COLUMNS = (
    "axis", "size", "n_train", "n_annotators", "n_short", "model", "score", "value", "low", "high", "n_seeds",
    "n_items", "n_raters", "n_labels", "n_unseen", "note",
)  # fmt: skip
GAIN_COLUMNS = (*(name for name in POINT_COLUMNS if name != "n_unseen"), "against", "verdict")
"""What each figure reads."""
TEXT_ONLY = "text only"
LABELS_EACH = "labels an annotator"
X_TITLES = {
    LABELS_EACH: "Training labels an annotator (doubling steps are equally far apart)",
    "annotators": "Annotators trained on, with all their labels (doubling steps are equally far apart)",
}
PLANE = 380
"""Pixels of height."""
HOW_TO_READ = "Bands: intervals over test items and seeds, each seed with training labels of its own draw."


def learning_curves(
    table: pd.DataFrame,
    *,
    axis: str = LABELS_EACH,
    score: str = "macro_f1",
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw each model's score, with its interval as a band, against the labels or annotators that it was trained on.

    Undefined points leave a gap and a cross at the foot, whose hover text says why.

    Args:
        table: points of `engine.annotators.experiments.learning_curve`.
        axis: 'labels an annotator' or 'annotators'.
        score: one of the table's.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, the axis or the score.
    """
    require(table, POINT_COLUMNS, "table of a learning curve's points")
    rows = _of(table, axis, score)
    name = score_name(score)
    y_title = f"{name} (the lower the better)" if score in ERRORS else f"{name} (1: all right)"
    return _lines(rows, ".3f", axis, y_title, f"{_sizes(rows)} {HOW_TO_READ}", None, theme, title)


def learning_gains(
    table: pd.DataFrame, *, axis: str = LABELS_EACH, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw what each model scores beyond the one that it is compared with, against what both were trained on.

    Args:
        table: gains of `engine.annotators.experiments.learning_curve`.
        axis: 'labels an annotator' or 'annotators'.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the axis.
    """
    require(table, GAIN_COLUMNS, "table of a learning curve's gains")
    rows = _of(table, axis, None)
    score, against = str(rows["score"].iloc[0]), str(rows["against"].iloc[0])
    better = "below 0: better" if score in ERRORS else "above 0: better"
    y_title = f"{score_name(score)} minus<br>that of {plain(against)} ({better})"
    return _lines(rows, "+.3f", axis, y_title, f"{_sizes(rows)} {HOW_TO_READ} Paired.", 0.0, theme, title)


def _of(table: pd.DataFrame, axis: str, score: str | None) -> pd.DataFrame:
    """Return the rows of an axis and score in the order of sizes, or raise InputError."""
    rows = table[table["axis"] == axis]
    rows = rows if score is None else rows[rows["score"] == score]
    if rows.empty:
        known = ", ".join(
            f"{a!r} with {s!r}" for a, s in dict.fromkeys(zip(table["axis"], table["score"], strict=True))
        )
        wanted = f"{axis!r}" if score is None else f"{axis!r} with {score!r}"
        raise InputError(f"{wanted} is not in the table of the learning curve, which has {known or 'none'}.")
    return rows.sort_values("size", kind="stable")


def _lines(
    rows: pd.DataFrame, form: str, axis: str, y_title: str, caption: str, level: float | None, theme: Theme, title: str
) -> go.Figure:
    """Draw one line with its band for each model."""
    palette = PALETTES[theme]
    # Text only, or what is compared with, has the first look, so that models look the same in both figures.
    models = [name for name in dict.fromkeys(rows.sort_index()["model"]) if name != TEXT_ONLY]
    first = [TEXT_ONLY] if level is not None or (rows["model"] == TEXT_ONLY).any() else []
    bottom, top = _ends(rows, level)
    figure = go.Figure()
    if level is not None:
        figure.add_hline(y=level, line={"color": palette.quiet, "width": 1}, layer="below")
    labels = []
    for number, model in enumerate([*first, *models]):
        part, style = rows[rows["model"] == model], look(number, theme)
        if part.empty:
            continue
        _add_band(figure, part, plain(model), style)
        _add_line(figure, part, plain(model), style, form, bottom)
        known = part["value"].dropna()
        labels += [EndLabel(plain(model), float(known.iloc[-1]), style.colour)] if len(known) else []
    frame_rows(figure, PLANE, theme=theme, title=title, legend=(), caption=caption)
    sizes = np.unique(rows["size"].to_numpy(float))
    ends = np.log10([sizes[0] / 1.08, sizes[-1] * 1.08])
    figure.update_layout(
        hovermode="closest",
        xaxis={
            "type": "log", "title": {"text": X_TITLES.get(axis, plain(axis))}, "tickvals": sizes,
            "ticktext": [f"{size:,.0f}" for size in sizes], "range": list(ends), "minor": {"ticks": ""},
        },
        yaxis={"title": {"text": y_title}, "range": [bottom, top], "tickformat": "~g", "nticks": 7},
    )  # fmt: skip
    add_end_labels(figure, labels, bottom, top)
    return figure


def _ends(rows: pd.DataFrame, level: float | None) -> tuple[float, float]:
    """Return the ends of the y axis, with room for crosses at the foot."""
    y = rows[["value", "low", "high"]].to_numpy(float).ravel()
    y = np.append(y[~np.isnan(y)], [] if level is None else [level])
    low, high = (float(y.min()), float(y.max())) if y.size else (0.0, 1.0)
    room = 0.06 * ((high - low) or 0.1)
    return low - room, high + room


def _add_band(figure: go.Figure, rows: pd.DataFrame, name: str, style: Look) -> None:
    """Draw the intervals as closed shapes; a point without one parts them."""
    x, low, high = (rows[column].to_numpy(float) for column in ("size", "low", "high"))
    for run in _runs_of(~np.isnan(low) & ~np.isnan(high)):
        figure.add_scatter(
            x=np.concatenate([x[run], x[run][::-1]]), y=np.concatenate([high[run], low[run][::-1]]), mode="lines",
            fill="toself", fillcolor=faded(style.colour, 0.13), line={"width": 0}, hoverinfo="skip",
            name=f"{name}: interval",
        )  # fmt: skip


def _add_line(figure: go.Figure, rows: pd.DataFrame, name: str, style: Look, form: str, bottom: float) -> None:
    """Draw the values as a line with marks, and undefined ones as crosses at the foot."""
    x, y = rows["size"].to_numpy(float), rows["value"].to_numpy(float)
    hover = np.array([_words(row, name, form) for row in rows.to_dict("records")], dtype=object)
    missing = np.isnan(y)
    shared = {"name": name, "hovertemplate": "%{customdata}<extra></extra>"}
    figure.add_scatter(
        x=x, y=y, mode="lines+markers", connectgaps=False, customdata=hover,
        line={"color": style.colour, "width": 2.5, "dash": style.dash},
        marker={"color": style.colour, "size": 8, "symbol": style.symbol}, **shared,
    )  # fmt: skip
    if missing.any():
        figure.add_scatter(
            x=x[missing], y=np.full(int(missing.sum()), bottom), mode="markers", customdata=hover[missing],
            marker={"symbol": "x-thin", "size": 9, "line": {"color": style.colour, "width": 2}}, cliponaxis=False,
            **shared | {"name": f"{name}: undefined"},
        )  # fmt: skip


def _words(row: Mapping[Hashable, Any], name: str, form: str) -> str:
    """What hovering says of one point."""
    short = f", {row['n_short']:,} of whom have fewer labels than {row['size']:,}" if row["n_short"] else ""
    unseen = f"; {row['n_unseen']:,.0f} of people it never saw" if row.get("n_unseen") else ""
    lines = [
        f"<b>{name}</b>, {row['size']:,} {plain(str(row['axis']))}",
        interval_text(row["value"], row["low"], row["high"], form)
        + (f": {row['verdict']} {plain(str(row['against']))}" if "verdict" in row else ""),
        f"trained on {row['n_train']:,.0f} labels of {row['n_annotators']:,} annotators{short}",
        f"tested on {row['n_labels']:,} labels of {row['n_raters']:,} annotators, {row['n_items']:,} items, "
        f"{row['n_seeds']} seeds{unseen}",
    ]
    return "<br>".join(lines) + note_text(row["note"])


def _sizes(rows: pd.DataFrame) -> str:
    """Say what every point was tested on, and who had fewer labels than asked for."""
    first, last = rows.iloc[0], rows.iloc[-1]
    short = f" {last['n_short']:,} of {last['n_annotators']:,} annotators have fewer labels than the largest number."
    return (
        f"Every point: {first['n_labels']:,} test labels of {first['n_raters']:,} annotators, {first['n_items']:,} "
        f"items.{short if last['n_short'] else ''}"
    )


def _runs_of(mask: npt.NDArray[np.bool_]) -> Sequence[slice]:
    """Return the stretches where `mask` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]
