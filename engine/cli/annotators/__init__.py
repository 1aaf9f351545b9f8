"""`polyvocal annotators`: experiments with annotator models, one command each, and the map."""
