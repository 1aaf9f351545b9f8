"""What the pages say about curves of several runs laid over one another, and about the items they share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from dashboard.sentences import model_name
from dashboard.text import interval, joined, number, plural
from engine.measures.result import Estimate


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
