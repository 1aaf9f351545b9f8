"""Corpora: what people labelled, their readers, the catalogue of published ones and the store of imported ones."""
