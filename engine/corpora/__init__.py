"""Corpora: what people labelled, their readers, the catalogue of published ones and the store of imported ones."""

from engine.corpora.checks import annotation_frame, check_corpus
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.lewidi2023 import read_lewidi2023
from engine.corpora.lewidi2025 import read_lewidi2025
from engine.corpora.store import CorpusSummary, corpus_digest, list_corpora, load_corpus, save_corpus

__all__ = [
    "Annotator",
    "Corpus",
    "CorpusSummary",
    "Item",
    "Task",
    "annotation_frame",
    "check_corpus",
    "corpus_digest",
    "list_corpora",
    "load_corpus",
    "read_lewidi2023",
    "read_lewidi2025",
    "save_corpus",
]
