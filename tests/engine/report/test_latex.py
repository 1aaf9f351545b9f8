"""LaTeX tables: they compile, fit their page, and no name can act in them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from engine.report import Report, latex
from engine.report.latex import LANDSCAPE, PORTRAIT, Layout, escaped, fitted
from engine.report.tables import readable
from tests.dashboard.worlds import HOSTILE, hostile_corpus
from tests.engine.report.runs import report_of, usual
from tests.engine.report.test_tables import FRAME

NAMES = (
    "a_b%c&d#e\\f{g}~h^i$j", "emoji 😀 👩‍👩‍👧 ≤ κ α é ß ł ő “quotes” … – — × «»", "שלום עולם", "日本語テキスト",
    "x" * 300, "snake_case_" * 12, "http://example.invalid/a_b?c=d&e=f#g%20h",
)  # fmt: skip
DOCUMENT = r"""\documentclass{article}
\usepackage{array,booktabs,longtable,lscape}
\begin{document}
%s
\end{document}
"""
CHUNK = 20.0
"""Points by which a word that is broken anywhere may be wider than its column: two capitals."""


def test_latex_is_a_booktabs_table() -> None:
    text = latex(FRAME, "Agreement & more", "homogenization")
    for part in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\caption{Agreement \& more}",
        r"\label{tab:homogenization}",
    ):
        assert text.count(part) == 1
    assert r"strong & $-$0.125 [$-$0.200, 0.100] & 0.500 [0.400, 0.600] & 1,120 & 3 refusal; 1 hedge \\" in text
    assert r"\otherscript" not in text


def test_long_tables_run_over_pages() -> None:
    text = latex(pd.DataFrame({"x": range(41)}), "Many", "many")
    assert r"\begin{longtable}{@{}r@{}}" in text
    assert r"\begin{tabular}" not in text
    assert text.count(r"\\") == 41 + 2


def test_long_texts_are_broken_into_lines() -> None:
    text = latex(pd.DataFrame({"x": [1.0], "note": ["many words " * 9]}), "Notes", "notes")
    assert re.search(r"\\begin\{tabular\}\{@\{\}r>\{\\raggedright.*\}p\{0\.\d+\\linewidth\}@\{\}\}", text)


def test_a_table_of_many_columns_is_set_smaller_and_then_sideways() -> None:
    def layout(n: int) -> Layout:
        return fitted(readable(pd.DataFrame({f"measure {i}": [0.123] for i in range(n)})))

    assert (layout(3).size, layout(3).line) == ("", PORTRAIT)
    assert (layout(9).size, layout(9).line) == (r"\small", PORTRAIT)
    assert layout(14).line == LANDSCAPE
    assert layout(14).size != r"\tiny"


@pytest.mark.parametrize(
    "name", [*HOSTILE, r"\input{/etc/passwd}", "100% & $x$ #1 _a_ ^b^ ~c~ {d}", "[2cm]", "*", "a\nb", *NAMES]
)
def test_no_name_acts_in_latex(name: str) -> None:
    text = escaped(name)
    assert "\n" not in text
    allowed = (
        r"\\textbackslash\{\}|\\text(?:asciitilde|asciicircum|less|greater|bar)\{\}|\\[&%$#_{}]|\\char34\{\}|\$-\$|\{\}"
        r"|\$\\(?:alpha|kappa|leq|times)\$|\\otherscript\{[^\x00-\x7f]+\}"
    )
    assert not re.search(r"[\\&%$#_{}~^]", re.sub(allowed, "", text)), text
    assert not text.startswith(("[", "*")), "it would be an option of the line break before it"
    assert "\u202e" not in text


@pytest.fixture(scope="module")
def pdflatex() -> str:
    found = shutil.which("pdflatex")
    if found is None:
        pytest.skip("no pdflatex is installed (apt-get install texlive-latex-recommended)")
    return found


def test_every_table_of_a_run_compiles_and_fits(pdflatex: str, tmp_path: Path) -> None:
    assert compiled(pdflatex, usual(), tmp_path) == 0.0


def test_tables_of_hostile_names_compile_and_fit(pdflatex: str, tmp_path: Path) -> None:
    made = report_of(hostile_corpus(), model=HOSTILE[5], personas=NAMES, controls=HOSTILE[10:12])
    assert compiled(pdflatex, made, tmp_path) < CHUNK


def compiled(pdflatex: str, report: Report, folder: Path) -> float:
    """Compile all tables of a report; return by how many points the widest exceeds its line."""
    tables = [
        latex(exhibit.frame, exhibit.title, exhibit.name) for exhibit in report.exhibits if exhibit.frame is not None
    ]
    assert len(tables) > 15
    (folder / "all.tex").write_text(DOCUMENT % "\\clearpage\n".join(tables), encoding="utf-8")
    command = [pdflatex, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False)
    log = (folder / "all.log").read_text("latin-1")
    assert done.returncode == 0, log[-3000:]
    assert "Float too large" not in log.replace("\n", "")
    return max(map(float, re.findall(r"Overfull \\hbox \(([\d.]+)pt", log)), default=0.0)
