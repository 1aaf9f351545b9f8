"""Annotator models: their scores, what knowing the annotator gains on people and on personas, and each annotator's."""

from __future__ import annotations

import textwrap
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, frame_rows, name_axis, rows_figure
from engine.figures.theme import PALETTES, SMALL, Look, Palette, Theme, ink, look, plain, shaded
from engine.figures.words import interval_text, left_out, note_text

SCORE_COLUMNS = (
    "model", "score", "value", "low", "high", "seed_sd", "n_seeds", "n_items", "n_raters", "n_labels", "n_unseen",
    "dropped", "note",
)  # fmt: skip
DIFFERENCE_COLUMNS = (
    "model", "against", "score", "value", "low", "high", "p_holm", "verdict", "n_seeds", "n_items", "n_raters",
    "n_labels", "note",
)  # fmt: skip
ANNOTATOR_COLUMNS = (
    "annotator", "model", "score", "value", "low", "high", "n_seeds", "n_items", "n_labels", "seen", "note",
)  # fmt: skip
"""What each figure reads."""
NAMES = {
    "macro_f1": "Macro-F1", "accuracy": "Accuracy", "annotator_macro_f1": "Mean over annotators of their macro-F1",
    "cross_entropy": "Cross-entropy in nats", "mean_absolute_error": "Mean absolute error",
}  # fmt: skip
ERRORS = ("cross_entropy", "mean_absolute_error")
"""Scores that are better the lower they are."""
TEXT_ONLY, BASELINES, ORACLES = "text only", ("majority", "own rate"), ("others' majority",)
HOW_TO_READ = "Baselines read no text; an oracle sees the test labels of other annotators."
ORACLE = "Oracle: sees labels"
MOST_WITH_VALUES = 12
"""Models beyond which a cell has no room for its value."""


