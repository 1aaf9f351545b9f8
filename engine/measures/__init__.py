"""Measures: pure functions from label arrays to results with their uncertainty."""
