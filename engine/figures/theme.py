"""The look of every figure: one plotly template for light pages and one for dark, and the colours of series.

Colours are Okabe and Ito's, which readers with colour-blindness can tell apart, those kept (or darkened, lightened)
that reach a contrast of 3:1 on their background; text reaches 4.5:1. Any two stay apart for eyes without one kind of
cones (tests/colour_vision.py). Colour is never alone: each series has a dash and a marker of its own. Use with
`theme=None` in Streamlit, whose own theme has axis text below that contrast.

Source: Okabe and Ito, Color Universal Design (2008), https://jfly.uni-koeln.de/color/.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import Literal

import numpy as np
import plotly.graph_objects as go
import plotly.io as pio

Theme = Literal["light", "dark"]
FONT = '"Source Sans Pro", "Source Sans 3", "Segoe UI", Helvetica, Arial, sans-serif'
"""Names of several words stand in quotes: without them a name with a number makes a browser ignore the whole list."""
FONT_SIZE = 14
SMALL = 13
"""The smallest text of any figure."""


@dataclass(frozen=True)
class Palette:
    """Colours of one theme."""

    background: str
    text: str
    quiet: str
    """Text of axes and notes."""
    grid: str
    people: str
    """Everything that humans did, in every figure."""
    series: tuple[str, ...]
    """Colours of series, in the order they are given out."""


PALETTES: dict[Theme, Palette] = {
    "light": Palette(
        background="#FFFFFF", text="#1F2933", quiet="#52606D", grid="#E6EAEE", people="#52606D",
        series=("#0072B2", "#D55E00", "#00896A", "#B0558C", "#6B5B00", "#4A1A78"),
    ),
    "dark": Palette(
        background="#14181D", text="#E6EAEE", quiet="#A9B4BF", grid="#2A323B", people="#B8C2CC",
        series=("#56B4E9", "#F0904A", "#2EC59A", "#C167A8", "#E8D95A", "#8B72F0"),
    ),
}  # fmt: skip
TEMPLATE: dict[Theme, str] = {"light": "polyvocal", "dark": "polyvocal_dark"}
"""Names of the templates, which importing this module registers with plotly."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "star")


@dataclass(frozen=True)
class Look:
    """How one series is told from the others."""

    colour: str
    dash: str
    symbol: str


def look(index: int, theme: Theme) -> Look:
    """Return the look of the series with this number; after six they repeat colours under another dash."""
    colours = PALETTES[theme].series
    round_, place = divmod(index, len(colours))
    return Look(colours[place], DASHES[(place + round_) % len(DASHES)], SYMBOLS[(place + round_) % len(SYMBOLS)])


def faded(colour: str, opacity: float) -> str:
    """Return a hex colour with an opacity, 0 to 1."""
    red, green, blue = _channels(colour)
    return f"rgba({red},{green},{blue},{opacity})"


def shaded(palette: Palette, share: float, series: int = 0) -> str:
    """Return the colour of a cell, `share` (0 to 1) of the way from almost the background to a series, the first."""
    amount = 0.06 + 0.94 * float(share)
    ends = zip(_channels(palette.background), _channels(palette.series[series]), strict=True)
    return "#" + "".join(f"{round(low + amount * (high - low)):02X}" for low, high in ends)


def ink(colour: str) -> str:
    """Return black or white: the one of the higher contrast on a colour, which is 4.5:1 at least."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(_channels(colour)) / 255]
    luminance = float(np.dot(linear, [0.2126, 0.7152, 0.0722]))
    return "#000000" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "#FFFFFF"


def plain(text: str, longest: int = 28) -> str:
    """Return a name as plotly shows it literally: markup escaped, long ones cut in the middle."""
    if len(text) > longest:
        head = (longest - 1) // 2
        text = f"{text[:head]}…{text[head + 1 - longest :]}"
    return html.escape(text, quote=False)


def _channels(colour: str) -> tuple[int, int, int]:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue


def _template(palette: Palette) -> go.layout.Template:
    title = {"font": {"color": palette.text, "size": FONT_SIZE}, "standoff": 12}
    axis: dict[str, object] = {
        "gridcolor": palette.grid,
        "linecolor": palette.quiet,
        "tickcolor": palette.quiet,
        "tickfont": {"color": palette.quiet, "size": SMALL},
        "title": title,
        "zeroline": False,
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": FONT_SIZE, "color": palette.text},
            "paper_bgcolor": palette.background,
            "plot_bgcolor": palette.background,
            "colorway": list(palette.series),
            "xaxis": axis | {"showgrid": False, "showline": True, "ticks": "outside"},
            # Whether the names of rows overflow the figure need not be looked up: the browser would lay them all out
            # anew for each, which takes most of the time of a figure of two hundred rows.
            "yaxis": axis
            | {"showgrid": True, "showline": False, "title": title | {"standoff": 22}, "ticklabeloverflow": "allow"},
            "title": {"font": {"size": 17, "color": palette.text}, "x": 0, "xref": "paper", "xanchor": "left"},
            "hoverlabel": {
                "bgcolor": palette.background,
                "bordercolor": palette.quiet,
                "font": {"color": palette.text, "size": SMALL, "family": FONT},
                "align": "left",
            },
            "legend": {"font": {"size": SMALL, "color": palette.text}, "bgcolor": "rgba(0,0,0,0)"},
            "margin": {"l": 64, "r": 24, "t": 28, "b": 56},
        }
    )


for _theme, _name in TEMPLATE.items():
    pio.templates[_name] = _template(PALETTES[_theme])
