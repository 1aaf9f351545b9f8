"""Agreement by temperature: the personas of each run beside the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from engine.figures.end_labels import EndLabel, add_end_labels
from engine.figures.frames import require
from engine.figures.theme import PALETTES, SMALL, TEMPLATE, Look, Palette, Theme, faded, look, plain
from engine.measures.result import Estimate

COLUMNS = ("temperature", "alpha", "low", "high", "n_items", "n_raters", "note")
"""What the figure reads of a curve."""

X_TITLE = "Sampling temperature (0: always the likeliest label, 1: the model's own distribution)"
Y_TITLE = "Krippendorff's α (1: full agreement, 0: chance)"
HOVER = (
    "T = %{x:.3g}: α = %{y:.3f}  [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>"
    "%{customdata[2]:,} items, %{customdata[3]} personas%{customdata[4]}"
)
PEOPLE_HOVER = (
    "α = %{y:.3f}  [%{customdata[0]:.3f}, %{customdata[1]:.3f}]<br>%{customdata[2]:,} items, %{customdata[3]} people"
)


def agreement_by_temperature(
    curves: Mapping[str, pd.DataFrame],
    *,
    human: Estimate | None = None,
    human_groups: Mapping[str, Estimate] | None = None,
    sampled: Mapping[str, pd.DataFrame] | None = None,
    at: float | None = None,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw alpha against temperature: a line with its interval for each exact run, points for each sampled run.

    A sampled run that bears the name of an exact one has its colour, so that its points, the drawn answers, should lie
    on its line. People are a grey line with a band across all temperatures. Undefined points leave a gap and a cross
    at the foot of the chart, whose hover text says why.

    Args:
        curves: name to frame of `engine.measures.agreement_by_temperature`.
        human: agreement of the people; None draws none.
        human_groups: group name to its agreement, as thinner lines.
        sampled: name to frame of `engine.measures.sampled_agreement_by_temperature`.
        at: temperature to mark, e.g. that of a slider.
        theme: of the page.
        title: above the chart; '' for none.

    Raises:
        InputError: a frame lacks a column that the figure reads.
    """
    points = dict(sampled or {})
    for name, frame in [*curves.items(), *points.items()]:
        require(frame, COLUMNS, f"curve {name!r}")
    palette = PALETTES[theme]
    looks = {name: look(i, theme) for i, name in enumerate(dict.fromkeys([*curves, *points]))}
    people = ({"People": human} if human is not None else {}) | dict(human_groups or {})
    people = {name: estimate for name, estimate in people.items() if estimate.defined}
    frame_ = _Frame.around([*curves.values(), *points.values()], list(people.values()))
    figure = go.Figure()
    labels: list[EndLabel] = []
    for name, estimate in people.items():
        _add_people(figure, name, estimate, frame_, palette, main=name == "People" and human is not None)
        labels.append(EndLabel(plain(name), estimate.value, palette.people))
    for name, frame in curves.items():
        _add_curve(figure, name, frame, looks[name])
        labels += _end_label(name, frame, looks[name])
    for name, frame in points.items():
        _add_points(figure, name, frame, looks[name], palette)
        labels += [] if name in curves else _end_label(name, frame, looks[name])
    for name, frame in [*curves.items(), *points.items()]:
        _add_undefined(figure, name, frame, looks[name], frame_)
    if at is not None:
        _add_marker(figure, curves, looks, at, palette)
    if points:
        figure.add_annotation(
            x=1, xref="paper", xanchor="right", y=1, yref="paper", yanchor="top", showarrow=False,
            text="points: drawn answers", font={"size": SMALL, "color": palette.quiet},
            bgcolor=palette.background, opacity=0.9,
        )  # fmt: skip
    figure.update_layout(
        template=TEMPLATE[theme],
        title={"text": plain(title, 90)} if title else None,
        height=460 if title else 430,
        margin={"t": 64 if title else 36},
        showlegend=False,
        hovermode="closest",
        xaxis={"title": {"text": X_TITLE}, "range": [frame_.left, frame_.right], "tickformat": "~g"},
        yaxis={"title": {"text": Y_TITLE}, "range": [frame_.bottom, frame_.top], "tickformat": ".1f", "dtick": 0.2},
    )
    add_end_labels(figure, labels, frame_.bottom, frame_.top)
    figure.add_hline(y=0, line={"color": palette.quiet, "width": 1}, layer="below")
    return figure


@dataclass(frozen=True)
class _Frame:
    """The part of the plane that is shown."""

    left: float
    right: float
    bottom: float
    top: float

    @classmethod
    def around(cls, frames: Sequence[pd.DataFrame], people: Sequence[Estimate]) -> _Frame:
        """Show 0 to 1 always, so that no reader mistakes a zoom for an effect, and less where anything is less."""
        x = np.concatenate([np.zeros(1), *(f["temperature"].to_numpy(float) for f in frames)])
        lows = [f[c].to_numpy(float) for f in frames for c in ("alpha", "low")]
        y = np.concatenate([np.zeros(1), *lows, np.array([[p.value, p.low] for p in people], dtype=float).ravel()])
        right = float(x.max()) or 1.0
        bottom = max(float(np.nanmin(y)), -1.0)
        return cls(-0.015 * right, 1.015 * right, bottom - 0.06, 1.02)


