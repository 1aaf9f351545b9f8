"""Asking a backend for a batch of requests and turning what it says into responses; whatever happens to one request
stays with that request.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from engine.errors import BackendError, PolyvocalError
from engine.inference.backend import (
    Backend,
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    SampleAnswer,
    SampleRequest,
)
from engine.jobs.stopping import Stop
from engine.runs.parts import to_table
from engine.runs.plan import Plan
from engine.runs.planned_request import PlannedRequest
from engine.runs.response import SCHEMA

Answer = ExactAnswer | SampleAnswer | Failure


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a request is asked again that failed in a way that may pass."""

    retries: int = 6
    """Further tries after the first."""
    first_seconds: float = 0.5
    """The wait before the first of them; each further one is twice as long, give or take a half."""
    longest_seconds: float = 20.0
    """No wait is longer than about this."""
    silent_batches: int = 3
    """After so many batches in a row without any answer the run stops: the server is not coming back by itself."""
    crashes: int = 32
    """After so many single requests in a row at which the backend itself broke, the run stops."""

    def wait_before(self, retry: int) -> float:
        """Return the seconds to wait before retry 0, 1, 2, ..."""
        return min(self.longest_seconds, self.first_seconds * 2**retry) * random.uniform(0.5, 1.5)


@dataclass(frozen=True)
class Batch:
    """The responses to one batch."""

    table: pa.Table
    by_status: dict[str, int]
    prompt_tokens: int
    output_tokens: int


