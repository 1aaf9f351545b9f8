"""What the pages say about records of the engine: corpora, runs, estimates; each as one plain string."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from dashboard.text import (
    DOT,
    STATUS_WORDS,
    ago,
    duration,
    field_words,
    interval,
    masked,
    plain,
    plural,
    shown,
    temperatures,
)
from engine.corpora.corpus import Item, Task
from engine.measures.result import Estimate
from engine.runs.manifest import Actual, CostEstimate
from engine.runs.plan import Plan
from engine.runs.store import RunSummary


def item_lines(item: Item, revealed: bool) -> list[tuple[str, str]]:
    """Return an item's fields as (name, text) in order, masked unless `revealed`; a lone field has no name."""
    show = shown if revealed else masked
    lone = len(item.fields) == 1
    return [("" if lone else field_words(name), show(value)) for name, value in item.fields.items()]


def task_line(task: Task) -> str:
    """Return what was asked in one line: the task's name, its level and its labels' number."""
    kind = "yes or no" if task.positive is not None and len(task.labels) == 2 else plural(len(task.labels), "label")
    several = ", several labels allowed" if task.multi_label else ""
    return f"{plain(task.name)}{DOT}{kind}, {task.level}{several}"


def agreement_line(what: str, estimate: Estimate) -> str:
    """Return an estimate with all a reader needs to weigh it: interval, N, what was left out, and the note."""
    parts = [interval(estimate), plural(estimate.n_items, "item"), plural(estimate.n_raters, "rater")]
    if estimate.defined and estimate.note and not math.isnan(estimate.low):
        parts.append(estimate.note)
    left_out = [f"{count:,} {reason}" for reason, count in estimate.dropped.items() if count]
    if left_out:
        parts.append(f"left out: {', '.join(left_out)}")
    return f"{what}: {DOT.join(parts)}"


def agreement_rows(rows: Sequence[tuple[str, int, Estimate]]) -> pd.DataFrame:
    """Return agreement by group as a table: group, annotators, alpha, low, high, items, note."""
    return pd.DataFrame(
        [(name, size, e.value, e.low, e.high, e.n_items, e.note) for name, size, e in rows],
        columns=["group", "annotators", "alpha", "low", "high", "items", "note"],
    )


def run_line(run: RunSummary, now: datetime | None = None) -> str:
    """Return what a run asked, in one line."""
    how = "exact, all temperatures" if run.mode == "exact" else f"sampled at {temperatures(run.temperatures)}"
    grid = f"{plural(run.n_personas, 'persona')} × {plural(run.n_items, 'item')}"
    model = f"model {model_name(run.model)}" if run.name else ""  # elsewise the title says it
    asked = [model, f"corpus {plain(run.corpus, 60)}", grid, how] if run.mode else []
    return DOT.join(part for part in (*asked, ago(run.created, now)) if part)


def is_demo_model(model: str) -> bool:
    """Return whether a model is one of those shipped as controls."""
    return model.rstrip("/").rsplit("/", 1)[-1] in ("demo-voices", "demo-chorus")


def statuses_line(by_status: Mapping[str, int]) -> str:
    """Return the counts of responses in words, every status that occurs: '3,480 labelled · 12 refused'."""
    return DOT.join(f"{n:,} {STATUS_WORDS.get(status, status)}" for status, n in by_status.items() if n)


def model_name(model: str) -> str:
    """Return a model's name without its owner or folder."""
    return plain(model.rstrip("/").rsplit("/", 1)[-1], 60)


def titles(runs: Sequence[RunSummary]) -> dict[str, str]:
    """Return what the pages call each run, by its id: its own name or its model, and more where those repeat.

    Args:
        runs: all that a reader may see, so that a run has one title on every page and no two have the same.
    """
    names = {run.run_id: plain(run.name, 60) or _unnamed(run) for run in runs}
    tell_apart: tuple[Callable[[RunSummary], str], ...] = (
        lambda run: "sampled" if run.mode == "sampled" and run.name else "",
        lambda run: plain(run.corpus, 30),
        lambda run: model_name(run.model) if run.name else "",
        lambda run: run.run_id.rsplit("-", 1)[-1],
    )
    for more in tell_apart:
        alike: dict[str, list[RunSummary]] = {}
        for run in runs:
            alike.setdefault(names[run.run_id], []).append(run)
        for group in alike.values():
            if len({more(run) for run in group}) > 1:
                names |= {run.run_id: f"{names[run.run_id]}, {more(run)}" for run in group if more(run)}
    return names


def _unnamed(run: RunSummary) -> str:
    model = model_name(run.model)
    return f"{model}, sampled" if model and run.mode == "sampled" else model or run.run_id


def counts_line(counts: Mapping[str, float], task: Task) -> str:
    """Return how people split: '3 × yes · 2 × no', largest first, labels nobody gave left out; numbers in quotes."""
    given = [(label, int(counts.get(label, 0))) for label in task.labels]
    given = sorted((pair for pair in given if pair[1]), key=lambda pair: -pair[1])
    named = {label: plain(task.answer(label), 60) for label, _ in given}
    quoted = {label: f"“{name}”" if name[:1].isdigit() else name for label, name in named.items()}
    return DOT.join(f"{n} × {quoted[label]}" for label, n in given) or "no labels"


def label_words(task: Task, label: str) -> str:
    """Return a label as people read it: its answer word, with the label itself where they differ."""
    answer = task.answer(label)
    return label if answer == label else f"{answer} ({label})"


def plan_line(plan: Plan, rate: tuple[float, str] | None = None) -> str:
    """Return what a run would ask, in one line with its number of requests.

    Args:
        plan: of the run.
        rate: answers a second of an earlier run of the same model, and that run's id; None: no time is told.
    """
    spec = plan.spec
    parts = [plural(len(plan.personas), "persona"), plural(len(plan.items), "item")]
    if len(plan.wordings) > 1:
        parts.append(plural(len(plan.wordings), "wording"))
    if spec.temperatures:
        parts.append(plural(len(spec.temperatures), "temperature"))
    if spec.repeats > 1:
        parts.append(plural(spec.repeats, "repeat"))
    line = f"{' × '.join(parts)} = {plural(plan.n_requests, 'request')}"
    if rate is None:
        return line
    return f"{line}{DOT}about {duration(plan.n_requests / rate[0])} of asking, at the pace of {rate[1]}"


def cost_line(estimate: CostEstimate | None, actual: Actual) -> str:
    """Return what a run was estimated to take, beside what it took so far."""
    parts = []
    if estimate is not None:
        low, high = estimate.seconds
        parts.append(f"estimated {duration(low)} to {duration(high)} of asking")
    if actual.seconds:
        parts.append(f"took {duration(actual.seconds)} of asking, {duration(actual.setup_seconds)} of loading")
        if actual.responses_per_second:
            parts.append(f"{actual.responses_per_second:,.0f} answers a second")
        parts.append(f"{actual.prompt_tokens + actual.output_tokens:,} tokens")
    if actual.mean_label_mass is not None:
        parts.append(f"label mass {actual.mean_label_mass:.3f}")
    return DOT.join(parts) or "Nothing is known of its cost yet."
