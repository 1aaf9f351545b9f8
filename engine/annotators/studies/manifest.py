"""StudyManifest: what a study is, what it read, and how far it came; one JSON file in the study's folder."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.annotators.studies.spec import StudySpec
from engine.jobs.manifests import MANIFEST, read_record, write_record

State = Literal["planned", "running", "interrupted", "cancelled", "finished", "failed"]
"""planned: its process has not begun, or waits for its turn. running. interrupted: its process is gone before the end.
cancelled: stopped on request. finished: every part is there. failed: `error` says why. Any but finished goes on by
starting again."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LabelsRecord(_Record):
    """The labels of one side, as they were read."""

    name: str = Field(description="The corpus, or the run with its temperature.")
    digest: str = Field(description="sha256 over texts, annotators and labels.")
    n_items: int = Field(description="With a label.")
    n_annotators: int = Field(description="People or personas.")
    n_labels: int
    synthetic: bool = Field(default=False, description="True where a script made the texts; every page says so.")


class RunRecord(LabelsRecord):
    """The labels of one run's personas, and what answered."""

    run_id: str
    title: str = Field(default="", description="The run's own name; empty where it has none.")
    model: str
    backend: str
    mode: str
    temperature: float = Field(description="At which its labels were drawn.")


class Work(_Record):
    """What a study did cost, all its starts together."""

    seconds: float = Field(default=0.0, description="From taking it up to leaving it.")
    trained: int = Field(default=0, description="Trainings that were made; those kept from before are not counted.")
    training_seconds: float = Field(default=0.0, description="Those took.")
    embedding_seconds: float = Field(default=0.0, description="Until all texts had their vectors.")
    device: str = Field(default="", description="Where models were trained last.")


class StudyManifest(_Record):
    """What a study is, what it read, and how far it came."""

    version: Literal[1] = 1
    study_id: str = Field(description="The name of the study's folder.")
    spec: StudySpec = Field(description="What was asked for.")
    created: datetime = Field(description="When it was first started (UTC).")
    state: State = Field(
        default="planned", description="As last written; `StudyFolder.state()` knows whether it is so."
    )
    error: str = Field(default="", description="Why the last start failed; empty otherwise.")
    people: LabelsRecord | None = Field(default=None, description="None until they were read.")
    personas: list[RunRecord] = Field(default_factory=list, description="In the order of the spec's runs.")
    planned: int = Field(default=0, description="Trainings of all parts.")
    done: int = Field(default=0, description="Trainings that were made or found.")
    work: Work = Field(default_factory=Work)
    starts: int = Field(default=0, description="How often a process took it up.")
    notes: list[str] = Field(default_factory=list, description="What a reader of every part must know.")
    packages: dict[str, str] = Field(default_factory=dict, description="Versions of what had a part in it.")


def read_manifest(folder: Path) -> StudyManifest:
    """Return the manifest of a study's folder.

    Raises:
        InputError: there is none, it cannot be read, or it is not one.
    """
    return read_record(
        folder,
        StudyManifest,
        absent=f"{folder} is no study: it has no {MANIFEST}. Name one that `polyvocal study list` shows.",
        repair="Start the same study again: finished trainings are kept, and the manifest is written anew.",
    )


def write_manifest(folder: Path, manifest: StudyManifest) -> None:
    """Replace the manifest of a study's folder.

    Raises:
        PolyvocalError: it could not be written; the one before still stands.
    """
    write_record(folder, manifest, again="the same study")
