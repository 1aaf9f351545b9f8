"""Progress: how far a run is right now, for a terminal, a page in another process, and an estimate of what is left."""

from __future__ import annotations

import contextlib
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from engine.jobs.whole_files import write_whole

PROGRESS = "progress.json"
Phase = Literal["waiting", "loading", "asking", "retrying", "ended"]
"""waiting: another process works on this run. loading: the model. asking. retrying: after failures. ended."""


@dataclass(frozen=True)
class Progress:
    """One look at a run."""

    run_id: str
    phase: Phase
    done: int = 0
    """Requests with a response or a recorded failure, those of earlier attempts included."""
    total: int = 0
    """Requests of the whole grid."""
    by_status: Mapping[str, int] = field(default_factory=dict)
    """Responses by status."""
    responses_per_second: float | None = None
    """Over the last half minute or so; None before the first batch."""
    tokens_per_second: float | None = None
    """Prompt and output tokens over the same time."""
    seconds_left: float | None = None
    """At that rate; None where it is unknown."""
    message: str = ""
    """What is being waited for, in words."""
    updated: float = 0.0
    """When this was written, seconds since 1970."""


class Tracker:
    """Turns finished batches into progress, and tells it on: to a callback, and to progress.json at most once a second.

    Neither may cost the run anything: the callback is called at most ten times a second, and what it raises or a
    progress file that cannot be written is no reason to stop.
    """

    def __init__(
        self, folder: Path, run_id: str, total: int, on_progress: Callable[[Progress], None] | None = None
    ) -> None:
        self._folder, self._run_id, self._total, self._on_progress = folder, run_id, total, on_progress
        self._by_status: dict[str, int] = {}
        self._recent: deque[tuple[float, int, int]] = deque([(time.monotonic(), 0, 0)], maxlen=64)
        self._new = self._tokens = 0
        self._told = self._written = -1.0
        self._phase: Phase = "loading"

    def begin(self, by_status: Mapping[str, int]) -> None:
        """Start counting time, from the responses that earlier attempts left."""
        self._by_status = dict(by_status)
        self._recent.clear()
        self._recent.append((time.monotonic(), 0, 0))
        self.tell("asking", at_once=True)

    def add(self, by_status: Mapping[str, int], tokens: int) -> None:
        """Count one stored batch."""
        for status, count in by_status.items():
            self._by_status[status] = self._by_status.get(status, 0) + count
        self._new += sum(by_status.values())
        self._tokens += tokens
        self._recent.append((time.monotonic(), self._new, self._tokens))
        while len(self._recent) > 2 and self._recent[-1][0] - self._recent[1][0] > 30:
            self._recent.popleft()
        self.tell("asking")

    def retrying(self, why: str) -> None:
        """Tell that requests failed and will be asked again."""
        self.tell("retrying", why)

    def tell(self, phase: Phase, message: str = "", *, at_once: bool = False) -> None:
        """Pass on where the run is; `at_once` also where the last time was a moment ago."""
        moment = time.monotonic()
        at_once = at_once or phase != self._phase
        self._phase = phase
        to_file = at_once or moment - self._written >= 1
        to_callback = self._on_progress is not None and (at_once or moment - self._told >= 0.1)
        if not (to_file or to_callback):
            return
        progress = self._now(phase, message)
        if to_file:
            self._written = moment
            with contextlib.suppress(OSError):  # a full disk shows where it matters: when responses are stored
                write_whole(self._folder / PROGRESS, json.dumps(asdict(progress)))
        if to_callback and self._on_progress is not None:
            self._told = moment
            self._on_progress(progress)

    def _now(self, phase: Phase, message: str) -> Progress:
        (t0, n0, k0), (t1, n1, k1) = self._recent[0], self._recent[-1]
        passed = t1 - t0
        rate = (n1 - n0) / passed if passed > 0 and n1 > n0 else None
        done = sum(self._by_status.values())
        return Progress(
            run_id=self._run_id,
            phase=phase,
            done=done,
            total=self._total,
            by_status=dict(self._by_status),
            responses_per_second=rate,
            tokens_per_second=(k1 - k0) / passed if rate else None,
            seconds_left=max(self._total - done, 0) / rate if rate else None,
            message=message,
            updated=time.time(),
        )


def read_progress(folder: Path) -> Progress | None:
    """Return the last progress written into a run folder; None where there is none that can be read."""
    try:
        return Progress(**json.loads((folder / PROGRESS).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
