"""What is drawn on the annotator map: clouds, lines between persona and person, points, and the legend's entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.theme import PALETTES, SMALL, Palette, Theme, faded, look, plain

SYMBOLS = {"people": "circle", "personas": "diamond"}
NO_GROUP, NO_CLUSTER = "no group", "in no cluster"
ColourBy = Literal["group", "cluster"]
MOST_NAMED = 14
"""Points of one kind beyond which names would cover the map; hovering tells them."""
MOST_LARGE = 150
"""Points of one kind and group beyond which they are drawn smaller."""
MOST_DOTS = 4000
"""Replicates beyond which a cloud is drawn as a disc of its radius."""
ROUND = np.append(np.linspace(0, 2 * np.pi, 25), np.nan)
"""Angles of a disc's rim, and the gap behind it."""


def with_colour(points: pd.DataFrame, colour_by: ColourBy) -> pd.DataFrame:
    """Return the points with their row, and with the name of what gives them their colour."""
    group = points["group"].where(points["group"] != "", NO_GROUP).astype(object)
    cluster = pd.Series([NO_CLUSTER if c < 0 else f"cluster {c + 1}" for c in points["cluster"]], dtype=object)
    colour = group if colour_by == "group" else cluster
    return points.assign(group=group, colour=colour.to_numpy(object), row=np.arange(len(points)))


def colours_of(points: pd.DataFrame, theme: Theme) -> dict[str, str]:
    """A colour a group or cluster, in the order of their names; grey where there is none."""
    none = PALETTES[theme].people
    clusters = [f"cluster {c + 1}" for c in sorted(set(points["cluster"]))]
    known = set(points["colour"]) - {NO_GROUP, NO_CLUSTER}
    names = sorted(known, key=lambda name: (clusters.index(name) if name in clusters else -1, name))
    return {name: look(i, theme).colour for i, name in enumerate(names)} | {NO_GROUP: none, NO_CLUSTER: none}


def add_clouds(figure: go.Figure, points: pd.DataFrame, clouds: pd.DataFrame, colours: dict[str, str]) -> None:
    """Draw replicates as faint dots, or as discs of their radius where there are too many dots to draw."""
    group_of = {(row.source, row.name_): row.colour for row in points.rename(columns={"name": "name_"}).itertuples()}
    groups = pd.Series([group_of.get(key) for key in zip(clouds["source"], clouds["name"], strict=True)], dtype=object)
    for group, colour in colours.items():
        if len(clouds) <= MOST_DOTS:
            rows = clouds[(groups == group).to_numpy(bool)]
            if rows.empty:
                continue
            figure.add_scatter(
                x=rows["x"].to_numpy(float), y=rows["y"].to_numpy(float), mode="markers", hoverinfo="skip",
                name=f"{plain(group)}: clouds", showlegend=False,
                marker={"size": 4, "color": faded(colour, 0.28), "line": {"width": 0}},
            )  # fmt: skip
            continue
        rows = points[(points["colour"] == group) & points["radius"].notna()]
        x, y, radius = (rows[column].to_numpy(float)[:, None] for column in ("x", "y", "radius"))
        figure.add_scatter(
            x=(x + radius * np.cos(ROUND)).ravel(), y=(y + radius * np.sin(ROUND)).ravel(), mode="lines",
            fill="toself", fillcolor=faded(colour, 0.02), line={"width": 0.5, "color": faded(colour, 0.16)},
            hoverinfo="skip", name=f"{plain(group)}: clouds", showlegend=False,
        )  # fmt: skip


def add_lines(figure: go.Figure, points: pd.DataFrame, pairs: pd.DataFrame, palette: Palette) -> None:
    """Join each persona to its own person, all in one trace."""
    if pairs.empty:
        return
    place = {(s, n): (x, y) for s, n, x, y in points[["source", "name", "x", "y"]].itertuples(index=False)}
    corners = []
    for persona, person in zip(pairs["persona"], pairs["person"], strict=True):
        corners += [place["personas", persona], place["people", person], (np.nan, np.nan)]
    x, y = np.array(corners, dtype=float).T
    figure.add_scatter(
        x=x, y=y, mode="lines", name="persona to its own person", hoverinfo="skip",
        line={"width": 1.2, "color": faded(palette.quiet, 0.75), "dash": "3px,3px"},
    )  # fmt: skip


