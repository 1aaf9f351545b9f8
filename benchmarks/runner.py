"""Our runner against a bare `LLM.generate` over the same prompts, in the same process, on the same engine.

The bare side gets its prompts rendered, as texts, keeps nothing and reads nothing. Ours renders, keys, asks, reads,
and stores in a run folder. Both tokenize. Prefix caching helps both alike: the sides take turns, and a first round of
each is not counted.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.report import print_rows
from engine.inference import open_backend
from engine.inference.backend import Prompt
from engine.inference.vllm_local import VllmLocalBackend
from engine.runs import RunSpec, execute, make_plan

ROUNDS = 3
SPEC = RunSpec(corpus="demo", persona_sets=("demo-strong",), model="demo-voices", max_items=240)


def bare(backend: VllmLocalBackend, prompts: list[Prompt], label_tokens: list[int]) -> float:
    """Return the seconds that one `LLM.generate` over all prompts takes."""
    from vllm import SamplingParams

    parameters = SamplingParams(temperature=0.0, max_tokens=1, logprob_token_ids=label_tokens, detokenize=False)
    inputs = [p.text for p in prompts]
    backend._llm.reset_prefix_cache()
    start = time.perf_counter()
    outputs = backend._llm.generate(inputs, parameters, use_tqdm=False)
    seconds = time.perf_counter() - start
    assert len(outputs) == len(prompts)
    return seconds


def ours(backend: VllmLocalBackend, root: Path) -> float:
    """Return the seconds of a whole run, from its plan to its last part."""
    backend._llm.reset_prefix_cache()
    start = time.perf_counter()
    run = execute(SPEC, backend=backend, root=root)
    seconds = time.perf_counter() - start
    assert run.manifest().counts.by_status["ok"] == run.manifest().counts.planned
    return seconds


def main() -> None:
    """Measure and print."""
    backend = open_backend("vllm", SPEC.model)
    assert isinstance(backend, VllmLocalBackend)
    plan = make_plan(SPEC)
    prompts = [r.prompt for r in plan.requests(backend.prepare, backend.info()) if r.prompt is not None]
    label_tokens = list(backend._tokenizer.answer_ids(prompts[0], plan.answers))
    pairs = []
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POLYVOCAL_HOME"] = folder
        for number in range(ROUNDS + 1):
            pair = (ours(backend, Path(folder) / str(number)), bare(backend, prompts, label_tokens))
            pairs += [pair] if number else []  # the first round warms up
    backend.close()
    ratio = median(a / b for a, b in pairs)
    seconds = (
        f"{median(a for a, _ in pairs):.2f} s against {median(b for _, b in pairs):.2f} s, {len(prompts):,} prompts"
    )
    print_rows("runner: our run against a bare LLM.generate", [("time ratio (aim: at most 1.05)", ratio, seconds)])


if __name__ == "__main__":
    main()
