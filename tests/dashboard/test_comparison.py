"""Which runs are shown when nobody chose."""

from __future__ import annotations

from dataclasses import replace

from dashboard import comparison, loaders
from dashboard.comparison import HANDFUL
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


def test_a_saved_live_question_does_not_hide_a_run() -> None:
    whole = worlds.store_run(worlds.store_corpus(worlds.small_corpus()), "demo-voices")
    question = worlds.store_run(worlds.store_corpus(worlds.small_corpus("asked", n_items=HANDFUL - 1)), "another-model")
    runs = loaders.runs()
    assert {run.run_id for run in runs} == {whole.run_id, question.run_id}
    for order in (runs, runs[::-1]):
        assert comparison.suggested(order) == [whole.run_id]
