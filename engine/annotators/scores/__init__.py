"""Scores of predictions: macro-F1 and others over items and seeds, differences, the failure signature."""
