"""The Live page with a program in a model's place: what is chosen, what is asked, what is shown, what is saved."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import live_drawn, live_model
from engine.corpora.store import load_corpus
from engine.live import Ask, ModelHolder, holder
from engine.runs import list_runs
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, texts
from tests.dashboard.servers import PATIENCE

TYPED = {"from": "Typed texts"}
SCRIPTED = {"where": live_model.WHERE["scripted"]}


@pytest.fixture
def small() -> worlds.Corpus:
    worlds.store_personas()
    return worlds.store_corpus(worlds.small_corpus())


def until(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def held() -> ModelHolder:
    """The model of the app under test."""
    return live_model.holder()


def over(ask: Ask) -> bool:
    """Look at a question as its page does, which is drawn again and again; return whether no more answers come."""
    ask.watch()
    return not ask.status.going


@contextmanager
def nothing_answered() -> Iterator[None]:
    """Hold the model's process still, so that whatever it is asked meanwhile waits."""
    (process,) = [child for child in psutil.Process().children() if "engine.live.answering" in child.cmdline()]
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def start(app: AppTest) -> AppTest:
    """Press the button that starts the model, and wait for it."""
    app.button(key="live-start").click().run()
    assert not app.exception
    until(lambda: held().status.state in ("ready", "failed"))
    assert held().status.state == "ready", held().status
    return app.run()


def ask(app: AppTest) -> AppTest:
    app.button(key="live-ask").click().run()
    assert not app.exception
    found = held().find(app.session_state["asked"])
    assert found is not None
    until(lambda: over(found))
    return app.run()


