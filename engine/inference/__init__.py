"""Inference: backends that answer prompts, label tokens, and reading a label out of a text."""
