"""Any OpenAI-compatible server, or several that share the work: vLLM's own, or another with less to offer.

Prompts travel in lists through /v1/completions, because one HTTP request a label is several times slower. Answers are
matched to prompts by their index, never by their text, so that equal prompts are separate draws. What a server cannot
do is found out once (`server_probe`) and made up for as far as possible.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from engine.errors import InputError
from engine.inference.backend import (
    BackendInfo,
    ExactAnswer,
    ExactRequest,
    Failure,
    Prompt,
    SampleAnswer,
    SampleRequest,
)
from engine.inference.batches import answer_in_place, same_first_token, too_long
from engine.inference.endpoint import RequestFailed
from engine.inference.models import model_revision
from engine.inference.server_group import ServerGroup
from engine.inference.server_options import ServerOptions
from engine.inference.server_probe import choices_of, completion_body, completion_url, text_of, top_logprobs
from engine.inference.top_logprobs import read_by_id, read_by_text
from engine.inference.work_sharing import share
from engine.personas.template import Messages

KEY_VARIABLE = "POLYVOCAL_API_KEY"

Request = TypeVar("Request", ExactRequest, SampleRequest)
Answer = TypeVar("Answer", ExactAnswer, SampleAnswer)


class VllmServerBackend:
    """One model behind one or several OpenAI-compatible servers."""

    def __init__(
        self,
        model: str,
        servers: Sequence[str],
        *,
        revision: str | None = None,
        engine: Mapping[str, Any] | None = None,
        chat_template_kwargs: Mapping[str, Any] | None = None,
        api_key: str | None = None,
    ) -> None:
        """Connect and find out what the servers can do.

        Args:
            model: the model's name; also where its tokenizer comes from (a folder or hub id), unless options say else.
            servers: base URLs.
            revision: commit or tag of a hub id, for the tokenizer; servers do not tell theirs.
            engine: options, see `ServerOptions`.
            chat_template_kwargs: for the model's chat template.
            api_key: the servers' key; that of POLYVOCAL_API_KEY where absent.

        Raises:
            InputError: a URL or option is wrong.
            BackendError: no server answers, or one serves another model or refuses the key.
        """
        if not servers:
            raise InputError("servers: at least one base URL is needed, such as http://127.0.0.1:8000/v1")
        self._name, self._revision = model, revision
        self._options = ServerOptions.read(engine or {})
        key = os.environ.get(KEY_VARIABLE, "") if api_key is None else api_key
        self._group = ServerGroup(model, servers, self._options, key)
        self._tokenization = self._group.tokenization(revision, chat_template_kwargs)
        self._can = self._group.capabilities(self._tokenization)
        lengths = [i.max_context for i in self._group.identities.values() if i.max_context]
        self._max_context = min(lengths, default=None)

    def info(self) -> BackendInfo:
        """Say what this backend is and can do."""
        servers = self._group.identities
        notes = (*self._group.notes, *self._tokenization.notes, *self._can.notes)
        return BackendInfo(
            backend="server",
            model=self._name,
            revision=model_revision(self._group.path, self._revision),
            exact=self._can.exact,
            seeds=self._can.seeds,
            max_context=self._max_context,
            batch_size=256 * len(self._group.endpoints),
            versions={f"vllm on server {i + 1}": one.vllm for i, one in servers.items() if one.vllm},
            notes=(f"{len(self._group.endpoints)} server(s), prompts sent as {self._can.form}", *notes),
        )

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Apply the model's own chat template, with the local tokenizer or the server's."""
        return self._tokenization.prepare(conversations)

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt."""
        self._tokenization.check_answers(prompt, answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Read label distributions, as far as the server shows them."""
        if self._can.exact == "none":
            return [Failure("unsupported", "the server gives no log-probabilities; use mode: sampled")] * len(requests)
        return answer_in_place(
            requests, self._refuse_exact, lambda some: self._spread(some, self._exact_key, self._read)
        )

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request."""
        return answer_in_place(
            requests, lambda r: self._too_long(r.prompt), lambda some: self._spread(some, self._sample_key, self._draw)
        )

    def close(self) -> None:
        """Close the connections."""
        self._group.close()

    def _spread(
        self,
        requests: list[Request],
        key: Callable[[Request], Hashable],
        ask: Callable[[int, list[Request]], list[Answer]],
    ) -> list[Answer | Failure]:
        """Group requests that may share an HTTP request, cut the groups to size, and let the servers share them."""
        groups: dict[Hashable, list[int]] = {}
        for position, request in enumerate(requests):
            groups.setdefault(key(request), []).append(position)
        pieces = [piece for group in groups.values() for piece in self._cut(group, len(requests))]

        def do(server: int, positions: list[int]) -> list[Answer | Failure]:
            return _isolating(lambda part: ask(server, [requests[i] for i in part]), positions)

        answers: list[Answer | Failure] = [Failure("server", "not asked", retryable=True)] * len(requests)
        for positions, result in zip(
            pieces, share(pieces, self._group.health, self._options.in_flight, do), strict=True
        ):
            for n, position in enumerate(positions):
                answers[position] = result if isinstance(result, Failure) else result[n]
        return answers

    def _cut(self, positions: list[int], total: int) -> list[list[int]]:
        """Cut a group into pieces: enough for all servers to be busy, none longer than a server takes."""
        if self._can.form == "chat":
            return [[position] for position in positions]
        share_of_one = math.ceil(total / (len(self._group.endpoints) * 4))
        size = max(1, min(int(self._options.list_size), max(8, share_of_one)))
        return [positions[i : i + size] for i in range(0, len(positions), size)]

    def _exact_key(self, request: ExactRequest) -> Hashable:
        return self._tokenization.answer_ids(request.prompt, request.answers) or request.answers

    def _sample_key(self, request: SampleRequest) -> Hashable:
        return request.temperature, request.top_p, request.max_tokens, self._seed(request), self._room(request)

    def _seed(self, request: SampleRequest) -> int | None:
        return request.seed if self._can.seeds == "request" and request.temperature > 0 else None

    def _room(self, request: SampleRequest) -> int:
        """Return how many tokens may be drawn: servers refuse a request that could outgrow the context."""
        if self._max_context is None or request.prompt.token_ids is None:
            return request.max_tokens
        return min(request.max_tokens, self._max_context - len(request.prompt.token_ids))

    def _too_long(self, prompt: Prompt) -> Failure | None:
        return too_long(len(prompt.token_ids), self._max_context) if prompt.token_ids is not None else None

    def _refuse_exact(self, request: ExactRequest) -> Failure | None:
        ids = self._tokenization.answer_ids(request.prompt, request.answers)
        if len(set(ids)) < len(ids) or min(ids, default=0) < 0:
            return same_first_token(request.answers)
        return self._too_long(request.prompt)

    def _complete(self, server: int, prompts: list[Prompt], **settings: Any) -> list[dict[str, Any]]:
        endpoint, form = self._group.endpoints[server], self._can.form
        body = completion_body(self._group.identity(server), form, prompts, **settings)
        return choices_of(endpoint, endpoint.post(completion_url(endpoint, form), body), len(prompts))

    def _read(self, server: int, requests: list[ExactRequest]) -> list[ExactAnswer]:
        ids = self._tokenization.answer_ids(requests[0].prompt, requests[0].answers)
        settings: dict[str, Any] = {"max_tokens": 1, "temperature": 0}
        if self._can.exact == "full":
            settings |= {"logprobs": len(ids), "logprob_token_ids": list(ids)}
        elif self._can.form == "chat":
            settings |= {"logprobs": True, "top_logprobs": self._can.top}
        else:
            settings |= {"logprobs": self._can.top}
        choices = self._complete(server, [r.prompt for r in requests], **settings)
        return [self._distribution(server, request, choice) for request, choice in zip(requests, choices, strict=True)]

    def _distribution(self, server: int, request: ExactRequest, choice: dict[str, Any]) -> ExactAnswer:
        shown = top_logprobs(choice)
        if not shown or any(math.isnan(value) for value in shown.values()):
            raise self._group.endpoints[server].nonsense("gave no log-probabilities where it was asked for them")
        ids = self._tokenization.answer_ids(request.prompt, request.answers)
        if self._can.exact == "full" and not all(f"token_id:{i}" in shown for i in ids):
            raise self._group.endpoints[server].nonsense("left out label tokens it was asked for")
        by_id = any(token.startswith("token_id:") for token in shown)
        logprobs, missing = read_by_id(shown, ids) if by_id else read_by_text(shown, request.answers)
        return ExactAnswer(logprobs, missing, len(request.prompt.token_ids or ()))

    def _draw(self, server: int, requests: list[SampleRequest]) -> list[SampleAnswer]:
        first = requests[0]
        settings: dict[str, Any] = {
            "max_tokens": self._room(first),
            "temperature": first.temperature,
            "top_p": first.top_p,
        }
        if (seed := self._seed(first)) is not None:
            settings["seed"] = seed
        if self._group.identity(server).vllm:
            settings["return_token_ids"] = True
        choices = self._complete(server, [r.prompt for r in requests], **settings)
        return [
            SampleAnswer(
                text_of(choice),
                str(choice.get("finish_reason") or ""),
                len(request.prompt.token_ids or choice.get("prompt_token_ids") or ()),
                len(choice.get("token_ids") or ()),
            )
            for request, choice in zip(requests, choices, strict=True)
        ]


def _isolating(ask: Callable[[list[int]], list[Answer]], positions: list[int]) -> list[Answer | Failure]:
    """Ask for a list; where the server refuses it, halve it until the request it refuses stands alone."""
    try:
        return list(ask(positions))
    except RequestFailed as fault:
        if fault.failure.retryable:
            raise
        if len(positions) == 1:
            return [fault.failure]
    half = len(positions) // 2
    parts: list[Answer | Failure] = _isolating(ask, positions[:half])
    parts.extend(_isolating(ask, positions[half:]))
    return parts
