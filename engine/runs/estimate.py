"""What a run will cost, told as a range, from a pilot: a few of its own requests, drawn from all over it.

`estimate` asks a pilot before the run and stores nothing. A run that was started without an estimate begins with a
pilot of its own, whose answers are stored like all others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from engine.errors import PolyvocalError
from engine.inference.backend import Backend
from engine.jobs.stopping import Stop
from engine.runs.asking import Asker, Batch, RetryPolicy
from engine.runs.manifest import CostEstimate
from engine.runs.opening import check_backend, open_for
from engine.runs.plan import make_plan
from engine.runs.planned_request import PlannedRequest
from engine.runs.spec import RunSpec

PILOT = 48
"""Requests of a pilot: enough for the tokens to within a few percent."""
CONFIDENCE = 0.99
"""Of the range of tokens; it is made wider than the 95 % aimed at because token counts are not normal."""
GROWTH = 16
"""A run's batches grow to at most so many times the backend's own size, while they end within a second."""
_PATIENCE_SECONDS = 20.0
"""A pilot that took so long asks no further batch."""

TimedBatch = tuple[Batch, float]
"""A batch and the seconds it took."""


def estimate(spec: RunSpec, *, pilot: int = PILOT, backend: Backend | None = None) -> CostEstimate:
    """Ask a few requests of a run, drawn from all over it, and return what the whole will cost.

    Nothing is stored. The pilot asks small batches first, so that a slow model does not keep anyone waiting.

    Args:
        spec: The run.
        pilot: At most this many requests.
        backend: What answers; opened from the spec, and closed again, where None.

    Raises:
        InputError: the spec names something that does not exist or does not fit.
        PolyvocalError: the backend cannot be opened, or gave no answer to any request of the pilot.
    """
    plan = make_plan(spec)
    started = time.monotonic()
    opened = open_for(spec, engine_seed=spec.seed) if backend is None else backend
    try:
        setup = time.monotonic() - started if backend is None else 0.0
        info = check_backend(plan, opened)
        asker = Asker(opened, info, plan, "pilot", Stop(), RetryPolicy(retries=0))
        timed = ask_pilot(asker.ask, plan.draw(pilot, opened.prepare, info), info.batch_size)
    finally:
        if backend is None:
            opened.close()
    told = extrapolate(
        plan.n_requests, timed, setup_seconds=setup, batch_size=info.batch_size,
        longest_answer=plan.longest_answer,
    )  # fmt: skip
    if told is None:
        reasons = [e for batch, _ in timed for e in batch.table["error"].to_pylist() if e]
        raise PolyvocalError(
            f"the pilot got no answer to any of {sum(b.table.num_rows for b, _ in timed)} requests "
            f"(first: {reasons[0] if reasons else 'unknown'}). Correct that before you start the run."
        )
    return told


def ask_pilot(
    ask: Callable[[Sequence[PlannedRequest]], Batch],
    requests: Sequence[PlannedRequest],
    largest: int,
    stopped: Callable[[], bool] = lambda: False,
) -> list[TimedBatch]:
    """Ask batches of 4, 16, 64, ... and time them, until the requests or the patience are used up."""
    timed: list[TimedBatch] = []
    begun, at, size = time.monotonic(), 0, 4
    while at < len(requests) and not stopped() and (not timed or time.monotonic() - begun < _PATIENCE_SECONDS):
        batch = requests[at : at + min(size, largest)]
        start = time.monotonic()
        timed.append((ask(batch), time.monotonic() - start))
        at, size = at + len(batch), size * 4
    return timed


def extrapolate(
    n_requests: int,
    timed: Sequence[TimedBatch],
    *,
    setup_seconds: float = 0.0,
    batch_size: int = 1,
    longest_answer: int = 0,
    stored: bool = False,
    drawn: bool = True,
) -> CostEstimate | None:
    """Return the cost of `n_requests` from timed batches; None where none of those was answered.

    Tokens: the pilot's mean, with the margin of Student's t for the sum of the requests to come. Time: the high end is
    the slowest batch and half as long again; the low end the fastest, divided by what larger batches may gain.

    Args:
        n_requests: Requests to be asked.
        timed: Batches with the seconds each took.
        setup_seconds: What loading the model took.
        batch_size: The backend's own batch size.
        longest_answer: Tokens an answer may have; 0 in an exact run.
        stored: Whether the batches are part of the run: their cost is known, only the rest is foretold.
        drawn: Whether their requests were drawn from all over the run, rather than being its first.
    """
    answered = [(b, s) for b, s in timed if b.table.num_rows > b.by_status.get("failed", 0)]
    if not answered:
        return None
    asked = sum(batch.table.num_rows for batch, _ in answered)
    rest = max(n_requests - asked, 0) if stored else n_requests
    # The first batch warms the engine up; where there is another, it says nothing of the speed.
    speed = [(batch.table.num_rows, seconds) for batch, seconds in answered[1:] or answered]
    spent = sum(seconds for _, seconds in timed) if stored else 0.0
    each = [seconds / rows for rows, seconds in speed]
    sizes = ", ".join(str(batch.table.num_rows) for batch, _ in answered)
    return CostEstimate(
        requests=n_requests,
        pilot_requests=asked,
        prompt_tokens=_tokens(_column(answered, "prompt_tokens"), rest, stored),
        output_tokens=_tokens(_column(answered, "output_tokens"), rest, stored, longest_answer),
        seconds=(spent + rest * min(each) / _gain(speed, batch_size), 1.5 * (spent + rest * max(each))),
        setup_seconds=setup_seconds,
        basis=f"{asked:,} of {n_requests:,} requests{', drawn from all over the run,' if drawn else ', its first,'} "
        f"were asked in batches of {sizes}; the run asks {batch_size} or more at once, those that begin alike one "
        "after the other, which may be several times as fast, so the range of time is wide; retries and a server "
        "shared with others are not foreseen",
    )


def _column(timed: Sequence[TimedBatch], name: str) -> list[int]:
    return [value or 0 for batch, _ in timed for value in batch.table[name].to_pylist()]  # failures take no tokens


def _tokens(counts: Sequence[int], rest: int, stored: bool, longest: int = 0) -> tuple[int, int]:
    """Return low and high end of the tokens of `rest` requests like those counted, and of these where stored."""
    from scipy.special import stdtrit

    n, known = len(counts), sum(counts)
    mean = known / n
    deviation = math.sqrt(sum((count - mean) ** 2 for count in counts) / max(1, n - 1))
    # A sum of `rest` unknown counts about a mean that is itself known only from n.
    error = deviation * math.sqrt(rest + rest**2 / n)
    below = above = float(stdtrit(max(1, n - 1), (1 + CONFIDENCE) / 2)) * error
    if deviation == 0 and longest:  # answers all alike so far: this share of others could go unseen by the pilot
        unseen = 1 - (1 - CONFIDENCE) ** (1 / n)
        below, above = unseen * rest * mean, unseen * rest * max(0.0, longest - mean)
    base = known if stored else 0
    return base + math.floor(max(0.0, rest * mean - below)), base + math.ceil(rest * mean + above)


def _gain(speed: Sequence[tuple[int, float]], batch_size: int) -> float:
    """Return how many times faster a request may be in the run's batches than in the fastest of the pilot's.

    Args:
        speed: Rows and seconds of each batch.
        batch_size: The backend's own batch size.
    """
    (rows, seconds) = min(speed, key=lambda batch: batch[1] / batch[0])
    guess = min(4.0, max(1.25, math.sqrt(batch_size / rows)))
    (small, short), (large, long) = min(speed), max(speed)
    if large == small:
        return guess
    # Seconds of a batch as a fixed part and one that grows with its rows: a GPU half empty grows little.
    growing = max(0.0, (long - short) / (large - small))
    fixed = max(0.0, short - growing * small)
    largest = max(batch_size * GROWTH, rows)
    foretold = max(growing + fixed / largest, seconds / largest)
    return max(guess, seconds / rows / foretold) if foretold > 0 else guess
