"""Ask: one question put to a model that is held ready. A folder that fills with answers, and that can be kept.

question.json says what is asked and of which process; corpus/ holds typed texts; runs/ holds the runs, ordinary run
folders; state.json is written by the process that answers. Whoever looks at the answers says so by `watch`: a question
that nobody looks at any more is not asked to its end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from engine import paths
from engine.corpora.corpus import Corpus
from engine.corpora.store import load_corpus, save_corpus
from engine.errors import InputError, PolyvocalError
from engine.jobs.lock import is_locked
from engine.jobs.stopping import CANCEL, ask_to_stop
from engine.jobs.whole_files import write_whole
from engine.live.question import Question
from engine.runs.adopting import adopt_run, check_adoption
from engine.runs.run_folder import RunFolder

AskState = Literal["waiting", "asking", "finished", "stopped", "failed", "lost"]
"""waiting: for its turn. stopped: on request, or nobody looked. failed: `problem` says why. lost: the model was stopped
or its process died meanwhile; what was answered before is there."""
GOING: tuple[AskState, ...] = ("waiting", "asking")
UNWATCHED = 60.0
"""Seconds without a look after which the rest is not asked."""


@dataclass(frozen=True)
class AskStatus:
    """How far a question is."""

    state: AskState
    problem: str = ""
    """Why it failed."""
    notes: tuple[str, ...] = ()
    """What a reader must know of the answers."""

    @property
    def going(self) -> bool:
        """Whether more answers may come."""
        return self.state in GOING


class Ask:
    """One question and its answers. Cheap to make; every method looks at the disk again."""

    def __init__(self, path: Path) -> None:
        self.path = Path(path)

    @classmethod
    def create(cls, path: Path, question: Question, server: Path, corpus: Corpus | None = None) -> Ask:
        """Make the folder of a question.

        Args:
            path: of the folder, which is made.
            question: what is asked.
            server: folder of the process that answers, whose lock tells whether it lives.
            corpus: the typed texts, if they are typed.

        Raises:
            PolyvocalError: the store cannot be written.
        """
        try:
            path.mkdir(parents=True, mode=0o700)
            if corpus is not None:
                save_corpus(corpus, path / "corpus")
            content = {"question": question.model_dump(mode="json"), "server": str(server), "created": time.time()}
            write_whole(path / "question.json", json.dumps(content))
        except OSError as error:
            raise PolyvocalError(
                f"the question could not be stored in {path.parent} ({error.strerror or error}). Make the store "
                "writable (POLYVOCAL_HOME), then ask again."
            ) from error
        ask = cls(path)
        ask.watch()
        return ask

    @property
    def ask_id(self) -> str:
        """The folder's name."""
        return self.path.name

    @cached_property
    def _content(self) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads((self.path / "question.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"there is no question {self.ask_id!r} any more. Ask it again.") from error
        return content

    @cached_property
    def question(self) -> Question:
        """What is asked.

        Raises:
            InputError: the folder is gone.
        """
        return Question.model_validate(self._content["question"])

    @property
    def corpus(self) -> Corpus:
        """The corpus of the items: the typed texts, or the stored one."""
        return load_corpus(self.path / "corpus" if self.question.typed else self.question.corpus)

    @property
    def runs(self) -> dict[Literal["exact", "sampled"], RunFolder]:
        """The runs that have begun, by mode; those that were kept lie in the store."""
        kept, found = self.kept, dict[Literal["exact", "sampled"], RunFolder]()
        for mode, spec in self.question.specs().items():
            path = paths.runs_dir() / kept[mode] if mode in kept else self.path / "runs" / spec.run_id()
            if (path / "manifest.json").is_file():
                found[mode] = RunFolder(path)
        return found

    @property
    def status(self) -> AskStatus:
        """How far it is."""
        told = self._told()
        if told["state"] in GOING and not is_locked(Path(self._content["server"])):
            told = self._told()  # it may have ended between the two looks
            if told["state"] in GOING:
                told["state"] = "lost"
        return AskStatus(told["state"], told.get("problem", ""), tuple(told.get("notes", ())))

    def _told(self) -> dict[str, Any]:
        """Return what the process that answers wrote down last."""
        try:
            told: dict[str, Any] = json.loads((self.path / "state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {"state": "waiting"}
        return told

    def tell(self, state: AskState, problem: str = "", notes: tuple[str, ...] = ()) -> None:
        """Write down how far it is. For the process that answers."""
        write_whole(self.path / "state.json", json.dumps({"state": state, "problem": problem, "notes": notes}))

    def watch(self) -> None:
        """Say that somebody looks at the answers."""
        (self.path / "watched").touch()

    @property
    def unwatched(self) -> bool:
        """Whether nobody has looked for a while."""
        try:
            return time.time() - (self.path / "watched").stat().st_mtime > UNWATCHED
        except OSError:  # the folder is gone: nobody will look
            return True

    def cancel(self) -> None:
        """Ask for no further answers; those in flight still come."""
        for folder in (self.path, *(run.path for run in self.runs.values())):
            if folder.is_dir():
                ask_to_stop(folder)

    @property
    def cancelled(self) -> bool:
        """Whether no further answers are wanted."""
        return (self.path / CANCEL).exists()

    @property
    def kept(self) -> Mapping[str, str]:
        """Ids of the runs that it was saved as, by mode; empty where it was not."""
        try:
            kept: dict[str, str] = json.loads((self.path / "kept.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept

    def keep(self, name: str = "") -> Mapping[str, str]:
        """Save it as runs of the store, and typed texts as a corpus; return the runs' ids by mode. Nothing is asked.

        Raises:
            InputError: answers still come, there are none, or the name cannot be a folder's.
            PolyvocalError: the store cannot be written.
        """
        if self.kept:
            return self.kept
        if self.status.going:
            raise InputError("answers still come. Wait for the last one, or stop it, then save it.")
        runs = {mode: run for mode, run in self.runs.items() if run.parts()}
        if not runs:
            raise InputError("there is no answer to save. Ask again.")
        for run in runs.values():  # all of them before any, so that nothing is left half saved
            check_adoption(run.path, name)
        if self.question.typed and not (paths.imported_dir() / self.question.corpus).exists():
            save_corpus(self.corpus, paths.imported_dir() / self.question.corpus)
        kept: dict[str, str] = {mode: adopt_run(run.path, name).run_id for mode, run in runs.items()}
        write_whole(self.path / "kept.json", json.dumps(kept))
        return kept


def newest_use(path: Path) -> float:
    """Return when a question's folder was last looked at, seconds since 1970; 0 where it is none."""
    try:
        return (path / "watched").stat().st_mtime
    except OSError:
        return 0.0
