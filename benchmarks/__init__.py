"""Benchmarks: side-by-side measurements, printed as ratios; nothing here asserts a time."""
