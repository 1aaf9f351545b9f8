"""Which runs are shown when nobody chose."""

from __future__ import annotations

from dataclasses import replace

from dashboard import comparison, loaders
from tests.dashboard import worlds


def test_runs_on_texts_that_nobody_labelled_come_last() -> None:
    people = worlds.small_corpus()
    labelled = worlds.store_run(worlds.store_corpus(people), "demo-voices")
    typed = worlds.store_corpus(replace(people, name="typed", annotations=people.annotations.iloc[:0], annotators=()))
    newer = worlds.store_run(typed, "demo-voices")
    runs = loaders.runs()
    assert {run.run_id for run in runs} == {labelled.run_id, newer.run_id}
    for order in (runs, runs[::-1]):
        assert comparison.suggested(order) == [labelled.run_id]
    assert comparison.suggested([run for run in runs if run.run_id == newer.run_id]) == [newer.run_id]
