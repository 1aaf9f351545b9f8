"""What an OpenAI-compatible server can do, asked once with a handful of tiny requests.

Servers differ: vLLM reads any label token's log-probability, most others give only the most probable tokens, some take
chat messages only. The answers decide how the backend asks, and stand in the run's manifest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import BackendError, InputError
from engine.inference.backend import Prompt
from engine.inference.endpoint import Endpoint, RequestFailed
from engine.inference.server_options import ServerOptions

Form = Literal["ids", "texts", "chat"]
TOP_TRIED = (20, 10, 5, 1)
"""Numbers of top log-probabilities to ask for; OpenAI's completions give 5, its chat and vLLM 20."""
_NO_SEEDS_ON_CPU = (
    "seeds are not sent: this looks like vLLM on a CPU, where a seeded prompt that is split over two steps stops the "
    "server. If it runs with --no-enable-chunked-prefill, say so with engine: {seeds: request}"
)


@dataclass(frozen=True)
class Identity:
    """What a server says it is."""

    model_id: str
    """The name it serves the model under."""
    max_context: int | None = None
    vllm: str = ""
    """vLLM's version; '' for other servers."""
    maybe_cpu: bool = False
    """Whether it may be vLLM's CPU build (which is so wherever the cache has a fixed size)."""


@dataclass(frozen=True)
class Capabilities:
    """What a server can do for us."""

    form: Form
    exact: Literal["full", "top", "none"]
    top: int
    """How many top log-probabilities it gives."""
    seeds: Literal["request", "none"]
    notes: tuple[str, ...] = ()


def identify(endpoint: Endpoint, model: str, path: str) -> Identity:
    """Ask a server which model it serves and whether it is vLLM.

    Args:
        endpoint: the server.
        model: the model as the user named it.
        path: what `resolve_model` made of it.

    Raises:
        RequestFailed: it cannot be reached, or answers nonsense.
        BackendError: it serves another model, or refuses the key.
    """
    listed: list[dict[str, Any]] = []
    try:
        data = endpoint.get(f"{endpoint.api}/models").get("data")
        listed = [m for m in data if isinstance(m, dict) and "id" in m] if isinstance(data, list) else []
    except RequestFailed as fault:
        if fault.status not in (404, 405):
            raise
    chosen = next((m for m in listed if model in (m["id"], m.get("root"))), None)
    chosen = chosen or next((m for m in listed if path in (m["id"], m.get("root"))), None)
    if listed and chosen is None:
        served = ", ".join(repr(str(m["id"])) for m in listed[:5])
        raise BackendError(
            f"server {endpoint.root} serves {served}, not model {model!r}. Give the name it serves (model:), or start "
            f"the server with --served-model-name {model}."
        )
    length = chosen.get("max_model_len") if chosen else None
    version = _vllm_version(endpoint, chosen)
    maybe_cpu = False
    if version:
        metrics = endpoint.get_text(f"{endpoint.root}/metrics")
        found = re.search(r'vllm:cache_config_info\{.*kv_cache_memory_bytes="([^"]*)"', metrics)
        maybe_cpu = found is None or found.group(1) != "None"
    return Identity(
        str(chosen["id"]) if chosen else model, length if isinstance(length, int) else None, version, maybe_cpu
    )


def probe(endpoint: Endpoint, identity: Identity, prompt: Prompt, options: ServerOptions) -> Capabilities:
    """Find out how to ask a server.

    Raises:
        RequestFailed: the server stopped answering.
        BackendError: it takes prompts in no form that we know.
    """
    form = _form(endpoint, identity, prompt, options)
    notes = []
    exact: Literal["full", "top", "none"] = "none"
    top = 0
    if options.exact in ("probe", "full") and form == "ids" and _reads_any_token(endpoint, identity, prompt):
        exact = "full"
    elif options.exact in ("probe", "top", "full") and (top := _top(endpoint, identity, prompt, form)):
        exact = "top"
        notes.append(f"the server gives only the {top} most probable tokens: what that hides is stored as missing_mass")
    elif options.exact != "none":
        notes.append("the server gives no log-probabilities: sampling only")
    seeds: Literal["request", "none"] = "none"
    if options.seeds == "request":
        seeds = "request"
    elif options.seeds == "probe" and identity.maybe_cpu:
        notes.append(_NO_SEEDS_ON_CPU)
    elif options.seeds == "probe":
        seeds = "request" if _honours_seeds(endpoint, identity, prompt, form) else "none"
        if seeds == "none":
            notes.append("the server ignores seeds: repeats are not reproducible")
    return Capabilities(form, exact, top, seeds, tuple(notes))


def completion_body(identity: Identity, form: Form, prompts: list[Prompt], **settings: Any) -> dict[str, Any]:
    """Return the body of one request to the server: completions for a list of prompts, chat for a single one."""
    body: dict[str, Any] = {"model": identity.model_id, **settings}
    if form == "chat":
        body["messages"] = [dict(m) for m in prompts[0].messages]
    else:
        body["prompt"] = [list(p.token_ids or ()) if form == "ids" else p.text for p in prompts]
    if identity.vllm:  # a model's generation_config.json must not change what we draw from
        body |= {
            "top_k": -1,
            "min_p": 0.0,
            "repetition_penalty": 1.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
        }
        if form != "chat":
            body["return_tokens_as_token_ids"] = True
    return body


