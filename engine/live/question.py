"""Question: what is asked of a model that is held ready; a small grid that becomes two runs, one exact, one sampled."""

from __future__ import annotations

import os
import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import InputError
from engine.personas.template import Mode
from engine.runs.spec import RunSpec
from engine.validation import explain

MOST_ITEMS = 6
MOST_LETTERS = 2_000
"""Of one field of a typed text."""
MOST_PERSONAS = 8
MOST_TEMPERATURES = 6
MOST_REPEATS = 10
MOST_ANSWERS = 400
"""Drawn answers of one question: everybody waits for the same model."""
KEY_VARIABLE = "POLYVOCAL_API_KEY"
_KEY_NAMES = re.compile(rf"{KEY_VARIABLE}(_[A-Z0-9]+)*")


class LiveModel(BaseModel):
    """A model to be held ready, and where it runs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = Field(min_length=1, description="Demo model, folder, hub id, or the name a server serves.")
    backend: Literal["vllm", "server", "scripted"] = Field(
        default="vllm", description="vLLM in a server of our own; a server that runs already; no model at all."
    )
    server: str = Field(default="", description="Base URL of a server that runs already.")
    key_variable: str = Field(
        default="", description="Name of the environment variable that holds its key; empty: POLYVOCAL_API_KEY."
    )
    engine: dict[str, Any] = Field(default_factory=dict, description="vLLM engine arguments, or the backend's options.")

    @model_validator(mode="after")
    def _check(self) -> LiveModel:
        if self.key_variable and not _KEY_NAMES.fullmatch(self.key_variable):
            raise ValueError(
                # any other name could send another program's secret to whatever address was typed
                f"key_variable: give {KEY_VARIABLE}, or a name that begins with {KEY_VARIABLE}_; never the key itself"
            )
        RunSpec.model_validate({"corpus": "-", "persona_sets": ("-",)} | self.spec_fields())
        return self

    def spec_fields(self) -> dict[str, Any]:
        """Return what a run's spec says of this model."""
        servers = (self.server,) if self.server else ()
        return {"model": self.model, "backend": self.backend, "servers": servers, "engine": self.engine}

    def check(self) -> None:
        """Raise what is known to be wrong before anything is started.

        Raises:
            InputError: the model is no folder and no hub id, an engine argument is unknown, or the key is not set.
            MissingPackageError: vLLM is not installed.
        """
        if self.backend == "vllm":
            from engine.inference.engine_args import check_engine_args
            from engine.inference.models import resolve_model

            check_engine_args(self.engine)
            resolve_model(self.model)
        elif self.backend == "server":
            self.api_key()

    def api_key(self) -> str:
        """Return the server's key from the environment; '' where none was named and the usual one is not set.

        Raises:
            InputError: the variable that was named is not set.
        """
        if self.key_variable and self.key_variable not in os.environ:
            raise InputError(
                f"the environment variable {self.key_variable} is not set where Polyvocal runs. Set it to the server's "
                "key and start Polyvocal again, or leave the name empty for a server without a key."
            )
        return os.environ.get(self.key_variable or KEY_VARIABLE, "")


class Question(BaseModel):
    """Items, personas and temperatures to ask about, of one model."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: LiveModel
    corpus: str = Field(min_length=1, description="Its name, also where its texts were typed.")
    typed: bool = Field(default=False, description="Whether the texts were typed, so that the corpus is not stored.")
    item_ids: tuple[str, ...] = Field(min_length=1, description="Items to ask about.")
    persona_sets: tuple[str, ...] = Field(min_length=1, description="Sets that the personas come from.")
    persona_ids: tuple[str, ...] = Field(min_length=1, description="Personas to ask.")
    temperatures: tuple[float, ...] = Field(default=(), description="To draw answers at; none: distributions alone.")
    repeats: int = Field(default=3, ge=1, description="Answers drawn of each persona, item and temperature.")
    answer_with: Mode = Field(default="label+explanation", description="What an answer holds.")
    wording: str = Field(default="", description="Wording of the task's template; empty: the first.")
    seed: int = Field(default=0, ge=0, lt=2**32, description="Another one makes other draws, and another run.")

    @model_validator(mode="after")
    def _limits(self) -> Question:
        counts = {
            "texts": (len(self.item_ids), MOST_ITEMS),
            "personas": (len(self.persona_ids), MOST_PERSONAS),
            "temperatures": (len(self.temperatures), MOST_TEMPERATURES),
            "answers of each": (self.repeats, MOST_REPEATS),
            "answers in all": (self.n_answers, MOST_ANSWERS),
        }
        if over := [f"{n:,} {what}; {most:,} at most" for what, (n, most) in counts.items() if n > most]:
            raise ValueError(f"{'; '.join(over)}. Ask less at a time, or start a run for more")
        self.specs()
        return self

    @property
    def n_answers(self) -> int:
        """Answers that are drawn."""
        return len(self.item_ids) * len(self.persona_ids) * len(self.temperatures) * self.repeats

    @property
    def n_distributions(self) -> int:
        """Label distributions that are read."""
        return len(self.item_ids) * len(self.persona_ids)

    def specs(self) -> dict[Literal["exact", "sampled"], RunSpec]:
        """Return the runs that ask it, the exact one first; no sampled one without temperatures."""
        shared = self.model.spec_fields() | {
            "corpus": self.corpus,
            "item_ids": self.item_ids,
            "persona_sets": self.persona_sets,
            "persona_ids": self.persona_ids,
            "wordings": (self.wording,) if self.wording else (),
            "answer_with": self.answer_with,
            "seed": self.seed,
        }
        specs: dict[Literal["exact", "sampled"], RunSpec] = {"exact": RunSpec(**shared)}
        if self.temperatures:
            drawn = {"mode": "sampled", "temperatures": self.temperatures, "repeats": self.repeats}
            specs["sampled"] = RunSpec(**shared | drawn)
        return specs


def checked(kind: type[LiveModel] | type[Question], **values: Any) -> Any:
    """Return a record of these values.

    Raises:
        InputError: they do not fit; the message can be shown as it is.
    """
    try:
        return kind(**values)
    except ValidationError as error:
        where = "model" if kind is LiveModel else "question"
        raise InputError(explain(error, where, model=kind)) from error
