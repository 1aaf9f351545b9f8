"""The process of a run that `jobs` started: `python -m engine.runs.worker RUN_FOLDER`. Its output is the run's log."""

from __future__ import annotations

import argparse
import contextlib
import logging
import time
from collections.abc import Sequence
from pathlib import Path

from engine.errors import PolyvocalError
from engine.jobs.lock import FolderLock
from engine.runs.execute import execute
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder

log = logging.getLogger("polyvocal.run")
_LOG_EVERY_SECONDS = 10.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the run in a folder; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.runs.worker", description=__doc__)
    parser.add_argument("folder", type=Path, help="the run's folder; its manifest holds the spec")
    parser.add_argument("--asked-at", type=float, default=None, help="when the start was asked for (since 1970)")
    parser.add_argument("--lock", type=int, default=None, help="the open file that holds the folder's lock, inherited")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    run = RunFolder(options.folder)
    lock = FolderLock(run.path) if options.lock is None else FolderLock.adopt(run.path, options.lock)
    try:
        spec = run.manifest().spec
        execute(spec, root=run.path.parent, on_progress=_Reporter(), asked_at=options.asked_at, lock=lock)
    except PolyvocalError as error:
        log.error("%s", error)
        _tell(run, lock, error)
        return error.exit_status
    except Exception as error:
        _tell(run, lock, error)
        raise
    return 0


def _tell(run: RunFolder, lock: FolderLock, error: Exception) -> None:
    """Record a failure that came before the run was taken up; later ones stand in the manifest already."""
    with contextlib.suppress(PolyvocalError, OSError):
        if lock.held or lock.acquire(wait=False):
            with lock:
                manifest = run.manifest()
                if manifest.state == "planned":
                    manifest.state, manifest.error = "failed", str(error) or type(error).__name__
                    run.write_manifest(manifest)


class _Reporter:
    """Writes a line of progress into the log now and then."""

    def __init__(self) -> None:
        self._last = 0.0
        self._phase = ""

    def __call__(self, progress: Progress) -> None:
        moment = time.monotonic()
        if progress.phase == self._phase and moment - self._last < _LOG_EVERY_SECONDS:
            return
        self._last, self._phase = moment, progress.phase
        rate = f", {progress.responses_per_second:.1f} responses/s" if progress.responses_per_second else ""
        left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
        message = f" ({progress.message})" if progress.message else ""
        log.info("%s: %d of %d%s%s%s", progress.phase, progress.done, progress.total, rate, left, message)


if __name__ == "__main__":
    raise SystemExit(main())
