"""Personas, sets of them, and the templates that put them before an item."""
