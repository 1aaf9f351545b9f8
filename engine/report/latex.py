"""Frames of measures as LaTeX tables that compile, fit a page of the class article, and in which no name can act."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap

import pandas as pd

from engine.report.tables import Readable, readable

PORTRAIT, LANDSCAPE = 345.0, 550.0
"""Points of a line of the class article at 10pt, and of a page of it turned sideways."""
LONG = {PORTRAIT: 40, LANDSCAPE: 22}
"""Line -> lines beyond which a table runs over several pages."""
NARROW = 12
"""Characters of a text that is never broken into lines."""
SIZES = {"": 5.1, r"\small": 4.65, r"\footnotesize": 4.3, r"\scriptsize": 4.0, r"\tiny": 3.45}
"""Size of letters -> points of a digit in Computer Modern, the widest of what tables hold most."""
TRIED = (
    *((size, False, PORTRAIT) for size in list(SIZES)[:-1]),
    *((size, True, PORTRAIT) for size in list(SIZES)[2:-1]),
    *((size, False, LANDSCAPE) for size in list(SIZES)[1:-1]),
    *((size, True, LANDSCAPE) for size in list(SIZES)[2:]),
)
"""Size, whether intervals stand below their numbers, and the line, until a table fits."""
SEPARATION = 6.0
"""Points between two columns."""
OTHER_SCRIPT = (
    r"\providecommand{\otherscript}[1]{\ifdefined\XeTeXversion#1\else\ifdefined\luatexversion#1\else[?]\fi\fi}"
)
"""What pdfLaTeX has no letters for; XeLaTeX and LuaLaTeX print it in a font that has."""
_SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\char34{}", "\u2212": "$-$", "α": r"$\alpha$", "ε": r"$\varepsilon$", "κ": r"$\kappa$",
    "≤": r"$\leq$", "≥": r"$\geq$", "×": r"$\times$",
}  # fmt: skip
_PRINTED = re.compile("[ -~¡-ª¬®-º¼-ÏÑ-Ýß-ïñ-ýÿ-ăĆ-ďĒ-ėĚ-ĥĨ-ĭİ-ķĹ-ľŁ-ňŌ-ťŨ-űŴ-ž–—‘’“”†‡•…‰€™←-↓]")
"""Letters that pdfLaTeX prints without any further package (tried one by one)."""
_PARTS = re.compile(r"[^-_/.:,;@=&?#]*[-_/.:,;@=&?#]*")
"""Of a word: it may be broken behind each."""
_LONG_WORD, _CHUNK = 16, 6
"""Characters beyond which a word without such places is broken anywhere, and of its pieces."""
_INTERVAL = re.compile(r"(\S+) (\[\S+, \S+\])")
_HEADING = 16
"""Characters of a heading's line, at most."""


