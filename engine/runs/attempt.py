"""One start of a process on a run: from taking it up to the state it leaves behind."""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Literal

import pyarrow.compute as pc

from engine.errors import BackendError, InputError, PolyvocalError
from engine.inference.backend import Backend, BackendInfo
from engine.jobs.manifests import MANIFEST
from engine.jobs.stopping import Stop
from engine.runs.asking import Asker, Batch, RetryPolicy
from engine.runs.estimate import GROWTH, PILOT, ask_pilot, extrapolate
from engine.runs.manifest import Attempt, CostEstimate, Manifest, now
from engine.runs.opening import check_backend, engine_seed_of, open_for, package_versions
from engine.runs.plan import Plan
from engine.runs.planned_request import PlannedRequest
from engine.runs.progress import Progress, Tracker
from engine.runs.run_folder import RunFolder, count_values

log = logging.getLogger(__name__)
OnProgress = Callable[[Progress], None]
_FEW = 300
"""Up to so many missing requests a pilot of its own does not pay."""


def open_manifest(plan: Plan, run: RunFolder) -> Manifest:
    """Return the run's manifest, a new one where there is none or where it is broken. For the holder of the lock.

    Raises:
        InputError: what the spec names has changed since the run was planned.
    """
    try:
        manifest = run.manifest()
    except InputError as error:
        manifest = plan.new_manifest(run.run_id, now())
        if (run.path / MANIFEST).exists():
            (run.path / MANIFEST).replace(run.path / "manifest.broken.json")
            manifest.notes.append(f"the manifest could not be read and was written anew ({str(error).splitlines()[0]})")
    else:
        plan.check_same(manifest)
        manifest.spec = plan.spec  # the addresses of servers may differ
    manifest.counts.planned = plan.n_requests
    return manifest


