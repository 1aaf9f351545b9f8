"""RunSpec: everything that decides what a run asks. Two equal specs are one run, and starting one again resumes it.

Checks of combinations are validators here, so that the command line, the form and a notebook all get them.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.personas.template import Mode
from engine.yaml_files import read_yaml

_SECRET = re.compile(
    r"(?:^|[_-])(?:api_?keys?|hf_token|auth_token|access_token|password|secret|authorization|credentials?)(?:$|[_-])",
    re.IGNORECASE,
)
BackendName = Literal["vllm", "server", "transformers", "scripted"]
_LATER = ("item_ids", "persona_ids")
"""Fields that came after runs had been stored; they count in a run's name only where they are given."""


def _secret_names(value: Any) -> list[str]:
    """Return the names that look like keys, at any depth of settings."""
    if isinstance(value, dict):
        own = [str(name) for name in value if _SECRET.search(str(name))]
        return own + [name for part in value.values() for name in _secret_names(part)]
    return [name for part in value for name in _secret_names(part)] if isinstance(value, list | tuple) else []


class RunSpec(BaseModel):
    """One grid: personas x items x wordings x temperatures x repeats, on one model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(default="", max_length=60, description="For people; the run's folder starts with it.")
    corpus: str = Field(min_length=1, description="Name of a corpus (shipped, imported) or its folder.")
    splits: tuple[str, ...] = Field(default=(), description="Only items of these splits; empty: all.")
    max_items: int | None = Field(
        default=None, ge=1, description="At most this many items, drawn with `seed`; none: all."
    )
    item_ids: tuple[str, ...] = Field(default=(), description="Only these items, by id; empty: all.")
    persona_sets: tuple[str, ...] = Field(min_length=1, description="Names of persona sets, or YAML files.")
    persona_ids: tuple[str, ...] = Field(default=(), description="Only these personas of the sets, by id; empty: all.")
    template: str = Field(default="", description="Template family; empty: the one the corpus's task names.")
    wordings: tuple[str, ...] = Field(default=(), description="Wordings of the family by name; empty: the first one.")
    answer_with: Mode = Field(default="label", description="One label token, or the label and an explanation.")
    answers: Literal["words", "letters"] = Field(default="words", description="Answer in the task's words, or A, B, C.")
    mode: Literal["exact", "sampled"] = Field(
        default="exact", description="Read the label distribution, or draw texts."
    )
    temperatures: tuple[float, ...] = Field(
        default=(), description="Sampled: drawn at each, 0 to 2. Exact: must be empty, every temperature follows."
    )
    repeats: int = Field(default=1, ge=1, le=10_000, description="How often each cell is asked.")
    top_p: float = Field(default=1.0, gt=0, le=1, description="Sampled: nucleus; 1 keeps everything.")
    max_tokens: int = Field(
        default=0, ge=0, le=32_768, description="Sampled: longest answer; 0: 8 for label, 96 with explanation."
    )
    seed: int = Field(
        default=0, ge=0, lt=2**32, description="Decides item choice and, where the backend can, the draws."
    )
    model: str = Field(
        min_length=1, description="Hugging Face id, a folder, or a demo model (demo-voices, demo-chorus)."
    )
    revision: str | None = Field(default=None, description="Commit or tag of a Hugging Face id.")
    backend: BackendName = Field(default="vllm", description="What answers.")
    servers: tuple[str, ...] = Field(
        default=(), description="Base URLs of OpenAI-compatible servers that share the work."
    )
    engine: dict[str, Any] = Field(
        default_factory=dict,
        description="vLLM engine arguments by their own names (tensor_parallel_size, quantization, dtype, ...).",
    )
    chat_template_kwargs: dict[str, Any] = Field(
        default_factory=dict, description="Passed to the model's chat template (enable_thinking: false, ...)."
    )

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, name: str) -> str:
        if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"{name!r}: use letters, digits, '.', '_' and '-', starting with a letter or digit")
        return name

    @field_validator("servers")
    @classmethod
    def _servers_are_urls(cls, servers: tuple[str, ...]) -> tuple[str, ...]:
        if bad := [s for s in servers if not re.fullmatch(r"https?://[^/\s@?#]+(/[^\s?#]*)?", s)]:
            raise ValueError(
                # never repeated: it may hold a key
                f"{len(bad)} of {len(servers)} is no base URL such as http://127.0.0.1:8000/v1 "
                "(without a user, a query or a key: keys go into POLYVOCAL_API_KEY)"
            )
        return servers

    @field_validator("engine", "chat_template_kwargs")
    @classmethod
    def _no_secrets(cls, settings: dict[str, Any]) -> dict[str, Any]:
        if secret := _secret_names(settings):
            raise ValueError(
                f"{', '.join(secret)} would be stored in the run's manifest. Give secrets by the environment: HF_TOKEN "
                "for the Hugging Face hub, POLYVOCAL_API_KEY for servers"
            )
        return settings

    @model_validator(mode="after")
    def _combinations(self) -> RunSpec:
        problems = []
        if self.mode == "exact" and self.temperatures:
            problems.append(
                "temperatures: an exact run gives every temperature from one pass; leave them out, or use mode: sampled"
            )
        if self.mode == "sampled" and not self.temperatures:
            problems.append("temperatures: a sampled run needs at least one")
        if bad := [t for t in self.temperatures if not 0 <= t <= 2]:
            problems.append(f"temperatures {bad!r} are outside 0 to 2")
        if len(set(self.temperatures)) != len(self.temperatures):
            problems.append(f"temperatures {list(self.temperatures)!r} name one twice; use repeats")
        if self.mode == "exact" and self.max_tokens:
            problems.append("max_tokens: an exact run reads one token's distribution and writes nothing; leave it out")
        if self.mode == "exact" and self.top_p != 1.0:
            problems.append("top_p: an exact run reads the whole distribution; leave top_p out")
        if self.item_ids and (self.splits or self.max_items is not None):
            problems.append("item_ids names the items; leave splits and max_items out")
        if self.backend == "server" and not self.servers:
            problems.append("servers: backend 'server' needs at least one base URL")
        if self.servers and self.backend != "server":
            problems.append(f"servers are given but backend is {self.backend!r}; use backend: server")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def longest_answer(self) -> int:
        """Tokens an answer may have: `max_tokens`, or the default of the answer form."""
        return self.max_tokens or (8 if self.answer_with == "label" else 96)

    def digest(self) -> str:
        """Return 12 hex digits that name this spec's content; the run's name is not part of it."""
        content = self.model_dump(mode="json", exclude={"name", "servers"})
        for field in _LATER:
            if not content[field]:
                del content[field]  # runs from before there was such a choice keep their names
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]

    def run_id(self) -> str:
        """Return the name of the run's folder: the spec's name (or corpus and model) and its digest."""
        stem = self.name or f"{self.corpus.rstrip('/').rsplit('/', 1)[-1]}-{self.model.rstrip('/').rsplit('/', 1)[-1]}"
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-.")[:60] or "run"
        return f"{stem}-{self.digest()}"


def load_spec(path: str | Path) -> RunSpec:
    """Return the run spec that a YAML file holds.

    Raises:
        InputError: the file cannot be read or does not fit; the message names line and field.
    """
    return read_yaml(Path(path), RunSpec, "run spec")
