"""Backend: what answers prompts. The records it takes and gives, and the protocol that every backend keeps.

A backend answers lists and gives a list of the same length in the same order: a request that cannot be answered
yields a `Failure` in its place, so one bad request never ends a job. It raises `BackendError` only when nothing can be
answered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from engine.personas.template import Messages

FailureKind = Literal["context", "rejected", "server", "timeout", "nonsense", "unsupported"]


@dataclass(frozen=True)
class Prompt:
    """Messages as the model sees them."""

    messages: Messages
    text: str
    """After the model's chat template, generation prompt included. Part of the request's key."""
    token_ids: tuple[int, ...] | None = None
    """Its tokens, where the backend has the tokenizer. Special-token strings inside item texts are plain text here."""


@dataclass(frozen=True)
class ExactRequest:
    """Ask for the probability of each answer as the next thing the model says."""

    prompt: Prompt
    answers: tuple[str, ...]


@dataclass(frozen=True)
class ExactAnswer:
    """The label distribution that the model's logits hold."""

    logprobs: tuple[float, ...]
    """Natural-log probability of each answer's token over the FULL vocabulary, in the order of `answers`; -inf where
    the backend cut it off."""
    missing_mass: float = 0.0
    """Upper bound of the probability that the backend's cut-off hides from the answers; 0 for a full read-out."""
    prompt_tokens: int = 0


@dataclass(frozen=True)
class SampleRequest:
    """Ask for one drawn text."""

    prompt: Prompt
    temperature: float
    max_tokens: int
    top_p: float = 1.0
    seed: int | None = None
    """Derived from the request's key; used where the backend can (`BackendInfo.seeds`)."""


@dataclass(frozen=True)
class SampleAnswer:
    """One drawn text."""

    text: str
    finish_reason: str = ""
    prompt_tokens: int = 0
    output_tokens: int = 0


@dataclass(frozen=True)
class Failure:
    """Why one request has no answer."""

    kind: FailureKind
    message: str
    retryable: bool = False
    """Whether the same request may succeed later (server busy), so that the runner tries again with backoff."""


@dataclass(frozen=True)
class BackendInfo:
    """What a backend is and can do; asked once and recorded in the run's manifest."""

    backend: str
    model: str
    revision: str
    """Commit of the hub, or 'sha256:...' over a local folder's weights and tokenizer; '' where it cannot be known."""
    exact: Literal["full", "top", "none"]
    """full: any token's log-probability; top: only the most probable ones; none: sampling only."""
    seeds: Literal["request", "engine", "none"]
    """Where a sampling seed takes effect: each request, only an engine start, or nowhere."""
    max_context: int | None = None
    """Longest prompt plus answer in tokens."""
    batch_size: int = 256
    """Requests a call should hold to keep the backend busy."""
    engine_seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


class Backend(Protocol):
    """What answers prompts."""

    def info(self) -> BackendInfo:
        """Say what this backend is and can do."""

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Apply the model's own chat template; without a system role, fold that message into the user's."""

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt (and offer letters)."""

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Read label distributions from the logits, one forward pass a request."""

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request."""

    def close(self) -> None:
        """Release the model; a closed backend is not used again."""
