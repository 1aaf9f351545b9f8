"""An estimate as a process of its own: its pilot needs the model, which a page must not load.

One folder a spec, named by the spec's digest: `spec.json`, `answer.json` once the process has ended, and the lock and
log of a job. What was answered stays until it is asked for again.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine import paths
from engine.errors import PolyvocalError
from engine.jobs.lock import FolderLock, is_locked
from engine.jobs.processes import start_process
from engine.jobs.stopping import Stop, ask_to_stop
from engine.jobs.whole_files import write_whole
from engine.runs.estimate import estimate
from engine.runs.manifest import CostEstimate
from engine.runs.plan import make_plan
from engine.runs.spec import RunSpec

SPEC, ANSWER = "spec.json", "answer.json"


@dataclass(frozen=True)
class EstimateJob:
    """How far the estimate of a spec is."""

    state: Literal["none", "running", "done", "failed"]
    """none: never asked for, or stopped before it could answer."""
    estimate: CostEstimate | None = None
    problem: str = ""
    """Why it failed, in words for people."""


def start_estimate(spec: RunSpec) -> None:
    """Start a process that asks a pilot of `spec`; nothing happens where one is at it already.

    Raises:
        InputError: the spec names something that does not exist or does not fit.
        PolyvocalError: the store cannot be written.
    """
    make_plan(spec)
    folder = _folder(spec)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        if not lock.acquire(wait=False):
            return
        with lock:
            (folder / ANSWER).unlink(missing_ok=True)
            write_whole(folder / SPEC, spec.model_dump_json())
            asked_at = time.time()
            start_process("engine.runs.estimate_job", folder, [repr(asked_at), str(lock.descriptor)],
                          what=f"estimate of {spec.run_id()!r}", descriptors=[lock.descriptor])  # fmt: skip
    except OSError as error:
        raise PolyvocalError(
            f"the estimate cannot be kept in {folder} ({error.strerror or error}). Make it writable, or set "
            "POLYVOCAL_HOME to a folder you may write to."
        ) from error


def read_estimate(spec: RunSpec) -> EstimateJob:
    """Return how far the estimate of `spec` is."""
    folder = _folder(spec)
    if is_locked(folder):
        return EstimateJob("running")
    try:
        answer = json.loads((folder / ANSWER).read_text(encoding="utf-8"))
        if problem := answer.get("problem"):
            return EstimateJob("failed", problem=problem)
        return EstimateJob("done", CostEstimate.model_validate(answer["estimate"]))
    except FileNotFoundError:
        return EstimateJob("none")
    except (OSError, ValueError, KeyError, AttributeError):
        return EstimateJob("failed", problem="what the estimate left cannot be read. Ask for it again.")


def stop_estimate(spec: RunSpec) -> None:
    """Ask the process that estimates `spec` to stop; what it has learned is lost."""
    with contextlib.suppress(OSError):
        ask_to_stop(_folder(spec))


def main(arguments: list[str]) -> int:
    """Carry out the estimate in a folder; return the exit status."""
    folder, asked_at, descriptor = Path(arguments[0]), float(arguments[1]), int(arguments[2])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    with FolderLock.adopt(folder, descriptor):
        answer: dict[str, object]
        try:
            with Stop(folder, asked_at).interrupting():
                spec = RunSpec.model_validate_json((folder / SPEC).read_text(encoding="utf-8"))
                answer = {"estimate": estimate(spec).model_dump(mode="json")}
        except KeyboardInterrupt:
            return 130
        except PolyvocalError as error:
            answer = {"problem": str(error)}
        except Exception as error:
            write_whole(folder / ANSWER, json.dumps({"problem": f"it broke ({type(error).__name__}); see its log."}))
            raise
        write_whole(folder / ANSWER, json.dumps(answer))
    return 0


def _folder(spec: RunSpec) -> Path:
    return paths.estimates_dir() / spec.digest()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