def add_points(
    figure: go.Figure, rows: pd.DataFrame, pairs: pd.DataFrame, source: str, group: str, colour: str, palette: Palette
) -> None:
    """Draw the points of one source and group; people filled, personas hollow."""
    own = {
        str(pair["persona"]): f"{pair['distance']:.3g} away, {pair['rank']:g} of {pair['n_people']}"
        for pair in pairs.to_dict("records")
    }
    person = source == "people"
    few = len(rows) <= MOST_NAMED and person
    size, rim = (12, 1.2) if person else (10, 2.2)
    size, rim = (size, rim) if len(rows) <= MOST_LARGE else (6, 1)
    figure.add_scatter(
        x=rows["x"].to_numpy(float), y=rows["y"].to_numpy(float),
        mode="markers+text" if few else "markers",
        text=[plain(name, 16) for name in rows["name"]] if few else None,
        textposition="top center", textfont={"size": SMALL, "color": palette.text}, cliponaxis=False,
        name=f"{plain(group)}, {source}", showlegend=False,
        customdata=rows["row"].to_numpy(),
        hovertext=[_hover(row, own) for row in rows.to_dict("records")], hovertemplate="%{hovertext}<extra></extra>",
        marker={
            "symbol": SYMBOLS.get(source, "circle"), "size": size,
            "color": colour if person else palette.background,
            "line": {"width": rim, "color": palette.background if person else colour},
        },
        # a page that lets points be clicked on marks the chosen one: the others stay as they are
        selected={"marker": {"opacity": 1}, "textfont": {"color": palette.text}},
        unselected={"marker": {"opacity": 1}, "textfont": {"color": palette.text}},
    )  # fmt: skip


def add_chosen(figure: go.Figure, points: pd.DataFrame, chosen: tuple[str, str] | None, palette: Palette) -> None:
    """Draw a ring around one point."""
    rows = points[[chosen == pair for pair in zip(points["source"], points["name"], strict=True)]]
    if rows.empty:
        return
    figure.add_scatter(
        x=rows["x"].to_numpy(float), y=rows["y"].to_numpy(float), mode="markers", name="chosen", hoverinfo="skip",
        marker={"symbol": "circle-open", "size": 24, "line": {"width": 3, "color": palette.text},
                "color": palette.text},
    )  # fmt: skip


def add_legend(figure: go.Figure, points: pd.DataFrame, colours: dict[str, str], palette: Palette) -> None:
    """Name colours and symbols apart: together they would be too many entries to read."""
    entries: list[tuple[str, dict[str, Any]]] = [
        (plain(group), {"symbol": "square", "color": colour, "size": 11})
        for group, colour in colours.items()
        if group in set(points["colour"])
    ]
    for source, symbol in SYMBOLS.items():
        if source in set(points["source"]):
            fill = palette.quiet if source == "people" else palette.background
            rim = {"width": 2.2, "color": palette.quiet}
            entries.append((source, {"symbol": symbol, "size": 10, "color": fill, "line": rim}))
    for name, marker in entries:
        figure.add_scatter(
            x=np.full(1, np.nan), y=np.full(1, np.nan), mode="markers", name=name, marker=marker, hoverinfo="skip"
        )


def _hover(cells: Mapping[Any, Any], own: Mapping[str, str]) -> str:
    """What hovering says of one point."""
    cluster, unsure, stands_for = cells["cluster"], cells["uncertainty"], cells["person"]
    lines = [
        f"<b>{plain(str(cells['name']), 60)}</b> ({cells['source']}, {plain(str(cells['group']))})",
        f"{cells['n_labels']:,} labels, " + ("in no cluster" if cluster < 0 else f"cluster {cluster + 1}"),
        "" if np.isnan(unsure) else f"with other items it moves {unsure:.2f} of the way to the others",
        f"stands for {plain(str(stands_for))}" if stands_for else "",
        f"its own person: {own[cells['name']]} by nearness" if cells["name"] in own and stands_for else "",
    ]
    return "<br>".join(filter(None, lines))
