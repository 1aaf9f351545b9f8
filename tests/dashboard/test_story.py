"""The story page: five steps of a run, of any state a store can be in, alone or beside another."""

from __future__ import annotations

import json

import pytest

from dashboard.story_steps import STEPS
from engine import paths
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts

NAMES = [step.name for step in STEPS]


@pytest.mark.parametrize("step", NAMES)
def test_every_step_has_a_question_a_sentence_a_chart_and_its_numbers(
    open_page: Opener, small: worlds.Corpus, step: str
) -> None:
    worlds.store_run(small, controls=("c1", "c2"))
    app = open_page("story", step=step)
    assert not app.exception
    assert [title.value for title in app.title] == [STEPS[NAMES.index(step)].question]
    assert len(app.get("plotly_chart")) == 1
    assert any("40 items" in said or "40 item" in said for said in texts(app)), "the sentence has its N"
    title = json.loads(app.get("plotly_chart")[0].proto.spec)["layout"]["title"]["text"]
    assert title


def test_buttons_go_through_the_steps_and_stop_at_the_ends(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("story")
    assert app.button(key="back").disabled
    for step in STEPS[1:]:
        app.button(key="next").click().run()
        assert app.title[0].value == step.question
    assert app.button(key="next").disabled
    app.button(key="back").click().run()
    assert app.title[0].value == STEPS[-2].question


def test_a_link_restores_run_step_temperature_and_the_run_beside(open_page: Opener, small: worlds.Corpus) -> None:
    first, second = worlds.store_run(small), worlds.store_run(small, "demo-chorus", spread=0.05)
    app = open_page("story", run=first.run_id, beside=second.run_id, step="Personas", t="0.5")
    assert app.selectbox(key="run").value == first.run_id
    assert app.selectbox(key="beside").value == second.run_id
    assert app.slider(key="t").value == 0.5
    assert len(app.get("plotly_chart")) == 2
    assert any(said.startswith("The personas of ") and "those of" in said for said in texts(app))
    assert sum("At temperature 0.50" in said for said in texts(app)) == 2, "both at the same temperature"


def test_personas_who_all_say_the_same_are_one_voice(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, "demo-chorus", spread=0.0)
    app = open_page("story", run=run.run_id, step="Personas")
    assert "One voice" in texts(app)
    app = open_page("story", run=run.run_id, step="Noise")
    assert "Noise, not points of view" in texts(app)


def test_two_runs_share_the_range_of_their_charts(open_page: Opener, small: worlds.Corpus) -> None:
    first, second = worlds.store_run(small, spread=3.0), worlds.store_run(small, "demo-chorus", spread=0.0)
    app = open_page("story", run=first.run_id, beside=second.run_id, step="Noise")
    ranges = [json.loads(chart.proto.spec)["layout"]["yaxis"]["range"] for chart in app.get("plotly_chart")]
    assert ranges[0] == ranges[1]


def test_a_sampled_run_has_no_slider_and_points_for_a_curve(open_page: Opener, small: worlds.Corpus) -> None:
    exact, run = worlds.store_run(small), worlds.store_run(small, mode="sampled")
    for step in NAMES:
        app = open_page("story", run=run.run_id, step=step, sampled_t="1")
        assert not app.exception
        assert app.get("plotly_chart"), step
    assert app.selectbox(key="sampled_t").value == "1"
    beside = open_page("story", run=exact.run_id, beside=run.run_id, step="Personas", t="0.9")
    assert any("At temperature 1.00" in said for said in texts(beside)), "the nearest that was sampled"


def test_one_persona_has_nobody_to_differ_from(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, personas=("anna",))
    for step in NAMES:
        app = open_page("story", run=run.run_id, step=step)
        assert not app.exception, step
    assert "One persona, so one voice" in texts(open_page("story", run=run.run_id, step="Personas"))


def test_a_partial_run_is_told_on_what_it_has(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, state="cancelled", share=0.5)
    for step in NAMES:
        assert not open_page("story", run=run.run_id, step=step).exception, step


def test_what_may_mislead_is_said(open_page: Opener, small: worlds.Corpus) -> None:
    whole = worlds.store_run(small)
    part = worlds.store_run(small, "demo-chorus", state="cancelled", share=0.5, items=slice(0, 20))
    app = open_page("story", run=whole.run_id, beside=part.run_id)
    assert any("did not label the same items" in said for said in texts(app))
    assert any("is cancelled: 30 of 60 answers are in" in said for said in texts(app))
    assert not any("did not label" in said for said in texts(open_page("story", run=whole.run_id)))


def test_a_run_whose_corpus_is_gone_says_so(open_page: Opener, small: worlds.Corpus) -> None:
    import shutil

    run = worlds.store_run(small)
    shutil.rmtree(paths.imported_dir() / "small")
    app = open_page("story", run=run.run_id)
    assert not app.exception
    assert any("no corpus 'small'" in said for said in texts(app))


def test_unknown_names_in_the_address_are_told(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small)
    app = open_page("story", run="gone", beside="lost", step="nowhere")
    assert not app.exception
    assert any("There is no run 'gone'" in said for said in texts(app))
    assert not [box for box in app.sidebar.selectbox if box.key == "run"], "a phone's sidebar is closed: on the page"
    app = open_page("story", run=run.run_id, beside="lost", step="nowhere")
    assert any("There is no run 'lost'" in said for said in texts(app))
    assert app.title[0].value == STEPS[0].question


@pytest.mark.parametrize("step", NAMES)
def test_items_are_shown_when_asked_for_and_their_texts_after_that(
    open_page: Opener, small: worlds.Corpus, step: str
) -> None:
    worlds.store_run(small)
    app = open_page("story", step=step)
    assert not any(said.startswith("Hidden text") for said in texts(app))
    app.session_state["items"] = True
    app.run()
    assert not app.exception
    assert sum(said.startswith("Hidden text") for said in texts(app)) >= 4
    assert any("3 personas: " in said for said in texts(app))
    assert worlds.SECRET not in everything(app)
    app.button(key="reveal-0").click().run()
    assert sum(worlds.SECRET in said for said in texts(app)) == 1


def test_two_runs_have_their_own_items_and_a_line_each(open_page: Opener, small: worlds.Corpus) -> None:
    first, second = worlds.store_run(small, name="one"), worlds.store_run(small, "demo-chorus", name="other", seed=5)
    app = open_page("story", run=first.run_id, beside=second.run_id, step="Personas", items="true")
    ids = [said for said in texts(app) if said.startswith("Disagreement")]
    assert sum(said.startswith("one: 3 personas: ") for said in texts(app)) == len(ids)
    assert sum(said.startswith("other: 3 personas: ") for said in texts(app)) == len(ids)
    app.selectbox(key="items_of").set_value(second.run_id).run()
    assert [said for said in texts(app) if said.startswith("Disagreement")] != ids
    link = open_page(
        "story", run=first.run_id, beside=second.run_id, step="Personas", items="true", items_of=second.run_id
    )
    assert [said for said in texts(link) if said.startswith("Disagreement")] != ids


def test_people_are_shown_once_for_two_runs_on_the_same_items(open_page: Opener, small: worlds.Corpus) -> None:
    first, second = worlds.store_run(small), worlds.store_run(small, "demo-chorus", spread=0.2, seed=7)
    part = worlds.store_run(small, "demo-voices-2", items=slice(0, 20))
    assert len(open_page("story", run=first.run_id, beside=second.run_id, step="People").get("plotly_chart")) == 1
    assert len(open_page("story", run=first.run_id, beside=part.run_id, step="People").get("plotly_chart")) == 2
    assert len(open_page("story", run=first.run_id, beside=second.run_id, step="Personas").get("plotly_chart")) == 2


def test_presenting_hides_the_choices_and_marks_the_demo(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("story", step="Personas", present="true")
    assert not app.exception
    keys = {button.key for button in app.button}
    assert {"back", "next", "page-back", "page-next", "end"} <= keys
    assert "Synthetic" in everything(app)
    app.button(key="page-next").click().run()
    assert app.title[0].value == STEPS[2].question
    app.button(key="end").click().run()
    assert "page-next" not in {button.key for button in app.button}


@pytest.mark.parametrize("step", NAMES)
def test_hostile_names_stay_text(open_page: Opener, step: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    run = worlds.store_run(corpus, "![m](http://beacon.invalid/m.png) <script>x</script>")
    app = open_page("story", run=run.run_id, beside=run.run_id, step=step)
    app.session_state["items"] = True
    app.run()
    assert not app.exception
    for kind in ("markdown", "caption", "title", "html", "button", "expander"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind
