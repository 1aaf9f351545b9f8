"""Polyvocal's engine: corpora, personas, inference, runs, measures, figures."""

__version__ = "0.1.0"
