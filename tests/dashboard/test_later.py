"""What takes seconds is measured beside the page: drawn without it first, and with it once it is there."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import alignments, later
from dashboard.kept import Known, Part
from dashboard.measured import part_of
from engine.errors import InputError
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, texts
from tests.dashboard.test_caches import subject_of

AWAITED = "Being measured at temperature"


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
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.01)


def awaited(app: AppTest) -> list[str]:
    return [words for words in texts(app) if words.startswith(AWAITED)]


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run counts as one that takes long."""
    monkeypatch.setattr(later, "LARGE", 0)


@pytest.mark.usefixtures("large")
def test_personas_are_drawn_before_they_are_set_beside_people(store: Path, open_page: Opener) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    with nothing_measured():
        app = open_page("personas")
        assert awaited(app) == [
            f"{AWAITED} 1: nearest annotators, nearest group and stand-ins. Shown as soon as known."
        ]
        assert any(" 0." in words for words in texts(app)), "label rates are there at once"
        assert not any(words.startswith("Nearest annotator") for words in texts(app))
    app.run()
    assert not app.exception
    assert not awaited(app)
    assert any(words.startswith("Nearest annotator") for words in texts(app))
    assert any(words.startswith("Nearest group") for words in texts(app))


@pytest.mark.usefixtures("large")
def test_the_heatmap_comes_when_it_is_measured(store: Path, open_page: Opener) -> None:
    folder = worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    with nothing_measured():
        app = open_page("alignment")
        assert awaited(app) == [f"{AWAITED} 1: every persona beside every person. Shown as soon as known."]
        assert not charts(app)
    app.run()
    assert len(charts(app)) == 1
    assert not awaited(app)
    assert alignments.cells_part(subject_of(folder), "kappa", "annotator").known()


def test_small_runs_are_measured_at_once(store: Path, open_page: Opener) -> None:
    worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    with nothing_measured():
        assert len(charts(open_page("alignment"))) == 1


@pytest.mark.usefixtures("large")
def test_what_cannot_be_measured_is_told_once_it_was_tried(store: Path, open_page: Opener) -> None:
    corpus = worlds.store_corpus(worlds.small_corpus())
    worlds.store_run(corpus)

    def refuse(*_: object, **__: object) -> None:
        raise InputError("these cannot be set beside one another")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.measures.alignment", refuse)
        with nothing_measured():
            app = open_page("alignment")
            assert awaited(app)
        app.run()
        assert not awaited(app)
        assert "these cannot be set beside one another" in texts(app)
        assert not app.exception
    later._failed.clear()


def part(name: str, compute: Callable[[], str], known: Known) -> Part[str]:
    return Part((name,), lambda: (name,) in known, compute)


class Session:
    """What a page of a session does, without Streamlit."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.state: dict[str, object] = {}
        self.patch = monkeypatch

    def draw(self, *parts: Part[str]) -> list[str | None]:
        self.patch.setattr(later.st, "session_state", self.state)
        self.patch.setattr(later, "_look", lambda: None)
        later.begin()
        found = [later.soon(one, large=True) for one in parts]
        later.watch()
        return found


def test_what_nobody_waits_for_any_longer_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    known, begun = Known(), []

    def compute(name: str) -> Callable[[], str]:
        return lambda: (begun.append(name), str(known.keep((name,), name).value))[1]

    parts = {name: part(name, compute(name), known) for name in ("old", "both", "new")}
    here, there = Session(monkeypatch), Session(monkeypatch)
    with nothing_measured():
        assert here.draw(parts["old"], parts["both"]) == [None, None]
        assert there.draw(parts["both"]) == [None]
        assert here.draw(parts["new"]) == [None], "the slider has moved on"
    assert sorted(begun) == ["both", "new"], "each once, and the old one never"
    assert here.draw(parts["new"], parts["both"]) == ["new", "both"]
    wait_until(later.idle)


def test_a_bug_is_logged_and_meets_the_page(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def compute() -> str:
        raise ZeroDivisionError("a bug")

    broken = part("broken", compute, Known())
    session = Session(monkeypatch)
    with caplog.at_level(logging.ERROR):
        assert session.draw(broken) == [None]
        wait_until(later.idle)
    assert "a part of a page could not be computed" in caplog.text
    with pytest.raises(ZeroDivisionError):
        session.draw(broken)
    later._failed.clear()


def test_what_has_made_room_is_known_no_longer(store: Path) -> None:
    folder = worlds.store_run(worlds.store_corpus(worlds.small_corpus()))
    parts = [
        part_of(subject_of(folder, step / 10), "alignment", likeness="kappa", by="annotator", intervals=False)
        for step in range(4)
    ]
    assert not any(one.known() for one in parts)
    for one in parts:
        one.compute()
    assert [one.known() for one in parts] == [False, True, True, True]
