"""What takes long is measured beside the page: drawn without it first, and with it once it is there."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, Thread

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import later, sentences
from dashboard.kept import Kept, Known, Part
from dashboard.measured import measured, part_of
from engine.errors import InputError
from engine.runs.store import summarize
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, texts
from tests.dashboard.servers import PATIENCE
from tests.dashboard.test_caches import subject_of

AWAITED = "Being measured"
PAGES = ("story", "personas", "temperature", "alignment", "stability", "refusals")


@contextmanager
def nothing_measured() -> Iterator[None]:
    """Hold all the room there is for measuring beside pages, and wait for what is begun after it is free."""
    for _ in range(later.AT_ONCE):
        later._room.acquire()
    try:
        yield
    finally:
        for _ in range(later.AT_ONCE):
            later._room.release()
    wait_until(later.idle)


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def awaited(app: AppTest) -> list[str]:
    """Return what stands where something is awaited, which screen readers are to say (role `status`)."""
    said = [re.fullmatch('<div role="status">(.*)</div>', html.proto.body) for html in app.get("html")]
    return [found[1] for found in said if found and found[1].startswith(AWAITED)]


def whole(app: AppTest) -> AppTest:
    """Draw a page again and again, as a browser does, until nothing of it is awaited."""
    for _ in range(30):
        if not awaited(app):
            return app
        wait_until(later.idle)
        app.run()
    raise AssertionError("the page is never whole")


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every run counts as one that takes long."""
    monkeypatch.setattr(later, "LARGE", 0)
    monkeypatch.setattr(later, "BUDGET", 0.0)
    yield
    wait_until(later.idle)


@pytest.mark.usefixtures("large", "store")
def test_personas_are_drawn_before_they_are_set_beside_people(open_page: Opener) -> None:
    folder = worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    measured(subject_of(folder).everybody, "label_rates")
    with nothing_measured():
        app = open_page("personas")
        assert awaited(app) == [f"{AWAITED}: nearest annotators, nearest group and stand-ins. Shown as soon as known."]
        assert any(" 0." in words for words in texts(app)), "label rates are there at once"
        assert not any(words.startswith("Nearest annotator") for words in texts(app))
    whole(app)
    assert not app.exception
    assert any(words.startswith("Nearest annotator") for words in texts(app))
    assert any(words.startswith("Nearest group") for words in texts(app))


@pytest.mark.usefixtures("large", "store")
@pytest.mark.parametrize("name", PAGES)
def test_every_page_comes_to_be_what_it_is_at_once(
    name: str, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sentences, "ago", lambda *_: "")  # its age is another a moment later
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    with nothing_measured():
        app = open_page(name)
        assert not app.exception
        assert awaited(app)
    whole(app)
    assert not app.exception
    monkeypatch.setattr(later, "LARGE", 10**9)
    at_once = open_page(name)
    assert texts(app) == texts(at_once)
    assert charts(app) == charts(at_once)


@pytest.mark.usefixtures("store")
def test_small_runs_are_measured_at_once(open_page: Opener) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    with nothing_measured():
        assert len(charts(open_page("alignment"))) == 1


@pytest.mark.usefixtures("store")
def test_a_run_that_grows_is_measured_at_once() -> None:
    """Its stamp changes with every part, so what is measured beside the page would be out of date when it is there."""
    run = summarize(worlds.store_run(worlds.store_corpus(worlds.small_corpus())))
    assert later.size(run) == 3 * 40
    assert later.size(replace(run, state="running")) == 0


@pytest.mark.usefixtures("large", "store")
def test_what_is_chosen_in_a_part_outlives_that_it_is_awaited(open_page: Opener) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    app = whole(open_page("story"))
    with nothing_measured():
        app.slider[0].set_value(0.3).run()
        assert awaited(app)
        app.button(key="next").click().run()
        assert app.session_state["step"] == "Personas", "the steps are there while a step is awaited"
    assert not whole(app).exception


@pytest.mark.usefixtures("large", "store")
def test_what_cannot_be_measured_is_told_once_it_was_tried(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))

    def refuse(voices: object, people: object, **_: object) -> None:
        raise InputError("these cannot be set beside one another")

    monkeypatch.setattr("engine.measures.alignment", refuse)
    with nothing_measured():
        app = open_page("alignment")
        assert awaited(app)
    whole(app)
    assert "these cannot be set beside one another" in texts(app)
    assert not app.exception


