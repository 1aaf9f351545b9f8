"""Asking about an upload: each question is answered by a process of its own with limits (`upload_worker`)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

import engine
from engine.corpora.importing import check_name
from engine.corpora.looking import Look
from engine.corpora.request import ImportRequest
from engine.corpora.upload_worker import CorpusFacts, Question
from engine.corpora.uploads import LIMITS, MEBIBYTE, UploadLimits
from engine.errors import InputError
from engine.paths import home

_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
"""Of the environment; keys and tokens are not."""


def look_at_upload(upload_id: str, *, no_header: bool | None = None, limits: UploadLimits = LIMITS) -> Look:
    """Return what an upload holds: its format, columns and first rows, and a guess of what they are.

    Args:
        upload_id: of the upload.
        no_header: whether the first row of a CSV or TSV is data; None: as it seems to be.
        limits: of the process that reads it.

    Raises:
        InputError: it is gone, no corpus, or exceeds the limits.
    """
    request = None if no_header is None else ImportRequest(no_header=no_header)
    return Look.model_validate(_ask("look", upload_id, limits, request))


def check_upload(upload_id: str, request: ImportRequest, limits: UploadLimits = LIMITS) -> CorpusFacts:
    """Return what the corpus would be if an upload were imported as `request` says; nothing is stored.

    Raises:
        InputError: it cannot be imported so; the message is the one that the command line would give.
    """
    return CorpusFacts.model_validate(_ask("check", upload_id, limits, request))


def import_upload(
    upload_id: str, name: str, request: ImportRequest, *, replace: bool = False, limits: UploadLimits = LIMITS
) -> CorpusFacts:
    """Store an upload as the corpus `name`, remove what was uploaded, and return what the corpus holds.

    The corpus appears whole or not at all, however this process or that of the reading ends.

    Raises:
        InputError: the name, the files or the choices cannot be used, or the name belongs to another corpus.
        PolyvocalError: the store cannot be written.
    """
    check_name(name)
    return CorpusFacts.model_validate(_ask("import", upload_id, limits, request, name, replace))


def _ask(
    act: Literal["look", "check", "import"],
    upload_id: str,
    limits: UploadLimits,
    request: ImportRequest | None = None,
    name: str = "",
    replace: bool = False,
) -> dict[str, Any]:
    question = Question(
        upload_id=upload_id, act=act, name=name, replace=replace, limits=asdict(limits),
        request={} if request is None else request.model_dump(mode="json"),
    )  # fmt: skip
    try:
        done = subprocess.run(
            [sys.executable, "-m", "engine.corpora.upload_worker"], input=question.model_dump_json().encode(),
            capture_output=True, timeout=limits.seconds + 20, start_new_session=True, env=_environment(), check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise _too_much(limits) from error
    if done.returncode < 0:  # ended by a signal: out of memory or time, or broken by the file
        raise _too_much(limits)
    if done.returncode:
        raise RuntimeError(f"the reading of an upload broke: {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    answer = json.loads(done.stdout)
    if problem := answer.get("problem"):
        raise InputError(problem)
    found: dict[str, Any] = answer["answer"]
    return found


def _environment() -> dict[str, str]:
    kept = {name: value for name in _PASSED_ON if (value := os.environ.get(name))}
    source = str(Path(engine.__file__).resolve().parent.parent)
    path = os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))
    # One thread and the system's allocator: every thread reserves address space, which is what is limited.
    quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2",
             "ARROW_DEFAULT_MEMORY_POOL": "system"}  # fmt: skip
    return kept | quiet | {"PYTHONPATH": path, "POLYVOCAL_HOME": str(home()), "PYTHONUTF8": "1"}


def _too_much(limits: UploadLimits) -> InputError:
    return InputError(
        f"reading this upload took more than it may: {limits.memory // MEBIBYTE:,} MiB of memory and {limits.seconds} "
        "s. The file may be damaged, or made to do so. A larger corpus can be imported in a terminal: polyvocal corpus "
        "import FILE --name NAME"
    )
