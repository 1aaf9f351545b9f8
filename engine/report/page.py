"""A report as one HTML file that needs nothing else: charts, tables, downloads and texts, offline, from any place.

Safety: a policy in the page allows its own two scripts (by their sha256) and no request to anywhere. Data reach the
page in two ways only: as text that Jinja2 escapes, and as one JSON block whose '<', '>' and '&' are escapes, read by
JSON.parse and shown by `textContent`, or by plotly, whose texts engine.figures has escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import plotly.graph_objects as go
import plotly.io as pio
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from engine import __version__
from engine.figures import PALETTES
from engine.figures.theme import Palette
from engine.report.content import Exhibit, Report
from engine.report.latex import latex
from engine.report.stills import still
from engine.report.tables import csv_of, readable
from engine.report.words import with_interval

HERE = Path(__file__).resolve().parent
ROWS = 60
"""Rows of a table that the page shows; its CSV has all."""


def to_html(report: Report) -> str:
    """Return a report as one self-contained HTML page (about 5 MB, nearly all of it plotly.js)."""
    script, plotly = _script(), get_plotlyjs()
    hashes = " ".join(f"'sha256-{_sha256(text)}'" for text in (plotly, script))
    return _environment().get_template("page.html").render(
        report=report,
        version=__version__,
        # Plotly writes style rules of its own, so styles are allowed; without any address to load from they can do
        # no harm, and no string of the data reaches one.
        policy=f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'",
        style=Markup(_style()),
        script=Markup(script),
        plotly=Markup(plotly),
        data=Markup(_inert(_data(report))),
        tables={name: readable(frame, ROWS) for name, frame in report.tables.items()},
        sizes={name: len(frame) for name, frame in report.tables.items()},
        rows=ROWS,
    )  # fmt: skip


def chart_json(exhibit: Exhibit) -> dict[str, str]:
    """Return an exhibit's chart as JSON for each theme; nothing where it has none."""
    if exhibit.draw is None:
        return {}
    return {theme: pio.to_json(exhibit.draw(theme), validate=False) for theme in PALETTES}


def _data(report: Report) -> str:
    """Return the page's one block of data as JSON: charts in both themes, tables as CSV and LaTeX, texts of items.

    `stills` is what the layout of a chart changes to where it is saved as an image.
    """
    charts = {exhibit.name: chart_json(exhibit) for exhibit in report.exhibits if exhibit.draw is not None}
    tables = {
        exhibit.name: {
            "csv": csv_of(exhibit.frame).decode("utf-8"),
            "tex": latex(exhibit.frame, exhibit.title, exhibit.name),
        }
        for exhibit in report.exhibits
        if exhibit.frame is not None
    }
    texts = [card.fields for section in report.sections for card in section.items]
    # charts are JSON already: joined here as they are, not read and written again
    drawn = ", ".join(
        f"{json.dumps(name)}: {{{', '.join(f'{json.dumps(t)}: {chart}' for t, chart in themes.items())}}}"
        for name, themes in charts.items()
    )
    stills = {exhibit.name: _still(figure) for exhibit in report.exhibits if (figure := still(exhibit)) is not None}
    rest = json.dumps({"run": report.run_id, "tables": tables, "texts": texts, "stills": stills})
    return f'{{"charts": {{{drawn}}}, {rest[1:]}'


def _still(figure: go.Figure) -> dict[str, Any]:
    """Return what of a figure's layout differs where it stands alone, as an image."""
    layout = figure.layout.to_plotly_json()
    return {name: layout[name] for name in ("title", "height", "margin", "legend", "annotations") if name in layout}


def _inert(text: str) -> str:
    """Return JSON in which no tag, comment or entity can begin; inside JSON these letters stand in strings alone."""
    for letter, escape in (("&", "\\u0026"), ("<", "\\u003c"), (">", "\\u003e")):
        text = text.replace(letter, escape)
    return text


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _script() -> str:
    return (HERE / "page.js").read_text(encoding="utf-8")


def _style() -> str:
    """Return the style sheet, with the colours of the figures in both themes."""
    light, dark = (_variables(PALETTES[theme]) for theme in ("light", "dark"))
    return f":root {{ {light} }}\n@media screen and (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n" + (
        HERE / "page.css"
    ).read_text(encoding="utf-8")


def _variables(palette: Palette) -> str:
    named: dict[str, Any] = {
        "background": palette.background, "text": palette.text, "quiet": palette.quiet, "line": palette.grid,
        "accent": palette.series[0], "warn": palette.series[1],
    }  # fmt: skip
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {"with_interval": with_interval, "nan": math.nan}
    return made
