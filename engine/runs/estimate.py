"""What a run will cost, told before it as a range, from a few of its own requests."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from dataclasses import replace

from engine.errors import PolyvocalError
from engine.inference.backend import Backend
from engine.runs.asking import Asker, Batch, RetryPolicy
from engine.runs.manifest import CostEstimate
from engine.runs.opening import check_backend, open_for
from engine.runs.plan import Plan, PlannedRequest, make_plan
from engine.runs.spec import RunSpec
from engine.runs.stopping import Stop

_PATIENCE_SECONDS = 20.0
"""A pilot that took so long asks no further batch."""


def estimate(spec: RunSpec, *, pilot: int = 64, backend: Backend | None = None) -> CostEstimate:
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
        chosen = _draw(plan, opened, pilot)
        timed = _ask_growing(asker, chosen, min(pilot, info.batch_size))
    finally:
        if backend is None:
            opened.close()
    return _from_pilot(plan.n_requests, timed, setup, info.batch_size)


def _ask_growing(asker: Asker, requests: Sequence[PlannedRequest], largest: int) -> list[tuple[Batch, float]]:
    """Ask batches of 4, 16, 64, ... and time them, until the requests or the patience are used up."""
    timed: list[tuple[Batch, float]] = []
    begun, at, size = time.monotonic(), 0, 4
    while at < len(requests) and (not timed or time.monotonic() - begun < _PATIENCE_SECONDS):
        batch = requests[at : at + min(size, largest)]
        start = time.monotonic()
        timed.append((asker.ask(batch), time.monotonic() - start))
        at, size = at + len(batch), size * 4
    return timed


def _draw(plan: Plan, backend: Backend, pilot: int) -> list[PlannedRequest]:
    """Return one request of each of `pilot` cells, chosen at random but the same each time."""
    chooser = random.Random(plan.spec.seed)
    cells = chooser.sample(range(plan.n_cells), min(pilot, plan.n_cells))
    by_cell: dict[tuple[str, str, str], list[PlannedRequest]] = {}
    once = replace(plan, spec=plan.spec.model_copy(update={"repeats": 1}))
    for request in once.requests(backend.prepare, backend.info(), cells=cells):
        by_cell.setdefault((request.persona_id, request.wording, request.item_id), []).append(request)
    return [chooser.choice(requests) for requests in by_cell.values()]


def _from_pilot(
    n_requests: int, timed: Sequence[tuple[Batch, float]], setup_seconds: float, batch_size: int
) -> CostEstimate:
    answered = [(batch, seconds) for batch, seconds in timed if batch.table.num_rows > batch.by_status.get("failed", 0)]
    if not answered:
        reasons = [e for batch, _ in timed for e in batch.table["error"].to_pylist() if e]
        raise PolyvocalError(
            f"the pilot got no answer to any of {sum(b.table.num_rows for b, _ in timed)} requests "
            f"(first: {reasons[0] if reasons else 'unknown'}). Correct that before you start the run."
        )
    # The first batch warms the engine up; where there is another, it says nothing of the speed.
    speed = answered[1:] or answered
    return extrapolate(n_requests, speed, [batch for batch, _ in answered], setup_seconds, batch_size)


def extrapolate(
    n_requests: int,
    timed: Sequence[tuple[Batch, float]],
    counted: Sequence[Batch],
    setup_seconds: float = 0.0,
    batch_size: int = 1,
) -> CostEstimate:
    """Return the cost of `n_requests` from timed batches.

    The high end takes the slowest batch and half as long again; the low end the fastest batch, and, where it was
    smaller than the backend's own batch, that larger batches may be up to four times as fast. Tokens: the mean and
    three standard errors either way.

    Args:
        n_requests: Requests to be asked.
        timed: Batches with the seconds each took.
        counted: Batches whose tokens are counted.
        setup_seconds: What loading the model took.
        batch_size: The backend's own batch size.
    """
    each = [(seconds / batch.table.num_rows, batch.table.num_rows) for batch, seconds in timed]
    fastest, rows = min(each)
    gain = min(4.0, max(1.25, math.sqrt(batch_size / rows)))
    asked = sum(batch.table.num_rows for batch in counted)
    return CostEstimate(
        requests=n_requests,
        pilot_requests=asked,
        prompt_tokens=_tokens([batch.table["prompt_tokens"].to_pylist() for batch in counted], n_requests),
        output_tokens=_tokens([batch.table["output_tokens"].to_pylist() for batch in counted], n_requests),
        seconds=(n_requests * fastest / gain, n_requests * max(each)[0] * 1.5),
        setup_seconds=setup_seconds,
        basis=f"{asked} of {n_requests} requests were asked in {len(each)} timed batches of up to "
        f"{max(size for _, size in each)}; retries and a server shared with others are not foreseen",
    )


def _tokens(columns: Sequence[Sequence[int | None]], n_requests: int) -> tuple[int, int]:
    counts = [value for column in columns for value in column if value is not None]
    if not counts:
        return 0, 0
    mean = sum(counts) / len(counts)
    spread = math.sqrt(sum((c - mean) ** 2 for c in counts) / max(1, len(counts) - 1))
    margin = 3 * spread / math.sqrt(len(counts))
    return int(max(0.0, mean - margin) * n_requests), math.ceil((mean + margin) * n_requests)
