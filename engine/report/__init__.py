"""Report: everything that a run shows, as one self-contained HTML file, and as tables and figures.

`make_report` measures, `to_html` writes the page, `write_html` and `write_folder` put it on disk. docs/report.md says
what is in it.
"""

from engine.report.build import make_report, marks
from engine.report.content import TEXTS, Exhibit, Headline, ItemCard, Report, Section, Texts
from engine.report.files import Written, check_report_folder, write_folder, write_html
from engine.report.page import to_html
from engine.report.tables import csv_of, flat, latex, readable

__all__ = [
    "TEXTS",
    "Exhibit",
    "Headline",
    "ItemCard",
    "Report",
    "Section",
    "Texts",
    "Written",
    "check_report_folder",
    "csv_of",
    "flat",
    "latex",
    "make_report",
    "marks",
    "readable",
    "to_html",
    "write_folder",
    "write_html",
]
