"""The attributes page: effects of pairs, of values, and of all attributes at once."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard import attribute_parts, effect_items, text
from engine.figures.attributes import drawn_effects
from engine.measures import attribute_effects, attribute_items, factorial_effects, voices
from engine.personas import counterfactual_pairs
from engine.runs import RunFolder, exact_labels
from engine.runs.manifest import RunPersona
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, numbers, texts, x_of

TABS = ("By attribute", "By value", "All at once")
NAMES = ("p", "p -age", "p age=old", "q")
ABOUT: dict[str, dict[str, str]] = {
    "p": {"age": "young", "work": "nurse"}, "p -age": {"work": "nurse"}, "p age=old": {"age": "old", "work": "nurse"},
    "q": {"age": "young"},
}  # fmt: skip


def with_attributes(folder: RunFolder, about: dict[str, dict[str, str]]) -> RunFolder:
    """Give the personas of a run attributes."""
    manifest = folder.manifest()

    def described(persona: RunPersona) -> RunPersona:
        return persona.model_copy(update={"attributes": about.get(persona.persona_id, {})})

    folder.write_manifest(manifest.model_copy(update={"personas": tuple(map(described, manifest.personas))}))
    return folder


@pytest.fixture
def run(small: worlds.Corpus) -> RunFolder:
    return with_attributes(worlds.store_run(small, personas=NAMES, controls=("c1",)), ABOUT)


def expected_effects(run: RunFolder, **how: Any) -> Any:
    pairs = counterfactual_pairs(run.manifest().personas, **how)
    return attribute_effects(voices(exact_labels(run), 1.0), pairs, "1")


def test_an_empty_store_says_what_to_do(open_page: Opener) -> None:
    app = open_page("attributes")
    assert not app.exception
    assert "make demo" in [code.value for code in app.code]


def test_a_run_without_pairs_says_how_to_make_one(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("attributes")
    assert not app.exception
    assert "polyvocal persona counterfactual SET" in [code.value for code in app.code]
    assert not charts(app)


def test_effects_by_attribute_are_the_engines(open_page: Opener, run: RunFolder) -> None:
    app = open_page("attributes")
    assert not app.exception
    effects = expected_effects(run)
    rows = effects[effects["value"] == ""].iloc[::-1]
    assert x_of(charts(app)[0], "Attribute") == pytest.approx(rows["total_variation"].to_numpy())
    assert attribute_parts.effects_line(effects) in texts(app)


def test_the_items_behind_an_effect_are_listed_with_masked_texts(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    app = open_page("attributes", effect="age")
    assert not app.exception
    pairs = counterfactual_pairs(run.manifest().personas)
    first = attribute_items(voices(exact_labels(run), 1.0), pairs, "age").iloc[0]
    said, word = texts(app), small.task.answer(first["label"])
    pairs_of_it = text.plural(int(first["n_pairs"]), "pair")
    assert f"Change {text.number(first['total_variation'], 3)}, mean of {pairs_of_it}" in said
    assert (
        f"Most of {first['persona']} ({first['value']}): {word} ({first['label']}) with probability "
        f"{text.number(first['with_it'])}"
    ) in said
    assert f"{first['partner']}: {text.number(first['without'])}" in said
    assert worlds.SECRET not in everything(app)
    app.button(key="reveal-0").click().run()
    assert sum(worlds.SECRET in line for line in texts(app)) == 1
    value = open_page("attributes", part_of_attributes="By value", effect_of_value="age=young")
    assert value.selectbox(key="effect_of_value").value == "age=young"
    assert any(line.startswith("Most of ") for line in texts(value))
    gone = open_page("attributes", effect="income")
    assert any("This run has no effect 'income'" in line for line in texts(gone))


def test_a_click_on_a_mark_chooses_its_effect(monkeypatch: pytest.MonkeyPatch, run: RunFolder) -> None:
    effects = expected_effects(run)
    drawn = drawn_effects(effects, by_value=True)
    session: dict[str, Any] = {"values": {"selection": {"points": [{"point_index": 0}]}}}
    monkeypatch.setattr(effect_items.st, "session_state", session)
    effect_items.clickable("values", drawn, "effect_of_value")()
    assert session["effect_of_value"] == effect_items.key_of(drawn.iloc[0].to_dict())
    session["values"]["selection"]["points"] = []
    session.pop("effect_of_value")
    effect_items.clickable("values", drawn, "effect_of_value")()
    assert "effect_of_value" not in session


def test_a_link_restores_tab_and_comparison(open_page: Opener, run: RunFolder) -> None:
    link = {"part_of_attributes": "By value", "compared": "Exchanged for another"}
    app = open_page("attributes", **link)
    assert app.segmented_control(key="compared").value == "Exchanged for another"
    effects = expected_effects(run, exchanged=True)
    rows = effects[effects["value"] != ""]
    assert list(rows["value"]) == ["old instead of young"]
    assert x_of(charts(app)[0], "Attribute") == pytest.approx(rows["shift"].to_numpy())


def test_effects_of_all_at_once_are_the_engines(open_page: Opener, run: RunFolder) -> None:
    app = open_page("attributes", part_of_attributes="All at once")
    assert not app.exception
    outcome = voices(exact_labels(run), 1.0, list(NAMES)).of_items()[..., 1]
    expected = factorial_effects(outcome, [ABOUT[name] for name in NAMES])
    shown = next(trace for trace in charts(app)[0]["data"] if trace.get("name") == "Main effect")
    assert numbers(shown["x"]) == pytest.approx(expected["effect"].dropna().to_numpy())


def test_personas_without_attributes_cannot_be_taken_apart(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("attributes", part_of_attributes="All at once")
    assert not app.exception
    assert any("**No two personas of this run have attributes**" in said.value for said in app.markdown)


def test_attributes_that_always_go_together_draw_no_empty_chart(open_page: Opener, small: worlds.Corpus) -> None:
    together = {name: {"age": name, "job": name} for name in NAMES}
    with_attributes(worlds.store_run(small, personas=NAMES), together)
    app = open_page("attributes", part_of_attributes="All at once")
    assert not app.exception
    assert charts(app) == []
    assert any("**These personas do not tell one attribute from another**" in said.value for said in app.markdown)


def test_personas_that_do_not_vary_are_told(open_page: Opener, small: worlds.Corpus) -> None:
    with_attributes(worlds.store_run(small), {name: {"age": "old"} for name in ("anna", "ben")})
    app = open_page("attributes", part_of_attributes="All at once")
    assert not app.exception
    assert any("do not differ in any attribute" in said for said in texts(app))


def test_a_run_that_was_stopped_early_shows_what_it_has(open_page: Opener, small: worlds.Corpus) -> None:
    with_attributes(worlds.store_run(small, personas=NAMES, share=0.4, state="cancelled"), ABOUT)
    for tab in TABS:
        assert not open_page("attributes", part_of_attributes=tab).exception


@pytest.mark.parametrize("tab", TABS)
def test_hostile_names_stay_text(open_page: Opener, tab: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    names = worlds.HOSTILE[:3]
    about = {names[0]: {names[1]: names[2], names[2]: "a"}, names[1]: {names[2]: "a"}, names[2]: {names[1]: names[2]}}
    with_attributes(worlds.store_run(corpus, personas=names, controls=worlds.HOSTILE[4:6]), about)
    app = open_page("attributes", part_of_attributes=tab)
    assert not app.exception
    for kind in ("markdown", "caption", "title", "html", "button", "metric"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind


def test_the_sentence_names_what_was_found(run: RunFolder) -> None:
    effects = expected_effects(run)
    rows = effects["value"] == ""
    none = attribute_parts.effects_line(effects.assign(found=False))
    assert none == f"None of {rows.sum()} attributes moves the labels beyond chance and mere words."
    one = attribute_parts.effects_line(effects.assign(found=effects["attribute"] == "age"))
    assert one.startswith("Of 2 attributes, 1 beyond chance and mere words: age (0.")
