"""The process that holds a model ready: `python -m engine.live.answering FOLDER`.

It opens the model that FOLDER/model.json names (for vLLM it starts a server of its own), tells in state.json how far it
is, and answers the questions whose folders it reads from standard input, several at a time. It ends when standard input
closes, so however the process that started it ends, killed included, the model goes too; and by itself after a time
without questions. Models and their libraries are in this process, never in the one that shows pages.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

from engine.corpora.corpus import Corpus
from engine.corpora.store import corpus_stamp, load_corpus
from engine.errors import BackendError, InputError, PolyvocalError
from engine.inference.backend import (
    Backend,
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    Prompt,
    SampleAnswer,
    SampleRequest,
)
from engine.inference.engine_args import is_cpu_build
from engine.inference.models import resolve_model, weights_bytes
from engine.inference.server_process import ServerProcess
from engine.jobs.lock import FolderLock
from engine.jobs.whole_files import write_whole
from engine.live.ask import Ask
from engine.live.model_process import MODEL, SERVER_LOG, STATE
from engine.live.question import LiveModel
from engine.personas.template import Messages
from engine.runs.asking import RetryPolicy
from engine.runs.execute import execute

log = logging.getLogger("polyvocal.live")
AT_ONCE = 8
"""Questions that are answered at a time."""
BATCH = 16
"""Requests of one question that are asked at a time, so that its answers arrive as they come."""
SMALL = 2**28
"""Bytes of weights below which a model is small."""
LONGEST_START = 1_800.0
"""Seconds for a model to load; large ones are downloaded before."""
LONGEST_ANSWER = 90.0
"""Seconds that a server may be silent, unless the options say otherwise: somebody is waiting."""
EVERY = 1.0
"""Seconds between two looks at the server."""
PATIENCE = RetryPolicy(retries=2, longest_seconds=2.0, silent_batches=2)
State = Literal["starting", "ready", "failed", "idle"]


class Shared:
    """One backend for all questions at once: small batches, and one at a time at its tokenizer."""

    def __init__(self, backend: Backend) -> None:
        self._backend, self._turn = backend, threading.Lock()

    def info(self) -> BackendInfo:
        """Say what the backend is and can do."""
        info = self._backend.info()
        return replace(info, batch_size=min(BATCH, info.batch_size))

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Apply the model's own chat template."""
        with self._turn:  # a tokenizer borrowed by two threads raises
            return self._backend.prepare(conversations)

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt."""
        with self._turn:
            self._backend.check_answers(prompt, answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Read label distributions."""
        return self._backend.exact(requests)

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request."""
        return self._backend.sample(requests)

    def close(self) -> None:
        """Release the backend."""
        self._backend.close()


class Answering:
    """The work of the process."""

    def __init__(self, folder: Path, idle: float) -> None:
        self._folder, self._idle = folder, idle
        self._model = LiveModel.model_validate_json((folder / MODEL).read_text(encoding="utf-8"))
        self._server: ServerProcess | None = None
        self._questions: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._used = time.monotonic()

    def run(self) -> int:
        """Open the model and answer until nobody asks any more; return the exit status."""
        threading.Thread(target=self._listen, daemon=True, name="questions").start()
        self._tell("starting")
        try:
            backend = Shared(self._open())
            _warm_up()
            self._tell("ready", facts=_facts(backend.info()))
            self._answer_all(backend)
        except PolyvocalError as error:
            log.error("%s", error)
            self._tell("failed", str(error))
            return error.exit_status
        finally:
            if self._server is not None:
                self._server.stop()
        self._tell("idle")
        return 0

    def _open(self) -> Backend:
        model = self._model
        if model.backend == "vllm":
            _use_few_threads(resolve_model(model.model))
            self._server = ServerProcess(model.model, model.engine, log=self._folder / SERVER_LOG)
            self._server.start()
            return self._server.wait_ready(LONGEST_START).connect(timeout=LONGEST_ANSWER)
        if model.backend == "server":
            from engine.inference.vllm_server import VllmServerBackend

            engine = {"timeout": LONGEST_ANSWER} | model.engine
            return VllmServerBackend(model.model, [model.server], engine=engine, api_key=model.api_key())
        from engine.inference.scripted import ScriptedBackend

        return ScriptedBackend(model.model, engine=model.engine)

    def _answer_all(self, backend: Backend) -> None:
        going: set[Future[None]] = set()
        self._used = time.monotonic()  # loading the model, however long, is no time in which nobody asked
        with ThreadPoolExecutor(AT_ONCE, "question") as pool:
            while going or not self._questions.empty() or time.monotonic() - self._used < self._idle:
                with contextlib.suppress(queue.Empty):
                    going.add(pool.submit(answer, Ask(Path(self._questions.get(timeout=EVERY))), backend))
                going = {future for future in going if not future.done()}
                if going:
                    self._used = time.monotonic()
                if self._server is not None and self._server.state == "failed":
                    raise BackendError(f"the vLLM server of model {self._model.model!r} died. {self._server.reason()}")

    def _listen(self) -> None:
        """Take questions from standard input; when it closes, end the model and this process."""
        for line in sys.stdin:
            self._questions.put(line.strip())
        if self._server is not None:
            self._server.stop()
        os._exit(0)  # answers in flight have nobody to read them

    def _tell(self, state: State, reason: str = "", facts: dict[str, object] | None = None) -> None:
        reason = reason.replace(f" {self._folder / SERVER_LOG}", "")  # pages show the log itself, not where it lies
        told = {"state": state, "reason": reason, "facts": facts or {}, "since": time.time()}
        write_whole(self._folder / STATE, json.dumps(told))


def answer(ask: Ask, backend: Backend) -> None:
    """Answer one question; whatever happens to it stays with it."""
    notes: list[str] = []
    try:
        ask.tell("asking")
        _answer(ask, backend, notes)
        ask.tell("stopped" if ask.cancelled else "finished", notes=tuple(notes))
    except PolyvocalError as error:
        ask.tell("failed", str(error), tuple(notes))
    except OSError as error:
        log.error("question %s: %s", ask.ask_id, error)  # its folder may be gone: nobody waits for it
    except Exception:
        log.exception("question %s", ask.ask_id)
        ask.tell("failed", "answering broke; the log of the model's process has the details", tuple(notes))


def _answer(ask: Ask, backend: Backend, notes: list[str]) -> None:
    """Ask its runs one after the other; what has no exact reading is still drawn."""
    asked, specs = ask.question, ask.question.specs()
    corpus = ask.corpus if asked.typed else _stored(asked.corpus, corpus_stamp(asked.corpus))

    def look(_: object) -> None:
        if ask.unwatched:
            ask.cancel()

    for mode, spec in specs.items():
        look(None)
        if ask.cancelled:
            return
        try:
            execute(spec, backend=backend, corpus=corpus, root=ask.path / "runs", on_progress=look, retries=PATIENCE)
        except InputError as error:
            if mode == "sampled" or "sampled" not in specs:
                raise
            notes.append(f"There are no label distributions: {error}")


@lru_cache(maxsize=2)
def _stored(name: str, stamp: str) -> Corpus:  # noqa: ARG001 (the stamp decides)
    """Return a stored corpus; a large one takes a second to read, which nobody shall wait for at every question."""
    return load_corpus(name)


def _use_few_threads(path: str) -> None:
    """Let vLLM answer with one thread where the model is small and runs on a CPU, unless the user chose otherwise.

    A few short answers gain nothing from more, and on a busy machine each step waits for the slowest thread: 48 answers
    of a demo model took 2 s with one and 16 to 52 s with four.
    """
    if is_cpu_build() and (weights_bytes(path) or SMALL) < SMALL:
        for name, value in (("OMP_NUM_THREADS", "1"), ("VLLM_CPU_OMP_THREADS_BIND", "nobind")):
            os.environ.setdefault(name, value)


def _warm_up() -> None:
    """Import what the first run would import at its end, so that nobody waits for it."""
    import engine.inference.reading
    import engine.runs.copies
    import engine.runs.opening

    engine.runs.opening.package_versions()


def _facts(info: BackendInfo) -> dict[str, object]:
    return {
        "exact": info.exact,
        "revision": info.revision,
        "max_context": info.max_context,
        "versions": dict(info.versions),
        "notes": list(info.notes),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Hold the model of a folder ready; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.live.answering", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds model.json; gets state.json and the logs")
    parser.add_argument("--idle", type=float, default=1200.0, help="seconds without questions before it ends")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", force=True)
    with FolderLock(options.folder):
        return Answering(options.folder, options.idle).run()


if __name__ == "__main__":
    raise SystemExit(main())
