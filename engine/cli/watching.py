"""A run in the foreground, with a live bar on stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.output import progress_bar

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from engine.runs import Progress, RunFolder, RunSpec


def execute_and_show(spec: RunSpec, root: Path | None = None) -> RunFolder:
    """Execute `spec` here and draw its progress; return the run's folder."""
    from engine.runs import execute

    bar = progress_bar("responses")

    def on_progress(progress: Progress) -> None:
        if not bar.task_ids:  # the bar appears with the first news, not before the spec is checked
            bar.start()
            bar.add_task(progress.run_id, total=None, detail="")
        draw(bar, bar.task_ids[0], progress)

    try:
        return execute(spec, root=root, on_progress=on_progress)
    finally:
        if bar.task_ids:
            bar.stop()


def draw(bar: Bar, task: TaskID, progress: Progress) -> None:
    """Bring a bar up to date with one look at a run."""
    words = {"waiting": "another process works on this run", "loading": "loading the model", "retrying": "retrying"}
    detail = progress.message or words.get(progress.phase, "")
    if progress.phase == "asking":
        rates = [(progress.responses_per_second, "responses/s"), (progress.tokens_per_second, "tokens/s")]
        counted = [f"{n:,} {status}" for status, n in progress.by_status.items() if status != "ok" and n]
        detail = ", ".join([f"{rate:,.0f} {unit}" for rate, unit in rates if rate] + counted)
    bar.update(task, total=progress.total or None, completed=progress.done, detail=detail)
