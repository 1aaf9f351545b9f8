"""Texts as vectors: sentence encoders found and run, their vectors kept by content, encoders that learn too."""
