"""Failure signatures: three ways in which a persona set fails to be many voices, each told with its evidence."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

from engine.errors import InputError
from engine.measures.agreement import UNANIMOUS
from engine.measures.coincidence import Floats, Scale
from engine.measures.homogenization import EVERYBODY, Panels, check_same_items, solve_panels
from engine.measures.panels import on_common_items, panel_of_people, panel_of_voices
from engine.measures.result import Estimate
from engine.measures.voices import People, Voices

Verdict = Literal["found", "not found", "undecided", "not known"]
"""undecided: the interval holds both; not known: there is nothing to decide from."""


@dataclass(frozen=True)
class Bounds:
    """Where a signature begins. Conventions, not laws of nature: change them with reason, and say so."""

    high_alpha: float = 0.8
    """Above it personas agree more than a subjective task allows (Krippendorff's bound for reliable data)."""
    least_fall: float = 0.05
    """Alpha that falls by less than this from the colder to the hotter temperature does not fall."""
    least_signal: float = 0.01
    """A set whose signal exceeds the control set's by less than this is no more diverse: one pair of labels in 100."""


@dataclass(frozen=True)
class Signature:
    """One failure signature."""

    name: str
    verdict: Verdict
    value: Estimate
    """The number that decides: alpha, its fall, or the signal beyond the control set's."""
    bound: float
    evidence: str
    """The verdict's reason as a sentence."""

    def to_dict(self) -> dict[str, object]:
        """Return a JSON-ready mapping."""
        return asdict(self) | {"value": self.value.to_dict()}


def failure_signatures(
    voices: Voices,
    people: People,
    *,
    control: Voices | None = None,
    colder: Voices | None = None,
    hotter: Voices | None = None,
    bounds: Bounds | None = None,
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
) -> tuple[Signature, ...]:
    """Look for the three failure signatures of a persona set; differences are paired by item.

    Args:
        voices: the set at one temperature.
        people: on the same items in the same order.
        control: the control personas at the same temperature; None: the third signature is not known.
        colder: the set at a lower temperature, and
        hotter: at a higher one; None: the second signature is not known.
        bounds: where signatures begin; None: `Bounds()`.
        resamples: bootstrap draws of items; 0 gives no intervals, so values decide.
        confidence: coverage of the intervals.
        seed: decides the draws.

    Returns:
        High alpha, alpha that does not fall, no more diverse than control; in this order.

    Raises:
        InputError: sets on different items, temperatures in the wrong order, or settings out of range.
    """
    bounds = bounds or Bounds()
    for other in (voices, control, colder, hotter):
        if other is not None:
            check_same_items(other, people)
    if colder is not None and hotter is not None and not colder.temperature < hotter.temperature:
        raise InputError(
            f"colder is at temperature {colder.temperature:g}, hotter at {hotter.temperature:g}. Expected the lower "
            "temperature first; sample the run at two temperatures, or take two of an exact run."
        )
    panels = {"people": panel_of_people(people, EVERYBODY), "voices": panel_of_voices(voices, "voices", EVERYBODY)}
    for one, other, names in ((voices, control, ("set", "control")), (colder, hotter, ("colder", "hotter"))):
        if one is not None and other is not None:
            sides = (panel_of_voices(side, name, EVERYBODY) for side, name in zip((one, other), names, strict=True))
            panels |= dict(zip(names, on_common_items(*sides), strict=True))
    place = {name: i for i, name in enumerate(panels)}
    scale = Scale.of(people.level, len(people.labels), people.values)
    solved = solve_panels(list(panels.values()), scale, resamples, confidence, seed)
    return (
        _high_alpha(solved, place["voices"], bounds.high_alpha),
        _no_fall(solved, place, colder, hotter, bounds.least_fall),
        _like_control(solved, place, bounds.least_signal),
    )


def _high_alpha(solved: Panels, voices: int, bound: float) -> Signature:
    name = f"alpha above {bound:g} on a subjective task"
    value = _estimate(solved, solved.value.alpha[voices], _drawn(solved, "alpha", voices), voices)
    human = _estimate(solved, solved.value.alpha[0], _drawn(solved, "alpha", 0), 0)
    verdict = _verdict(value, bound, above=True)
    agreement = float(solved.value.agreement[voices])
    if math.isnan(value.value) and not solved.panels[voices].undefined:
        return Signature(name, "found", value, bound, f"All personas give one label ({agreement:.0%} agreement).")
    evidence = f"Personas' alpha is {_said(value)}, people's {_said(human)}."
    if (
        verdict != "not found" and human.defined and human.value > bound
    ):  # the people agree as well: the task is not subjective
        return Signature(
            name, "not known", value, bound, f"{evidence} People agree as much: this task does not show it."
        )
    return Signature(name, verdict, value, bound, evidence)


def _no_fall(
    solved: Panels, place: dict[str, int], colder: Voices | None, hotter: Voices | None, bound: float
) -> Signature:
    name = "alpha that does not fall with temperature"
    if colder is None or hotter is None:
        nothing = Estimate(math.nan, math.nan, math.nan, note="needs two temperatures")
        return Signature(name, "not known", nothing, bound, "The run has one temperature only.")
    i, j = place["colder"], place["hotter"]
    value = _estimate(
        solved,
        solved.value.alpha[i] - solved.value.alpha[j],
        None if solved.draws is None else solved.draws.alpha[:, i] - solved.draws.alpha[:, j],
        i,
    )
    between = f"from temperature {colder.temperature:g} to {hotter.temperature:g}"
    if not value.defined:
        alike = solved.value.agreement[[i, j]]
        if (alike >= 1 - 1e-12).all():
            return Signature(name, "found", value, bound, f"All personas give one label {between}.")
        return Signature(name, "not known", value, bound, f"Alpha is undefined {between}: {value.note}.")
    evidence = f"Alpha falls by {_said(value)} {between}."
    return Signature(name, _verdict(value, bound, above=False), value, bound, evidence)


def _like_control(solved: Panels, place: dict[str, int], bound: float) -> Signature:
    name = "no more diverse than the control set"
    nothing = Estimate(math.nan, math.nan, math.nan, note="needs a control set of two personas or more")
    if "control" not in place:
        return Signature(name, "not known", nothing, bound, "The run has no control personas.")
    i, j = place["set"], place["control"]
    draws = None if solved.draws is None else solved.draws.signal[:, i] - solved.draws.signal[:, j]
    value = _estimate(solved, solved.value.signal[i] - solved.value.signal[j], draws, i)
    if not value.defined:
        why = next((solved.panels[k].undefined for k in (i, j) if solved.panels[k].undefined), "")
        why = why or "personas were asked once, so their noise cannot be told from their difference"
        return Signature(name, "not known", value, bound, f"The signal is undefined: {why}.")
    evidence = (
        f"What sets two personas apart is {float(solved.value.signal[i]):.3f}, two control personas "
        f"{float(solved.value.signal[j]):.3f} (chance to differ, noise taken out); difference {_said(value)}."
    )
    return Signature(name, _verdict(value, bound, above=False), value, bound, evidence)


def _drawn(solved: Panels, what: str, i: int) -> Floats | None:
    drawn: Floats | None = None if solved.draws is None else getattr(solved.draws, what)[:, i]
    return drawn


def _estimate(solved: Panels, value: float, draws: Floats | None, i: int) -> Estimate:
    """Return a value of panel i with its interval."""
    panel = solved.panels[i]
    known = {"confidence": solved.confidence, "n_items": panel.n_items, "n_raters": panel.n_raters}
    if math.isnan(value):
        note = panel.undefined or UNANIMOUS
        return Estimate(math.nan, math.nan, math.nan, dropped=panel.dropped, note=note, **known)  # type: ignore[arg-type]
    low, high = (math.nan, math.nan) if draws is None else solved.interval(draws)[:2]
    return Estimate(float(value), low, high, dropped=panel.dropped, **known)  # type: ignore[arg-type]


def _verdict(value: Estimate, bound: float, *, above: bool) -> Verdict:
    """Decide by the interval whether a value is above (or below) a bound; by the value where there is no interval."""
    if not value.defined:
        return "not known"
    low, high = (value.value,) * 2 if math.isnan(value.low) else (value.low, value.high)
    over, under = low > bound, high < bound
    if not over and not under:
        return "undecided" if low < high else "not found"
    return "found" if over == above else "not found"


def _said(value: Estimate) -> str:
    if not value.defined:
        return "undefined"
    return f"{value.value:.3f}" if math.isnan(value.low) else f"{value.value:.3f} [{value.low:.3f}, {value.high:.3f}]"
