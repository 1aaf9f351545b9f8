"""Waiting for what other processes and threads do: long enough for any machine, and never for how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 600.0
"""Seconds after which what has not come will not come; on a free machine nothing here takes more than a few."""


def wait_for(happened: Callable[[], object], what: object = "it did not happen") -> None:
    """Wait until something is so; `what` says what was awaited, and may be a function that is asked in the end."""
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, what() if callable(what) else what
        time.sleep(0.02)
