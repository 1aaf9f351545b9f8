"""Prototypical personas: who stands best for each group, how surely, by what margin, and which items decide it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from engine.errors import InputError
from engine.figures.frames import require
from engine.figures.rows import LONGEST, Level, Marks, frame_rows, name_axis, rows_figure
from engine.figures.theme import PALETTES, SMALL, Palette, Theme, faded, look, plain
from engine.figures.words import interval_text, left_out, note_text
from engine.measures.prototypes import BEST_COLUMNS, ITEM_COLUMNS, STAND_IN_COLUMNS, Prototypes

MOST_GROUPS = 6
"""Groups that have room beside each other."""
X_PROBABILITY = "Probability of being its best stand-in"


def stand_ins(
    found: Prototypes, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw how probable each persona is to be the best stand-in of each group: a column a group, a row a persona.

    Personas stand in the order of their highest probability in any group. The strong bar of each column is the group's
    most similar persona. A cross marks a probability that is undefined.

    Args:
        found: result of `engine.measures.prototypes`.
        longest: personas to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the stand-ins lack a column that the figure reads, or there are none.
    """
    table = found.stand_ins
    require(table, STAND_IN_COLUMNS, "stand-ins")
    if table.empty:
        raise InputError(
            "there are no stand-ins to draw. Expected the result of prototypes with a group and a persona."
        )
    groups = list(dict.fromkeys(table["group"]))
    likelihood = table.groupby("persona", sort=False)["probability_best"].max()
    order = likelihood.sort_values(ascending=False, na_position="last", kind="stable").index
    names, shown = list(order[:longest]), groups[:MOST_GROUPS]
    best = dict(zip(found.best["group"], found.best["persona"], strict=True))
    figure = make_subplots(rows=1, cols=len(shown), shared_yaxes=True, horizontal_spacing=0.03)
    for column, group in enumerate(shown, start=1):
        rows = table[table["group"] == group].set_index("persona").reindex(names)
        _add_group(figure, rows, str(best.get(group)), column, PALETTES[theme])
        reference = "" if column == 1 else str(column)
        figure.add_annotation(
            x=0, xref=f"x{reference} domain", xanchor="left", y=1, yref="paper", yanchor="bottom", yshift=4,
            text=f"<b>{plain(str(group))}</b>", showarrow=False, font={"size": SMALL},
        )  # fmt: skip
    unlikely = float(likelihood[order[longest:]].max()) if len(order) > longest else 0.0
    parts = [
        "Strong bar: the group's most similar persona. Probability: share of bootstrap draws of items.",
        left_out(len(order), len(names), "personas", f"the most probable first (others: {unlikely:.1%} at most)"),
        left_out(len(groups), len(shown), "groups", "in their order"),
    ]
    frame_rows(
        figure, max(len(names), 3) * 23, theme=theme, title=title, legend=(), above=22,
        caption=" ".join(filter(None, parts)),
    )  # fmt: skip
    axis = name_axis(names, "Persona")
    figure.update_yaxes({key: axis[key] for key in ("tickvals", "ticktext", "range", "showgrid")})
    figure.update_yaxes(title=axis["title"], col=1)
    figure.update_xaxes(title={"text": X_PROBABILITY if len(shown) < 4 else "Probability"}, range=[-0.02, 1.02],
                        tickformat=".0%", nticks=6 if len(shown) < 3 else 3, showgrid=True)  # fmt: skip
    return figure


def _add_group(figure: go.Figure, rows: pd.DataFrame, best: str, column: int, palette: Palette) -> None:
    """Draw the bars of one group; crosses where there is no probability."""
    value, colour = rows["probability_best"].to_numpy(float), palette.series[0]
    y, known = np.arange(len(rows), dtype=float), ~np.isnan(value)
    strong = np.array([str(name) == best for name in rows.index])
    hover = np.array([_stand_in(str(name), row) for name, row in zip(rows.index, rows.to_dict("records"), strict=True)],
                     dtype=object)  # fmt: skip
    figure.add_bar(
        x=value[known], y=y[known], orientation="h", width=0.66, name="probability", row=1, col=column,
        marker={"color": np.where(strong, colour, faded(colour, 0.45))[known], "line": {"width": 0}},
        customdata=hover[known], hovertemplate="%{customdata}<extra></extra>",
    )  # fmt: skip
    if not known.all():
        figure.add_scatter(
            x=np.zeros(int((~known).sum())), y=y[~known], mode="markers", name="undefined", customdata=hover[~known],
            marker={"symbol": "x-thin", "size": 8, "line": {"color": colour, "width": 2}}, row=1, col=column,
            hovertemplate="%{customdata}<extra></extra>",
        )  # fmt: skip


