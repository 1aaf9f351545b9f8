"""Runs for the tests of reports, from the small worlds that the pages' tests use."""

from __future__ import annotations

from functools import cache
from typing import Any

from engine.corpora import Corpus
from engine.report import Report, make_report, to_html
from engine.runs import RunFolder
from engine.runs.plan import items_digest
from tests.dashboard import worlds

HELPERS = ("helper-1", "helper-2")
QUICK = {"resamples": 40, "seed": 1}
TEXT = "and the weather, seen by many"
"""Part of every item's text, and of nothing else."""


def stored(corpus: Corpus | None = None, **more: Any) -> RunFolder:
    """A run of a small corpus whose texts have not changed since."""
    corpus = corpus or worlds.small_corpus()
    worlds.store_corpus(corpus)
    items = corpus.items[more.get("items", slice(None))]
    return worlds.store_run(corpus, **{"controls": HELPERS, "digest": items_digest(corpus.task, items)} | more)


def report_of(corpus: Corpus | None = None, texts: str = "masked", **more: Any) -> Report:
    return make_report(stored(corpus, **more), texts=texts, **QUICK)  # type: ignore[arg-type]


@cache
def usual() -> Report:
    """The report of a whole exact run with texts; it holds all it needs, so it outlives its store."""
    return report_of()


@cache
def usual_page() -> str:
    return to_html(usual())
