"""What the pages say about records of the engine: corpora, runs, estimates; each as one plain string."""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

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
from engine.runs.manifest import Actual, CostEstimate, Manifest
from engine.runs.plan import Plan
from engine.runs.store import RunSummary

if TYPE_CHECKING:
    from dashboard.run_curves import Facts


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


def line_names(runs: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return what a chart calls each run's line: its model where only one has it, else its title.

    Args:
        runs: run id to model and title.
    """
    models = Counter(model_name(model) for model, _ in runs.values())
    return {
        run_id: model_name(model) if models[model_name(model)] == 1 and model_name(model) else title
        for run_id, (model, title) in runs.items()
    }


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


def verdict(rows: Sequence[tuple[str, pd.Series, Estimate]], at: float) -> str:
    """Return what the numbers at one temperature say, in one sentence; only what their intervals allow.

    A line is above or below the people only where the two intervals do not touch.

    Args:
        rows: name of a line, its row at that temperature, and the people on the same items.
        at: the temperature.
    """
    sides: dict[str, list[str]] = {}
    for name, row, human in rows:
        if any(math.isnan(x) for x in (row["low"], row["high"], human.low, human.high)):
            side = "have no interval to compare with the people's"
        elif row["low"] > human.high:
            side = "agree more than the people: fewer voices"
        elif row["high"] < human.low:
            side = "agree less than the people"
        else:
            side = "agree neither clearly more nor clearly less than the people"
        sides.setdefault(side, []).append(name)
    said = [f"the personas of {joined(names)} {side}" for side, names in sides.items()]
    return f"At temperature {number(at)}, {'; '.join(said)}."


def items_line(n_items: int, n_all: int, lacking: Sequence[str]) -> str:
    """Return which items are compared, in one line.

    Args:
        n_items: that all have labels for.
        n_all: that any has labels for.
        lacking: what has no labels for some of those.
    """
    if n_items == n_all:
        return f"Compared on the same {plural(n_items, 'item')}; none is left out."
    left, are = plural(n_all - n_items, "other"), "is" if n_all - n_items == 1 else "are"
    them = "it" if n_all - n_items == 1 else "them"
    return (
        f"Compared on the {plural(n_items, 'item')} that all share; {left} {are} left out, because "
        f"{joined(lacking, 'or')} {'have' if lacking[-1] == 'the people' else 'has'} no labels for {them}."
    )


def chart_words(names: Iterable[str], people: Mapping[str, Estimate], at: float | None) -> str:
    """Return what the chart shows, for readers who do not see it; the numbers stand in the table below it."""
    bands = "".join(f" {name}: {number(human.value)}, {interval(human)}." for name, human in people.items())
    mark = "" if at is None else f", marked at temperature {number(at)}"
    return (
        f"Line chart of Krippendorff's alpha among personas against temperature, 0 to 2, of "
        f"{joined(list(dict.fromkeys(names)))}{mark}.{bands}"
    )


def run_warnings(name: str, run: RunSummary, facts: Facts, manifest: Manifest) -> list[str]:
    """Return what may mislead a reader of one run's curve."""
    found = []
    if run.state != "finished":
        word = STATE_WORDS.get(run.state, ("not finished", "", ""))[0].lower()
        found.append(f"{name} is {word}: {run.done:,} of {run.planned:,} answers are in, and the curve shows those.")
    if facts.label_mass < LOW_MASS:
        found.append(
            f"{name}: the label words hold only {facts.label_mass:.0%} of the model's probability on average. It "
            "wanted to say something else, so labels that are forced on it can mislead. Try other wordings, or sample "
            "and read texts."
        )
    if facts.missing_mass > HIDDEN_MASS:
        found.append(
            f"{name}: the server showed only its most probable words; up to {facts.missing_mass:.0%} of the "
            "probability is hidden from the labels. The curve is approximate."
        )
    left_out = [
        f"{count:,} {STATUS_WORDS.get(reason, reason)}"
        for reason, count in facts.dropped.items()
        if count and not (reason == "not answered" and run.state != "finished")
    ]
    if left_out:
        line = f"{name}: answers without a label are left out of alpha: {', '.join(left_out)}."
        if facts.cut:
            line += (
                f" {plural(facts.cut, 'of them is', 'of them are')} as long as an answer may be "
                f"({plural(manifest.spec.longest_answer, 'token')}), so probably cut off before the label: a larger "
                "max_tokens may find it."
            )
        found.append(line)
    return found + [f"{name}: {note}" for note in manifest.notes]


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


FOREIGN = "outside the run's grid"
"""What label arrays call answers that are not of the run's grid."""


def damage(run: RunSummary, dropped: Mapping[str, int]) -> list[str]:
    """Return what of a run's folder is missing or is not its own.

    Args:
        run: whose labels were read.
        dropped: cells that are left out, reason to count (attribute `dropped` of its label arrays).
    """
    found = []
    if run.state == "finished" and (lost := dropped.get("not answered", 0)):
        found.append(
            f"{lost:,} of {plural(run.planned, 'answer')} of this finished run cannot be read: files of its folder are "
            "missing or damaged. Resume it on the Runs page: only what is missing is asked again."
        )
    reasons = {reason: n for reason, n in dropped.items() if n and reason not in (FOREIGN, "not answered")}
    if reasons and sum(reasons.values()) >= run.planned:
        why = joined([f"{n:,} {STATUS_WORDS.get(reason, reason)}" for reason, n in reasons.items()])
        found.append(f"No answer of this run holds a label, so there is nothing to measure: {why}.")
    if foreign := dropped.get(FOREIGN, 0):
        found.append(
            f"{plural(foreign, 'stored answer belongs', 'stored answers belong')} to other personas, items or settings "
            "than this run's. The pages leave such answers out: files of another run lie in its folder."
        )
    return found


def no_such_run(name: str, known: Sequence[str], runs: Sequence[RunSummary] = ()) -> str:
    """Return the message for an address that names a run which is not here, or which has nothing to show.

    Args:
        name: of the run, as the address has it.
        known: ids of those that can be chosen.
        runs: all that are in the store.
    """
    if there := next((run for run in runs if run.run_id == name), None):
        if there.state == "broken":
            return f"The run {plain(name, 80)!r} cannot be read: {there.problem}"
        word = STATE_WORDS.get(there.state, ("unknown", "", ""))[0].lower()
        return f"The run {plain(name, 80)!r} ({word}) has no labels yet. The Runs page shows how far it is."
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"Near it: {', '.join(near)}." if near else "Choose one below."
    return f"There is no run {plain(name, 80)!r} with labels here; it may be in another store (POLYVOCAL_HOME). {hint}"
