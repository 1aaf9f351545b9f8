"""The process of a study: `python -m engine.annotators.studies.worker STUDY_FOLDER`. Its output is the study's log."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

from engine.annotators.studies.carry_out import carry_out
from engine.annotators.studies.study_folder import StudyFolder
from engine.errors import PolyvocalError
from engine.jobs.lock import FolderLock
from engine.jobs.stopping import Stop

log = logging.getLogger("polyvocal.study")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out the study in a folder; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.annotators.studies.worker", description=__doc__)
    parser.add_argument("folder", type=Path, help="the study's folder; its manifest holds the spec")
    parser.add_argument("--asked-at", type=float, default=None, help="when the start was asked for (since 1970)")
    parser.add_argument("--lock", type=int, default=None, help="the open file that holds the folder's lock, inherited")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", force=True)
    study = StudyFolder(options.folder)
    lock = FolderLock(study.path) if options.lock is None else FolderLock.adopt(study.path, options.lock)
    try:
        with lock:
            carry_out(study, Stop(study.path, options.asked_at))
    except PolyvocalError as error:
        log.error("%s", error)
        return error.exit_status
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
