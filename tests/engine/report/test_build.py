"""What a report says of runs of every kind, and why where it says nothing."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from engine import measures, paths
from engine.corpora import Annotator
from engine.errors import InputError
from engine.report import Report, make_report, represented
from engine.report.build import SECTIONS
from engine.runs import exact_labels, human_labels
from tests.dashboard import worlds
from tests.engine.report.runs import HELPERS, QUICK, report_of, stored, usual


def notes(report: Report) -> dict[str, str]:
    return {exhibit.name: exhibit.note for exhibit in report.exhibits if exhibit.note}


def drawn(report: Report) -> set[str]:
    return {exhibit.name for exhibit in report.exhibits if exhibit.draw is not None}


def test_progress_tells_every_section_and_the_end() -> None:
    told: list[tuple[int, int, str]] = []
    report = make_report(stored(), progress=lambda *step: told.append(step), **QUICK)
    assert [title for _, _, title in told] == [*SECTIONS, ""]
    assert [done for done, _, _ in told] == list(range(len(SECTIONS) + 1))
    assert [section.title for section in report.sections] == list(SECTIONS)
    names = [exhibit.name for exhibit in report.exhibits]
    assert len(names) == len(set(names)), "names are names of files"


def test_headlines_are_the_measures_numbers() -> None:
    corpus, run = worlds.small_corpus(), stored()
    report = make_report(run, **QUICK)
    labels, human = exact_labels(run), human_labels(corpus)
    told, said = measures.beside(labels, human, 1.0, ["anna", "ben", "cleo"])
    expected = measures.homogenization(told, said, **QUICK)
    found = {headline.name: headline.estimate for headline in report.headlines}
    assert found["Homogenization"].value == pytest.approx(expected.value)
    assert found["Homogenization"].low == pytest.approx(expected.low)
    assert found["Agreement of people (alpha)"].value == pytest.approx(measures.human_agreement(human).value)
    assert found["Homogenization"].n_items == 40


def test_the_same_seed_gives_the_same_numbers() -> None:
    run = stored()
    first, second = make_report(run, **QUICK), make_report(run, **QUICK)
    assert [str(h) for h in first.headlines] == [str(h) for h in second.headlines]


def test_an_exact_run_says_why_it_has_no_repeats_and_no_policies() -> None:
    told = notes(usual())
    assert set(told) == {"own-person", "repeats", "retest", "policies"}
    assert "no answers that could be repeated" in told["repeats"]
    assert "plays one of the corpus's people" in told["own-person"]


def test_a_sampled_run_is_measured_at_the_temperature_nearest_to_one() -> None:
    report = report_of(mode="sampled")
    assert {"repeats", "retest", "policies", "refusals", "temperature"} <= drawn(report)
    method = dict(report.sections[-1].facts)
    assert method["Temperature"].startswith("1 ")


def test_a_temperature_that_the_run_has_not_is_refused_before_anything_is_measured() -> None:
    with pytest.raises(InputError, match=r"sampled at 0\.5, 1; 0\.7 was asked for"):
        make_report(stored(mode="sampled"), temperature=0.7, **QUICK)
    with pytest.raises(InputError, match="outside 0 to 2"):
        make_report(stored(name="exact"), temperature=2.5, **QUICK)


def test_a_run_without_people_is_reported_with_what_it_has() -> None:
    run = stored(worlds.small_corpus("gone"))
    shutil.rmtree(paths.imported_dir() / "gone")
    report = make_report(run, **QUICK)
    assert {"temperature", "noise-and-signal", "signal", "effective-number", "failure-modes"} <= drawn(report)
    assert "there is no corpus 'gone'" in notes(report)["homogenization"]
    assert "there is no corpus 'gone'" in dict(report.sections[0].facts)["People"]
    assert not report.items


def test_a_run_whose_items_nobody_labelled_is_reported() -> None:
    corpus = worlds.small_corpus()
    alone = replace(corpus, annotations=corpus.annotations.head(0))
    report = report_of(alone)
    assert "homogenization" in notes(report)
    assert "no item of the run has a label by a person" in dict(report.sections[0].facts)["People"]


def test_a_corpus_without_groups_says_so() -> None:
    corpus = worlds.small_corpus()
    report = report_of(replace(corpus, annotators=tuple(Annotator(a.annotator_id) for a in corpus.annotators)))
    assert "names no groups" in notes(report)["prototypes"]
    assert "names no groups" in notes(report)["alignment-group"]
    assert "alignment-annotator" in drawn(report)


def test_measures_of_all_pairs_of_very_many_people_are_left_to_the_command_line() -> None:
    corpus = worlds.small_corpus()
    crowd = tuple(Annotator(f"Ann{i}") for i in range(1, 202))
    report = report_of(replace(corpus, annotators=crowd))
    assert "polyvocal measure kappas" in notes(report)["kappas"]
    number = next(exhibit for exhibit in report.exhibits if exhibit.name == "effective-number")
    assert "20,100 pairs" in number.says[-1]
    assert not any("people" in name for name in report.tables["effective-number"]["raters"])


def test_a_partial_run_says_so_above_all_numbers() -> None:
    report = report_of(share=0.4, state="cancelled")
    assert report.notes[0] == "The run is cancelled: only the answers that it has are measured."
    assert "cancelled" in dict(report.sections[0].facts)["State"]


def test_a_run_without_a_label_is_refused() -> None:
    with pytest.raises(InputError, match="has no answers with a label yet"):
        make_report(stored(share=0.0, state="cancelled"), **QUICK)


def test_a_finished_run_without_a_label_is_not_to_be_resumed() -> None:
    with pytest.raises(InputError, match=r"no answer of run .* holds a label.*run show") as told:
        make_report(stored(share=0.0), **QUICK)
    assert "resume" not in str(told.value)


def test_a_run_without_personas_that_play_nobody_claims_no_lead_over_them() -> None:
    (_, found) = next((s, e) for s in report_of(controls=()).sections for e in s.exhibits if e.name == "stand-ins")
    assert found.says
    assert not [line for line in found.says if "undefined" in line]
    (_, found) = next((s, e) for s in usual().sections for e in s.exhibits if e.name == "stand-ins")
    assert all("ahead of control and empty personas by" in line for line in found.says)


@pytest.mark.parametrize(
    "world",
    [
        {"personas": ("anna",), "controls": ()},
        {"personas": ()},
        {"items": slice(0, 1)},
        {"mode": "sampled", "share": 0.1},
    ],
)
def test_the_smallest_runs_break_nothing(world: dict) -> None:
    report = report_of(**world)
    assert all(exhibit.note or exhibit.frame is not None for exhibit in report.exhibits)
    assert all(exhibit.draw("light") is not None for exhibit in report.exhibits if exhibit.draw)


def test_what_is_no_evidence_is_marked() -> None:
    assert [word for word, _ in usual().marks] == ["Synthetic data", "Scripted labels"]
    real = worlds.small_corpus("real", synthetic=False)
    assert [word for word, _ in report_of(real).marks] == ["Scripted labels"]


def test_texts_are_in_the_report_only_where_they_may_be() -> None:
    run = stored()
    masked, without = make_report(run, **QUICK), make_report(run, texts="none", **QUICK)
    assert all(worlds.SECRET in card.fields[0][1] for card in masked.items.values())
    assert len(masked.items) == len(without.items) > 5
    assert not any(card.fields for card in without.items.values())
    assert all(card.words == 11 for card in without.items.values())


def test_texts_that_changed_since_the_run_are_left_out() -> None:
    report = report_of(digest="another")
    assert not any(card.fields for card in report.items.values())
    section = next(section for section in report.sections if section.items)
    assert "has changed since the run labelled it" in section.notes[0]


def test_widest_gaps_of_both_signs_are_shown() -> None:
    report = usual()
    table = report.tables["parting-items"]
    lost, split = table[table["gap"] > 0], table[table["gap"] < 0]
    assert [*report.items][: len(lost.head(10))] == list(lost["item_id"].head(10))
    assert [*report.items][len(lost.head(10)) :] == list(split["item_id"].tail(10))[::-1]


def test_options_out_of_range_are_refused() -> None:
    run = stored()
    with pytest.raises(InputError, match="texts 'all'"):
        make_report(run, texts="all", **QUICK)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="resamples 0"):
        make_report(run, resamples=0)
    with pytest.raises(InputError):
        make_report(run, confidence=1.5)


def test_helpers_are_not_the_run() -> None:
    method = dict(usual().sections[-1].facts)
    assert method["Personas"] == f"one number for the run: {5 - len(HELPERS)} strong personas"


def test_numbers_that_take_too_long_are_named_with_their_command(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = worlds.small_corpus()
    run = worlds.let_play(stored(corpus), corpus)
    assert not {"own-person", "alternative-annotator"} & set(notes(make_report(run, **QUICK)))
    monkeypatch.setattr(represented, "MOST_RESAMPLED", 719)  # 3 personas, 6 people, 40 items: 720
    monkeypatch.setattr(represented, "MOST_TESTED", 719)
    told = notes(make_report(run, **QUICK))
    assert f"polyvocal measure own-person {run.run_id}" in told["own-person"]
    assert f"polyvocal measure alternative {run.run_id}" in told["alternative-annotator"]
