"""Figures: finished results as plotly figures; no statistics here."""
