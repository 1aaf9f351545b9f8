"""An exact sweep over 9 temperatures and 5 repeats against sampling the same grid, on the same engine.

The exact side reads every label distribution once, takes it to each temperature, and draws 5 labels from it with a
seed. The sampled side asks the engine for every one of those labels, in the largest batches it takes.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np

from benchmarks.report import print_rows
from engine.inference import open_backend
from engine.inference.backend import Backend, ExactAnswer, ExactRequest, Prompt, SampleAnswer, SampleRequest
from engine.measures import at_temperature
from engine.runs import RunSpec, make_plan

TEMPERATURES = tuple(round(0.25 * i, 2) for i in range(9))
REPEATS = 5
ROUNDS = 3
SPEC = RunSpec(corpus="demo", persona_sets=("demo-strong",), model="demo-voices", max_items=8)


def exact(backend: Backend, prompts: list[Prompt], answers: tuple[str, ...]) -> tuple[float, int]:
    """Return seconds and the number of labels made."""
    start = time.perf_counter()
    found = backend.exact([ExactRequest(p, answers) for p in prompts])
    logprobs = np.array([a.logprobs for a in found if isinstance(a, ExactAnswer)])
    rng = np.random.default_rng(0)
    labels = 0
    for temperature in TEMPERATURES:
        cumulated = at_temperature(logprobs, temperature).cumsum(axis=1)
        drawn = (rng.random((REPEATS, len(logprobs), 1)) > cumulated).sum(axis=2)
        labels += drawn.size
    return time.perf_counter() - start, labels


def sampled(backend: Backend, prompts: list[Prompt], longest: int) -> tuple[float, int]:
    """Return seconds and the number of labels made."""
    requests = [
        SampleRequest(p, temperature, longest, seed=repeat)
        for p in prompts
        for temperature in TEMPERATURES
        for repeat in range(REPEATS)
    ]
    start = time.perf_counter()
    found = backend.sample(requests)
    seconds = time.perf_counter() - start
    return seconds, sum(isinstance(a, SampleAnswer) for a in found)


def main() -> None:
    """Measure and print."""
    backend = open_backend("vllm", SPEC.model)
    plan = make_plan(SPEC)
    prompts = [r.prompt for r in plan.requests(backend.prepare, backend.info()) if r.prompt is not None]
    exact(backend, prompts, plan.answers)  # warms up
    pairs = []
    for _ in range(ROUNDS):
        drawn, n_drawn = sampled(backend, prompts, SPEC.longest_answer)
        read, n_read = exact(backend, prompts, plan.answers)
        assert n_drawn == n_read == len(prompts) * len(TEMPERATURES) * REPEATS
        pairs.append((drawn, read))
    backend.close()
    ratio = median(a / b for a, b in pairs)
    seconds = f"{median(a for a, _ in pairs):.2f} s against {median(b for _, b in pairs):.2f} s, {n_read:,} labels each"
    print_rows(
        "sweep: sampling against exact, 9 temperatures x 5 repeats",
        [("cheaper by (aim: at least 30)", ratio, seconds)],
    )


if __name__ == "__main__":
    main()