@dataclass(frozen=True)
class Layout:
    """How a table fits the width of a line."""

    size: str
    """Command for the size of the letters; '' for that of the text around."""
    stacked: bool
    """Whether intervals stand below their numbers."""
    line: float
    """Points of the line that it fits: of a page upright or sideways."""
    widths: tuple[int, ...]
    """Characters that each column is wide."""
    wrapped: tuple[bool, ...]
    """Whether each column breaks its texts into lines."""

    def lines(self, row: tuple[str, ...]) -> int:
        """Return about how many lines a row takes."""
        broken = (
            -(-len(cell) // width)
            for cell, width, wraps in zip(row, self.widths, self.wrapped, strict=True)
            if wraps
        )  # fmt: skip
        return max([1 + self.stacked, *broken])


def latex(frame: pd.DataFrame, caption: str, label: str) -> str:
    """Return a frame as a LaTeX table; every text of the data is escaped.

    Needs \\usepackage{array,booktabs,longtable,lscape}. A table of many columns is set smaller until it fits the page
    of the class article, upright or else sideways; one of many lines runs over several pages.

    Args:
        frame: of a measure.
        caption: what the table shows.
        label: what \\ref calls it.
    """
    table = readable(frame)
    layout = fitted(table)
    alignment = "".join(map(_column, table.numeric, layout.widths, layout.wrapped, [layout] * len(table.columns)))
    heading = " & ".join(map(_heading, table.columns, layout.widths, table.numeric)) + r" \\"
    body = [" & ".join(_cells(row, table, layout)) + r" \\" for row in table.rows]
    title = rf"\caption{{{escaped(caption)}}}\label{{tab:{label}}}"
    small = [rf"{layout.size}\setlength{{\tabcolsep}}{{{SEPARATION / 2:g}pt}}"]
    rules = [r"\toprule", heading, r"\midrule"]
    if sum(map(layout.lines, table.rows)) > LONG[layout.line]:
        begin, end = rf"\begin{{longtable}}{{@{{}}{alignment}@{{}}}}", [r"\end{longtable}", r"\endgroup"]
        foot = [r"\endhead", r"\bottomrule", r"\endfoot"]
        lines = [r"\begingroup", *small, begin, title + r" \\", *rules, *foot, *body, *end]
    else:
        begin, end = rf"\begin{{tabular}}{{@{{}}{alignment}@{{}}}}", [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
        lines = [r"\begin{table}", r"\centering", title, *small, begin, *rules, *body, *end]
    if layout.line == LANDSCAPE:
        lines = [r"\begin{landscape}", *lines, r"\end{landscape}"]
    text = "\n".join(lines) + "\n"
    return f"{OTHER_SCRIPT}\n{text}" if r"\otherscript{" in text else text


def fitted(table: Readable) -> Layout:
    """Return the largest letters in which a table fits, and how wide its columns are; the smallest where none does."""
    for size, stacked, line in TRIED:
        room = int((line - SEPARATION * (len(table.columns) - 1)) / SIZES[size])
        natural = [_natural(table, place, stacked) for place in range(len(table.columns))]
        least = [
            n if numeric or n <= NARROW else min(30, max(NARROW, n // 6))
            for n, numeric in zip(natural, table.numeric, strict=True)
        ]
        if sum(least) <= room:
            break
    more = max(0, room - sum(least))
    wanted = sum(natural) - sum(least)
    share = min(1.0, more / wanted) if wanted else 0.0
    widths = tuple(low + int(share * (n - low)) for low, n in zip(least, natural, strict=True))
    return Layout(size, stacked, line, widths, tuple(width < n for width, n in zip(widths, natural, strict=True)))


def escaped(text: str) -> str:
    """Return a text that LaTeX prints as it is: commands, line breaks and invisible marks cannot act."""
    printed = _escaped(_line(text))
    # a row that begins with a bracket would be read as the option of the line break above it
    return f"{{}}{printed}" if printed.startswith(("[", "*")) else printed


def _line(text: str) -> str:
    """Return a text as one line without invisible marks."""
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(c for c in line if unicodedata.category(c)[0] != "C")


def _escaped(line: str) -> str:
    parts: list[str] = []
    for plain, letters in groupby(line, lambda letter: letter in _SPECIAL or bool(_PRINTED.match(letter))):
        if plain:
            parts += [_SPECIAL.get(letter, letter) for letter in letters]
        else:
            parts.append(rf"\otherscript{{{''.join(letters)}}}")
    return re.sub("-(?=-)", "-{}", "".join(parts))  # two hyphens would be printed as a dash


def _breakable(line: str) -> str:
    """Return a line escaped, with places where a word that is longer than its column may be broken."""
    return " ".join(r"\allowbreak{}".join(map(_escaped, _pieces(word))) for word in line.split(" "))


def _pieces(word: str) -> list[str]:
    parts = [part for part in _PARTS.findall(word) if part]
    return [
        part[start : start + size]
        for part in parts
        for size in [_CHUNK if len(part) > _LONG_WORD else _LONG_WORD]
        for start in range(0, len(part), size)
    ]


def _cells(row: tuple[str, ...], table: Readable, layout: Layout) -> list[str]:
    cells = []
    for cell, numeric, wraps in zip(row, table.numeric, layout.wrapped, strict=True):
        interval = _INTERVAL.fullmatch(cell) if numeric and layout.stacked else None
        if interval:
            cells.append(rf"\shortstack[r]{{{_escaped(interval[1])}\\{{}}{_escaped(interval[2])}}}")
        else:
            cells.append(_breakable(_line(cell)) if wraps else escaped(cell))
    if cells and cells[0].startswith(("[", "*")):
        cells[0] = "{}" + cells[0]
    return cells


def _heading(name: str, width: int, numeric: bool) -> str:
    lines = wrap(_line(name), max(1, min(width, _HEADING))) if len(name) > width else [name]
    if len(lines) < 2:
        return escaped(name)
    return rf"\shortstack[{'r' if numeric else 'l'}]{{" + r"\\".join(map(escaped, lines)) + "}"


def _column(numeric: bool, width: int, wraps: bool, layout: Layout) -> str:
    """Return how a column stands: numbers at the right, long texts broken into lines."""
    if not wraps:
        return "r" if numeric else "l"
    return (
        rf">{{\raggedright\arraybackslash\hspace{{0pt}}}}p{{{width * SIZES[layout.size] / layout.line:.3f}\linewidth}}"
    )


def _natural(table: Readable, place: int, stacked: bool) -> int:
    """Return how many characters wide a column is where nothing is broken but headings and, `stacked`, intervals."""
    cells = [row[place] for row in table.rows]
    if stacked and table.numeric[place]:
        cells = [line for cell in cells for line in _INTERVAL.sub(r"\1\n\2", cell).split("\n")]
    words = (min(_HEADING, len(word)) for word in table.columns[place].split())
    return max([*map(_wide, cells), *words], default=1)


def _wide(text: str) -> int:
    """Return how many digits a text is wide in Computer Modern."""
    return math.ceil(sum(map(_width, text)))


def _width(letter: str) -> float:
    if letter in " .,:;'|[]()!ijlt":
        return 0.6
    if letter in "WMm@%\u2212" or ord(letter) > 0x24F:
        return 1.9
    return 1.4 if letter.isupper() else 1.0
