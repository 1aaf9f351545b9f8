"""The servers of one model: who answers, what each says it is, and whose tokenizer is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.errors import BackendError, InputError, PolyvocalError
from engine.inference.backend import Prompt
from engine.inference.endpoint import Endpoint, RequestFailed, Timeouts
from engine.inference.models import resolve_model
from engine.inference.server_options import ServerOptions
from engine.inference.server_probe import Capabilities, Identity, identify, probe
from engine.inference.server_tokenizer import NoTokenizer, ServerTokenizer, Tokenization, ask_first_able
from engine.inference.tokenization import ChatTokenizer
from engine.inference.work_sharing import Health
from engine.personas.template import Message, Messages

_PROBE: Messages = (Message(role="user", content="Which one do you choose, yes or no? Answer with one word."),)


class ServerGroup:
    """One or several OpenAI-compatible servers that serve one model."""

    def __init__(self, model: str, servers: Sequence[str], options: ServerOptions, api_key: str) -> None:
        """Ask every server what it is.

        Raises:
            InputError: a URL is wrong.
            BackendError: no server answers, or one serves another model or refuses the key.
        """
        self.model, self.path, self.options = model, path_or_name(model), options
        timeouts = Timeouts(options.connect_timeout, options.timeout)
        connections = int(options.in_flight) + 8
        self.endpoints = [Endpoint(url, api_key, timeouts, connections) for url in dict.fromkeys(servers)]
        self.health = Health(len(self.endpoints))
        self.notes: list[str] = []
        self._identities: dict[int, Identity] = {}
        self._identify_all()

    @property
    def identities(self) -> dict[int, Identity]:
        """What the servers that answered say they are, by their position."""
        return dict(sorted(self._identities.items()))

    def identity(self, index: int) -> Identity:
        """Return what a server is; one that was down before is asked now.

        Raises:
            RequestFailed: it is still down.
        """
        if index not in self._identities:
            self._identities[index] = identify(self.endpoints[index], self.model, self.path)
        return self._identities[index]

    def tokenization(self, revision: str | None, chat_template_kwargs: Mapping[str, Any] | None) -> Tokenization:
        """Return the local tokenizer where it is the server's, else the server's, else none."""
        alive = list(self.identities)
        ask = ask_first_able([self.endpoints[i] for i in alive], lambda i: self.identity(alive[i]).model_id)
        vllm = all(self.identity(i).vllm for i in alive)
        if self.options.prompts != "chat":
            local = self._local_tokenizer(revision, chat_template_kwargs)
            if local is not None and (not vllm or _same_tokens(local, ask)):
                return local
            if local is not None:
                self.notes.append("the local tokenizer is not the server's; the server's is used")
            if vllm:
                try:
                    return ServerTokenizer(ask, chat_template_kwargs)
                except (BackendError, RequestFailed) as error:
                    self.notes.append(f"the server does not tokenize ({error})")
        if chat_template_kwargs:
            self.notes.append("chat_template_kwargs have no effect: the server applies the chat template")
        return NoTokenizer()

    def capabilities(self, tokenization: Tokenization) -> Capabilities:
        """Find out, on the first server that answers, how to ask all of them.

        Raises:
            BackendError: it stopped answering, or takes prompts in no form that we know.
        """
        first = next(iter(self.identities))
        (prompt,) = tokenization.prepare([_PROBE])
        try:
            return probe(self.endpoints[first], self.identity(first), prompt, self.options)
        except RequestFailed as fault:
            raise BackendError(f"{fault.failure.message}, while it was asked what it can do.") from fault

    def close(self) -> None:
        """Close the connections."""
        for endpoint in self.endpoints:
            endpoint.close()

    def _identify_all(self) -> None:
        faults = []
        for index, endpoint in enumerate(self.endpoints):
            try:
                self._identities[index] = identify(endpoint, self.model, self.path)
            except RequestFailed as fault:
                self.health.mark_down(index)
                faults.append(fault.failure.message)
                self.notes.append(f"server {index + 1} did not answer when the run started")
        if not self._identities:
            raise BackendError(
                f"{'; '.join(faults)}. An OpenAI-compatible server was expected there; start it (`polyvocal serve` "
                "starts vLLM's), or check the URL."
            )

    def _local_tokenizer(
        self, revision: str | None, chat_template_kwargs: Mapping[str, Any] | None
    ) -> ChatTokenizer | None:
        """Load the tokenizer that options or the model's name point to; only a named one must exist."""
        wanted = self.options.tokenizer
        if not wanted:
            return None
        try:
            path = resolve_model(wanted) if isinstance(wanted, str) else self.path
            return ChatTokenizer.load(path, revision=revision, chat_template_kwargs=chat_template_kwargs)
        except (PolyvocalError, ImportError) as error:
            if isinstance(wanted, str):
                raise InputError(f"engine.tokenizer: {error}") from error
            return None


def path_or_name(model: str) -> str:
    """Resolve a model where it is known here; a server may serve it under any name at all."""
    try:
        return resolve_model(model)
    except InputError:
        return model


def _same_tokens(local: ChatTokenizer, ask: Callable[..., dict[str, Any]]) -> bool:
    """Say whether both cut a conversation alike; where the server will not say, the local tokenizer is trusted."""
    prompt: Prompt = local.prepare([_PROBE])[0]
    try:
        tokens = ask("tokenize", {"prompt": prompt.text, "add_special_tokens": False}).get("tokens")
    except (BackendError, RequestFailed):
        return True
    return tokens == list(prompt.token_ids or ())
