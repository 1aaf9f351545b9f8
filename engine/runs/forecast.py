"""What a run will take, foretold without asking anything: from an earlier run of the same model, and from its own size.

`estimate` is surer, because it asks requests of the run itself; but it needs the model.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.errors import PolyvocalError
from engine.runs.manifest import Manifest
from engine.runs.plan import Plan
from engine.runs.run_folder import RunFolder
from engine.runs.store import RunSummary

BYTES_A_RESPONSE = {"exact": 50, "sampled": 30}
"""Of a stored response without its text, where no earlier run tells it; measured on scripted runs (48 and 30)."""
BYTES_A_TOKEN = 4
"""Of a drawn answer's text, about."""


@dataclass(frozen=True)
class Forecast:
    """What a run will take, as far as it can be told."""

    requests: int
    n_bytes: int
    """On the disk, at most about: texts count as long as they may be, where no earlier run tells how long they are."""
    free: int | None
    """Bytes left on the disk of the store; None where it cannot be told."""
    seconds: float | None = None
    """Of asking, without loading the model; None where no run of the model was carried out."""
    prompt_tokens: int | None = None
    output_tokens: int | None = None
    basis: str = ""
    """The run that time and tokens rest on; '' where there is none."""


def forecast(plan: Plan, runs: Iterable[RunSummary], root: Path) -> Forecast:
    """Return what a run will take, at the pace and the tokens a request of the newest run of the same kind.

    The same kind is: model, backend, mode and form of answer. Tokens a request differ with personas and texts, so the
    run's corpus must be the same for them to be told.

    Args:
        plan: of the run.
        runs: newest first.
        root: the folder of runs.
    """
    spec = plan.spec
    longest = spec.longest_answer * BYTES_A_TOKEN if spec.mode == "sampled" else 0
    n_bytes = plan.n_requests * (BYTES_A_RESPONSE[spec.mode] + longest)
    free = _free(root)
    for run in runs:
        if run.state == "broken" or (run.model, run.backend, run.mode) != (spec.model, spec.backend, spec.mode):
            continue
        with contextlib.suppress(PolyvocalError):
            folder = RunFolder(run.path)
            manifest = folder.manifest()
            if manifest.actual.responses_per_second and manifest.spec.answer_with == spec.answer_with:
                return _like(plan, folder, manifest, free, n_bytes)
    return Forecast(plan.n_requests, n_bytes, free)


def _like(plan: Plan, folder: RunFolder, manifest: Manifest, free: int | None, n_bytes: int) -> Forecast:
    n, done, actual = plan.n_requests, manifest.counts.done, manifest.actual
    assert actual.responses_per_second
    same = manifest.corpus.name == plan.corpus.name and done > 0
    stored = sum(path.stat().st_size for path in folder.parts()) if done >= 1000 else 0
    return Forecast(
        requests=n,
        n_bytes=round(n * stored / done) if stored else n_bytes,
        free=free,
        seconds=n / actual.responses_per_second,
        prompt_tokens=round(n * actual.prompt_tokens / done) if same and actual.prompt_tokens else None,
        output_tokens=round(n * actual.output_tokens / done) if same and actual.prompt_tokens else None,
        basis=manifest.run_id,
    )


def _free(root: Path) -> int | None:
    place = next((path for path in (root, *root.parents) if path.is_dir()), None)
    try:
        return None if place is None else shutil.disk_usage(place).free
    except OSError:
        return None
