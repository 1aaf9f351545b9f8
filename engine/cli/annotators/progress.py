"""The bar of trainings on stderr, and what is left of a command that Ctrl-C stopped."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING

from engine.cli.output import progress_bar

if TYPE_CHECKING:
    from rich.progress import TaskID

EMBEDDING = "embedding texts"
"""How all that a Trainer tells of texts ends (experiments put a name before it); all else is of trainings."""


class TrainingBar:
    """Draws what a Trainer tells: one line for texts, one for trainings, each with the time left."""

    def __init__(self) -> None:
        self._bar = progress_bar("done")
        self._lines: dict[bool, TaskID] = {}
        self.embedded = False
        """Whether all texts that were asked for have their vectors: only then is anything trained."""
        self.last = ""
        """The last training told of, with how many were done before it."""

    def __enter__(self) -> TrainingBar:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def tell(self, what: str, done: int, total: int) -> None:
        """Draw; the bar appears with the first news, not before the options are checked."""
        is_text = what.endswith(EMBEDDING)
        if is_text:
            self.embedded = done == total
        else:
            self.last = f"{what!r}, {done:,} of {total:,} trainings done"
        if is_text and done == total and is_text not in self._lines:
            return  # all out of the cache: nothing to wait for
        if not self._lines:
            self._bar.start()
        if is_text not in self._lines:
            self._lines[is_text] = self._bar.add_task(what, total=total, detail="")
        self._bar.update(self._lines[is_text], description=what, completed=done, total=total)
