"""Corpora: what people labelled, their readers, the catalogue of published ones and the store of imported ones."""

from engine.corpora.catalogue import CatalogueEntry, catalogue_entry, load_catalogue
from engine.corpora.checks import annotation_frame, check_corpus
from engine.corpora.corpus import Annotator, Corpus, Item, Task
from engine.corpora.fetch import fetch
from engine.corpora.huggingface import read_huggingface
from engine.corpora.importing import import_corpus, read_corpus, store_corpus
from engine.corpora.lewidi2023 import read_lewidi2023
from engine.corpora.lewidi2025 import read_lewidi2025
from engine.corpora.request import ImportRequest
from engine.corpora.rows import TableColumns
from engine.corpora.store import CorpusSummary, corpus_digest, corpus_stamp, list_corpora, load_corpus, save_corpus
from engine.corpora.table import read_table

__all__ = [
    "Annotator",
    "CatalogueEntry",
    "Corpus",
    "CorpusSummary",
    "ImportRequest",
    "Item",
    "TableColumns",
    "Task",
    "annotation_frame",
    "catalogue_entry",
    "check_corpus",
    "corpus_digest",
    "corpus_stamp",
    "fetch",
    "import_corpus",
    "list_corpora",
    "load_catalogue",
    "load_corpus",
    "read_corpus",
    "read_huggingface",
    "read_lewidi2023",
    "read_lewidi2025",
    "read_table",
    "save_corpus",
    "store_corpus",
]
