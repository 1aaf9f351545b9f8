"""How commands print: tables for people, JSON for programs, progress on stderr.

Names and texts are other people's. A right-to-left override in one turns round what stands beside it, and an escape
character moves the cursor; so both are shown as escapes, which in JSON mean the same string.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Annotated, Any, Literal, TextIO, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Task as RichTask
from rich.table import Column, Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

progress_console = Console(stderr=True)
PIPE_WIDTH = 160
_DIRECTIONS = str.maketrans(
    {code: f"\\u{code:04x}" for code in (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
)
"""Marks that turn the direction of the text around them."""
_CONTROLS = str.maketrans(
    {code: f"\\u{code:04x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
)
"""What a terminal obeys instead of showing."""


@contextmanager
def harmless() -> Iterator[None]:
    """Show marks of direction as escapes in all that is printed meanwhile, to stdout and stderr."""
    streams = (cast(TextIO, _Harmless(stream)) for stream in (sys.stdout, sys.stderr))
    with redirect_stdout(next(streams)), redirect_stderr(next(streams)):
        yield


class _Harmless:
    """A stream that is another one in all but its marks of direction."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text with its marks of direction as escapes; return its own length."""
        self._stream.write(text.translate(_DIRECTIONS))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def print_json(value: object) -> None:
    """Print `value` as one JSON document; NaN becomes null, because JSON has no NaN."""
    print(json.dumps(_finite(value), ensure_ascii=False, indent=2, default=str))


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(v) for v in value]
    return value


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], title: str = "") -> None:
    """Print rows under column names. Cells are plain text: brackets in a user's text are never markup."""
    table = Table(
        title=Text(title) if title else None,
        title_justify="left",
        show_edge=False,
        header_style="bold",
        show_header=any(columns),
    )
    listed = [tuple(row) for row in rows]
    for position, name in enumerate(columns):
        number = bool(listed) and all(isinstance(row[position], int | float) for row in listed)
        justify: Literal["right", "left"] = "right" if number else "left"
        table.add_column(name, overflow="fold", no_wrap=number or position == 0, justify=justify)
    for row in listed:
        table.add_row(*(Text(cell(value)) for value in row))
    console = Console()
    if not console.is_terminal:  # a pipe has no width of its own: rich would take 80 columns and cut words in two
        console = Console(width=max(console.width, PIPE_WIDTH))
    console.print(table)


def cell(value: object) -> str:
    """Return a value as a table shows it, with nothing in it that a terminal would obey."""
    if value is None:
        return ""
    if isinstance(value, float):
        return "undefined" if math.isnan(value) else f"{value:.3f}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value).translate(_DIRECTIONS).translate(_CONTROLS)


class _Counted(ProgressColumn):
    """'1,200/9,360 responses'; the whole is left out while nobody knows it."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: RichTask) -> Text:
        """Return the count as text."""
        whole = f"/{task.total:,.0f}" if task.total is not None else ""
        return Text(f"{task.completed:,.0f}{whole} {self._unit}")


def progress_bar(unit: str) -> Progress:
    """Return a progress bar on stderr, so that stdout stays the command's result."""
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(overflow="ellipsis", max_width=44)),
        BarColumn(bar_width=20),
        TaskProgressColumn(),
        _Counted(unit),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeRemainingColumn(),
        console=progress_console,
        transient=False,
    )