@pytest.mark.usefixtures("large", "store")
@pytest.mark.parametrize("name", PAGES)
def test_a_page_comes_to_be_whole_though_other_sessions_push_out_what_it_waits_for(
    name: str, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    monkeypatch.setattr(Known, "keep", lambda _, key, value: Kept(key, value))  # nothing is at hand any longer
    assert not whole(open_page(name)).exception


def part(name: str, compute: Callable[[], str]) -> Part[str]:
    known = Known("test")
    return known.part((name,), lambda: known.keep((name,), compute()))


class Session:
    """What a page of a session does, without Streamlit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, object] = {}
        self.patch = monkeypatch

    def draw(self, *parts: Part[str]) -> list[str | None]:
        self.patch.setattr(later.st, "session_state", self.state)
        self.patch.setattr(later, "_look", lambda: None)
        with later.around_page():
            return [later.soon(one, later.LARGE) for one in parts]

    def can_be_drawn(self) -> bool:
        page = self.state[later.PAGE]
        assert isinstance(page, later._Page)
        return page.can_be_drawn()


def test_what_nobody_waits_for_any_longer_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def compute(name: str) -> Callable[[], str]:
        return lambda: (begun.append(name), name)[1]

    parts = {name: part(name, compute(name)) for name in ("old", "both", "new")}
    here, there = Session(monkeypatch), Session(monkeypatch)
    with nothing_measured():
        assert here.draw(parts["old"], parts["both"]) == [None, None]
        assert there.draw(parts["both"]) == [None]
        assert here.draw(parts["new"]) == [None], "the slider has moved on"
    assert sorted(begun) == ["both", "new"], "each once, and the old one never"
    assert here.draw(parts["new"], parts["both"]) == ["new", "both"]


def test_what_has_made_room_before_the_page_looks_is_computed_by_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Known("test")
    computed = []

    def compute() -> Kept:
        computed.append("again")
        return known.keep(("name",), "there")

    pushed_out, slow = known.part(("name",), compute), part("slow", lambda: "there")
    session = Session(monkeypatch)
    with nothing_measured():
        assert session.draw(pushed_out, slow) == [None, None]
        assert not session.can_be_drawn()
    known.forget(Kept(("name",), "there"))
    assert session.can_be_drawn(), "it does not wait for ever"
    assert session.draw(pushed_out, slow) == ["there", "there"]
    assert len(computed) == 2
    known.forget(Kept(("name",), "there"))
    with nothing_measured():
        assert session.draw(slow) == ["there"]
        assert session.draw(pushed_out) == [None], "a whole page waits anew for what has made room since"


def test_a_drawing_that_another_overtakes_ends_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit begins a page anew while the thread that drew it before still computes."""
    monkeypatch.setattr(later, "_look", lambda: None)
    monkeypatch.setattr(later.st, "session_state", {})
    begun, go_on, awaited = Event(), Event(), []

    def overtaken() -> None:
        with later.around_page():
            begun.set()
            assert go_on.wait(PATIENCE)
            with suppress(later.Awaited):
                later.now(part("before", lambda: "there"), later.LARGE)
                return
            awaited.append("before")

    thread = Thread(target=overtaken)
    with nothing_measured():
        thread.start()
        assert begun.wait(PATIENCE)
        with later.around_page():
            assert later.soon(part("one", lambda: "there"), later.LARGE) is None
            go_on.set()
            thread.join()
            assert later.soon(part("two", lambda: "there"), later.LARGE) is None, "the page is still being drawn"
    assert awaited == ["before"]


def test_what_comes_in_time_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "BUDGET", PATIENCE)
    quick = part("quick", lambda: "there")
    monkeypatch.setattr(later.st, "session_state", {})
    with later.around_page():
        assert later.now(quick, later.LARGE) == "there"


def test_what_does_not_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later, "_look", lambda: None)
    monkeypatch.setattr(later.st, "session_state", {})
    slow = part("slow", lambda: "there")
    with nothing_measured(), later.around_page(), pytest.raises(later.Awaited):
        later.now(slow, later.LARGE)
    assert slow.known()
    assert later.now(slow, later.LARGE) == "there"


def test_callbacks_and_fragments_wait_for_what_they_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(later.st, "session_state", {})
    with later.around_page():
        pass
    with nothing_measured():
        assert later.now(part("slow", lambda: "there"), later.LARGE) == "there"


def test_a_bug_is_logged_and_meets_the_page(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def compute() -> str:
        raise ZeroDivisionError("a bug")

    broken = part("broken", compute)
    session = Session(monkeypatch)
    with caplog.at_level(logging.ERROR):
        assert session.draw(broken) == [None]
        wait_until(later.idle)
    assert "a part of a page could not be computed" in caplog.text
    with pytest.raises(ZeroDivisionError):
        session.draw(broken)


@pytest.mark.usefixtures("store")
def test_what_has_made_room_is_known_no_longer() -> None:
    folder = worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    parts = [
        part_of(subject_of(folder, step / 10), "alignment", likeness="kappa", by="annotator", intervals=False)
        for step in range(4)
    ]
    assert not any(one.known() for one in parts)
    for one in parts:
        one.compute()
    assert [one.known() for one in parts] == [False, True, True, True]
