"""One run in full: its cells, its log, its responses as a file, and what it is made of."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from dashboard import loaders, run_cells, run_export, run_log, sentences, text, ui
from engine.runs.manifest import Manifest
from engine.runs.store import RunSummary


def show(run: RunSummary) -> None:
    """Show the parts of a run, each made when its tab is opened."""
    parts = PARTS if run.state != "broken" else {"Log": run_log.show}
    ui.tabs(parts, "part_of_run", run)


def about(run: RunSummary) -> None:
    """Show what a run cost, what made it, its attempts, and its spec."""
    manifest = loaders.manifest(run)
    ui.say(sentences.cost_line(manifest.estimate, manifest.actual), key="cost")
    if manifest.estimate is not None and manifest.estimate.basis:
        ui.say(f"The estimate: {manifest.estimate.basis}.", "quiet", key="basis")
    for number, note in enumerate(manifest.notes):
        ui.notice(text.plain(note, 600), key=f"note-{number}")
    for number, line in enumerate(attempt_lines(manifest, live=run.state in loaders.LIVE)):
        ui.say(line, "quiet", key=f"attempt-{number}")
    st.header("Spec", anchor=False)
    st.code(manifest.spec.model_dump_json(indent=2, exclude_defaults=True), language=None, wrap_lines=True)
    st.header("On the command line", anchor=False)
    st.code(f"polyvocal run show {run.run_id}\npolyvocal run resume {run.run_id}", language=None, wrap_lines=True)
    with st.expander("Model, packages and folder", key="versions", type="compact"):
        for name, value in {**manifest.backend, **manifest.packages, "folder": str(run.path)}.items():
            ui.say(f"{text.plain(str(name), 60)}: {text.plain(str(value), 300)}", "quiet", key=f"version-{name}")


def attempt_lines(manifest: Manifest, *, live: bool) -> list[str]:
    """Return one line for each start of a process on the run; `live`: one works on it now."""
    lines = []
    for attempt in manifest.attempts:
        took = text.duration(attempt.seconds + attempt.setup_seconds)
        ended = attempt.how != "running"  # else nothing is counted yet, or was by one that was killed
        how = attempt.how if ended or live else "interrupted"
        parts = [f"Attempt {attempt.number}", f"{attempt.started:%Y-%m-%d %H:%M} UTC", how]
        parts += [text.plural(attempt.responses, "response"), took] if ended else []
        lines.append(text.DOT.join(parts))
    return lines


PARTS: dict[str, Callable[[RunSummary], None]] = {
    "Cells": run_cells.show,
    "Log": run_log.show,
    "Responses": run_export.show,
    "About": about,
}
"""Each made when its tab is opened."""
