"""Whose labels a command means: a corpus by its name or folder, or a run, and what of it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.cli.measure.measured_run import MeasuredRun
from engine.errors import InputError
from engine.paths import runs_dir

if TYPE_CHECKING:
    from engine.annotators.annotations import Annotations


@dataclass(frozen=True)
class LabelChoice:
    """Which labels of a run: the options that mean nothing for a corpus."""

    sets: tuple[str, ...] = ()
    """Only personas of these sets; none: the strong ones, or all if there are none."""
    corpus_name: str | None = None
    """Where the run's texts and people are; None: the corpus that it labelled."""
    temperature: float | None = None
    """None: 1 of an exact run, the only one of a sampled run."""
    draw_seed: int = 0
    """Of the labels drawn from an exact run."""

    def run(self, name: str) -> MeasuredRun:
        """Return the run of this name, to be read when it is asked."""
        return MeasuredRun(name, self.sets, self.corpus_name, self.temperature)

    def personas(self, name: str) -> Annotations:
        """Return what the personas of a run say.

        Raises:
            InputError: no such run, set, temperature or corpus, or the run has no label of these personas.
        """
        from engine.annotators.annotations import annotations_of_personas

        run = self.run(name)
        found = annotations_of_personas(
            run.folder, run.corpus, run.one_temperature, run.personas_or_strong, self.draw_seed
        )
        if not len(found):
            raise InputError(
                f"run {run.run_id!r} ({run.folder.state()}) has no label of the {len(found.annotators):,} personas "
                f"asked for. `polyvocal run show {run.run_id}` says what came instead, `polyvocal run resume "
                f"{run.run_id}` asks again."
            )
        return found

    def people(self, name: str) -> Annotations:
        """Return what the people of a run's corpus said. InputError: as of `personas`."""
        from engine.annotators.annotations import annotations_of_people

        return annotations_of_people(self.run(name).corpus)

    def labels(self, name: str) -> Annotations:
        """Return the labels of people where the name is a corpus's, of personas where it is a run's.

        Raises:
            InputError: it names neither or both, or options of runs were given for a corpus.
        """
        if kind_of(name) == "run":
            return self.personas(name)
        if self != replace(LabelChoice(), draw_seed=self.draw_seed):
            raise InputError(
                f"{name!r} is a corpus: --personas, --corpus and --temperature are for runs. Leave them out."
            )
        from engine.annotators.annotations import annotations_of_people
        from engine.corpora import load_corpus

        return annotations_of_people(load_corpus(name))

    def notes(self, name: str) -> list[str]:
        """Return what a reader of any number of a run must know; nothing of a corpus."""
        return self.run(name).notes if kind_of(name) == "run" else []


def kind_of(name: str) -> Literal["corpus", "run"]:
    """Return whether a name or folder is a corpus's or a run's; a corpus's whole name comes before a run's beginning.

    Raises:
        InputError: it is neither, or both.
    """
    from engine.corpora import list_corpora, load_catalogue
    from engine.jobs.manifests import MANIFEST
    from engine.runs import list_runs
    from engine.validation import unknown_name

    corpora, runs = {c.name: c.folder for c in list_corpora()}, [r.run_id for r in list_runs()]
    if name in corpora and name in runs:
        raise InputError(
            f"{name!r} is both a corpus and a run. Give the folder of the one you mean: {corpora[name]} or "
            f"{runs_dir() / name}."
        )
    if name in corpora:
        return "corpus"
    if not name.strip():
        raise InputError(
            "the name of the corpus or run is empty. `polyvocal corpus list` and `run list` show what is here."
        )
    if any(run_id.startswith(name) for run_id in runs) or (Path(name).expanduser() / MANIFEST).is_file():
        return "run"
    if os.sep in name or Path(name).is_dir() or name in load_catalogue():
        return "corpus"  # whose reader says best what is wrong with it
    hint = "Import a corpus (corpus import), fetch one (corpus fetch), or start a run."
    raise unknown_name("corpus or run", name, [*corpora, *runs], hint)