def _stand_in(persona: str, row: Mapping[Hashable, Any]) -> str:
    """What hovering says of a persona beside a group."""
    if pd.isna(row["group"]):
        return f"<b>{plain(persona, 60)}</b>: no candidate for this group"
    probability = row["probability_best"]
    about = " ".join(filter(None, (str(row["kind"]), f"of {row['persona_group']}" if row["persona_group"] else "")))
    return (
        f"<b>{plain(persona, 60)}</b>{f' ({plain(about, 60)})' if about else ''} for {plain(str(row['group']), 60)}<br>"
        + ("probability undefined" if np.isnan(probability) else f"best with probability {probability:.1%}")
        + f"<br>similarity {_interval(row, 'value', ('low', 'high'))}<br>"
        f"margin over control and empty personas {_interval(row, 'control_margin')}<br>"
        f"{int(row['n_items']):,} items, {int(row['n_raters'])} people" + note_text(row["note"])
    )


def stand_in_margins(
    found: Prototypes, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw by how much each group's best stand-in beats the next persona, and the control and empty ones.

    Args:
        found: result of `engine.measures.prototypes`.
        longest: groups to draw at most.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the best stand-ins lack a column that the figure reads.
    """
    require(found.best, BEST_COLUMNS, "best stand-ins")
    rows = found.best.head(longest)
    hover = [_best(row) for row in rows.to_dict("records")]
    marks = []
    for number, (column, words) in enumerate(
        {"margin": "Margin over the next persona", "control_margin": "Margin over control and empty personas"}.items()
    ):
        value, low, high = (rows[f"{column}{end}"].to_numpy(float) for end in ("", "_low", "_high"))
        marks.append(Marks(words, value, low, high, hover, look(number, theme), (low > 0) | (high < 0)))
    remarks = ["" if pd.isna(name) else plain(str(name), 24) for name in rows["persona"]]
    parts = ["At the right the best stand-in. Bars: intervals over items; filled: they exclude 0."]
    parts.append(left_out(len(found.best), len(rows), "groups", "in their order"))
    return rows_figure(
        [str(group) for group in rows["group"]], marks, x_title="Margin (difference of similarities)", y_title="Group",
        levels=[Level("no margin", 0.0)], remarks=remarks, caption=" ".join(filter(None, parts)), theme=theme,
        title=title,
    )  # fmt: skip


def _best(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of a group's best stand-in."""
    group = plain(str(row["group"]), 60)
    if pd.isna(row["persona"]):
        return f"<b>{group}</b>: undefined" + note_text(row["note"])
    following = "nobody" if pd.isna(row["next_persona"]) else plain(str(row["next_persona"]), 60)
    return (
        f"<b>{group}</b>: {plain(str(row['persona']), 60)}, best with probability {row['probability_best']:.1%}<br>"
        f"over {following} {_interval(row, 'margin')}<br>"
        f"over control and empty personas {_interval(row, 'control_margin')}<br>"
        f"{int(row['n_items']):,} items, {int(row['n_raters'])} people, {int(row['n_personas'])} personas"
        + note_text(row["note"])
    )


def deciding_items(
    found: Prototypes, *, longest: int = LONGEST, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw the items that decide between each group's best stand-in and the next persona; ids, never texts.

    Right of 0 the item speaks for the best stand-in: without it the margin would be smaller by as much.

    Args:
        found: result of `engine.measures.prototypes`.
        longest: rows to draw at most; each group keeps its most influential items.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: the items lack a column that the figure reads.
    """
    require(found.items, ITEM_COLUMNS, "deciding items")
    groups = list(dict.fromkeys(found.items["group"]))
    shown = groups[: max(longest, 1)]
    each = max(longest // max(len(shown), 1), 1)
    table = found.items[found.items["group"].isin(shown) & (found.items["rank"] <= each)]
    names, marks = [str(item) for item in table["item"]], []
    nothing = np.full(len(table), np.nan)
    hover = [_item(row) for row in table.to_dict("records")]
    influence = table["influence"].to_numpy(float)
    for number, group in enumerate(shown):
        own = (table["group"] == group).to_numpy()
        marks.append(
            Marks(f"for {plain(str(group))}", influence[own], nothing[own], nothing[own],
                  [text for text, there in zip(hover, own, strict=True) if there], look(number, theme),
                  places=np.flatnonzero(own).astype(float))
        )  # fmt: skip
    parts = ["An item right of 0 speaks for the best stand-in: left out, the margin over the next falls by as much."]
    parts.append(left_out(len(found.items), len(table), "items", "the most influential of each group"))
    return rows_figure(
        names, marks, x_title="Influence on the margin (difference of similarities)", y_title="Item",
        levels=[Level("decides nothing", 0.0)], caption=" ".join(filter(None, parts)), theme=theme, title=title,
    )  # fmt: skip


def _item(row: Mapping[Hashable, Any]) -> str:
    """What hovering says of a deciding item."""
    return (
        f"<b>{plain(str(row['item']), 60)}</b>, rank {row['rank']} for {plain(str(row['group']), 60)}<br>"
        f"{plain(str(row['persona']), 60)} over {plain(str(row['next_persona']), 60)}: {row['influence']:+.4f}"
    )


def _interval(row: Mapping[Hashable, Any], column: str, ends: tuple[str, str] | None = None) -> str:
    low, high = ends or (f"{column}_low", f"{column}_high")
    return interval_text(float(row[column]), float(row[low]), float(row[high]))
