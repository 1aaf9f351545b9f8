"""vLLM in this process: the fastest way on one machine, and the one with exact label probabilities.

Exact mode asks for one token and for the log-probabilities of the label tokens (`logprob_token_ids`), which vLLM reads
from the full vocabulary before temperature and penalties; a whole label distribution costs one forward pass.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import BackendError, InputError, MissingPackageError
from engine.inference import engine_args
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

MAX_ANSWERS = 128
"""Label tokens that vLLM reads in one request."""


class VllmLocalBackend:
    """vLLM's engine inside this process."""

    def __init__(
        self,
        model: str,
        *,
        revision: str | None = None,
        engine: Mapping[str, Any] | None = None,
        chat_template_kwargs: Mapping[str, Any] | None = None,
        engine_seed: int | None = None,
    ) -> None:
        """Load the model.

        Args:
            model: demo model, folder or hub id.
            revision: commit or tag of a hub id.
            engine: vLLM's engine arguments by their own names; they win over our defaults.
            chat_template_kwargs: for the model's chat template.
            engine_seed: seed of this engine start, 0 to 2**31 - 1; drawn where absent. It decides samples only where
                `info().seeds` is 'engine'.

        Raises:
            InputError: an engine argument is unknown, or the model's name cannot be one.
            MissingPackageError: vLLM is not installed.
            BackendError: the engine does not start (no such model, no memory, ...).
        """
        self._name, self._revision = model, revision
        self._path = resolve_model(model)
        engine = dict(engine or {})
        engine_args.check_engine_args(engine)
        if engine_seed is None:
            engine_seed = int.from_bytes(os.urandom(4), "little") >> 1
        self._engine_seed = int(engine.pop("seed", engine_seed))
        self._cpu = engine_args.is_cpu_build()
        arguments = engine_args.with_defaults(engine, self._path, cpu=self._cpu)
        self._tokenizer = ChatTokenizer.load(
            str(arguments.get("tokenizer") or self._path),
            revision=revision,
            chat_template_kwargs=chat_template_kwargs,
            trust_remote_code=bool(arguments.get("trust_remote_code", False)),
        )
        self._llm: Any = _start_engine(self._path, revision, self._engine_seed, arguments, cpu=self._cpu)
        self._max_context = int(self._llm.llm_engine.model_config.max_model_len)

    def info(self) -> BackendInfo:
        """Say what this backend is and can do."""
        import torch

        config = self._llm.llm_engine.vllm_config
        # a CPU generator cannot step back, which vLLM asks of it when a seeded prompt is split over two steps
        seeded = not self._cpu or not config.scheduler_config.enable_chunked_prefill
        dtype = str(config.model_config.dtype).removeprefix("torch.")
        return BackendInfo(
            backend="vllm",
            model=self._name,
            revision=model_revision(self._path, self._revision),
            exact="full",
            seeds="request" if seeded else "engine",
            max_context=self._max_context,
            batch_size=512,
            engine_seed=self._engine_seed,
            versions={"vllm": engine_args.vllm_version(), "torch": torch.__version__},
            notes=(f"dtype {dtype} on {'CPU' if self._cpu else 'GPU'}", *self._tokenizer.notes),
        )

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Apply the model's own chat template and tokenizer."""
        return self._tokenizer.prepare(conversations)

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt, or there are too many."""
        if len(answers) > MAX_ANSWERS:
            raise InputError(
                f"{len(answers)} answers: vLLM reads at most {MAX_ANSWERS} label tokens; use mode: sampled"
            )
        self._tokenizer.check_answers(prompt, answers)

    def exact(self, requests: Sequence[ExactRequest]) -> list[ExactAnswer | Failure]:
        """Read label distributions from the logits, one forward pass a request."""
        return answer_in_place(requests, self._refuse_exact, self._read)

    def sample(self, requests: Sequence[SampleRequest]) -> list[SampleAnswer | Failure]:
        """Draw one text a request."""
        return answer_in_place(requests, lambda r: too_long(len(_ids(r.prompt)), self._max_context), self._draw)

    def close(self) -> None:
        """Shut the engine down and give its memory back."""
        if self._llm is None:
            return
        import gc

        self._llm.llm_engine.engine_core.shutdown()
        self._llm = None
        gc.collect()
        from vllm.distributed import cleanup_dist_env_and_memory

        cleanup_dist_env_and_memory()

    def _refuse_exact(self, request: ExactRequest) -> Failure | None:
        ids = self._tokenizer.answer_ids(request.prompt, request.answers)
        if len(set(ids)) < len(ids) or min(ids, default=-1) < 0 or len(ids) > MAX_ANSWERS:
            return same_first_token(request.answers)
        return too_long(len(_ids(request.prompt)), self._max_context)

    def _read(self, requests: list[ExactRequest]) -> list[ExactAnswer]:
        from vllm import SamplingParams

        labels = [self._tokenizer.answer_ids(r.prompt, r.answers) for r in requests]
        parameters = {
            ids: SamplingParams(temperature=0, max_tokens=1, logprob_token_ids=list(ids), detokenize=False)
            for ids in set(labels)
        }
        outputs = self._generate([r.prompt for r in requests], [parameters[ids] for ids in labels])
        return [
            ExactAnswer(
                tuple(min(0.0, output.outputs[0].logprobs[0][i].logprob) for i in ids),
                prompt_tokens=len(output.prompt_token_ids),
            )
            for ids, output in zip(labels, outputs, strict=True)
        ]

    def _draw(self, requests: list[SampleRequest]) -> list[SampleAnswer]:
        from vllm import SamplingParams

        seeded = self.info().seeds == "request"
        parameters = [
            SamplingParams(
                temperature=r.temperature,
                top_p=r.top_p,
                max_tokens=min(r.max_tokens, self._max_context - len(_ids(r.prompt))),
                seed=r.seed if seeded and r.temperature > 0 else None,
            )
            for r in requests
        ]
        return [
            SampleAnswer(
                output.outputs[0].text,
                output.outputs[0].finish_reason or "",
                len(output.prompt_token_ids),
                len(output.outputs[0].token_ids),
            )
            for output in self._generate([r.prompt for r in requests], parameters)
        ]

    def _generate(self, prompts: list[Prompt], parameters: list[Any]) -> list[Any]:
        if not prompts:
            return []
        from vllm.inputs import TokensPrompt

        inputs = [TokensPrompt(prompt_token_ids=list(_ids(prompt))) for prompt in prompts]
        try:
            return list(self._llm.generate(inputs, parameters, use_tqdm=False))
        except Exception as error:
            # the engine may be broken for good (out of memory, a dead worker): going on would hang
            raise BackendError(
                f"vLLM failed while it answered ({type(error).__name__}: {first_line(error)}). Start the run again to "
                "resume it; if this repeats, give the engine less to do (engine: {max_num_seqs: 32})."
            ) from error


def _ids(prompt: Prompt) -> tuple[int, ...]:
    if prompt.token_ids is None:
        raise InputError("a prompt without token ids came to vLLM in process; prompts come from this backend's prepare")
    return prompt.token_ids


def _start_engine(path: str, revision: str | None, seed: int, arguments: dict[str, Any], *, cpu: bool) -> Any:
    """Start vLLM's engine quietly; every failure becomes a BackendError that says what to do."""
    eager = bool(arguments.get("enforce_eager", False))
    os.environ.update(engine_args.environment_defaults(cpu=cpu, eager=eager))
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    if cpu:  # an engine process of its own takes half a minute more to start, and wins nothing on a CPU
        os.environ.setdefault("VLLM_ENABLE_V1_MULTIPROCESSING", "0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import torch
            from vllm import LLM
        except ImportError as error:
            if (error.name or "").split(".")[0] in ("vllm", "torch"):
                raise MissingPackageError(engine_args.INSTALL_VLLM) from error
            raise BackendError(
                f"vLLM is installed but cannot be imported: {first_line(error)}. Try `make install`."
            ) from error
        if cpu and eager:
            torch._dynamo.config.disable = True  # where torch was imported before us
        logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"])
        try:
            return LLM(
                model=path,
                revision=revision,
                seed=seed,
                **{"use_tqdm_on_load": False, "disable_log_stats": True, **arguments},
            )
        except Exception as error:
            raise BackendError(explain_start_failure(path, error)) from error


def explain_start_failure(model: str, error: BaseException) -> str:
    """Return what to do about an engine that did not start."""
    text, reason = str(error).lower(), first_line(error)
    if any(sign in text for sign in ("out of memory", "no available memory", "free memory", "kv cache", "kv_cache")):
        return (
            f"vLLM has not enough memory for model {model!r} ({reason}). Lower engine.max_model_len or "
            "engine.kv_cache_memory_bytes (CPU) or raise engine.gpu_memory_utilization (GPU), or use a smaller model."
        )
    if any(sign in text for sign in ("not found", "does not appear", "couldn't connect", "offline", "repo", "resolve")):
        return (
            f"model {model!r} cannot be loaded ({reason}). Check its name; gated models need `hf auth login`, and "
            "without network access the model must be in the Hugging Face cache or a local folder."
        )
    return f"vLLM does not start with model {model!r}: {type(error).__name__}: {reason}. See docs/backends.md."
