"""StudySpec: everything that decides what a study finds. Two equal specs are one study; starting one again resumes it.

Checks of combinations are validators here, so that the command line, the form and a notebook all get them.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from engine.annotators.map.positions import Space
from engine.annotators.models.registry import KNOWS_WHO, MODELS, TEXT_ONLY
from engine.annotators.texts.encoder_files import DEFAULT_ENCODER
from engine.annotators.training.settings import TrainingSettings

Part = Literal["comparison", "gaps", "map"]
"""comparison: what models gain from knowing who annotates, on people and on each run's personas. gaps: what personas
teach of each person, as a matrix. map: people and personas in one space."""
PARTS: tuple[Part, ...] = get_args(Part)
DEFAULT_MODELS = (TEXT_ONLY, "user token", "composite", "multi-task", "majority", "own rate")


class StudySpec(BaseModel):
    """Annotator models of a corpus's people, and of the personas of runs on it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(default="", max_length=60, description="For people; the study's folder starts with it.")
    corpus: str = Field(min_length=1, description="Name of a corpus (shipped, imported) or its folder.")
    runs: tuple[str, ...] = Field(default=(), max_length=8, description="Finished runs whose personas are compared.")
    persona_sets: tuple[str, ...] = Field(default=(), description="Of every run; none: the strong personas.")
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="Exact runs: any, none is 1. Sampled runs: one of their own."
    )
    draw_seed: int = Field(default=0, ge=0, description="Of the labels drawn from exact runs.")
    parts: tuple[Part, ...] = Field(default=(), description="What is asked; none: all that these labels allow.")
    models: tuple[str, ...] = Field(default=DEFAULT_MODELS, description="Annotator models that are compared.")
    seeds: int = Field(default=5, ge=1, le=100, description="Trainings of each model.")
    shuffled: bool = Field(default=True, description="Compare with annotators' names shuffled too: twice the work.")
    encoder: str = Field(default=DEFAULT_ENCODER, min_length=1, description="Text encoder: folder or Hugging Face id.")
    settings: TrainingSettings = Field(default_factory=TrainingSettings, description="Of every training.")
    split_seed: int | None = Field(default=None, ge=0, description="Of drawn splits; none: the corpus's own.")
    min_labels: int = Field(default=10, ge=1, description="Labels that a place on the map, or a row of gaps, needs.")
    space: Space = Field(default="composite", description="What places on the map are made of.")
    replicates: int = Field(default=30, ge=0, le=1000, description="Draws of items behind the clouds of the map.")
    null_draws: int = Field(default=99, ge=0, le=10_000, description="Exchanges of annotators: the null of the map.")
    resamples: int = Field(default=1000, ge=0, le=100_000, description="Draws behind intervals.")
    seed: int = Field(default=0, ge=0, description="Of the intervals' draws and of the map's picture.")

    @field_validator("name")
    @classmethod
    def _name_is_a_folder(cls, name: str) -> str:
        if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError(f"{name!r}: use letters, digits, '.', '_' and '-', starting with a letter or digit")
        return name

    @model_validator(mode="after")
    def _combinations(self) -> StudySpec:
        problems = []
        for field in ("runs", "persona_sets", "parts", "models"):
            given = getattr(self, field)
            if len(set(given)) != len(given):
                problems.append(f"{field}: {list(given)!r} names one twice; name each once")
        if unknown := [name for name in self.models if name not in MODELS]:
            problems.append(f"models: {unknown[0]!r} is none. The models are {', '.join(map(repr, MODELS))}")
        if not (TEXT_ONLY in self.models and set(self.models) & set(KNOWS_WHO)):
            problems.append(
                f"models: expected {TEXT_ONLY!r} and at least one that knows who annotates: {', '.join(KNOWS_WHO)}"
            )
        if not self.runs:
            problems += ["parts: gaps set people beside personas; name a run"] * ("gaps" in self.parts)
            problems += ["persona_sets: they are of runs; name one, or leave them out"] * bool(self.persona_sets)
            problems += ["temperature: it is of runs; name one, or leave it out"] * (self.temperature is not None)
            problems += ["space: descriptions are the personas'; name a run"] * (self.space == "descriptions")
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def wanted(self) -> tuple[Part, ...]:
        """The parts that are asked for, in their order."""
        chosen = self.parts or [part for part in PARTS if self.runs or part != "gaps"]
        return tuple(part for part in PARTS if part in chosen)

    @property
    def trained(self) -> tuple[str, ...]:
        """The models that are trained; baselines only count labels."""
        return tuple(name for name in self.models if not MODELS[name].baseline)

    def digest(self) -> str:
        """Return 12 hex digits that name this spec's content; the study's name is not part of it."""
        content = self.model_copy(update={"parts": self.wanted}).model_dump_json(exclude={"name"})
        return hashlib.sha256(content.encode()).hexdigest()[:12]

    def study_id(self) -> str:
        """Return the name of the study's folder: the spec's name (or corpus) and its digest."""
        stem = self.name or self.corpus.rstrip("/").rsplit("/", 1)[-1]
        return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', stem).strip('-.')[:60] or 'study'}-{self.digest()}"
