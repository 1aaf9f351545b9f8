"""What takes long is measured beside the page: the page is drawn with what is known, and again when the rest is.

Only of large runs: elsewhere a page waits a moment. Where a page asks for a part with `now` and it takes longer than a
page should wait, `Awaited` ends the section (dashboard.ui.guarded), which says so; `soon` gives None instead, so that
several parts are measured at once. `around_page` stands around every page (dashboard/app.py). Threads of the app's
process measure, a few at once for all sessions; what no session waits for any longer, because its slider has moved on,
is not begun. No page waits twice for the same: what was measured for it and is not at hand failed, or has made room for
what other sessions look at, and then the page computes it itself.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event, RLock, Thread, local
from typing import Any, TypeVar
from weakref import WeakSet

import streamlit as st

from dashboard.kept import Part
from dashboard.loaders import LIVE, Key
from engine.errors import PolyvocalError
from engine.runs.store import RunSummary

LARGE = 100_000
"""Personas times items from which a run is large."""
BUDGET, LEAST = 0.25, 0.02
"""Seconds that a page waits in all for parts of a large run, and for each at least."""
AT_ONCE = 2
"""Parts measured at the same time; each may take some hundred megabytes while it is."""
EVERY = 0.25
"""Seconds between two looks whether what a page waits for is there."""
PAGE = "_waits_for"
"""Where a session keeps what its page waits for."""
THREAD = "measuring"
"""Name of the threads."""

T = TypeVar("T")
log = logging.getLogger(__name__)


class Awaited(Exception):
    """Something is being measured; the page is drawn again when it is there."""


@dataclass(eq=False)
class _Page:
    """What one drawing of a session's page waits for."""

    until: float
    """When it stops waiting, on the monotonic clock."""
    tried: dict[Key, Part[Any]]
    """What was measured for it and for the drawings before it, since one was whole."""
    parts: dict[Key, Part[Any]] = field(default_factory=dict)

    def can_be_drawn(self) -> bool:
        """Return whether all it waits for is at hand, or was tried."""
        return all(key in self.tried or part.known() for key, part in self.parts.items())


_lock = RLock()
_pages: WeakSet[_Page] = WeakSet()
_begun: dict[Key, Event] = {}
"""What is queued or being computed, and what is set when it is done."""
_room = BoundedSemaphore(AT_ONCE)
_drawn = local()
"""`page`: what this thread draws. What runs after a page's script, or beside it, waits for all it asks for; and a
drawing that another overtakes (a slider moves on) ends in a thread of its own."""


@contextmanager
def around_page() -> Iterator[None]:
    """Draw a page without what takes long, then begin that, and draw the page again when it is there."""
    before: _Page | None = st.session_state.get(PAGE)
    with _lock:
        page = _Page(time.monotonic() + BUDGET, {} if before is None else dict(before.tried))
        _pages.add(page)
    st.session_state[PAGE] = _drawn.page = page
    try:
        yield
    finally:
        _drawn.page = None
    with _lock:
        for part in page.parts.values():
            _start(part)
        if not page.parts:  # it is whole: what of the rest is not known has failed
            page.tried = {key: part for key, part in page.tried.items() if not part.known()}
    if page.parts:
        _look()


def size(run: RunSummary) -> int:
    """Return personas times items of a run; 0 while it grows, as what is measured is out of date when it is there."""
    return 0 if run.state in LIVE else run.n_personas * run.n_items


def now(part: Part[T], cells: int) -> T:
    """Return a part; of a large run one that does not come in time is awaited.

    Args:
        part: of a page.
        cells: `size` of the run that it is computed of.

    Raises:
        Awaited: it is being measured.
        PolyvocalError: it cannot be computed.
    """
    page = _drawing()
    if page is None or cells < LARGE or part.key in page.tried or part.known():
        return part.compute()
    with _lock:
        page.parts[part.key] = part
        done = _start(part)
    if not done.wait(max(LEAST, page.until - time.monotonic())):
        raise Awaited
    with _lock:
        del page.parts[part.key]
    return part.compute()


def soon(part: Part[T], cells: int) -> T | None:
    """Return a part, or None where it is of a large run and not at hand: then it is measured once the page is drawn.

    Raises:
        PolyvocalError: it cannot be computed.
    """
    page = _drawing()
    if page is None or cells < LARGE or part.key in page.tried or part.known():
        return part.compute()
    page.parts[part.key] = part
    return None


@st.fragment(run_every=EVERY)
def _look() -> None:
    page: _Page = st.session_state[PAGE]
    if page.can_be_drawn():
        st.rerun()


def _drawing() -> _Page | None:
    """Return the page that this thread draws; None in callbacks, fragments and other threads."""
    return getattr(_drawn, "page", None)


def _start(part: Part[Any]) -> Event:
    """Have a part computed, unless it is already; return what is set when that is done."""
    if part.key not in _begun:
        _begun[part.key] = Event()
        Thread(target=_measure, args=(part,), name=THREAD, daemon=True).start()
    return _begun[part.key]


def _measure(part: Part[Any]) -> None:
    """Compute a part once there is room for it, unless nobody waits for it any longer."""
    with _room:
        with _lock:
            if not any(part.key in page.parts for page in _pages):
                del _begun[part.key]
                return
        try:
            part.compute()
        except PolyvocalError:
            pass  # the page gets it when it computes the part itself
        except Exception:
            log.exception("a part of a page could not be computed")
        finally:
            with _lock:
                for page in _pages:
                    if part.key in page.parts:
                        page.tried[part.key] = part
                _begun.pop(part.key).set()


def idle() -> bool:
    """Return whether nothing is being measured beside pages."""
    return not _begun


class _Harmless(logging.Filter):
    """Drops what Streamlit notes of threads that belong to no session, which draw nothing, and of a look that comes
    while the page is drawn again."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.threadName != THREAD and not str(record.msg).startswith("The fragment with id %s does not exist")


for _name in ("scriptrunner_utils.script_run_context", "app_session"):
    logging.getLogger(f"streamlit.runtime.{_name}").addFilter(_Harmless())
