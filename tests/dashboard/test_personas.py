"""The personas page: filters, cards, the table, and personas side by side."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import persona_cards, persona_facts, persona_filter, prompts, text
from engine.measures import alignment, attribute_effects, beside, departing_items, differing_items, label_rates, voices
from engine.personas.template import Wording
from engine.runs import RunFolder, exact_labels, human_labels
from engine.runs.manifest import RunPersona
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts

SIDE = {"look": "Side by side"}


def names(app: AppTest) -> list[str]:
    """Return the personas of the gallery, in order."""
    known = {"anna", "ben", "cleo", "c1", "c2"}
    return [said for said in texts(app) if said in known]


# The gallery and its filters


def test_every_persona_has_a_card_with_its_numbers(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("personas")
    assert not app.exception
    assert names(app) == ["anna", "ben", "cleo", "c1", "c2"]
    said = texts(app)
    assert "5 of 5 personas" in said
    everybody = ["anna", "ben", "cleo", "c1", "c2"]
    rates = label_rates(voices(exact_labels(run), 1.0, everybody)).set_index(["persona", "label"])["rate"]
    expected = f"no {text.number(rates['anna', '0'])}{text.DOT}yes {text.number(rates['anna', '1'])}"
    assert expected in said
    table = alignment(*beside(exact_labels(run), human_labels(small), 1.0, everybody), "kappa")
    best = table[table["persona"] == "anna"].sort_values("value", ascending=False).iloc[0]
    near = f"Nearest annotator {best['target']}: κ {text.number(best['value'])}"
    assert any(line.startswith(near) and "95 % interval" in line for line in said)
    assert sum(line.startswith("Failure mode: ") for line in said) == 3, "controls are the baseline"
    assert worlds.SECRET not in everything(app)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({"kind": ["control"]}, ["c1", "c2"]),
        ({"persona_set": ["two"]}, ["anna", "ben", "cleo"]),
        ({"group": ["control"]}, ["anna", "ben", "cleo"]),
        ({"group": [persona_filter.NO_GROUP]}, ["c1", "c2"]),
        ({"attribute": ["age=old"]}, ["anna", "ben"]),
        ({"attribute": ["age=old", "age=young"]}, ["anna", "ben", "cleo"]),
        ({"attribute": ["age=young", "work=none"]}, ["cleo"]),
        ({"find": "OLD none"}, ["anna", "ben"]),
        ({"find": "you help"}, ["c1", "c2"]),
        ({"kind": ["strong"], "find": "ben"}, ["ben"]),
    ],
    ids=str,
)
def test_a_link_restores_the_filters(
    open_page: Opener, run: RunFolder, link: dict[str, list[str]], expected: list[str]
) -> None:
    app = open_page("personas", **link)
    assert not app.exception
    assert names(app) == expected
    for key, value in link.items():
        widget = app.text_input(key=key) if key == "find" else app.multiselect(key=key)
        assert widget.value == value


def test_a_filter_that_nothing_fits_says_what_to_do(open_page: Opener, run: RunFolder) -> None:
    app = open_page("personas", find="zzz")
    assert "No persona fits. Take a filter away." in texts(app)
    gone = open_page("personas", group="gone")
    assert any("No persona of this run has group 'gone'" in said for said in texts(gone))
    assert len(names(gone)) == 5


def test_two_hundred_personas_are_shown_some_at_a_time(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, personas=[f"person {i:03d}" for i in range(200)])
    app = open_page("personas", personas_page="3")
    assert not app.exception
    shown = [said for said in texts(app) if said.startswith("person ")]
    assert shown == [f"person {i:03d}" for i in range(16, 24)]
    assert len(open_page("personas", look="Table").dataframe[0].value) == 200


def test_the_table_has_a_row_a_persona(open_page: Opener, run: RunFolder) -> None:
    frame = open_page("personas", look="Table").dataframe[0].value
    assert list(frame["persona"]) == ["anna", "ben", "cleo", "c1", "c2"]
    assert (frame["share 0"] + frame["share 1"]).to_numpy() == pytest.approx([1.0] * 5)
    assert {"nearest_annotator", "kappa_annotator", "nearest_group", "stand_in", "mode"} <= set(frame.columns)


def test_looking_closer_opens_it_beside_the_others(open_page: Opener, run: RunFolder) -> None:
    app = open_page("personas")
    app.button(key="open-1").click().run()
    assert not app.exception
    assert app.segmented_control(key="look").value == "Side by side"
    assert app.multiselect(key="persona").value == ["ben"]
    for place in (0, 2, 3):
        app.segmented_control(key="look").set_value("Gallery").run()
        app.button(key=f"open-{place}").click().run()
    assert app.multiselect(key="persona").value == ["anna", "cleo", "c1"], "three at most: the oldest makes room"


# Side by side


def test_one_persona_whole(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    app = open_page("personas", **SIDE, persona=["ben"])
    assert not app.exception
    said = texts(app)
    assert "You are ben." in said
    assert f"Age: old{text.DOT}Work: none" in said
    assert any(line.startswith("Best stand-in of control with probability") for line in said)
    found = departing_items(voices(exact_labels(run), 1.0), "ben").iloc[0]
    word = small.task.answer(found["label"])
    assert f"ben: {word} ({found['label']}) with probability {text.number(found['probability'])}" in said
    assert worlds.SECRET not in everything(app)


def test_two_personas_and_where_they_differ(open_page: Opener, run: RunFolder) -> None:
    app = open_page("personas", **SIDE, persona=["anna", "cleo"])
    assert not app.exception
    assert app.multiselect(key="persona").value == ["anna", "cleo"]
    first = differing_items(voices(exact_labels(run), 1.0, ["anna", "cleo"])).iloc[0]
    assert f"{first['least_persona']}: {text.number(first['least'])}" in texts(app)
    assert any(line.endswith(first["item_id"]) for line in texts(app) if line.startswith("Disagreement"))


def test_a_persona_that_is_not_there_is_told(open_page: Opener, run: RunFolder) -> None:
    app = open_page("personas", **SIDE, persona=["gone"])
    assert any("This run has no persona 'gone'" in said for said in texts(app))


def test_the_prompt_is_what_the_model_got_with_the_text_masked(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    manifest = run.manifest()
    wording = Wording(
        name="plain", user="Text: {{ item.text }} {{ request }}", label="Answer {{ choices }}.", explanation="?"
    )
    run.write_manifest(manifest.model_copy(update={"wordings": (wording,)}))
    app = open_page("personas", **SIDE, persona=["ben"], prompt_item="4")
    app.session_state["prompt"] = True
    app.run()
    assert not app.exception
    assert "Item item-003" in texts(app)
    assert worlds.SECRET not in everything(app)
    n_words = len(small.items[3].fields["text"].split())
    assert f"Text: [Hidden text · {n_words} words] Answer no or yes." in texts(app)
    app.button(key="reveal-prompt").click().run()
    assert f"Text: {small.items[3].fields['text']} Answer no or yes." in texts(app)


def test_masked_prompts_hold_nothing_of_the_text(small: worlds.Corpus, run: RunFolder) -> None:
    manifest = run.manifest()
    sly = Wording(name="sly", user="{{ item.text | upper }} {{ request }}", label="?", explanation="?")
    manifest = manifest.model_copy(update={"wordings": (sly,)})
    shown = prompts.rendered(manifest, manifest.personas[0], "sly", small.items[0], revealed=False)
    assert worlds.SECRET not in str(shown).casefold()
    open_ = prompts.rendered(manifest, manifest.personas[0], "sly", small.items[0], revealed=True)
    assert worlds.SECRET.upper() in str(open_)


def test_attributes_that_drive_a_persona_are_drawn_where_the_run_varied_them(
    open_page: Opener, small: worlds.Corpus
) -> None:
    folder = worlds.store_run(small, personas=("ben", "ben -age"), controls=("c1",))
    manifest = folder.manifest()
    about: list[dict[str, dict[str, str]]] = [{"age": "old", "work": "none"}, {"work": "none"}, {}]  # type: ignore[list-item]
    varied = tuple(p.model_copy(update={"attributes": told}) for p, told in zip(manifest.personas, about, strict=True))
    folder.write_manifest(manifest.model_copy(update={"personas": varied}))
    app = open_page("personas", **SIDE, persona=["ben"])
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert len(open_page("personas", **SIDE, persona=["c1"]).get("plotly_chart")) == 1
    effects = attribute_effects(voices(exact_labels(folder), 1.0), [("ben", "ben -age", "age", "old")], "1")
    line = next(said for said in texts(app) if said.startswith("Age: moves labels by"))
    assert text.number(effects["total_variation"].iloc[0], 3) in line
    assert text.interval_of(effects["low"].iloc[0], effects["high"].iloc[0], "", 3) in line
    both = texts(open_page("personas", **SIDE, persona=["ben", "ben -age"]))
    assert line in both, "each of several has a line too"
    assert any(said.startswith("Not known: no other persona of the run") for said in both)


@pytest.mark.parametrize("people", [True, False], ids=["with people", "corpus gone"])
def test_what_cannot_be_measured_is_said_and_the_rest_is_shown(open_page: Opener, people: bool) -> None:
    corpus = worlds.small_corpus()
    if people:
        worlds.store_corpus(corpus)
    worlds.store_run(corpus)
    for look in persona_cards.LOOKS:
        app = open_page("personas", look=look)
        assert not app.exception
        said = texts(app)
        assert any("no empty or control persona" in line for line in said)
        assert any("there is no corpus 'small'" in line for line in said) is not people
    assert any(line == "You are anna." for line in said), "descriptions are in the run itself"


def test_a_sampled_run_of_one_answer_has_no_departing_items(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, mode="sampled")
    app = open_page("personas", **SIDE, persona=["anna"])
    assert not app.exception


def test_hostile_personas_stay_text(open_page: Opener) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    folder = worlds.store_run(corpus, personas=worlds.HOSTILE[:6], controls=worlds.HOSTILE[6:8])
    manifest = folder.manifest()
    about = {
        "text": worlds.HOSTILE[2],
        "group": worlds.HOSTILE[2],
        "attributes": {worlds.HOSTILE[2]: worlds.HOSTILE[1]},
    }
    hostile = tuple(p.model_copy(update=about) for p in manifest.personas)
    folder.write_manifest(manifest.model_copy(update={"personas": hostile}))
    for link in ({}, {"look": "Table"}, {**SIDE, "persona": list(worlds.HOSTILE[:3])}, {"find": worlds.HOSTILE[2]}):
        app = open_page("personas", **link)
        assert not app.exception
        for kind in ("markdown", "caption", "html", "button", "expander"):
            for element in app.get(kind):
                assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind
        for widget in (*app.multiselect, *app.selectbox, *app.text_input):
            assert "beacon" not in widget.label


def test_attribute_options_stand_by_attribute() -> None:
    made = [
        RunPersona(persona_id=str(i), kind="strong", text="x", set_name="s", attributes=told)
        for i, told in enumerate([{"age": "old", "work": "a=b"}, {"age": "young"}, {"age": "old"}])
    ]
    assert persona_filter.attribute_options(made) == ["age=old", "age=young", "work=a=b"]
    found = persona_filter.matching(made, attributes=["work=a=b"])
    assert [p.persona_id for p in found] == ["0"], "a value may hold the sign that stands between"


def test_every_failure_mode_has_words() -> None:
    from engine.figures.stability import MODES

    assert set(MODES) <= set(persona_facts.MODES)
