"""Annotator models: classifiers that predict what one annotator says of one text, and the map of annotators."""
