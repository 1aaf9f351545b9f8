"""What takes seconds is measured beside the page: the page is drawn with what is known, and again when the rest is.

A page asks for a part with `soon` and draws without it where it gets None. `begin` and `watch` stand around every page
(dashboard/app.py). Threads of the app's process measure, a few at once for all sessions; what no session waits for any
longer, because its slider has moved on, is not begun.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock, Thread
from typing import Any, TypeVar
from weakref import WeakSet

import streamlit as st

from dashboard import ui
from dashboard.kept import Part
from dashboard.loaders import Key
from dashboard.text import joined
from engine.errors import PolyvocalError

LARGE = 20_000_000
"""Personas times items times people from which a page does not wait for what is measured of all of them."""
AT_ONCE = 2
"""Parts measured at the same time; each may take some hundred megabytes while it is."""
EVERY = 0.25
"""Seconds between two looks whether what a page waits for is there."""
WAITED_FOR = "_waited_for"
"""Where a session keeps what it waits for."""
THREAD = "measuring"
"""How the names of the threads begin."""
MARK, KEY = "hourglass_top", "later"
"""Icon and key of the line that says so."""

T = TypeVar("T")
log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Waited:
    """What one session waits for."""

    parts: dict[Key, Part[Any]] = field(default_factory=dict)


_lock = Lock()
_sessions: WeakSet[_Waited] = WeakSet()
_begun: set[Key] = set()
"""Queued or being computed."""
_failed: set[Key] = set()
"""Could not be computed: the page tries again itself, and shows why."""
_room = BoundedSemaphore(AT_ONCE)


def begin() -> None:
    """Forget what the session waited for; before its page is drawn."""
    with _lock:
        held = st.session_state.setdefault(WAITED_FOR, _Waited())
        held.parts = {}
        _sessions.add(held)


def soon(part: Part[T], large: bool) -> T | None:
    """Return a part, or None where it is large and not at hand: then it is measured once the page is drawn.

    Raises:
        PolyvocalError: what computing it raises.
    """
    with _lock:
        failed = part.key in _failed
    if not large or failed or part.known():
        return part.compute()
    held: _Waited = st.session_state[WAITED_FOR]
    held.parts[part.key] = part
    return None


def say(what: Sequence[str], at: float) -> None:
    """Tell what is being measured at a temperature; once a page. Own wording only."""
    ui.notice(f"Being measured at temperature {at:g}: {joined(what)}. Shown as soon as known.", MARK, key=KEY)


def watch() -> None:
    """Begin what the page lacks, and draw the page again when it is there; after the page is drawn."""
    held: _Waited = st.session_state[WAITED_FOR]
    if not held.parts:
        return
    with _lock:
        new = [part for key, part in held.parts.items() if key not in _begun]
        _begun.update(part.key for part in new)
    for part in new:
        Thread(target=_measure, args=(part,), name=THREAD, daemon=True).start()
    _look()


@st.fragment(run_every=EVERY)
def _look() -> None:
    held: _Waited = st.session_state[WAITED_FOR]
    with _lock:
        failed = set(_failed)
    if all(part.known() or key in failed for key, part in held.parts.items()):
        st.rerun()


def _measure(part: Part[Any]) -> None:
    """Compute a part once there is room for it, unless nobody waits for it any longer."""
    with _room:
        with _lock:
            if not any(part.key in held.parts for held in _sessions):
                _begun.discard(part.key)
                return
        failed = True
        try:
            part.compute()
            failed = False
        except PolyvocalError:
            pass  # the page gets it when it computes the part itself
        except Exception:
            log.exception("a part of a page could not be computed")
        finally:
            with _lock:
                _begun.discard(part.key)
                (_failed.add if failed else _failed.discard)(part.key)


def idle() -> bool:
    """Return whether nothing is being measured beside pages."""
    with _lock:
        return not _begun


class _QuietThreads(logging.Filter):
    """Drops Streamlit's warning that these threads belong to no session: they are to draw nothing."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.threadName or "").startswith(THREAD)


logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").addFilter(_QuietThreads())