def test_from_a_stopped_model_to_saved_answers(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", **SCRIPTED)
    assert not app.exception
    assert "No model is running." in texts(app)
    assert app.button(key="live-ask").disabled
    assert (
        "3 personas × 1 text: 3 label distributions at every temperature at once, and 27 drawn answers at "
        in " ".join(texts(app))
    )

    start(app)
    assert not app.button(key="live-ask").disabled
    ask(app)
    shown = texts(app)
    assert any("3 of 3 label distributions" in line and "27 of 27 drawn answers" in line for line in shown)
    assert any(" × yes" in line or " × no" in line for line in shown), "repeats are folded into counts"
    assert worlds.SECRET not in everything(app), "the item's text is hidden until asked for"
    assert "Seen as I am" not in everything(app), "and so are answers about it"
    assert len([trace for trace in charts(app)[0]["data"] if trace["mode"] == "lines"]) == 3
    app.button(key="live-reveal").click().run()
    assert worlds.SECRET in everything(app)
    assert "Seen as I am" in everything(app)

    app.text_input(key="live_name").set_value("talk").run()
    app.button(key="live-keep").click().run()
    assert sorted((run.mode, run.name, run.state) for run in list_runs()) == [
        ("exact", "talk", "finished"), ("sampled", "talk", "finished"),
    ]  # fmt: skip
    assert any("27 of 27" in line for line in texts(app)), "what was saved is still shown"


def test_a_link_restores_the_choices_but_never_typed_texts(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page(
        "live", **SCRIPTED, corpus="small", item=["item-031", "item-002"], who=["two/ben"], at=["0.5", "2"], each="5",
        answer="Label alone", asked_as="definition", model="demo-chorus",
    )  # fmt: skip
    assert not app.exception
    assert app.multiselect(key="item").value == ["item-031", "item-002"]
    assert app.multiselect(key="who").value == ["two/ben"]
    assert any("1 persona × 2 texts" in line and "20 drawn answers at 0.5 and 2" in line for line in texts(app))
    app.segmented_control(key="from").set_value("Typed texts").run()
    app.text_area(key="typed_text_0").set_value("words of mine").run()
    assert not app.exception
    assert any("1 persona × 1 text" in line for line in texts(app))
    assert not [value for value in app.query_params.values() if "words of mine" in str(value)]


def test_what_an_address_names_in_vain_is_said(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", **SCRIPTED, corpus="small", item=["nope"], who=["two/nobody"], asked="0123456789ab")
    said = " ".join(texts(app))
    assert not app.exception
    assert "no item 'nope'" in said
    assert "no persona 'two/nobody'" in said
    assert "The answers of this link are gone" in said


def test_typed_texts_are_asked_and_saved_as_a_corpus_that_no_page_stumbles_over(
    open_page: Opener, small: worlds.Corpus
) -> None:
    app = open_page("live", **SCRIPTED, **TYPED, each="2", at=["0", "1"])
    assert "Choose a text to go on." in texts(app)
    app.text_area(key="typed_text_0").set_value(f"first {worlds.SECRET}").run()
    app.button(key="typed-more").click().run()
    assert any("text 2: text is empty" in line for line in texts(app))
    app.text_area(key="typed_text_1").set_value(worlds.HOSTILE[2]).run()
    ask(start(app))
    assert f"first {worlds.SECRET}" in texts(app), "who typed a text need not ask for it"
    app.button(key="live-keep").click().run()
    (exact, _) = sorted(list_runs(), key=lambda run: run.mode)
    assert len(load_corpus(exact.corpus).items) == 2
    for page in ("home", "story", "temperature", "personas", "alignment", "stability", "attributes", "refusals",
                 "report", "runs"):  # fmt: skip
        other = open_page(page, run=exact.run_id)
        assert not other.exception, page
        said = " ".join(texts(other)) + " ".join(part.value for part in other.markdown)
        assert "share no items" not in said, page
        if page in ("story", "alignment"):
            assert "No person labelled these texts" in said, page
    other = open_page("corpus", corpus=exact.corpus)
    assert not other.exception
    assert "Nobody labelled these texts" in " ".join(texts(other))


def test_two_fields_where_the_task_has_two(open_page: Opener) -> None:
    nli = worlds.TASK.model_copy(
        update={"kind": "nli", "labels": ("entailment", "neutral", "contradiction"), "answers": {}, "positive": None}
    )
    worlds.store_personas()
    small = worlds.small_corpus("pairs")
    frame = small.annotations.assign(label="neutral")
    items = tuple(replace(i, fields={"context": "c", "statement": "s"}) for i in small.items)
    worlds.store_corpus(replace(small, task=nli, items=items, annotations=frame))
    app = open_page("live", **SCRIPTED, **TYPED)
    assert [area.label for area in app.text_area] == ["Context", "Statement"]
    app.text_area(key="typed_context_0").set_value("It rains.").run()
    assert any("statement is empty" in line for line in texts(app))
    app.text_area(key="typed_statement_0").set_value("It is wet.").run()
    ask(start(app))
    assert len({trace["yaxis"] for trace in charts(app)[0]["data"]}) == 3, "a panel a label"


def test_refusals_and_answers_without_a_label_are_marked_by_word(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.randbits", lambda _: 1)  # a draw in which each of them occurs
    app = open_page("live", **SCRIPTED, each="10", at=["1"], who=["two/anna"])
    app.text_input(key="live_options_scripted").set_value('{"refuse": 0.4, "hedge": 0.2, "babble": 0.3}').run()
    ask(start(app))
    badges = [badge.proto.body for badge in app.markdown]
    for word, icon in (("Refused", "block"), ("Would not choose", "balance"), ("No label found", "question_mark")):
        assert any(word in body and icon in body for body in badges), word
    refusals = ("I'm sorry", "I can't help", "do not have personal")
    assert not [line for line in texts(app) if any(words in line for words in refusals)], "hidden until asked for"
    app.button(key="live-reveal").click().run()
    assert [line for line in texts(app) if any(words in line for words in refusals)]
    assert any("labels hold only 10%" in line for line in texts(app)), "and small label mass is said"


def test_failed_requests_are_no_answers_and_their_reason_is_not_hidden(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", **SCRIPTED, each="10", at=["1"], who=["two/anna"])
    app.text_input(key="live_options_scripted").set_value('{"fail": 1.0}').run()
    ask(start(app))
    said = " ".join(texts(app))
    assert "0 of 1 label distribution" in said
    assert "0 of 10 drawn answers" in said
    assert "11 requests failed" in said
    assert "10 × rejected: " in said


def test_an_address_never_decides_where_a_key_goes(open_page: Opener, small: worlds.Corpus) -> None:
    where = live_model.WHERE["server"]
    app = open_page("live", where=where, live_server="http://evil.invalid/v1", live_key="POLYVOCAL_API_KEY")
    assert app.text_input(key="live_server").value == ""
    app.text_input(key="live_server").set_value("http://127.0.0.1:9/v1").run()
    app.text_input(key="live_key").set_value("sk-my-secret").run()
    said = " ".join(texts(app))
    assert "never the key itself" in said
    assert "sk-my-secret" not in said
    app.text_input(key="live_key").set_value("POLYVOCAL_API_KEY_NONE").run()
    app.button(key="live-start").click().run()
    assert any("POLYVOCAL_API_KEY_NONE is not set" in line for line in texts(app))


def test_a_model_s_name_stays_whole_on_the_button_that_starts_it(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", where=live_model.WHERE["vllm"], model="my_lab/a_model")
    assert app.button(key="live-start").label == r"Start a\_model", "escaped, because labels read markdown"


def test_a_text_that_is_too_long_is_told_of_not_dropped(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", **SCRIPTED, **TYPED)
    app.text_area(key="typed_text_0").set_value("word " * 40_000).run()
    assert not app.exception
    assert any("text 1: text has 200,000 characters; 2,000 at most" in line for line in texts(app))
    assert app.text_area(key="typed_text_0").proto.max_chars == 0, "else the browser takes none of a longer paste"


def test_an_answer_without_a_word_is_shown_as_empty() -> None:
    rows = pd.DataFrame({"text": ["", None, "yes "], "error": [None, "no answer", None]})
    assert live_drawn.folded(rows, seen=True) == ["(an empty answer)", "no answer", "yes"]
    bare = pd.DataFrame({"text": ["", ""], "error": [None, None]})
    assert live_drawn.folded(bare, seen=True) == ["2 × (an empty answer)"]
    strings = bare.astype("string[pyarrow]")
    assert live_drawn.folded(strings, seen=False) == ["2 × Hidden text · 0 words"]


def test_a_model_that_fails_tells_why_and_can_be_started_again(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", where=live_model.WHERE["server"])
    app.text_input(key="live_server").set_value("http://127.0.0.1:9/v1").run()
    app.button(key="live-start").click().run()
    until(lambda: not held().status.moving)
    app.run()
    assert any("cannot be reached" in line for line in texts(app))
    assert not app.exception
    label = app.button(key="live-start").label
    assert label.startswith("Connect to")
    assert "9" not in label, "an address that has lost its colons is another address"


def test_another_session_s_model_is_not_stopped_unsaid(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holder, "PRESENT", PATIENCE)
    mine = start(open_page("live", **SCRIPTED))
    assert "1 other session" not in " ".join(texts(mine))
    open_page("live", **SCRIPTED)
    assert any("1 other session looked at it" in line and "stopping is for all" in line for line in texts(mine.run()))
    theirs = open_page("live", where=live_model.WHERE["vllm"], model="demo-voices")
    assert any("2 other sessions looked at this model within the last minute" in line for line in texts(theirs))
    assert theirs.button(key="live-start").label == "Stop scripted labels, start demo-voices"
    assert theirs.button(key="live-ask").disabled
    assert ask(mine), "and both sessions can go on asking it"


def test_two_sessions_ask_one_model_at_once(open_page: Opener, small: worlds.Corpus) -> None:
    one = start(open_page("live", **SCRIPTED, who=["two/anna"]))
    two = open_page("live", **SCRIPTED, who=["two/ben"])
    first = held()
    one.button(key="live-ask").click().run()
    two.button(key="live-ask").click().run()
    asks = [held().find(app.session_state["asked"]) for app in (one, two)]
    until(lambda: {found is not None and over(found) for found in asks} == {True})
    assert [found.status.state for found in asks if found] == ["finished", "finished"]
    assert [found.question.persona_ids for found in asks if found] == [("anna",), ("ben",)]
    assert held() is first, "one holder for all sessions"


def test_a_new_question_ends_the_session_s_old_one(open_page: Opener, small: worlds.Corpus) -> None:
    app = start(open_page("live", **SCRIPTED, each="10", at=["0", "1", "2"]))
    with nothing_answered():
        app.button(key="live-ask").click().run()
        old = held().find(app.session_state["asked"])
        app.button(key="live-ask").click().run()
        new = held().find(app.session_state["asked"])
        assert old is not None
        assert new is not None
        assert new.ask_id != old.ask_id
        assert "live-halt" in [button.key for button in app.button], "it can be stopped while answers come"
    until(lambda: {over(old), over(new)} == {True})
    assert (old.status.state, new.status.state) == ("stopped", "finished")


def test_limits_are_said(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("live", **SCRIPTED, each="10", at=["0", "0.3", "0.5", "0.7", "1"], corpus="small",
                    item=[f"item-00{n}" for n in range(6)], who=["two/anna", "two/ben"])  # fmt: skip
    assert any("600 answers in all; 400 at most" in line for line in texts(app))
    assert "live-ask" not in [button.key for button in app.button]


def test_hostile_answers_texts_and_names_stay_text(open_page: Opener) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    worlds.store_personas(ids=(worlds.HOSTILE[2], worlds.HOSTILE[0], "ok"))
    app = open_page("live", **SCRIPTED, corpus=corpus.name, item=[corpus.items[0].item_id, corpus.items[2].item_id])
    ask(start(app))
    app.button(key="live-reveal").click().run()
    for kind in ("markdown", "caption", "title", "header", "subheader", "html", "button", "metric", "toast"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind
    for widget in (*app.selectbox, *app.multiselect, *app.text_area):
        assert "beacon" not in widget.label
    assert any("<script>" in line for line in texts(app)), "the text is to be seen, as text"
