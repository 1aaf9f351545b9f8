"""What knowing the annotator gains: on people beside personas, in each condition, with each encoding."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import Level, Marks, rows_figure
from engine.figures.score_words import ERRORS, bars_text, counts_text, score_name, sizes_text
from engine.figures.theme import PALETTES, Look, Theme, look, plain
from engine.figures.words import interval_text, note_text

DIFFERENCE_COLUMNS = (
    "model", "against", "score", "value", "low", "high", "p_holm", "verdict", "n_seeds", "n_items", "n_raters",
    "n_labels", "note",
)  # fmt: skip
CONTRAST_COLUMNS = (
    "model", "condition", "reference", "against", "score", "value", "low", "high", "p_holm", "n_seeds", "n_items",
    "note",
)  # fmt: skip
"""What the figures read."""
PAIRED = ", paired; filled: they exclude 0"
PEOPLE = "people"
"""The condition that has the colour of people."""
OFFSET = 0.17
"""Of the marks of an encoding above and below the middle of its row."""


def model_differences(
    people: pd.DataFrame,
    personas: pd.DataFrame | None = None,
    *,
    names: tuple[str, str] = ("people", "personas"),
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw what each model scores beyond the one it is compared with: on people's labels beside personas'.

    Filled marks have an interval on one side of 0. Where knowing the annotator gains on people and nothing on personas,
    the personas have no voices that a model could learn.

    Args:
        people: of `engine.annotators.scores.scores.differences`.
        personas: of the same models on personas' labels; None: people alone.
        names: of the two sides, as the legend shows them.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: a table lacks a column that the figure reads, or the two are of different scores or comparisons.
    """
    series = [_Series(names[0], people, Look(PALETTES[theme].people, "solid", "circle"))]
    if personas is not None:
        series.append(_Series(names[1], personas, _beside_people(0, theme)))
    return _differences_figure(series, "Annotator model", theme, title)


def condition_gains(
    table: pd.DataFrame, *, labels: str = "as given", theme: Theme = "light", title: str = ""
) -> go.Figure:
    """Draw what each model scores beyond the one it is compared with, in every condition.

    Args:
        table: `gains` of `engine.annotators.experiments.conditions.compare_conditions`.
        labels: 'as given', or 'names shuffled', what is gained where nobody has a voice of their own.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or labels of this kind.
    """
    require(table, ("condition", "labels", *DIFFERENCE_COLUMNS), "table of gains")
    rows = table[table["labels"] == labels]
    if rows.empty:
        known = ", ".join(map(repr, dict.fromkeys(table["labels"]))) or "none"
        raise InputError(f"labels {labels!r} are not in the table, which has {known}. Draw one of these.")
    names = list(dict.fromkeys(rows["condition"]))
    series = [_Series(name, rows[rows["condition"] == name], _look_of(name, names, theme)) for name in names]
    return _differences_figure(series, "Annotator model", theme, title)


