"""Every page, from app.py, over the states a store can be in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import text
from engine import paths
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts

PAGES = (
    "home",
    "story",
    "corpus",
    "temperature",
    "report",
    "personas",
    "alignment",
    "stability",
    "attributes",
    "refusals",
    "models",
    "live",
    "runs",
)


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_says_what_to_do(open_page: Opener, page: str) -> None:
    app = open_page(page)
    assert not app.exception
    assert "make demo" in [code.value for code in app.code]


@pytest.mark.parametrize("page", PAGES)
def test_a_store_with_runs_in_every_state(open_page: Opener, small: worlds.Corpus, page: str) -> None:
    worlds.store_personas()
    worlds.store_run(small)
    worlds.store_run(small, "demo-chorus", state="cancelled", share=0.4)
    worlds.store_run(small, "third", state="running", share=0.2)
    broken = paths.runs_dir() / "broken-run"
    broken.mkdir()
    (broken / "manifest.json").write_text("{ no json")
    app = open_page(page)
    assert not app.exception
    if page == "runs":
        shown = [badge.proto.body for badge in app.markdown]
        for word in ("Finished", "Cancelled", "Interrupted", "Unreadable"):
            assert any(word in body for body in shown), f"no run is shown as {word}"


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_corpus_stays_text(open_page: Opener, page: str) -> None:
    """No hostile string reaches an element that reads markdown or HTML."""
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    worlds.store_personas()
    worlds.store_run(corpus, "![m](http://beacon.invalid/m.png) <script>x</script>", mass=0.5, missing=0.1)
    app = open_page(page, **({"corpus": "hostile"} if page == "corpus" else {}))
    if page == "corpus":
        app.toggle(key="show_texts").set_value(True).run()
    assert not app.exception
    for kind in ("markdown", "caption", "title", "header", "subheader", "html", "button", "metric", "toast"):
        for element in app.get(kind):
            sent = str(element.proto)
            assert not any(word in sent for word in ("beacon", "pwned")), f"{kind} holds data: {sent[:300]}"
    for widget in (*app.selectbox, *app.multiselect, *app.toggle, *app.slider):
        assert "beacon" not in widget.label
    if page == "corpus":
        assert any("<script>" in shown for shown in texts(app)), "the text is to be seen, as text"


# Corpus


def test_texts_stay_on_the_server_until_asked_for(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("corpus", corpus="small")
    assert worlds.SECRET not in everything(app)
    assert sum(shown.startswith("Hidden text") for shown in texts(app)) == 8

    app.button(key="reveal-0").click().run()
    revealed = [shown for shown in texts(app) if worlds.SECRET in shown]
    assert len(revealed) == 1, "one text was asked for"

    app.button(key="reveal-0").click().run()
    assert worlds.SECRET not in everything(app), "it can be hidden again"

    app.toggle(key="show_texts").set_value(True).run()
    assert sum(worlds.SECRET in shown for shown in texts(app)) == 8


def test_a_reveal_holds_for_one_corpus_and_item_alone(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_corpus(worlds.small_corpus("other"))
    app = open_page("corpus", corpus="small")
    app.button(key="reveal-0").click().run()
    app.selectbox(key="corpus").set_value("other").run()
    assert worlds.SECRET not in everything(app)


def test_explanations_are_masked_with_the_text(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("corpus", corpus="small", order="As in the corpus")
    app.session_state["who-0"] = True
    app.run()
    assert worlds.SECRET not in everything(app)
    frame = app.dataframe[0].value
    assert list(frame["annotator"]) == [f"Ann{i}" for i in range(1, 7)]
    assert all(str(cell).startswith("Hidden text") for cell in frame["explanation"])
    app.button(key="reveal-0").click().run()
    assert worlds.SECRET in str(app.dataframe[0].value["explanation"][0])


def test_items_are_ordered_by_disagreement(open_page: Opener, small: worlds.Corpus) -> None:
    def values(order: str) -> list[float]:
        app = open_page("corpus", corpus="small", order=order)
        return [float(shown.split()[1].split("\u00a0")[0]) for shown in texts(app) if shown.startswith("Disagreement")]

    assert values("Most disputed") == sorted(values("Most disputed"), reverse=True)
    assert values("Most agreed") == sorted(values("Most agreed"))
    assert values("Most disputed")[0] > values("Most agreed")[0]


def test_the_table_shows_no_texts_and_the_split_narrows_it(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("corpus", corpus="small", view="Table", split="test")
    assert len(app.dataframe[0].value) == 10
    assert worlds.SECRET not in everything(app)


def test_agreement_comes_with_its_interval_and_groups(open_page: Opener, small: worlds.Corpus) -> None:
    from engine.measures import human_agreement
    from engine.runs import human_labels

    expected = human_agreement(human_labels(small))
    app = open_page("corpus", corpus="small", part="People")
    assert app.metric[3].value == text.number(expected.value)
    assert any(text.interval(expected) in shown for shown in texts(app))
    groups = app.dataframe[0].value
    assert list(groups["group"]) == ["Everybody", "control", "target"]
    assert groups["alpha"][2] == pytest.approx(human_agreement(human_labels(small), "target").value)


def test_synthetic_data_are_marked(open_page: Opener) -> None:
    worlds.store_corpus(worlds.small_corpus("made", synthetic=True))
    worlds.store_corpus(worlds.small_corpus("real", synthetic=False))
    assert text.SYNTHETIC in texts(open_page("corpus", corpus="made"))
    assert text.SYNTHETIC not in texts(open_page("corpus", corpus="real"))


def test_an_address_that_names_no_corpus_says_so(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("corpus", corpus="smal")
    assert any("no usable corpus 'smal'" in shown for shown in texts(app))


# Temperature


def chart_of(app: AppTest) -> dict[str, Any]:
    """Return the traces of the chart by name."""
    return {trace.get("name"): trace for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"]}


def test_nobody_chose_each_models_exact_run_with_its_drawn_answers(open_page: Opener, small: worlds.Corpus) -> None:
    old = worlds.store_run(small, "demo-voices", seed=9)
    chosen = [
        worlds.store_run(small, "demo-voices", spread=1.5),
        worlds.store_run(small, "demo-chorus", spread=0.1),
        worlds.store_run(small, "demo-voices", mode="sampled"),
    ]
    worlds.store_run(small, "third", mode="sampled")  # nothing that it could check
    app = open_page("temperature")
    assert not app.exception
    assert sorted(app.multiselect(key="run").value) == sorted(run.run_id for run in chosen)
    assert old.run_id not in app.multiselect(key="run").value
    drawn = chart_of(app)
    assert {"demo-voices", "demo-chorus", "People", "demo-voices: drawn answers"} <= set(drawn)
    assert drawn["demo-voices: drawn answers"]["mode"] == "markers"
    assert drawn["demo-voices: drawn answers"]["error_y"]["array"]
    assert drawn["demo-voices: drawn answers"]["marker"]["line"]["color"] == drawn["demo-voices"]["line"]["color"]


def test_the_newest_corpus_goes_first(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, "demo-voices")
    newer = worlds.store_run(worlds.store_corpus(worlds.small_corpus("newer")), "demo-chorus")
    assert open_page("temperature").multiselect(key="run").value == [newer.run_id]


def test_the_slider_shows_alpha_at_its_temperature(open_page: Opener, small: worlds.Corpus) -> None:
    from engine.measures import persona_agreement
    from engine.runs import exact_labels

    run = worlds.store_run(small)
    app = open_page("temperature")
    for temperature in (0.0, 0.37, 2.0):
        app.slider(key="t").set_value(temperature).run()
        expected = text.number(persona_agreement(exact_labels(run), temperature).value)
        assert expected in [markdown.value for markdown in app.markdown]


def test_strong_personas_are_measured_unless_others_are_chosen(open_page: Opener, small: worlds.Corpus) -> None:
    from engine.measures import persona_agreement
    from engine.runs import exact_labels

    run = worlds.store_run(small, controls=("c1", "c2", "c3", "c4"))
    labels = exact_labels(run)

    def alpha(personas: list[str]) -> str:
        return text.number(persona_agreement(labels, 0.7, personas).value)

    strong, controls = ["anna", "ben", "cleo"], ["c1", "c2", "c3", "c4"]
    assert len({alpha(strong), alpha(controls), alpha(strong + controls)}) == 3
    app = open_page("temperature")
    assert app.multiselect(key="set").value == ["two"]
    assert alpha(strong) in [markdown.value for markdown in app.markdown]
    app.multiselect(key="set").set_value(["helpers"]).run()
    assert alpha(controls) in [markdown.value for markdown in app.markdown]
    app.multiselect(key="set").set_value(["two", "helpers"]).run()
    assert alpha(strong + controls) in [markdown.value for markdown in app.markdown]
    app.multiselect(key="set").set_value([]).run()
    assert "Choose at least one persona set." in texts(app)

    linked = open_page("temperature", set=["helpers"])
    assert linked.multiselect(key="set").value == ["helpers"]
    assert any("no persona set 'gone'" in said for said in texts(open_page("temperature", set=["gone"])))


def test_sets_follow_the_runs_until_a_reader_chooses(open_page: Opener, small: worlds.Corpus) -> None:
    first = worlds.store_run(small, "m", controls=("c1", "c2"))
    second = worlds.store_run(small, "n", set_name="others")
    app = open_page("temperature", run=[first.run_id])
    assert app.multiselect(key="set").value == ["two"]
    app.multiselect(key="run").set_value([first.run_id, second.run_id]).run()
    assert app.multiselect(key="set").value == ["two", "others"]
    assert {"m", "n"} <= set(chart_of(app))
    app.multiselect(key="set").set_value(["helpers"]).run()
    app.multiselect(key="run").set_value([first.run_id]).run()
    assert app.multiselect(key="set").value == ["helpers"]
    app.multiselect(key="run").set_value([second.run_id]).run()
    assert app.multiselect(key="set").value == ["others"], "nothing of the choice is left"


def test_runs_and_people_are_compared_on_the_same_items(open_page: Opener, small: worlds.Corpus) -> None:
    from engine.measures import human_agreement, persona_agreement
    from engine.runs import exact_labels, human_labels

    whole = worlds.store_run(small, "demo-voices", controls=("c1", "c2"))
    worlds.store_run(small, "demo-voices", mode="sampled", items=slice(10, 30), personas=("anna", "ben"), name="drawn")
    shared = [item.item_id for item in small.items[10:30]]
    app = open_page("temperature")
    assert any(said.startswith("Compared on the 20 items that all share; 20 others") for said in texts(app))
    assert any("drawn has no labels for them" in said for said in texts(app))
    assert any("1 of 3 personas of demo-voices are left out" in said for said in texts(app))
    shown = [markdown.value for markdown in app.markdown]
    assert text.number(persona_agreement(exact_labels(whole), 0.7, ["anna", "ben"], items=shared).value) in shown
    assert text.number(human_agreement(human_labels(small), items=shared).value) in shown
    app.multiselect(key="run").set_value([whole.run_id]).run()
    assert "Compared on the same 40 items; none is left out." in texts(app)
    assert text.number(human_agreement(human_labels(small)).value) in [markdown.value for markdown in app.markdown]


def test_runs_that_share_no_items_are_named(open_page: Opener, small: worlds.Corpus) -> None:
    runs = [
        worlds.store_run(small, "m", items=slice(0, 15), name="early"),
        worlds.store_run(small, "n", items=slice(15, 40), name="late"),
    ]
    app = open_page("temperature", run=[run.run_id for run in runs])
    assert any("early (15 labelled) and late (25 labelled) share no items" in said for said in texts(app))
    assert not app.get("plotly_chart")


def test_a_run_without_the_chosen_personas_is_left_out_by_name(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, "demo-voices", controls=("c1", "c2"), name="both")
    worlds.store_run(small, "demo-chorus", name="alone")
    app = open_page("temperature", set=["helpers"])
    assert "alone is not shown: it has none of these persona sets. It has two." in texts(app)
    assert "demo-voices" in chart_of(app)
    assert "demo-chorus" not in chart_of(app)


def test_a_deep_link_restores_run_and_temperature(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, "demo-voices")
    other = worlds.store_run(small, "demo-chorus")
    app = open_page("temperature", run=[other.run_id], t="1.25")
    assert app.multiselect(key="run").value == [other.run_id]
    assert app.slider(key="t").value == 1.25


def test_a_link_to_a_run_that_is_not_here_never_shows_another(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("temperature", run=["gone-000000000000"])
    assert any("There is no run 'gone-000000000000'" in shown for shown in texts(app))
    assert app.multiselect(key="run").value == []
    assert not app.get("plotly_chart")


def test_what_misleads_is_said(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, "weak", mass=0.4, missing=0.2, state="cancelled", share=0.5)
    said = " ".join(texts(open_page("temperature")))
    assert "the label words hold only 40%" in said
    assert "up to 20% of the probability is hidden" in said
    assert "60 of 120 answers are in" in said


@pytest.mark.parametrize("page", ["temperature", "personas", "alignment", "stability", "attributes", "refusals"])
def test_a_model_that_wanted_to_say_something_else_is_told_once(
    open_page: Opener, small: worlds.Corpus, page: str
) -> None:
    run = worlds.store_run(small, mass=0.004)
    manifest = run.manifest()
    note = "the label tokens hold only 0.00 of the probability on average: the model wanted to say something else"
    run.write_manifest(manifest.model_copy(update={"notes": [note]}))
    said = [words for words in texts(open_page(page)) if "wanted to say" in words]
    assert len(said) == 1
    assert "mislead" in said[0]


@pytest.mark.parametrize("cut", [True, False])
def test_answers_cut_off_before_their_label_are_told(open_page: Opener, small: worlds.Corpus, cut: bool) -> None:
    worlds.store_run(small, mode="sampled", cut=cut)
    said = " ".join(texts(open_page("temperature")))
    assert "answers without a label are left out of alpha" in said
    assert ("as long as an answer may be (8 tokens), so probably cut off" in said) is cut
    assert "label words hold" not in said


def test_a_healthy_run_warns_of_nothing(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    said = " ".join(texts(open_page("temperature")))
    for warning in ("label words hold", "hidden from the labels", "left out of alpha", "cut off"):
        assert warning not in said


def test_runs_of_different_corpora_have_people_of_their_own(open_page: Opener, small: worlds.Corpus) -> None:
    other = worlds.store_corpus(worlds.small_corpus("other", n_items=30, seed=5))
    first, second = worlds.store_run(small, "m"), worlds.store_run(other, "n")
    app = open_page("temperature", run=[first.run_id, second.run_id])
    assert any("Compare each line with the people of its own corpus only" in shown for shown in texts(app))
    assert {"People, small", "People, other"} <= set(chart_of(app))
    assert "small: Compared on the same 40 items; none is left out." in texts(app)


def test_texts_that_changed_under_the_same_names_are_told(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small, "m", digest="before")
    worlds.store_run(small, "n", digest="after")
    assert any("texts changed between these runs" in said for said in texts(open_page("temperature")))


def test_a_run_whose_corpus_is_gone_keeps_its_curve(open_page: Opener) -> None:
    worlds.store_run(worlds.small_corpus("gone"))
    app = open_page("temperature")
    assert not app.exception
    assert any("There is no human band" in shown for shown in texts(app))
    assert app.get("plotly_chart")


# Runs


def test_the_form_checks_through_the_spec(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_personas()
    app = open_page("runs", do="Start a run")
    assert not app.exception
    app.segmented_control(key="form_mode").set_value("sampled").run()
    app.text_input(key="form_temperatures").set_value("0.5 7").run()
    assert any("outside 0 to 2" in shown for shown in texts(app))
    app.text_input(key="form_temperatures").set_value("hot").run()
    assert any("no number" in shown for shown in texts(app))
    app.text_input(key="form_temperatures").set_value("0, 0.5").run()
    assert any("3 personas × 40 items × 2 temperatures = 240 requests" in shown for shown in texts(app))
    assert app.button(key="start")


def test_the_form_tells_the_time_at_the_pace_of_an_earlier_run(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_personas()
    run = worlds.store_run(small, "demo-voices")
    manifest = run.manifest()
    manifest.actual.responses_per_second = 2.0
    run.write_manifest(manifest)
    app = open_page("runs", do="Start a run")
    app.selectbox(key="form_backend").set_value("scripted").run()
    said = " ".join(texts(app)).replace("\u00a0", " ")
    assert f"120 requests · about 60 s of asking, at the pace of {run.run_id}" in said


def test_one_run_is_shown_where_the_address_names_it(open_page: Opener, small: worlds.Corpus) -> None:
    first = worlds.store_run(small, "first")
    worlds.store_run(small, "second")
    app = open_page("runs", show=first.run_id)
    assert app.selectbox(key="show").value == first.run_id
    assert "first" in texts(app)
    assert "second" not in texts(app)
    assert any("There is no run 'gone'" in said for said in texts(open_page("runs", show="gone")))


def test_two_runs_never_look_the_same(open_page: Opener, small: worlds.Corpus) -> None:
    for name in ("one", "two", ""):
        worlds.store_run(small, "demo-voices", name=name, seed=len(name))
    worlds.store_run(small, "demo-voices", seed=7)
    for page in ("home", "runs"):
        shown = texts(open_page(page))
        assert {"one", "two"} <= set(shown)
        unnamed = [said for said in shown if said.startswith("demo-voices, ")]
        assert len(set(unnamed)) == 2
        assert any(said.startswith("model demo-voices") for said in shown)


def test_the_form_says_what_is_missing(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("runs", do="Start a run")
    assert any("persona from-corpus" in code.value for code in app.code)


def test_a_run_chosen_on_one_page_is_the_one_on_the_next(open_page: Opener) -> None:
    """Most pages show one run, temperature several: each takes over the other's choice."""
    corpus = worlds.store_corpus(worlds.small_corpus())
    worlds.store_run(corpus, "demo-voices")
    chosen = worlds.store_run(corpus, "demo-chorus").run_id
    page = open_page("stability", run=chosen)
    for name, widget in (("temperature", "multiselect"), ("alignment", "selectbox")):
        page.query_params.clear()
        page.switch_page(f"views/{name}.py").run()
        found = getattr(page, widget)(key="run").value
        assert found == ([chosen] if widget == "multiselect" else chosen)
        assert not page.exception
