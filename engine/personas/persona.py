"""Persona and PersonaSet: descriptions that an LLM plays, and the records in which files hold them."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["strong", "weak", "control", "empty"]


class Persona(BaseModel):
    """A description that an LLM plays while it labels."""

    # An age or an id written as a number in YAML is meant as text.
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    persona_id: str = Field(min_length=1, description="Unique in its set; what tables and charts call it.")
    kind: Kind = Field(
        description="strong: one per annotator; weak: one per group; control: a helpful assistant; empty: no persona."
    )
    text: str = Field(default="", description="The description, in the second person. Empty only for kind 'empty'.")
    annotator: str | None = Field(default=None, description="The annotator it stands for, if any.")
    group: str | None = Field(default=None, description="The human group it belongs to or stands for, if any.")
    attributes: dict[str, str] = Field(default_factory=dict, description="The attributes the text expresses, by name.")

    @model_validator(mode="after")
    def _check(self) -> Persona:
        if self.kind == "empty" and self.text.strip():
            raise ValueError(
                f"persona {self.persona_id!r} is of kind 'empty' but has a text; remove it or change the kind"
            )
        if self.kind != "empty" and not self.text.strip():
            raise ValueError(f"persona {self.persona_id!r} has no text; describe it, or make its kind 'empty'")
        return self


class PersonaSet(BaseModel):
    """A named list of personas, stored as one YAML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal[1] = 1
    name: str = Field(min_length=1, description="The set's name; also the file's.")
    description: str = Field(default="", description="What it is, where its descriptions come from.")
    corpus: str | None = Field(default=None, description="The corpus whose people it describes, if any.")
    personas: tuple[Persona, ...] = Field(min_length=1, description="The personas, in the order they are shown.")

    @model_validator(mode="after")
    def _check(self) -> PersonaSet:
        counts = Counter(persona.persona_id for persona in self.personas)
        if twice := sorted(persona_id for persona_id, count in counts.items() if count > 1):
            raise ValueError(
                f"persona set {self.name!r} uses these ids twice: {', '.join(map(repr, twice))}; "
                "every id names one persona"
            )
        return self