def condition_contrasts(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw how much more each model gains in every condition than in the reference.

    Args:
        table: `contrasts` of `engine.annotators.experiments.conditions.compare_conditions`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or holds several references, scores or comparisons.
    """
    require(table, CONTRAST_COLUMNS, "table of contrasts")
    reference, against, score = _only(table, ("reference", "against", "score"))
    models = list(dict.fromkeys(table["model"]))
    names = list(dict.fromkeys(table["condition"]))
    marks = []
    for name in names:
        rows = table[table["condition"] == name].set_index("model").reindex(models)
        hover = [
            _contrast_words(model, name, reference, row)
            for model, row in zip(models, rows.to_dict("records"), strict=True)
        ]
        marks.append(_marks(plain(name), rows, hover, _look_of(name, names, theme)))
    gains_more = "below 0: gains more" if score in ERRORS else "above 0: gains more"
    n_items = int(table["n_items"].iloc[0])
    return rows_figure(
        models, marks,
        x_title=f"{score_name(score)} over {plain(against)}, minus the same in {plain(reference)} ({gains_more})",
        y_title="Annotator model", levels=[Level("no difference", 0.0)], shown=[0.0],
        caption=f"{', '.join(plain(name) for name in names)} against {plain(reference)}; {n_items:,} test items. "
                f"{bars_text(table, PAIRED)}",
        theme=theme, title=title,
    )  # fmt: skip


def encoding_gains(table: pd.DataFrame, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw what each encoding of annotators scores beyond text only, and beyond the plain user token.

    Args:
        table: `gains` of `engine.annotators.experiments.encodings.compare_encodings`.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or holds several scores.
    """
    require(table, DIFFERENCE_COLUMNS, "table of encodings' gains")
    (score,) = _only(table, ("score",))
    references = list(dict.fromkeys(table["against"]))
    names = list(dict.fromkeys(table["model"]))
    marks = []
    for number, against in enumerate(references):
        part = table[table["against"] == against]
        rows = part.set_index("model")
        places = np.array([names.index(name) for name in rows.index], dtype=float)
        hover = [
            _difference_words(str(model), f"against {against}", row)
            for model, row in zip(rows.index, rows.to_dict("records"), strict=True)
        ]
        marks.append(
            _marks(f"over {plain(against)}", rows, hover, look(number, theme), places + OFFSET * (2 * number - 1))
        )
    return rows_figure(
        names, marks, x_title=f"{score_name(score)} minus that of what it is held against ({_better(score)})",
        y_title="Encoding of the annotator", levels=[Level("no difference", 0.0)], shown=[0.0],
        caption=f"{sizes_text(table)} {bars_text(table, PAIRED)}",
        marks_a_row=len(references), theme=theme, title=title,
    )  # fmt: skip


@dataclass(frozen=True)
class _Series:
    """Differences of one condition, and how its marks look."""

    name: str
    table: pd.DataFrame
    style: Look


def _differences_figure(series: Sequence[_Series], y_title: str, theme: Theme, title: str) -> go.Figure:
    """Draw models as rows and series beside each other; all must be of one score, against one model."""
    for one in series:
        require(one.table, DIFFERENCE_COLUMNS, f"table of differences ({one.name})")
    against, score = _only(pd.concat([one.table for one in series]), ("against", "score"))
    models = list(dict.fromkeys(model for one in series for model in one.table["model"]))
    marks = []
    for one in series:
        rows = one.table.set_index("model").reindex(models)
        hover = [
            _difference_words(model, one.name, row) for model, row in zip(models, rows.to_dict("records"), strict=True)
        ]
        marks.append(_marks(plain(one.name), rows, hover, one.style))
    caption = " ".join(f"{plain(one.name)}: {sizes_text(one.table)}" for one in series)
    return rows_figure(
        models, marks, x_title=f"{score_name(score)} minus that of {plain(against)} ({_better(score)})",
        y_title=y_title, levels=[Level("no difference", 0.0)], shown=[0.0],
        caption=f"{caption} {bars_text(pd.concat([one.table for one in series]), PAIRED)}", theme=theme, title=title,
    )  # fmt: skip


def _marks(name: str, rows: pd.DataFrame, hover: Sequence[str], style: Look, places: np.ndarray | None = None) -> Marks:
    """Return marks of rows, filled where the interval excludes 0."""
    value, low, high = (rows[end].to_numpy(float) for end in ("value", "low", "high"))
    return Marks(name, value, low, high, hover, style, (low > 0) | (high < 0), places)


def _only(table: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the one combination of values that a table has in some columns, or raise InputError."""
    found = list(dict.fromkeys(zip(*(table[column] for column in columns), strict=True)))
    if len(found) != 1:
        raise InputError(
            f"the tables hold {len(found)} kinds of differences by {' and '.join(columns)}: {sorted(found)}. Expected "
            "one: draw the result of one call, or of calls with the same settings."
        )
    return tuple(map(str, found[0]))


def _look_of(name: str, names: Sequence[str], theme: Theme) -> Look:
    """Return the look of a condition: people have their own colour, others the series' in order."""
    if PEOPLE not in names:
        return look(names.index(name), theme)
    if name == PEOPLE:
        return Look(PALETTES[theme].people, "solid", "circle")
    return _beside_people([other for other in names if other != PEOPLE].index(name), theme)


def _beside_people(index: int, theme: Theme) -> Look:
    """Return the look of a series that stands beside people, whose symbol is the first series'."""
    return replace(look(index, theme), symbol=look(index + 1, theme).symbol)


def _better(score: str) -> str:
    return "below 0: better" if score in ERRORS else "above 0: better"


def _difference_words(model: str, side: str, row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one difference."""
    head = f"<b>{plain(model, 60)}</b>, {plain(side)}"
    if not isinstance(row["verdict"], str):
        return f"{head}<br>not compared"
    p = "" if np.isnan(row["p_holm"]) else f"; p = {row['p_holm']:.3g}, corrected for the number of models"
    verdict = (
        f": {row['verdict']} {plain(str(row['against']))}" if row["verdict"] != "ties" else ": no clear difference"
    )
    number = interval_text(row["value"], row["low"], row["high"], "+.3f")
    counts: dict[Hashable, int] = {name: int(row[name]) for name in ("n_labels", "n_raters", "n_items", "n_seeds")}
    return f"{head}{verdict}<br>{number}{p}<br>{counts_text(counts)}{note_text(row['note'])}"


def _contrast_words(model: str, condition: str, reference: str, row: Mapping[Hashable, Any]) -> str:
    """What hovering says of one contrast."""
    head = f"<b>{plain(model, 60)}</b>: gain in {plain(condition)} minus gain in {plain(reference)}"
    if not isinstance(row["note"], str):
        return f"{head}<br>not compared"
    p = "" if np.isnan(row["p_holm"]) else f"; p = {row['p_holm']:.3g}, corrected for the number of comparisons"
    number = interval_text(row["value"], row["low"], row["high"], "+.3f")
    return (
        f"{head}<br>{number}{p}<br>{int(row['n_items']):,} items, {int(row['n_seeds'])} seeds{note_text(row['note'])}"
    )
