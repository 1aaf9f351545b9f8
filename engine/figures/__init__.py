"""Figures: finished results as plotly figures; no statistics here.

Each function takes a result of engine.measures as it is and returns a plotly Figure with its own template: page, report
and notebook draw the same picture. In Streamlit, pass `theme=None` to `st.plotly_chart`.
"""

from engine.figures.abstention import coverage_and_error
from engine.figures.agreement import agreement_by_temperature
from engine.figures.alignment import alignment_heatmap
from engine.figures.attributes import ranked_effects
from engine.figures.homogenization import homogenization, parting_items
from engine.figures.item_split import item_split
from engine.figures.noise import noise_and_signal
from engine.figures.refusals import labelless_rates
from engine.figures.stability import persona_failures, variance_shares
from engine.figures.theme import PALETTES, TEMPLATE, Theme

__all__ = [
    "PALETTES",
    "TEMPLATE",
    "Theme",
    "agreement_by_temperature",
    "alignment_heatmap",
    "coverage_and_error",
    "homogenization",
    "item_split",
    "labelless_rates",
    "noise_and_signal",
    "parting_items",
    "persona_failures",
    "ranked_effects",
    "variance_shares",
]
