"""Manifest: what a run is, what made it, and how far it came; one JSON file in the run's folder.

The manifest is written when a run is planned, when a process starts and ends, and in between only when something is
learned (the backend, the estimate). It holds the texts of the personas and wordings used, so that a run can be read
when their files have changed since. Live progress is another file (`progress.json`), because it changes every second.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from engine.corpora.corpus import Task
from engine.jobs.manifests import MANIFEST, read_record, write_record
from engine.personas.persona import Persona
from engine.personas.template import Wording
from engine.runs.spec import RunSpec

State = Literal["planned", "running", "interrupted", "cancelled", "finished", "failed"]
"""planned: its process has not begun yet. running: a process works on it. interrupted: it says one of these, but nobody
holds its lock. cancelled: stopped on request. finished: every request has a response or a recorded failure.
failed: the process had to stop (no model, full disk); `error` says why. Any but finished goes on by starting again."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RunPersona(Persona):
    """A persona as the run used it, with the name of the set it came from."""

    set_name: str = Field(description="The persona set it belongs to.")


class CorpusRecord(_Record):
    """Which corpus was labelled, and whether it is still the same one."""

    name: str = Field(description="The corpus's own name.")
    digest: str = Field(description="sha256 over task, chosen items and their texts; not over the human annotations.")
    synthetic: bool = Field(default=False, description="True where a script made the texts; every page says so.")
    n_items: int = Field(description="Items chosen for the run.")


class Counts(_Record):
    """How many responses there are."""

    planned: int = Field(default=0, description="Requests of the whole grid.")
    done: int = Field(default=0, description="Responses stored, recorded failures included.")
    by_status: dict[str, int] = Field(default_factory=dict, description="Responses by status (response.STATUSES).")


class CostEstimate(_Record):
    """What a run will cost, as ranges: measured on a few real requests, so it is a guess about the rest."""

    requests: int = Field(description="Requests that are still to be asked.")
    pilot_requests: int = Field(description="Real requests the estimate rests on.")
    prompt_tokens: tuple[int, int] = Field(description="Low and high end, all requests together.")
    output_tokens: tuple[int, int] = Field(description="Low and high end, all requests together.")
    seconds: tuple[float, float] = Field(description="Low and high end of the asking, without loading the model.")
    setup_seconds: float = Field(default=0.0, description="What loading the model took when the pilot was made.")
    basis: str = Field(default="", description="How it was made and what it leaves out, for people.")

    @property
    def minutes(self) -> tuple[float, float]:
        """Low and high end of the whole, loading included."""
        low, high = self.seconds
        return (low + self.setup_seconds) / 60, (high + self.setup_seconds) / 60


class Actual(_Record):
    """What the run did cost, all its attempts together."""

    seconds: float = Field(default=0.0, description="Time spent asking and storing, without loading the model.")
    setup_seconds: float = Field(default=0.0, description="Time spent loading the model, all attempts together.")
    prompt_tokens: int = Field(default=0, description="Tokens read, as the backend counted them.")
    output_tokens: int = Field(default=0, description="Tokens written, as the backend counted them.")
    responses_per_second: float | None = Field(default=None, description="Responses by seconds; none before the first.")
    tokens_per_second: float | None = Field(default=None, description="Both kinds of token by seconds.")
    mean_label_mass: float | None = Field(
        default=None, description="Exact: mean probability the label tokens hold together, 0 to 1."
    )


class Attempt(_Record):
    """One start of a process on this run."""

    id: str = Field(description="In every response it wrote, and in the names of its parts.")
    number: int = Field(description="1, 2, 3, ...; the engine seed is derived from it.")
    pid: int = Field(description="Its process on `host`.")
    host: str = Field(default="", description="The machine's name.")
    process_started: float = Field(default=0.0, description="When that process began, seconds since 1970.")
    engine_seed: int | None = Field(default=None, description="The seed given to the engine at its start.")
    started: datetime = Field(description="When it took up the run (UTC).")
    ended: datetime | None = Field(default=None, description="When it left the run; none where it was killed.")
    how: Literal["running", "finished", "cancelled", "failed", "interrupted"] = Field(
        default="running", description="How it ended; a later attempt writes interrupted for one that was killed."
    )
    responses: int = Field(default=0, description="Responses it stored.")
    seconds: float = Field(default=0.0, description="Time it spent asking and storing.")
    setup_seconds: float = Field(default=0.0, description="Time it spent loading the model.")


class Manifest(_Record):
    """What a run is, what made it, and how far it came."""

    version: Literal[1] = 1
    run_id: str = Field(description="The name of the run's folder.")
    spec: RunSpec = Field(description="What was asked for.")
    created: datetime = Field(description="When it was first planned (UTC).")
    state: State = Field(default="planned", description="As last written; `RunFolder.state()` knows whether it is so.")
    task: Task = Field(description="The task as it was put.")
    corpus: CorpusRecord
    item_ids: tuple[str, ...] = Field(description="The items chosen, in the corpus's order.")
    personas: tuple[RunPersona, ...] = Field(description="Every persona asked, in order.")
    template: str = Field(description="The template family's name.")
    wordings: tuple[Wording, ...] = Field(description="The wordings used, with their texts.")
    backend: dict[str, Any] = Field(default_factory=dict, description="BackendInfo; empty until one was opened.")
    packages: dict[str, str] = Field(default_factory=dict, description="Versions of what had a part in it.")
    counts: Counts = Field(default_factory=Counts)
    estimate: CostEstimate | None = Field(default=None, description="What the pilot said before the run.")
    actual: Actual = Field(default_factory=Actual)
    attempts: list[Attempt] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list, description="What a reader must know (low label mass, copies).")
    error: str = Field(default="", description="Why the last attempt failed; empty otherwise.")


def now() -> datetime:
    """Return the present moment in UTC, to the millisecond."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder.

    Raises:
        InputError: there is none, it cannot be read, or it is not one.
    """
    return read_record(
        folder,
        Manifest,
        absent=f"{folder} is not a run: it has no {MANIFEST}. Name a folder that `run list` shows.",
        repair="Start the same spec again: the responses in its parts are kept, and the manifest is written anew.",
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest of a run folder.

    Raises:
        PolyvocalError: it could not be written; the one before still stands.
    """
    write_record(folder, manifest, again="the same spec")
