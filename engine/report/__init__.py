"""Report: everything that a run shows, as one self-contained HTML file, and as tables and figures.

`make_report` measures, `to_html` writes the page, `write_html` and `write_folder` put it on disk. docs/report.md says
what is in it.
"""

from engine.report.build import make_report, marks
from engine.report.content import TEXTS, Exhibit, Headline, ItemCard, Report, Section, Texts
from engine.report.files import Written, check_report_folder, write_archive, write_folder, write_html
from engine.report.images import Images, draw_images, why_no_images
from engine.report.latex import latex
from engine.report.page import to_html
from engine.report.stills import titled
from engine.report.tables import csv_of, flat, readable

__all__ = [
    "TEXTS",
    "Exhibit",
    "Headline",
    "Images",
    "ItemCard",
    "Report",
    "Section",
    "Texts",
    "Written",
    "check_report_folder",
    "csv_of",
    "draw_images",
    "flat",
    "latex",
    "make_report",
    "marks",
    "readable",
    "titled",
    "to_html",
    "why_no_images",
    "write_archive",
    "write_folder",
    "write_html",
]
