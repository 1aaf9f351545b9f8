"""What a run will take, before it is started: told from earlier runs at once, or measured by a pilot."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard import loaders, sentences, text, ui
from engine import paths
from engine.runs.estimate_job import EstimateJob, read_estimate, start_estimate, stop_estimate
from engine.runs.forecast import Forecast, forecast
from engine.runs.manifest import CostEstimate
from engine.runs.plan import Plan

EVERY = 1.5
"""Seconds between two looks at a pilot."""


def show(plan: Plan) -> CostEstimate | None:
    """Show what a run will take; return what a pilot of it said, if one was asked."""
    job = read_estimate(plan.spec)
    foretold = forecast(plan, loaders.runs(), paths.runs_dir())
    if job.estimate is not None:  # it asked this very run, the forecast rests on another
        foretold = replace(foretold, seconds=None, prompt_tokens=None)
    ui.say(sentences.plan_line(plan, rate_of(foretold)), key="plan")
    for number, line in enumerate(lines_of(foretold)):
        ui.say(line, "quiet", key=f"forecast-{number}")
    if job.state == "running":
        st.fragment(_waiting, run_every=EVERY)(plan)
        return None
    if job.estimate is not None:
        for number, line in enumerate(measured_lines(job.estimate)):
            ui.say(line, None if number == 0 else "quiet", key=f"measured-{number}")
    if job.problem:
        ui.problem(job.problem, key="estimate-failed")
    again = job.state != "none"
    if st.button(
        "Measure again" if again else "Measure with a pilot", key="estimate", icon=":material/timer:",
        help="Loads the model and asks up to 48 requests of this very run; nothing of it is stored.",
    ):  # fmt: skip
        with ui.guarded("estimate"):
            start_estimate(plan.spec)
            st.rerun()
    return job.estimate


def _waiting(plan: Plan) -> None:
    """Show that the pilot is at work; when it has ended, have the page drawn anew."""
    job: EstimateJob = read_estimate(plan.spec)
    if job.state != "running":
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":material/timer: A pilot loads the model and asks a few requests …", width="content")
        if st.button("Stop", key="stop-estimate", icon=":material/stop_circle:"):
            stop_estimate(plan.spec)


def rate_of(foretold: Forecast) -> tuple[float, str] | None:
    """Return answers a second and the run that they rest on, as `sentences.plan_line` takes them."""
    return (foretold.requests / foretold.seconds, foretold.basis) if foretold.seconds else None


def lines_of(foretold: Forecast) -> list[str]:
    """Return tokens and disk in words; a warning where the disk has no room for them."""
    lines = []
    if foretold.prompt_tokens is not None:
        written = f", {foretold.output_tokens:,} written" if foretold.output_tokens else ""
        lines.append(f"About {foretold.prompt_tokens:,} tokens read{written}, as in that run.")
    disk = f"At most about {text.size(foretold.n_bytes)} on the disk"
    if foretold.free is None:
        return [*lines, f"{disk}."]
    short = " That is too little: free some, or set POLYVOCAL_HOME to another disk." if _short(foretold) else ""
    return [*lines, f"{disk}, which has {text.size(foretold.free)} left.{short}"]


def measured_lines(estimate: CostEstimate) -> list[str]:
    """Return what a pilot said: time and tokens as ranges, then what they rest on."""
    low, high = estimate.minutes
    read, written = estimate.prompt_tokens, estimate.output_tokens
    tokens = f"{read[0]:,} to {read[1]:,} tokens read"
    if written[1]:
        tokens += f", {written[0]:,} to {written[1]:,} written"
    took = f"{text.duration(low * 60)} to {text.duration(high * 60)}, loading the model included"
    return [f"Measured by a pilot: {took}{text.DOT}{tokens}", f"{estimate.basis[:1].upper()}{estimate.basis[1:]}."]


def _short(foretold: Forecast) -> bool:
    return foretold.free is not None and foretold.n_bytes > 0.9 * foretold.free
