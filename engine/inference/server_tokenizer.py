"""Tokens of a model whose tokenizer is not on this machine: asked from vLLM's server, or done without.

Both classes offer what `ChatTokenizer` offers, so that the server backend need not know which one it has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from engine.errors import BackendError, InputError
from engine.inference.answer_tokens import TAIL, check_distinct, first_token_ids
from engine.inference.backend import Prompt
from engine.inference.endpoint import Endpoint, RequestFailed
from engine.inference.tokenization import fold_system
from engine.personas.template import Messages


class Tokenization(Protocol):
    """Messages to prompts, and the tokens answers begin with."""

    notes: tuple[str, ...]

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Return the prompts, in order."""

    def answer_ids(self, prompt: Prompt, answers: Sequence[str]) -> tuple[int, ...]:
        """Return the id of the token each answer begins with after `prompt`; empty where tokens are unknown."""

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers cannot be told apart by what they begin with."""


class ServerTokenizer:
    """The tokenizer and chat template of a vLLM server, through its /tokenize and /detokenize."""

    def __init__(
        self,
        ask: Callable[[str, dict[str, Any]], dict[str, Any]],
        chat_template_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Take a function that posts to one of vLLM's own routes and returns its answer."""
        self._ask = ask
        self._kwargs = dict(chat_template_kwargs or {})
        self._first_tokens: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
        self._fold = False
        self.notes: tuple[str, ...] = (
            "the server tokenizes the prompts: control-token strings inside texts ('<|im_end|>') act as control tokens",
        )
        self._probe()

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Return the prompts, in order: the server applies the model's chat template."""
        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(self._prepare, conversations))

    def answer_ids(self, prompt: Prompt, answers: Sequence[str]) -> tuple[int, ...]:
        """Return the id of the token each answer begins with after `prompt`."""
        key = (prompt.text[-TAIL:], tuple(answers))
        if key not in self._first_tokens:
            self._first_tokens[key] = first_token_ids(self.encode, prompt.text, self._lead, answers)
        return self._first_tokens[key]

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt."""
        check_distinct(self.answer_ids(prompt, answers), answers, lambda i: self._decode([i]))

    def encode(self, text: str) -> list[int]:
        """Return the token ids of `text`: control tokens recognized, none added."""
        return self._tokens({"prompt": text, "add_special_tokens": False})

    def _prepare(self, messages: Messages) -> Prompt:
        ids = self._chat_tokens(messages)
        return Prompt(messages, self._decode(ids), tuple(ids))

    def _chat_tokens(self, messages: Sequence[Mapping[str, Any]], answered: bool = False) -> list[int]:
        if self._fold:
            messages = fold_system(messages)  # type: ignore[arg-type]
        body: dict[str, Any] = {"messages": [dict(m) for m in messages], "add_generation_prompt": not answered}
        if self._kwargs:
            body["chat_template_kwargs"] = self._kwargs
        return self._tokens(body)

    def _tokens(self, body: dict[str, Any]) -> list[int]:
        tokens = self._ask("tokenize", body).get("tokens")
        if not isinstance(tokens, list) or not all(isinstance(t, int) for t in tokens):
            raise BackendError("the server's /tokenize gave no list of tokens; name the tokenizer (engine.tokenizer)")
        return tokens

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self._ask("detokenize", {"tokens": list(ids)}).get("prompt", ""))

    def _probe(self) -> None:
        user = {"role": "user", "content": "polyvocal-probe-user"}
        prompt = self._decode(self._chat_tokens([user]))
        try:
            both = self._decode(self._chat_tokens([{"role": "system", "content": "polyvocal-probe-system"}, user]))
        except RequestFailed:
            both = ""
        self._fold = "polyvocal-probe-system" not in both
        self._lead = ""
        try:
            answer = {"role": "assistant", "content": "polyvocal-probe-answer"}
            full = self._decode(self._chat_tokens([user, answer], answered=True))
        except RequestFailed:
            return
        if full.startswith(prompt) and "polyvocal-probe-answer" in full:
            between = full[len(prompt) : full.index("polyvocal-probe-answer")]
            self._lead = between if not between.strip() else ""


class NoTokenizer:
    """No tokens at all: the server applies the chat template, answers are recognized by their text."""

    notes: tuple[str, ...] = (
        "the tokenizer is unknown: one chat request an answer, and label tokens are recognized by their text",
    )

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Return prompts whose text only stands for the messages."""
        return [Prompt(m, "\n\n".join(f"[{part['role']}] {part['content']}" for part in m)) for m in conversations]

    def answer_ids(self, prompt: Prompt, answers: Sequence[str]) -> tuple[int, ...]:  # noqa: ARG002
        """Return nothing: tokens are unknown."""
        return ()

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:  # noqa: ARG002
        """Raise InputError where one answer begins with another, so that a token's text fits both."""
        lower = [a.strip().lower() for a in answers]
        for i, one in enumerate(lower):
            for j, other in enumerate(lower):
                if i != j and other.startswith(one):
                    raise InputError(
                        f"answer {answers[j]!r} begins with answer {answers[i]!r}; by the text of one token they "
                        "cannot be told apart. Ask for letters A, B, C (answers: letters), or name the model's "
                        "tokenizer (engine.tokenizer: a folder or hub id)."
                    )


def ask_first_able(endpoints: Sequence[Endpoint], model_ids: Callable[[int], str]) -> Callable[..., dict[str, Any]]:
    """Return a function that posts to a route of vLLM's own on the first server that answers.

    Raises (the returned function):
        RequestFailed: the servers that can be reached refuse the request.
        BackendError: no server answers.
    """

    def ask(route: str, body: dict[str, Any]) -> dict[str, Any]:
        problems = []
        for index, endpoint in enumerate(endpoints):
            try:
                return endpoint.post(f"{endpoint.root}/{route}", {"model": model_ids(index), **body})
            except RequestFailed as fault:
                if not fault.failure.retryable:
                    raise
                problems.append(fault.failure.message)
        raise BackendError(f"no server could tokenize: {'; '.join(problems)}")

    return ask