def _add_people(
    figure: go.Figure, name: str, estimate: Estimate, frame: _Frame, palette: Palette, *, main: bool
) -> None:
    """Draw a level of human agreement across all temperatures; only the main one has a band."""
    x = np.linspace(frame.left, frame.right, 41)  # several points, so that hovering finds the line anywhere
    if main and not np.isnan([estimate.low, estimate.high]).any():
        _add_band(figure, name, x, np.full(x.size, estimate.low), np.full(x.size, estimate.high), palette.people, 0.2)
    facts = np.array([[estimate.low, estimate.high, estimate.n_items, estimate.n_raters]], dtype=object)
    figure.add_scatter(
        x=x, y=np.full(x.size, estimate.value), mode="lines", name=plain(name),
        line={"color": palette.people, "width": 2 if main else 1.4, "dash": "solid" if main else "6px,4px"},
        customdata=np.repeat(facts, x.size, axis=0),
        hovertemplate=f"<b>{plain(name)}</b><br>{PEOPLE_HOVER}<extra></extra>",
    )  # fmt: skip


def _add_band(
    figure: go.Figure, name: str, x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, opacity: float
) -> None:
    """Draw an interval as one closed shape."""
    figure.add_scatter(
        x=np.concatenate([x, x[::-1]]), y=np.concatenate([high, low[::-1]]), mode="lines", fill="toself",
        fillcolor=faded(colour, opacity), line={"width": 0}, hoverinfo="skip", name=f"{plain(name)}: interval",
    )  # fmt: skip


def _add_curve(figure: go.Figure, name: str, frame: pd.DataFrame, style: Look) -> None:
    rows = frame.sort_values("temperature")
    x, low, high = (rows[c].to_numpy(float) for c in ("temperature", "low", "high"))
    for run in _runs_of(~np.isnan(low) & ~np.isnan(high)):  # a gap in the interval is a gap in the band
        _add_band(figure, name, x[run], low[run], high[run], style.colour, 0.16)
    figure.add_scatter(
        x=x, y=rows["alpha"].to_numpy(float), mode="lines", name=plain(name), connectgaps=False,
        line={"color": style.colour, "width": 3, "dash": style.dash},
        customdata=_facts(rows), hovertemplate=f"<b>{plain(name)}</b>, exact<br>{HOVER}<extra></extra>",
    )  # fmt: skip


def _add_points(figure: go.Figure, name: str, frame: pd.DataFrame, style: Look, palette: Palette) -> None:
    y = frame["alpha"].to_numpy(float)
    figure.add_scatter(
        x=frame["temperature"].to_numpy(float), y=y, mode="markers", name=f"{plain(name)}: drawn answers",
        marker={"color": palette.background, "size": 10, "symbol": style.symbol,
                "line": {"color": style.colour, "width": 2.5}},
        error_y={"type": "data", "symmetric": False, "array": frame["high"].to_numpy(float) - y,
                 "arrayminus": y - frame["low"].to_numpy(float), "color": style.colour, "thickness": 1.6, "width": 5},
        customdata=_facts(frame), hovertemplate=f"<b>{plain(name)}</b>, drawn answers<br>{HOVER}<extra></extra>",
    )  # fmt: skip


def _add_undefined(figure: go.Figure, name: str, frame: pd.DataFrame, style: Look, shown: _Frame) -> None:
    """Mark points that have no value, with the reason on hover."""
    rows = frame[frame["alpha"].isna()]
    if rows.empty:
        return
    figure.add_scatter(
        x=rows["temperature"].to_numpy(float), y=np.full(len(rows), shown.bottom + 0.025), mode="markers",
        name=f"{plain(name)}: undefined", customdata=_facts(rows),
        marker={"symbol": "x-thin", "size": 9, "line": {"color": style.colour, "width": 2}},
        hovertemplate=f"<b>{plain(name)}</b><br>T = %{{x:.3g}}: undefined%{{customdata[4]}}<extra></extra>",
    )  # fmt: skip


def _add_marker(
    figure: go.Figure, curves: Mapping[str, pd.DataFrame], looks: Mapping[str, Look], at: float, palette: Palette
) -> None:
    """Draw the temperature that is looked at, and a dot where it crosses each line as drawn."""
    figure.add_vline(x=at, line={"color": palette.text, "width": 1.2, "dash": "2px,3px"}, layer="below")
    figure.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", text=f"T = {at:.2f}", showarrow=False,
        font={"size": SMALL, "color": palette.text},
    )  # fmt: skip
    for name, frame in curves.items():
        rows = frame.sort_values("temperature")
        x, y = rows["temperature"].to_numpy(float), rows["alpha"].to_numpy(float)
        if not x.size or not x[0] <= at <= x[-1] or np.isnan(crossing := np.interp(at, x, y)):
            continue
        figure.add_scatter(
            x=np.array([at]), y=np.array([crossing]), mode="markers", hoverinfo="skip", name=f"{plain(name)} at T",
            marker={"color": looks[name].colour, "size": 11, "line": {"color": palette.background, "width": 2}},
        )  # fmt: skip


def _end_label(name: str, frame: pd.DataFrame, style: Look) -> list[EndLabel]:
    known = frame[frame["alpha"].notna()].sort_values("temperature")
    return [] if known.empty else [EndLabel(plain(name), float(known["alpha"].iloc[-1]), style.colour)]


def _runs_of(mask: np.ndarray) -> list[slice]:
    """Return the stretches where `mask` holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return [slice(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)]


def _facts(rows: pd.DataFrame) -> np.ndarray:
    """Return what hover texts show: low, high, items, raters and the note on lines of its own."""
    facts = rows[["low", "high", "n_items", "n_raters"]].to_numpy(dtype=object)
    notes = ["".join(f"<br>{plain(part, 120)}" for part in str(note).split("; ") if part) for note in rows["note"]]
    return np.column_stack([facts, np.array(notes, dtype=object)])
