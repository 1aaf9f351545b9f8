"""Hugging Face transformers in this process: the reference that the fast backends are checked against.

Nothing clever: batches padded on the left, float32, a softmax over the whole vocabulary, one random generator a
request. Slower than vLLM, but every step can be read here.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from engine.errors import BackendError, InputError, MissingPackageError
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
from engine.inference.models import model_revision, resolve_model
from engine.inference.tokenization import ChatTokenizer, first_line
from engine.personas.template import Messages


@dataclass(frozen=True)
class TransformersOptions:
    """What `engine` may hold for this backend."""

    dtype: str = "float32"
    device: str = ""
    """Where the model runs; '' takes the GPU if there is one."""
    batch_size: int = 32
    """Prompts in one forward pass."""
    trust_remote_code: bool = False

    @classmethod
    def read(cls, engine: Mapping[str, Any]) -> TransformersOptions:
        """Read the options; raises InputError for unknown names."""
        names = [f.name for f in fields(cls)]
        problems = []
        for name in set(engine) - set(names):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
            problems.append(f"engine.{name}: backend 'transformers' has no such option; {hint}")
        if problems:
            raise InputError("; ".join(sorted(problems)))
        return cls(**engine)


class TransformersBackend:
    """A causal language model through transformers."""

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        engine: Mapping[str, Any] | None = None,
        chat_template_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        """Load the model.

        Args:
            model: demo model, folder or hub id.
            revision: commit or tag of a hub id.
            engine: options, see `TransformersOptions`.
            chat_template_kwargs: for the model's chat template.

        Raises:
            InputError: an option is unknown, or the model's name cannot be one.
            MissingPackageError: transformers or torch is not installed.
            BackendError: the model cannot be loaded.
        """
        try:
            import torch
            from transformers import AutoModelForCausalLM
        except ImportError as error:
            raise MissingPackageError("transformers and torch are not installed; run `make install`") from error
        self._name, self._revision = model, revision
        self._path = resolve_model(model)
        self._options = options = TransformersOptions.read(engine or {})
        self._tokenizer = ChatTokenizer.load(
            self._path,
            revision=revision,
            chat_template_kwargs=chat_template_kwargs,
            trust_remote_code=options.trust_remote_code,
        )
        self._device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
        try:
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                self._path,
                revision=revision,
                dtype=getattr(torch, options.dtype),
                trust_remote_code=options.trust_remote_code,
            )
            self._model: Any = loaded.to(self._device).eval()
        except (OSError, ValueError, RuntimeError, AttributeError, KeyError) as error:
            raise BackendError(f"model {model!r} cannot be loaded by transformers ({first_line(error)}).") from error
        config = self._model.config
        self._max_context: int | None = getattr(config, "max_position_embeddings", None)
        self._stops = self._stop_tokens()

    def info(self) -> BackendInfo:
        """Say what this backend is and can do."""
        import torch
        import transformers

        return BackendInfo(
            backend="transformers",
            model=self._name,
            revision=model_revision(self._path, self._revision),
            exact="full",
            seeds="request",
            max_context=self._max_context,
            batch_size=self._options.batch_size * 4,
            versions={"transformers": transformers.__version__, "torch": torch.__version__},
            notes=(f"dtype {self._options.dtype} on {self._device}", *self._tokenizer.notes),
        )

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Apply the model's own chat template and tokenizer."""
        return self._tokenizer.prepare(conversations)

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt."""
        self._tokenizer.check_answers(prompt, answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Read label distributions from the logits, one forward pass a batch."""
        return answer_in_place(requests, self._refuse_exact, self._read)

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request, each with its own generator."""
        return answer_in_place(requests, lambda r: too_long(len(_ids(r.prompt)), self._max_context), self._draw)

    def close(self) -> None:
        """Release the model."""
        self._model = None

    def _refuse_exact(self, request: ExactRequest) -> Failure | None:
        ids = self._tokenizer.answer_ids(request.prompt, request.answers)
        if len(set(ids)) < len(ids) or min(ids, default=-1) < 0:
            return same_first_token(request.answers)
        return too_long(len(_ids(request.prompt)), self._max_context)

    def _batches(self, lengths: Sequence[int]) -> list[list[int]]:
        """Return positions in batches of similar length, so that little is padding."""
        order = sorted(range(len(lengths)), key=lengths.__getitem__)
        size = self._options.batch_size
        return [order[i : i + size] for i in range(0, len(order), size)]

    def _read(self, requests: list[ExactRequest]) -> list[ExactAnswer]:
        import torch

        found: dict[int, ExactAnswer] = {}
        for batch in self._batches([len(_ids(r.prompt)) for r in requests]):
            with torch.inference_mode():
                logits, _, _ = self._forward_prompts([_ids(requests[i].prompt) for i in batch])
                logprobs = torch.log_softmax(logits.float(), dim=-1).cpu()  # (batch, vocabulary)
            for row, position in enumerate(batch):
                request = requests[position]
                ids = list(self._tokenizer.answer_ids(request.prompt, request.answers))
                values = tuple(min(0.0, float(value)) for value in logprobs[row, ids])
                found[position] = ExactAnswer(values, prompt_tokens=len(_ids(request.prompt)))
        return [found[i] for i in range(len(requests))]

    def _draw(self, requests: list[SampleRequest]) -> list[SampleAnswer]:
        found: dict[int, SampleAnswer] = {}
        for batch in self._batches([len(_ids(r.prompt)) for r in requests]):
            for position, answer in zip(batch, self._draw_batch([requests[i] for i in batch]), strict=True):
                found[position] = answer
        return [found[i] for i in range(len(requests))]

    def _draw_batch(self, requests: list[SampleRequest]) -> list[SampleAnswer]:
        import torch

        generators = [np.random.default_rng(r.seed) for r in requests]
        rooms = [min(r.max_tokens, (self._max_context or 2**31) - len(_ids(r.prompt))) for r in requests]
        drawn: list[list[int]] = [[] for _ in requests]
        finish = [""] * len(requests)
        with torch.inference_mode():
            logits, mask, cache = self._forward_prompts([_ids(r.prompt) for r in requests])
            while True:
                rows = logits.double().cpu().numpy()  # (batch, vocabulary)
                for i, request in enumerate(requests):
                    if finish[i]:
                        continue
                    token = _choose(rows[i], request, generators[i])
                    drawn[i].append(token)
                    finish[i] = "stop" if token in self._stops else "length" if len(drawn[i]) >= rooms[i] else ""
                if all(finish):
                    break
                step = torch.tensor([[tokens[-1]] for tokens in drawn], device=self._device)  # (batch, 1)
                mask = torch.cat([mask, mask.new_ones(len(requests), 1)], dim=1)
                output = self._model(
                    input_ids=step,
                    attention_mask=mask,
                    position_ids=mask.sum(dim=1, keepdim=True) - 1,
                    past_key_values=cache,
                    use_cache=True,
                )
                logits, cache = output.logits[:, -1], output.past_key_values
        return [
            SampleAnswer(self._text(tokens), reason, len(_ids(request.prompt)), len(tokens))
            for request, tokens, reason in zip(requests, drawn, finish, strict=True)
        ]

    def _forward_prompts(self, prompts: list[tuple[int, ...]]) -> tuple[Any, Any, Any]:
        """Return the logits after each prompt (batch, vocabulary), the attention mask, and the cache."""
        import torch

        longest = max(map(len, prompts))
        ids = torch.zeros(len(prompts), longest, dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, prompt in enumerate(prompts):
            ids[row, longest - len(prompt) :] = torch.tensor(prompt)
            mask[row, longest - len(prompt) :] = 1
        ids, mask = ids.to(self._device), mask.to(self._device)
        positions = (mask.cumsum(dim=1) - 1).clamp(min=0)
        output = self._model(
            input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=True, logits_to_keep=1
        )
        return output.logits[:, -1], mask, output.past_key_values

    def _text(self, tokens: list[int]) -> str:
        return str(self._tokenizer.tokenizer.decode(tokens, skip_special_tokens=True))

    def _stop_tokens(self) -> set[int]:
        stops: set[int] = set()
        for value in (self._model.generation_config.eos_token_id, self._tokenizer.tokenizer.eos_token_id):
            stops |= set(value) if isinstance(value, (list, tuple)) else {value}
        return stops - {None}


def _ids(prompt: Prompt) -> tuple[int, ...]:
    if prompt.token_ids is None:
        raise InputError("a prompt without token ids came to transformers; prompts come from this backend's prepare")
    return prompt.token_ids


def _choose(logits: np.ndarray, request: SampleRequest, generator: np.random.Generator) -> int:
    """Draw a token from logits (vocabulary,) at the request's temperature and nucleus; the arg max at temperature 0."""
    if request.temperature <= 0:
        return int(logits.argmax())
    scaled = (logits - logits.max()) / request.temperature
    probabilities = np.exp(scaled)
    probabilities /= probabilities.sum()
    if request.top_p < 1:
        order = np.argsort(-probabilities)
        before = np.cumsum(probabilities[order]) - probabilities[order]  # mass of the tokens above each
        probabilities[order[before >= request.top_p]] = 0
        probabilities /= probabilities.sum()
    cumulative = np.cumsum(probabilities)
    return int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))
