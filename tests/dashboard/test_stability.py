"""The stability page: every tab's numbers are the engine's, over runs of every kind."""

from __future__ import annotations

import pytest

from dashboard import text
from engine.measures import (
    abstention_curve,
    beside,
    calibration_scores,
    check_repeats,
    failure_modes,
    halves,
    persona_signal,
    retest,
    variance_components,
    voices,
    wording_sensitivity,
)
from engine.runs import RunFolder, exact_labels, human_labels, sampled_labels
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, numbers, texts, x_of

TABS = (
    "Variance", "Signal", "Failures", "Wording", "Repeats", "Calibration", "Abstention",
)  # fmt: skip
STRONG = ["anna", "ben", "cleo"]


@pytest.fixture
def sampled(small: worlds.Corpus) -> RunFolder:
    return worlds.store_run(small, mode="sampled", controls=("c1", "c2"))


def test_an_empty_store_says_what_to_do(open_page: Opener) -> None:
    app = open_page("stability")
    assert not app.exception
    assert "make demo" in [code.value for code in app.code]


@pytest.mark.parametrize("tab", TABS)
def test_a_link_opens_its_tab_and_nothing_else_is_computed(open_page: Opener, run: RunFolder, tab: str) -> None:
    app = open_page("stability", part_of_stability=tab)
    assert not app.exception
    assert [each.label for each in app.tabs] == list(TABS)
    filled = [each.label for each in app.tabs if each.children]
    assert filled == [tab]


def test_variance_is_the_engines(open_page: Opener, run: RunFolder) -> None:
    app = open_page("stability")
    expected = variance_components(voices(exact_labels(run), 1.0, STRONG)).table
    known = expected[expected["variance"].notna()].iloc[::-1]
    assert x_of(charts(app)[0], "variance") == pytest.approx(known["variance"].to_numpy())
    assert any(said.startswith("3 personas · 40 items".replace(" ·", f"{text.NBSP}·")) for said in texts(app))


def test_the_signal_of_every_kind_is_said_with_controls_as_a_yardstick(open_page: Opener, run: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Signal", t="0.5")
    labels = exact_labels(run)
    for kind, names in (("Strong", STRONG), ("Control", ["c1", "c2"])):
        assert f"{kind} personas. {persona_signal(voices(labels, 0.5, names)).sentence}" in texts(app)
    assert len(charts(app)) == 1


def test_failure_modes_are_judged_beside_all_controls(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Failures")
    expected = failure_modes(*beside(exact_labels(run), human_labels(small), 1.0))
    n = expected["mode"].value_counts()
    words = {"none": "without a shown failure"}
    said = text.joined([f"{count} {words.get(str(mode), mode)}" for mode, count in n.items()])
    assert f"Of 3 personas: {said}." in texts(app)


def test_without_controls_failure_modes_say_what_to_do(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("stability", part_of_stability="Failures")
    assert not app.exception
    assert not charts(app)
    assert any("persona sets `control` and `empty`" in said.value for said in app.markdown)


def test_a_second_temperature_comes_from_the_address(open_page: Opener, run: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Wording", t2="0.5")
    labels = exact_labels(run)
    expected = wording_sensitivity(voices(labels, 1.0, STRONG), voices(labels, 0.5, STRONG))
    assert app.slider(key="t2").value == 0.5
    found = [expected.persona.value, expected.temperature.value]
    assert x_of(charts(app)[0], "Distance") == pytest.approx(found), "one wording: it has no mark"
    assert any(said.startswith("Sensitivity to wording is undefined") for said in texts(app))


def test_a_sampled_run_offers_its_own_temperatures(open_page: Opener, sampled: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Wording")
    assert app.selectbox(key="sampled_t").value == "0.5"
    assert app.selectbox(key="sampled_t2").options == ["1"]
    labels = sampled_labels(sampled)
    expected = wording_sensitivity(voices(labels, 0.5, STRONG), voices(labels, 1.0, STRONG))
    assert x_of(charts(app)[0], "Distance")[-1] == pytest.approx(expected.temperature.value)
    app.selectbox(key="sampled_t").set_value("1").run()
    assert not app.exception
    assert app.selectbox(key="sampled_t2").value == "0.5", "what is chosen above cannot be set beside itself"


def test_repeats_are_tested_where_there_are_any(open_page: Opener, sampled: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Repeats")
    labels = sampled_labels(sampled)
    said = texts(app)
    assert retest(*halves(labels, 0.5, STRONG)).sentence in said
    chosen = labels.sel(persona=STRONG)
    for temperature in (0.5, 1.0):
        assert check_repeats(chosen, temperature).sentence in said
    assert len(charts(app)) == 3


def test_a_run_without_repeats_says_so(open_page: Opener, run: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Repeats")
    assert not app.exception
    assert any("**Every cell was asked once**" in said.value for said in app.markdown)


def test_calibration_shows_the_score_that_is_asked_for(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("stability", part_of_stability="Calibration", score="Error rate")
    assert app.selectbox(key="score").value == "Error rate"
    table = calibration_scores(*beside(exact_labels(run), human_labels(small), 1.0, STRONG))
    row = table[(table["score"] == "error_rate") & (table["who"] == "(pooled)")].iloc[0]
    assert any(said.startswith(f"All 3 personas pooled: {text.number(row['value'], 3)} ") for said in texts(app))


def test_the_abstention_curve_is_of_the_pooled_personas(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    app = open_page("stability", part_of_stability="Abstention")
    told, said = beside(exact_labels(run), human_labels(small), 1.0, STRONG)
    counts = (said.codes[..., None] == [0, 1]).sum(axis=0)
    expected = abstention_curve(told.of_items().mean(axis=0), counts)
    line = next(trace for trace in charts(app)[0]["data"] if trace["name"] == "Personas")
    assert numbers(line["y"]) == pytest.approx(expected["error"].to_numpy())


@pytest.mark.parametrize("tab", TABS)
def test_a_run_that_was_stopped_early_shows_what_it_has(open_page: Opener, small: worlds.Corpus, tab: str) -> None:
    worlds.store_run(small, mode="sampled", controls=("c1",), share=0.3, state="cancelled")
    app = open_page("stability", part_of_stability=tab)
    assert not app.exception


@pytest.mark.parametrize("tab", TABS)
def test_hostile_names_stay_text(open_page: Opener, tab: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    worlds.store_run(
        corpus, "![m](http://beacon.invalid/m.png)", mode="sampled", personas=worlds.HOSTILE[:4],
        controls=worlds.HOSTILE[4:7],
    )  # fmt: skip
    app = open_page("stability", part_of_stability=tab)
    assert not app.exception
    for kind in ("markdown", "caption", "title", "header", "subheader", "html", "button", "metric", "toast"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind


@pytest.mark.parametrize("tab", ["Failures", "Calibration", "Abstention"])
def test_people_that_are_gone_are_told(open_page: Opener, tab: str) -> None:
    worlds.store_run(worlds.small_corpus("gone"), controls=("c1", "c2"))
    app = open_page("stability", part_of_stability=tab)
    assert not app.exception
    assert any("there is no corpus 'gone'" in said for said in texts(app))
    assert worlds.SECRET not in everything(app)