def completion_url(endpoint: Endpoint, form: Form) -> str:
    """Return the route for prompts of this form."""
    return f"{endpoint.api}/{'chat/completions' if form == 'chat' else 'completions'}"


def choices_of(endpoint: Endpoint, data: dict[str, Any], expected: int) -> list[dict[str, Any]]:
    """Return a completion's choices in the order of its prompts, matched by their index.

    Raises:
        RequestFailed: there are more, fewer or others than were asked for.
    """
    choices = data.get("choices")
    if not isinstance(choices, list) or not all(isinstance(c, dict) for c in choices):
        raise endpoint.nonsense("answered JSON without a list of choices")
    by_index = {c.get("index"): c for c in choices}
    if len(choices) != expected or set(by_index) != set(range(expected)):
        raise endpoint.nonsense(
            f"answered {len(choices)} choices (indexes {sorted(map(str, by_index))[:6]}) to {expected}"
        )
    return [by_index[index] for index in range(expected)]


def _vllm_version(endpoint: Endpoint, model: dict[str, Any] | None) -> str:
    """Return vLLM's version, '' for another server; not every server that has /version is vLLM."""
    if model is not None and model.get("owned_by") != "vllm":
        return ""
    try:
        return str(endpoint.get(f"{endpoint.root}/version").get("version", "")) if model is not None else ""
    except RequestFailed as fault:
        return "unknown" if fault.status else ""


def _form(endpoint: Endpoint, identity: Identity, prompt: Prompt, options: ServerOptions) -> Form:
    forms: tuple[Form, ...] = ("ids", "texts", "chat") if prompt.token_ids is not None else ("chat",)
    if options.prompts != "probe":
        if options.prompts not in forms:
            raise InputError(f"engine.prompts: {options.prompts!r} needs the model's tokenizer; set engine.tokenizer")
        return options.prompts
    problems = []
    for form in forms:
        prompts = [prompt] if form == "chat" else [prompt, prompt]
        try:
            body = completion_body(identity, form, prompts, max_tokens=1, temperature=0)
            choices_of(endpoint, endpoint.post(completion_url(endpoint, form), body), len(prompts))
        except RequestFailed as fault:
            if fault.down:
                raise
            problems.append(f"{form}: {fault.failure.message}")
        else:
            return form
    raise BackendError(f"server {endpoint.root} answers prompts in no form we know ({'; '.join(problems)}).")


def _reads_any_token(endpoint: Endpoint, identity: Identity, prompt: Prompt) -> bool:
    """Ask for the log-probabilities of two pairs of tokens; only a server that knows the option returns just these."""
    ids = sorted(set(prompt.token_ids or ()))
    if not identity.vllm or len(ids) < 4:
        return False
    for pair in (ids[:2], ids[-2:]):
        body = completion_body(
            identity, "ids", [prompt], max_tokens=1, temperature=0, logprobs=2, logprob_token_ids=pair
        )
        try:
            (choice,) = choices_of(endpoint, endpoint.post(completion_url(endpoint, "ids"), body), 1)
        except RequestFailed as fault:
            if fault.failure.retryable:
                raise
            return False
        if not {f"token_id:{i}" for i in pair} <= set(top_logprobs(choice)):
            return False
    return True


def _top(endpoint: Endpoint, identity: Identity, prompt: Prompt, form: Form) -> int:
    for number in TOP_TRIED:
        asked = {"logprobs": True, "top_logprobs": number} if form == "chat" else {"logprobs": number}
        body = completion_body(identity, form, [prompt], max_tokens=1, temperature=0, **asked)
        try:
            (choice,) = choices_of(endpoint, endpoint.post(completion_url(endpoint, form), body), 1)
        except RequestFailed as fault:
            if fault.failure.retryable:
                raise
            continue
        if found := len(top_logprobs(choice)):
            return min(found, number)
    return 0


def _honours_seeds(endpoint: Endpoint, identity: Identity, prompt: Prompt, form: Form) -> bool:
    """Draw twice with one seed and with four others: equal draws, and not all draws equal."""
    drawn = []
    for seed in (11, 11, 12, 13, 14, 15):
        body = completion_body(identity, form, [prompt], max_tokens=12, temperature=1.5, seed=seed)
        try:
            (choice,) = choices_of(endpoint, endpoint.post(completion_url(endpoint, form), body), 1)
        except RequestFailed as fault:
            if fault.failure.retryable:
                raise
            return False
        drawn.append(text_of(choice))
    return drawn[0] == drawn[1] and len(set(drawn)) > 1


def top_logprobs(choice: dict[str, Any]) -> dict[str, float]:
    """Return the log-probabilities that a choice holds for its first token, by token text or 'token_id:N'."""
    logprobs = choice.get("logprobs")
    if not isinstance(logprobs, dict):
        return {}
    try:
        if "content" in logprobs:  # chat
            entries = logprobs["content"][0]["top_logprobs"]
            return {str(e["token"]): float(e["logprob"]) for e in entries}
        return {str(token): float(value) for token, value in logprobs["top_logprobs"][0].items()}
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return {}


def text_of(choice: dict[str, Any]) -> str:
    """Return the text of a choice, of either form."""
    if isinstance(message := choice.get("message"), dict):
        return str(message.get("content") or "")
    return str(choice.get("text") or "")
