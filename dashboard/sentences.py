"""What the pages say about records of the engine: corpora, runs, estimates; each as one plain string."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from dashboard.text import (
    DOT,
    HIDDEN_MASS,
    LOW_MASS,
    STATE_WORDS,
    STATUS_WORDS,
    ago,
    duration,
    field_words,
    interval,
    joined,
    masked,
    number,
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
    parts = (
        [f"corpus {plain(run.corpus, 60)}", grid, how, ago(run.created, now)] if run.mode else [ago(run.created, now)]
    )
    return DOT.join(part for part in parts if part)


def is_demo_model(model: str) -> bool:
    """Return whether a model is one of those shipped as controls."""
    return model.rstrip("/").rsplit("/", 1)[-1] in ("demo-voices", "demo-chorus")


def statuses_line(by_status: Mapping[str, int]) -> str:
    """Return the counts of responses in words, every status that occurs: '3,480 labelled · 12 refused'."""
    return DOT.join(f"{n:,} {STATUS_WORDS.get(status, status)}" for status, n in by_status.items() if n)


def short_names(runs: Sequence[RunSummary]) -> dict[str, str]:
    """Return a short, unique name for each run id: its model, and more of it only where models repeat."""
    names = {run.run_id: plain(run.model.rstrip("/").rsplit("/", 1)[-1], 40) or run.run_id for run in runs}
    for add in (
        lambda run: "" if run.mode == "exact" else "sampled",
        lambda run: plain(run.corpus, 30),
        lambda run: run.run_id.rsplit("-", 1)[-1],
    ):
        taken = Counter(names.values())
        for run in runs:
            if taken[names[run.run_id]] > 1 and (more := add(run)):
                names[run.run_id] += f", {more}"
    return names


def counts_line(counts: Mapping[str, float], task: Task) -> str:
    """Return how people split: '3 × yes · 2 × no', largest first, labels nobody gave left out."""
    given = [(label, int(counts.get(label, 0))) for label in task.labels]
    given = sorted((pair for pair in given if pair[1]), key=lambda pair: -pair[1])
    return DOT.join(f"{n} × {plain(task.answer(label), 60)}" for label, n in given) or "no labels"


def label_words(task: Task, label: str) -> str:
    """Return a label as people read it: its answer word, with the label itself where they differ."""
    answer = task.answer(label)
    return label if answer == label else f"{answer} ({label})"


def verdict(rows: Sequence[tuple[str, pd.Series]], human: Estimate, at: float) -> str:
    """Return what the numbers at one temperature say, in one sentence; only what their intervals allow."""
    sides: dict[str, list[str]] = {}
    for name, row in rows:
        if any(math.isnan(x) for x in (row["low"], row["high"], human.low, human.high)):
            side = "have no interval to compare"
        elif row["low"] > human.high:
            side = "agree more than the people: fewer voices"
        elif row["high"] < human.low:
            side = "agree less than the people"
        else:
            side = "agree neither clearly more nor clearly less than the people"
        sides.setdefault(side, []).append(name)
    said = [f"the personas of {joined(names)} {side}" for side, names in sides.items()]
    return f"At temperature {number(at)}, {'; '.join(said)}."


def chart_words(names: Iterable[str], human: Estimate | None, at: float) -> str:
    """Return what the chart shows, for readers who do not see it; the numbers stand in the table below it."""
    band = "" if human is None else f" The people agree at {number(human.value)}, {interval(human)}."
    return (
        f"Line chart of Krippendorff's alpha among personas against temperature, 0 to 2, of "
        f"{joined(list(dict.fromkeys(names)))}, marked at temperature {number(at)}.{band}"
    )


def run_warnings(
    name: str, run: RunSummary, mass: float, missing: float, dropped: Mapping[str, int], notes: Sequence[str]
) -> list[str]:
    """Return what may mislead a reader of one run's curve."""
    found = []
    if run.state != "finished":
        word = STATE_WORDS.get(run.state, ("not finished", "", ""))[0].lower()
        found.append(f"{name} is {word}: {run.done:,} of {run.planned:,} answers are in, and the curve shows those.")
    if mass < LOW_MASS:
        found.append(
            f"{name}: the label words hold only {mass:.0%} of the model's probability on average. It wanted to say "
            "something else, so labels that are forced on it can mislead. Try other wordings, or sample and read texts."
        )
    if missing > HIDDEN_MASS:
        found.append(
            f"{name}: the server showed only its most probable words; up to {missing:.0%} of the probability is "
            "hidden from the labels. The curve is approximate."
        )
    left_out = [
        f"{count:,} {STATUS_WORDS.get(reason, reason)}"
        for reason, count in dropped.items()
        if count and not (reason == "not answered" and run.state != "finished")
    ]
    if left_out:
        found.append(f"{name}: answers without a label are left out of alpha: {', '.join(left_out)}.")
    return found + [f"{name}: {note}" for note in notes]


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


def no_such_run(name: str, known: Sequence[str]) -> str:
    """Return the message for an address that names a run which is not here."""
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Near it: {', '.join(near)}." if near else "Choose one below."
    return f"There is no run {plain(name, 80)!r} with labels here; it may be in another store (POLYVOCAL_HOME). {hint}"