def model_scores(
    table: pd.DataFrame,
    *,
    score: str = "macro_f1",
    reference: str = TEXT_ONLY,
    baselines: Sequence[str] = BASELINES,
    oracles: Sequence[str] = ORACLES,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw each model's score with its interval over items and seeds, in the order of the table.

    Baselines, which read no text, are squares; oracles, which see test labels, are hollow diamonds. The reference's
    value runs through all rows. Intervals of two models may overlap although one beats the other: they are of the same
    items, so read `model_differences` for that.

    Args:
        table: of `engine.annotators.scores.model_scores`.
        score: one of the table's.
        reference: the model whose value is the line; one that is absent has none.
        baselines: models to mark so.
        oracles: models to mark so.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the score.
    """
    require(table, SCORE_COLUMNS, "table of scores")
    rows = _of_score(table, score)
    names = list(rows["model"])
    kinds = {
        "Model": [name not in (*baselines, *oracles) for name in names],
        "Baseline": [name in baselines and name not in oracles for name in names],
        ORACLE: [name in oracles for name in names],
    }
    marks = []
    for number, (words, chosen) in enumerate(kinds.items()):
        if not any(chosen):
            continue
        part = rows[np.array(chosen)]
        value, low, high = (part[end].to_numpy(float) for end in ("value", "low", "high"))
        hover = [_score_words(row, score) for row in part.to_dict("records")]
        filled = np.full(len(part), words != ORACLE)
        marks.append(
            Marks(words, value, low, high, hover, look(number, theme), filled, np.flatnonzero(chosen).astype(float))
        )
    line = rows.loc[rows["model"] == reference, "value"].dropna()
    return rows_figure(
        names, marks, x_title=_axis(score), y_title="Annotator model",
        levels=[Level(plain(reference), float(value)) for value in line],
        caption=f"{_sizes(rows)} Bars: intervals over items and seeds. {HOW_TO_READ}", theme=theme, title=title,
    )  # fmt: skip


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
        people: of `engine.annotators.scores.differences`.
        personas: of the same models on personas' labels; None: people alone.
        names: of the two sides, as the legend shows them.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: a table lacks a column that the figure reads, or the two are of different scores or comparisons.
    """
    sides = [(names[0], people, Look(PALETTES[theme].people, "solid", "circle"))]
    if personas is not None:
        sides.append((names[1], personas, look(0, theme)))
    for name, table, _ in sides:
        require(table, DIFFERENCE_COLUMNS, f"table of differences ({name})")
    compared = {(a, s) for _, table, _ in sides for a, s in zip(table["against"], table["score"], strict=True)}
    if len(compared) != 1:
        raise InputError(
            f"the tables hold {len(compared)} kinds of differences: {sorted(compared)}. Expected one score, against "
            "one model: make both with the same settings of engine.annotators.scores.differences."
        )
    against, score = compared.pop()
    models = list(dict.fromkeys(model for _, table, _ in sides for model in table["model"]))
    marks = []
    for name, table, style in sides:
        rows = table.set_index("model").reindex(models)
        value, low, high = (rows[end].to_numpy(float) for end in ("value", "low", "high"))
        hover = [
            _difference_words(model, name, row) for model, row in zip(models, rows.to_dict("records"), strict=True)
        ]
        marks.append(Marks(plain(name), value, low, high, hover, style, (low > 0) | (high < 0)))
    better = "below 0: better" if score in ERRORS else "above 0: better"
    caption = " ".join(f"{plain(name)}: {_sizes(table)}" for name, table, _ in sides)
    return rows_figure(
        models, marks, x_title=f"{NAMES.get(score, score)} minus that of {plain(against)} ({better})",
        y_title="Annotator model", levels=[Level("no difference", 0.0)], shown=[0.0],
        caption=f"{caption} Bars: intervals over items and seeds, paired; filled: they exclude 0.", theme=theme,
        title=title,
    )  # fmt: skip


def annotator_heatmap(
    table: pd.DataFrame,
    *,
    score: str = "macro_f1",
    longest: int = LONGEST,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw one cell for each annotator and model: the darker, the higher the score. Grey cells have none.

    Args:
        table: of `engine.annotators.scores.annotator_scores`.
        score: macro_f1 or accuracy.
        longest: annotators to draw at most, those with the most test labels; they keep their order.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the table lacks a column that the figure reads, or the score, or names a cell twice.
    """
    require(table, ANNOTATOR_COLUMNS, "table of annotators' scores")
    rows = _of_score(table, score)
    if rows.duplicated(["annotator", "model"]).any():
        raise InputError("the table of annotators' scores names a cell twice. Pass the result of one call as it is.")
    everybody = rows.drop_duplicates("annotator")
    kept = everybody.nlargest(longest, "n_labels").index
    annotators = [str(name) for place, name in everybody["annotator"].items() if place in set(kept)]
    models = [str(name) for name in dict.fromkeys(rows["model"])]
    rows = rows[rows["annotator"].isin(annotators)]
    y = rows["annotator"].map({name: i for i, name in enumerate(annotators)}).to_numpy()
    x = rows["model"].map({name: i for i, name in enumerate(models)}).to_numpy()
    z, hover = np.full((len(annotators), len(models)), np.nan), np.full((len(annotators), len(models)), "", object)
    z[y, x] = rows["value"].to_numpy(float)
    hover[y, x] = [_cell_words(cell, score) for cell in rows.to_dict("records")]
    few = left_out(len(everybody), len(annotators), "annotators", "those with the most test labels")
    caption = " ".join(
        filter(None, [f"{int(everybody['n_labels'].sum()):,} test labels. Grey: no score; hovering says why.", few])
    )
    return _heat(z, hover, annotators, models, score, caption, theme, title)


def _heat(
    z: np.ndarray, hover: np.ndarray, annotators: list[str], models: list[str], score: str, caption: str,
    theme: Theme, title: str,
) -> go.Figure:  # fmt: skip
    """Draw the cells with their values."""
    palette = PALETTES[theme]
    figure = go.Figure()
    ends = [shaded(palette, share) for share in ((1.0, 0.0) if score in ERRORS else (0.0, 1.0))]
    figure.add_heatmap(
        z=np.zeros(z.shape), hoverinfo="skip", showscale=False, xgap=2, ygap=2, name="no value",
        colorscale=[[0, palette.grid], [1, palette.grid]],
    )  # fmt: skip
    figure.add_heatmap(
        z=z, customdata=hover, hovertemplate="%{customdata}<extra></extra>", hoverongaps=True, xgap=2, ygap=2,
        colorscale=[[0, ends[0]], [1, ends[1]]], name=NAMES.get(score, score),
        colorbar={"title": {"text": NAMES.get(score, score), "side": "top"}, "thickness": 12, "outlinewidth": 0,
                  "nticks": 4, "tickfont": {"size": SMALL, "color": palette.quiet}},
    )  # fmt: skip
    if len(models) <= MOST_WITH_VALUES:
        _add_values(figure, z, score, palette)
    names = [_in_lines(name) for name in models]
    above = 40 + 17 * max(name.count("<br>") + 1 for name in names)
    frame_rows(figure, max(3, len(annotators)) * 26, theme=theme, title=title, legend=(), caption=caption, above=above)
    figure.update_layout(
        xaxis={"title": {"text": "Annotator model", "standoff": 6}, "side": "top", "tickvals": np.arange(len(models)),
               "ticktext": names, "tickangle": 0, "showgrid": False, "ticks": "", "showline": False,
               "range": [-0.5, len(models) - 0.5]},
        yaxis=name_axis(annotators, "Annotator"),
    )  # fmt: skip
    return figure


def _in_lines(name: str) -> str:
    """Return a model's name for the head of a column: escaped, in lines of about a column's width."""
    return "<br>".join(plain(line, 14) for line in textwrap.wrap(name, 12, break_long_words=False)) or "(no name)"


def _add_values(figure: go.Figure, z: np.ndarray, score: str, palette: Palette) -> None:
    """Write each value into its cell, black or white."""
    y, x = np.nonzero(~np.isnan(z))
    values = z[y, x]
    width = np.ptp(values) if len(values) else 0.0
    shares = (values - values.min()) / width if width > 0 else np.zeros(len(values))
    shares = 1 - shares if score in ERRORS else shares
    figure.add_scatter(
        x=x, y=y, mode="text", text=[f"{value:.2f}" for value in values], hoverinfo="skip", showlegend=False,
        textfont={"size": SMALL, "color": [ink(shaded(palette, share)) for share in shares]}, name="values",
    )  # fmt: skip


def _of_score(table: pd.DataFrame, score: str) -> pd.DataFrame:
    """Return the rows of a score, or raise InputError."""
    rows = table[table["score"] == score].reset_index(drop=True)
    if rows.empty:
        known = ", ".join(map(str, dict.fromkeys(table["score"]))) or "none"
        raise InputError(f"score {score!r} is not in the table, which has {known}. Draw one of these.")
    return rows


def _axis(score: str) -> str:
    name = NAMES.get(score, score)
    return f"{name} (the lower the better)" if score in ERRORS else f"{name} (1: all right)"


def _sizes(rows: pd.DataFrame) -> str:
    """Say how much was scored."""
    if rows.empty:
        return "no model."
    first = rows.iloc[0]
    return (
        f"{int(first['n_labels']):,} test labels of {int(first['n_raters']):,} raters, {int(first['n_items']):,} items."
    )


def _n_words(row: Mapping[Hashable, Any]) -> str:
    raters = f"{row['n_raters']:,} raters, " if "n_raters" in row else ""
    return f"{row['n_labels']:,} labels, {raters}{row['n_items']:,} items, {row['n_seeds']} seeds"


def _score_words(row: Mapping[Hashable, Any], score: str) -> str:
    """What hovering says of one model."""
    spread = "" if np.isnan(row["seed_sd"]) else f"; seeds differ by {row['seed_sd']:.3f} (sd)"
    lines = [
        f"<b>{plain(str(row['model']), 60)}</b>: {NAMES.get(score, score)}",
        interval_text(row["value"], row["low"], row["high"]) + spread,
        _n_words(row),
        f"{row['n_unseen']:,} labels of annotators without training labels" if row["n_unseen"] else "",
        "; ".join(f"left out: {count:,} {plain(str(why), 60)}" for why, count in row["dropped"].items()),
    ]
    return "<br>".join(filter(None, lines)) + note_text(row["note"])


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
    return f"{head}{verdict}<br>{number}{p}<br>{_n_words(counts)}{note_text(row['note'])}"


def _cell_words(cell: Mapping[Hashable, Any], score: str) -> str:
    """What hovering says of one annotator and model."""
    names = f"<b>{plain(str(cell['annotator']), 60)}</b>, {plain(str(cell['model']), 60)}"
    unseen = "<br>no training labels of this annotator" if cell["seen"] is False else ""
    number = f"{NAMES.get(score, score)} {interval_text(cell['value'], cell['low'], cell['high'])}"
    return f"{names}<br>{number}<br>{_n_words(cell)}{unseen}{note_text(cell['note'])}"
