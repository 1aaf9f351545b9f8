"""Figures as one HTML file that needs no network."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import InputError

if TYPE_CHECKING:
    import plotly.graph_objects as go


def check_figure_file(path: Path | None) -> None:
    """Raise InputError where no HTML file can be written there: before hours of training, not after."""
    if path is None:
        return
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--figure {path}: its ending names no web page. End it in .html.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"--figure {path}: there is no folder {path.absolute().parent}. Make it, or name another.")


def write_figures(path: Path, figures: Mapping[str, go.Figure]) -> None:
    """Write figures under their titles; the first brings the drawing library along."""
    parts = [
        f"<h2>{html.escape(title)}</h2>\n{figure.to_html(full_html=False, include_plotlyjs=number == 0)}"
        for number, (title, figure) in enumerate(figures.items())
    ]
    page = "\n".join(parts)
    text = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Polyvocal</title></head>\n<body \
style="font-family: sans-serif; max-width: 60em; margin: 2em auto">\n{page}\n</body></html>\n'
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--figure {path} cannot be written ({error.strerror}). Name another file.") from error