class RunningAttempt:
    """One start of this process on a run whose lock it holds."""

    def __init__(
        self,
        plan: Plan,
        run: RunFolder,
        stop: Stop,
        backend: Backend | None,
        on_progress: OnProgress | None,
        estimate: CostEstimate | None,
        retries: RetryPolicy | None,
    ) -> None:
        self._plan, self._run, self._stop, self._given, self._retries = plan, run, stop, backend, retries
        self._tracker = Tracker(run.path, run.run_id, plan.n_requests, on_progress)
        self._manifest = open_manifest(plan, run)
        self._manifest.estimate = estimate or self._manifest.estimate
        self._record = self._begin()

    def carry_out(self) -> RunFolder:
        """Ask what is missing, and leave the folder in the state that tells how it went."""
        try:
            done = self._run.done_keys()
            if len(done) < self._plan.n_requests:
                with self._backend() as backend:
                    self._ask_missing(backend, done)
        except BaseException as error:
            if not (self._stop.asked() and _may_come_of_stopping(error)):
                self._end_badly("failed" if isinstance(error, Exception) else "interrupted", error)
                raise
            log.warning("stopped in the middle of a batch: %s: %s", type(error).__name__, error)
        self._end()
        return self._run

    def _begin(self) -> Attempt:
        """Record this attempt before anything is asked, so that its number, and its seed, are never used again."""
        manifest = self._manifest
        for earlier in manifest.attempts:
            if earlier.how == "running":
                _bury(earlier, self._run.progress())
        for part in self._run.set_aside_leftovers():
            manifest.notes.append(f"{part} could not be read and was set aside; its responses are asked again")
        # Part names count too: the manifest of a run whose own broke knows of no attempts.
        names = [path.name.split("-")[1] for path in self._run.path.glob("*part-*.parquet")]
        number = 1 + max([a.number for a in manifest.attempts] + [int(n) for n in names if n.isdecimal()], default=0)
        record = Attempt(
            id=f"{number:04d}-{secrets.token_hex(3)}",
            number=number,
            pid=os.getpid(),
            host=platform.node(),
            process_started=_process_started(),
            engine_seed=engine_seed_of(self._run.run_id, number),
            started=now(),
        )
        manifest.attempts.append(record)
        manifest.state, manifest.error = "running", ""
        self._run.write_manifest(manifest)
        self._run.write_as(record.id)
        return record

    @contextlib.contextmanager
    def _backend(self) -> Iterator[Backend]:
        self._tracker.tell("loading", f"loading {self._plan.spec.model}", at_once=True)
        started = time.monotonic()
        backend = self._given or open_for(self._plan.spec, self._record.engine_seed or 0)
        self._record.setup_seconds = time.monotonic() - started
        try:
            yield backend
        finally:
            if self._given is None:
                backend.close()

    def _ask_missing(self, backend: Backend, done: set[str]) -> None:
        info = check_backend(self._plan, backend)
        self._note_backend(info)
        counts = self._run.counts_by_status()
        counts.pop("failed", None)  # they are asked again now
        self._tracker.begin(counts)
        asker = Asker(backend, info, self._plan, self._record.id, self._stop, self._retries, self._tracker.retrying)
        size, started = info.batch_size, time.monotonic()

        def ask(batch: Sequence[PlannedRequest]) -> Batch:
            result = asker.ask(batch)
            self._run.append(result.table)
            self._record.seconds = time.monotonic() - started
            self._tracker.add(result.by_status, result.prompt_tokens + result.output_tokens)
            asker.check_alive()
            return result

        if self._manifest.estimate is None and not self._stop.asked():
            self._pilot(backend, info, done, ask)
        requests = self._plan.requests(backend.prepare, info, done)
        while not self._stop.asked() and (batch := list(islice(requests, size))):
            asked = time.monotonic()
            ask(batch)
            size = _next_size(size, time.monotonic() - asked, info.batch_size)

    def _pilot(
        self, backend: Backend, info: BackendInfo, done: set[str], ask: Callable[[Sequence[PlannedRequest]], Batch]
    ) -> None:
        """Ask a few requests from all over what is missing, add them to `done`, and note what the run will cost.

        Where little is missing, or little of it was found, the first batch in the plan's order does as well.
        """
        missing = self._plan.n_requests - len(done)
        chosen = self._plan.draw(PILOT, backend.prepare, info, done) if missing > _FEW else []
        if drawn := bool(chosen):
            timed = ask_pilot(ask, chosen, info.batch_size, self._stop.asked)
        else:
            first = list(islice(self._plan.requests(backend.prepare, info, done), info.batch_size))
            started = time.monotonic()
            timed = [(ask(first), time.monotonic() - started)]
        for batch, _ in timed:
            done.update(batch.table["key"].to_pylist())
        self._manifest.estimate = extrapolate(
            missing, timed, setup_seconds=self._record.setup_seconds, batch_size=info.batch_size,
            longest_answer=self._plan.longest_answer, stored=True, drawn=drawn,
        )  # fmt: skip
        self._run.write_manifest(self._manifest)

    def _note_backend(self, info: BackendInfo) -> None:
        manifest = self._manifest
        before = manifest.backend.get("revision", "")
        if before and info.revision and before != info.revision and self._run.parts():
            raise InputError(
                f"run {manifest.run_id!r} was begun with revision {before} of model {info.model!r}, which now has "
                f"{info.revision}; going on would mix two models. Give the spec another name, or delete this run."
            )
        manifest.backend = asdict(info)
        manifest.packages = package_versions() | dict(info.versions)
        self._record.engine_seed = info.engine_seed
        if info.exact == "top" and self._plan.spec.mode == "exact":
            _note(manifest, "the backend shows only its most probable tokens; missing_mass bounds what it hides")
        self._run.write_manifest(manifest)

    def _end(self) -> None:
        """Count what there is, note what a reader must know, and write the final state."""
        manifest, run = self._manifest, self._run
        with contextlib.suppress(OSError):  # only for speed of reading; a full disk must not spoil a finished run
            run.join_parts()
        self._sum_up()
        whole = manifest.counts.done >= self._plan.n_requests
        how: Literal["finished", "cancelled", "interrupted"] = "finished" if whole else "cancelled"
        if not whole and not self._stop.asked():
            how = "interrupted"  # a part became unreadable while we worked: starting again asks for its responses
        if self._plan.spec.mode == "sampled":
            from engine.runs.copies import find_copies

            for note in find_copies(run):
                _note(manifest, note)
            share = manifest.counts.by_status.get("ok", 0) / max(1, manifest.counts.done)
            if manifest.counts.done and share < 0.5:
                _note(
                    manifest,
                    f"only {share:.0%} of the answers hold a label: read some of them (`run export`), and try other "
                    "wordings, a longer max_tokens, or another model before trusting any number of this run.",
                )
        elif (mass := manifest.actual.mean_label_mass) is not None and mass < 0.5:
            other_answers = "answers: words" if manifest.spec.answers == "letters" else "answers: letters"
            _note(
                manifest,
                f"the label tokens hold only {mass:.2f} of the probability on average: the model wanted to say "
                f"something else, and its label distributions mislead. Try other wordings, {other_answers}, or mode: "
                "sampled.",
            )
        manifest.state = self._record.how = how
        self._record.ended = now()
        self._tracker.tell("ended", how, at_once=True)
        run.write_manifest(manifest)  # last: who reads in it that the run is over finds log and progress complete

    def _end_badly(self, how: Literal["failed", "interrupted"], error: BaseException) -> None:
        """Record why the attempt ended; where even that fails (full disk), the run is seen as interrupted."""
        manifest = self._manifest
        self._record.how, self._record.ended = how, now()
        manifest.state = how
        manifest.error = str(error) if isinstance(error, PolyvocalError) else f"{type(error).__name__}: {error}"
        self._tracker.tell("ended", how, at_once=True)
        with contextlib.suppress(PolyvocalError, OSError):
            self._sum_up()
            self._run.write_manifest(manifest)

    def _sum_up(self) -> None:
        manifest, actual = self._manifest, self._manifest.actual
        responses = self._run.responses(("status", "attempt", "prompt_tokens", "output_tokens", "label_mass"))
        manifest.counts.by_status = count_values(responses["status"])
        manifest.counts.done = responses.num_rows
        by_attempt = count_values(responses["attempt"])
        for attempt in manifest.attempts:
            attempt.responses = by_attempt.get(attempt.id, 0)
        actual.prompt_tokens = pc.sum(responses["prompt_tokens"]).as_py() or 0
        actual.output_tokens = pc.sum(responses["output_tokens"]).as_py() or 0
        actual.mean_label_mass = pc.mean(responses["label_mass"]).as_py()
        actual.seconds = sum(a.seconds for a in manifest.attempts)
        actual.setup_seconds = sum(a.setup_seconds for a in manifest.attempts)
        if actual.seconds > 0 and responses.num_rows:
            actual.responses_per_second = responses.num_rows / actual.seconds
            actual.tokens_per_second = (actual.prompt_tokens + actual.output_tokens) / actual.seconds


def _next_size(size: int, seconds: float, backend_size: int) -> int:
    """Return the next batch's size: never below what the backend wants, larger while batches end within a second.

    So a fast backend is not held up by parts of a few rows, and a kill loses a few seconds of a slow one.
    """
    if seconds < 1:
        return min(size * 2, backend_size * GROWTH)
    return max(size // 2, backend_size) if seconds > 4 else size


def _bury(attempt: Attempt, last: Progress | None) -> None:
    """Record the end of an attempt whose process was killed, as far as its last progress tells of it."""
    attempt.how = "interrupted"
    if last is not None:
        attempt.ended = datetime.fromtimestamp(last.updated, UTC)
        attempt.seconds = max(0.0, last.updated - attempt.started.timestamp() - attempt.setup_seconds)


def _may_come_of_stopping(error: BaseException) -> bool:
    """Whether the request to stop may itself have caused this: Ctrl-C also reaches an engine's own processes."""
    return isinstance(error, Exception) and (isinstance(error, BackendError) or not isinstance(error, PolyvocalError))


def _note(manifest: Manifest, note: str) -> None:
    if note not in manifest.notes:
        manifest.notes.append(note)


def _process_started() -> float:
    import psutil

    return psutil.Process().create_time()
