"""Single numbers with their intervals, side by side: of several runs, sets, temperatures, or questions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from engine.figures.rows import Level, Marks, marks_of, rows_figure
from engine.figures.theme import Theme, look
from engine.measures.diversity import EffectiveNumber
from engine.measures.persona_signal import PersonaSignal
from engine.measures.result import Estimate
from engine.measures.wording import Sensitivity

DISTINCT = "Distinct: the raters' own noise taken out; as labelled: it counts as difference."
UNDEFINED = "A cross at the left edge: undefined; hovering says why."


def estimates(
    numbers: Mapping[str, Estimate],
    *,
    x_title: str,
    y_title: str = "Measured",
    compared_with: Mapping[str, float] | None = None,
    theme: Theme = "light",
    title: str = "",
) -> go.Figure:
    """Draw numbers of one kind, one a row, each with its interval: alphas, kappas, percent agreement.

    Args:
        numbers: name -> any estimate of `engine.measures`, first on top.
        x_title: what the numbers are, with unit or range.
        y_title: what a row is.
        compared_with: name -> value of lines across all rows, e.g. {"chance": 0}.
        theme: of the page.
        title: above the chart; '' for none.
    """
    levels = [Level(name, value) for name, value in (compared_with or {}).items()]
    return rows_figure(
        list(numbers), [marks_of("Value", numbers, look(0, theme))], x_title=x_title, y_title=y_title, levels=levels,
        shown=[0.0], caption=_caption(numbers), theme=theme, title=title,
    )  # fmt: skip


def effective_number(
    numbers: Mapping[str, EffectiveNumber], *, theme: Theme = "light", title: str = ""
) -> go.Figure:  # fmt: skip
    """Draw how many distinct voices each set of raters amounts to, beside how many raters it has.

    Args:
        numbers: name of a set -> result of `engine.measures.effective_number`, first on top.
        theme: of the page.
        title: above the chart; '' for none.
    """
    distinct = {name: number.distinct for name, number in numbers.items()}
    labelled = {name: number.as_labelled for name, number in numbers.items()}
    n = np.array([e.n_raters for e in labelled.values()], dtype=float)
    raters = Marks(
        "Raters in the set", n, n, n, [f"{int(number)} raters" for number in n], look(3, theme),
        np.zeros(len(n), dtype=bool),
    )  # fmt: skip
    marks = [
        marks_of("Distinct", distinct, look(0, theme)),
        marks_of("As labelled", labelled, look(1, theme)),
        raters,
    ]
    return rows_figure(
        list(numbers), marks, x_title="Effective number of voices (1: one voice said many times)", y_title="Raters",
        shown=[1.0], caption=f"{DISTINCT} {_caption(distinct)}", theme=theme, title=title,
    )  # fmt: skip


def wording_sensitivity(found: Sensitivity, *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw how far answers move with wording, persona and temperature, each with its interval.

    Args:
        found: result of `engine.measures.wording_sensitivity`.
        theme: of the page.
        title: above the chart; '' for none.
    """
    rows = {"Wording": found.wording, "Persona": found.persona, "Temperature": found.temperature}
    at = " and ".join(f"{t:g}" for t in found.at)
    said = [f"At temperature {at}."]
    if (ratio := found.wording_to_persona).defined:
        said.append(f"Wording moves answers {_number(ratio, '.3g')} times as far as the persona.")
    if (tie := found.confidence_correlation).defined:
        said.append(f"Correlation of wording distance and the model's confidence: {_number(tie, '.2f')}.")
    return rows_figure(
        list(rows), [marks_of("Distance", rows, look(0, theme))],
        x_title="Distance of two answers' distributions beyond noise (nominal: 0 to 1)", y_title="What changes",
        shown=[0.0], caption=" ".join([*said, _caption(rows)]), theme=theme, title=title,
    )  # fmt: skip


def persona_signal(found: Mapping[str, PersonaSignal], *, theme: Theme = "light", title: str = "") -> go.Figure:
    """Draw what sets personas apart beside what sets one persona apart from itself, with ratio and p at the right.

    A signal that the permutation test does not tell from none is hollow.

    Args:
        found: name of a run (or temperature) -> result of `engine.measures.persona_signal`, first on top.
        theme: of the page.
        title: above the chart; '' for none.
    """
    signal = {name: one.signal for name, one in found.items()}
    told = np.array([one.distinguishable for one in found.values()], dtype=bool)
    marks = [
        marks_of("Signal: between personas", signal, look(0, theme), filled=told),
        marks_of("Noise: within one persona", {n: o.noise for n, o in found.items()}, look(1, theme)),
    ]
    remarks = [
        f"ratio {one.ratio.value:.2g}" * one.ratio.defined
        + ", " * (one.ratio.defined and not np.isnan(one.p_value))
        + (f"p {one.p_value:.2g}" if not np.isnan(one.p_value) else "")
        for one in found.values()
    ]
    caption = (
        f"Hollow: personas not distinguishable from one persona asked twice (permutation test). {_caption(signal)}"
    )
    return rows_figure(
        list(found), marks, x_title="Mean distance of two answers (nominal: chance that they differ)", y_title="Run",
        shown=[0.0], remarks=remarks, caption=caption.strip(), theme=theme, title=title,
    )  # fmt: skip


def _number(estimate: Estimate, form: str) -> str:
    ends = "" if np.isnan(estimate.low) else f" [{estimate.low:{form}}, {estimate.high:{form}}]"
    return f"{estimate.value:{form}}{ends}"


def _caption(numbers: Mapping[str, Estimate]) -> str:
    """Say what the bars are, and what a cross is where there is one."""
    bars = {e.confidence for e in numbers.values() if not np.isnan(e.low)}
    said = [f"Bars: {min(bars):.0%} intervals over items."] if len(bars) == 1 else []
    return " ".join([*said, *([UNDEFINED] if any(not e.defined for e in numbers.values()) else [])])