class Asker:
    """Asks one backend for the requests of one plan."""

    def __init__(
        self,
        backend: Backend,
        info: BackendInfo,
        plan: Plan,
        attempt: str,
        stop: Stop,
        policy: RetryPolicy | None = None,
        on_retry: Callable[[str], None] | None = None,
    ) -> None:
        self._backend, self._info, self._plan, self._attempt, self._stop = backend, info, plan, attempt, stop
        self._policy, self._on_retry = policy or RetryPolicy(), on_retry
        self._silent = self._crashed = 0
        self._last_failure = ""

    def ask(self, batch: Sequence[PlannedRequest]) -> Batch:
        """Return the responses to `batch`; a request whose retries a stop cut short has none.

        Raises:
            BackendError: the backend as a whole does not answer.
        """
        answers = self._answers_with_retries(batch)
        answered = [(request, answer) for request, answer in zip(batch, answers, strict=True) if answer is not None]
        unheard = [a for _, a in answered if isinstance(a, Failure) and a.retryable]
        self._silent = self._silent + 1 if unheard and len(unheard) == len(answered) else 0
        self._last_failure = unheard[-1].message if unheard else ""
        rows = [self._row(request, answer) for request, answer in answered]
        return Batch(
            table=to_table(rows),
            by_status=dict(Counter(row["status"] for row in rows)),
            prompt_tokens=sum(row["prompt_tokens"] or 0 for row in rows),
            output_tokens=sum(row["output_tokens"] or 0 for row in rows),
        )

    def check_alive(self) -> None:
        """Raise BackendError after several batches in a row to which the backend gave no answer at all."""
        if self._silent >= self._policy.silent_batches:
            raise BackendError(
                f"the backend {self._info.backend!r} gave no answer to the last {self._silent} batches "
                f"(last: {self._last_failure}). See whether it still runs, then resume the run: "
                "what was answered is kept, what failed is asked again."
            )

    def _answers_with_retries(self, batch: Sequence[PlannedRequest]) -> list[Answer | None]:
        answers: list[Answer | None] = [request.failure for request in batch]
        pending = [i for i, request in enumerate(batch) if request.prompt is not None]
        for retry in range(self._policy.retries + 1):
            for i, answer in zip(pending, self._call([batch[i] for i in pending]), strict=True):
                answers[i] = answer
            pending = [i for i in pending if isinstance(a := answers[i], Failure) and a.retryable]
            if not pending or retry == self._policy.retries:
                break
            if self._on_retry is not None:
                self._on_retry(f"{len(pending)} requests failed and are asked again ({_reason(answers[pending[0]])})")
            if self._stop.wait(self._policy.wait_before(retry)):
                for i in pending:
                    answers[i] = None
                break
        return answers

    def _call(self, requests: Sequence[PlannedRequest]) -> list[Answer]:
        """Ask once. Where the backend breaks, ask in halves, down to the one request that breaks it."""
        if not requests:
            return []
        try:
            answers: list[Answer] = (
                list(self._backend.exact([self._exact(r) for r in requests]))
                if self._plan.spec.mode == "exact"
                else list(self._backend.sample([self._sample(r) for r in requests]))
            )
        except PolyvocalError:
            raise
        except Exception as error:
            if self._stop.asked():  # Ctrl-C reaches an engine's own processes too; that is no fault of a request
                raise
            if len(requests) > 1:
                half = len(requests) // 2
                return [*self._call(requests[:half]), *self._call(requests[half:])]
            self._crashed += 1
            if self._crashed >= self._policy.crashes:
                raise BackendError(
                    f"the backend {self._info.backend!r} breaks at every request ({type(error).__name__}: {error}). "
                    "What was answered before is kept. Correct its settings and start the same spec again."
                ) from error
            return [Failure("rejected", f"the backend broke at this request: {type(error).__name__}: {error}")]
        if len(answers) != len(requests):
            raise BackendError(
                f"the backend {self._info.backend!r} gave {len(answers)} answers to {len(requests)} requests; "
                "they cannot be told apart. This is a fault of the backend: report it."
            )
        self._crashed = 0
        return answers

    def _exact(self, request: PlannedRequest) -> ExactRequest:
        assert request.prompt is not None
        return ExactRequest(request.prompt, self._plan.answers)

    def _sample(self, request: PlannedRequest) -> SampleRequest:
        assert request.prompt is not None
        spec = self._plan.spec
        return SampleRequest(
            prompt=request.prompt,
            temperature=request.temperature or 0.0,
            max_tokens=spec.longest_answer,
            top_p=spec.top_p,
            seed=request.seed if self._info.seeds == "request" else None,
        )

    def _row(self, request: PlannedRequest, answer: Answer) -> dict[str, Any]:
        row: dict[str, Any] = dict.fromkeys(SCHEMA.names)
        row |= {
            "key": request.key,
            "persona_id": request.persona_id,
            "item_id": request.item_id,
            "wording": request.wording,
            "temperature": request.temperature,
            "repeat": request.repeat,
            "attempt": self._attempt,
        }
        if isinstance(answer, ExactAnswer):
            answer = _checked(answer, len(self._plan.options))
        if isinstance(answer, Failure):
            row |= {"status": "failed", "error": f"{answer.kind}: {answer.message}"}
        elif isinstance(answer, ExactAnswer):
            row |= self._exact_columns(answer)
        else:
            row |= self._sampled_columns(request, answer)
        return row

    def _exact_columns(self, answer: ExactAnswer) -> dict[str, Any]:
        logprobs = answer.logprobs
        best = max(range(len(logprobs)), key=logprobs.__getitem__)
        seen = logprobs[best] > -math.inf
        return {
            "status": "ok" if seen else "unparsable",  # a cut-off read-out may hold none of the labels
            "label": self._plan.options[best].label if seen else None,
            "logprobs": list(logprobs),
            "label_mass": min(1.0, math.fsum(map(math.exp, logprobs))),
            "missing_mass": answer.missing_mass,
            "prompt_tokens": answer.prompt_tokens,
            "output_tokens": 0,
        }

    def _sampled_columns(self, request: PlannedRequest, answer: SampleAnswer) -> dict[str, Any]:
        from engine.inference.reading import read_label

        reading = read_label(answer.text, self._plan.options, self._plan.spec.answer_with == "label+explanation")
        seeds = {"request": request.seed, "engine": self._info.engine_seed, "none": None}
        return {
            "status": reading.status,
            "label": reading.label,
            "text": answer.text,
            "prompt_tokens": answer.prompt_tokens,
            "output_tokens": answer.output_tokens,
            "seed": seeds[self._info.seeds],
        }


def _reason(answer: Answer | None) -> str:
    return answer.message if isinstance(answer, Failure) else ""


def _checked(answer: ExactAnswer, n_labels: int) -> ExactAnswer | Failure:
    """Return the answer, or a failure where it cannot be log-probabilities of the labels."""
    values = answer.logprobs
    if len(values) != n_labels:
        return Failure("nonsense", f"{len(values)} log-probabilities for {n_labels} labels")
    if any(math.isnan(v) or v > 1e-3 for v in values):  # rounding may lift a certain label a little above 0
        return Failure("nonsense", f"not log-probabilities: {values!r}")
    return answer
