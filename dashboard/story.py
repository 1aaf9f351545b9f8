"""The story of a run in words: five steps, each with a headline and a sentence of the run's own numbers.

Pure functions from results to strings. They say no more than the intervals allow: above or below only where an interval
leaves no doubt, undecided otherwise, and the reason where a number is undefined.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.text import interval, joined, number, plain, plural
from engine.measures.persona_signal import PersonaSignal
from engine.measures.result import Estimate

RATIO = "The ratio of signal to noise"
NEXT_TO_NOTHING = 0.05
"""Personas whose signal is surely below this share of their noise are one voice, if no test tells them apart."""


@dataclass(frozen=True)
class Told:
    """One step, told of one run."""

    headline: str
    sentence: str
    short: str = ""
    """What its personas do, as the rest of a sentence that begins with them; '' where nothing is to be said."""
    number: Estimate | None = None
    """What is compared with another run's,"""
    what: str = ""
    """and what it is, as the beginning of a sentence."""


def how_people_split(items: pd.DataFrame, human: Estimate) -> Told:
    """Tell how far people disagree.

    Args:
        items: of `engine.measures.parting_items`.
        human: Krippendorff's alpha of the people on these items.
    """
    judged = items["people"].dropna()
    if judged.empty:
        why = "No item has labels of two people, so nobody can be seen to disagree."
        return Told("How people split is not known", why)
    split = int((judged > 0).sum())
    headline = f"People split on {share_words(split, len(judged))}" if split else "People agree on every item"
    sentence = (
        f"{plural(human.n_raters, 'person', 'people')} labelled {plural(len(judged), 'item')}; on {split:,} of them "
        f"not all gave the same label, and two of them differ on an item with chance {number(float(judged.mean()))}; "
        f"{_alpha(human)}."
    )
    return Told(headline, sentence, number=human)


def how_personas_split(
    items: pd.DataFrame, personas: Estimate, human: Estimate, difference: Estimate, signal: PersonaSignal, at: float
) -> Told:
    """Tell whether the personas agree more than the people, and whether they are more than one persona asked again.

    Args:
        items: of `engine.measures.parting_items`.
        personas: alpha of the personas at the temperature.
        human: alpha of the people on the same items.
        difference: of `engine.measures.homogenization`.
        signal: of `engine.measures.persona_signal`.
        at: the temperature.
    """
    n = personas.n_raters
    if n < 2:
        return Told("One persona, so one voice", "The run asked one persona: there is nobody for it to differ from.")
    if not difference.defined:
        return _undefined_split(items, difference, at)
    side = _side(difference)
    apart = signed(difference.value)
    one, known = int(items["one_label"].sum()), int((items["n_personas"] > 1).sum())
    sentence = (
        f"At temperature {number(at)}, alpha is {number(personas.value)} among {n} personas and {number(human.value)} "
        f"among {plural(human.n_raters, 'person', 'people')} (difference {apart}, {interval(difference)}; "
        f"{plural(difference.n_items, 'item')}), so the personas {side}; on {one:,} of {known:,} items all of them "
        "lean to the same label"
    )
    alone, told_apart = one_voice(signal), signal.distinguishable or math.isnan(signal.p_value)
    if not told_apart:
        sentence += f", and they cannot be told from one persona asked {n} times ({_test(signal)})"
    headlines = {
        (True, "more"): "One voice", (True, "less"): "One voice, and noise", (True, ""): "One voice",
        (False, "more"): "Fewer voices than people", (False, "less"): "The personas differ more than the people",
        (False, ""): "No homogenization is shown" if told_apart else "Undecided: too little to tell voices apart",
    }  # fmt: skip
    short = f"{side} (alpha {apart})" + ("" if told_apart else " and cannot be told from one persona asked again")
    return Told(headlines[alone, _direction(difference)], f"{sentence}.", short, signal.ratio, RATIO)


def _undefined_split(items: pd.DataFrame, difference: Estimate, at: float) -> Told:
    """Tell of personas whose alpha is no number; unanimous ones are the extreme of homogenization."""
    together = items["personas"].dropna()
    if len(together) and float(together.max()) < 1e-9:
        sentence = (
            f"At temperature {number(at)}, all personas gave the same label on every one of "
            f"{plural(len(together), 'item')}; alpha is no number there ({difference.note})."
        )
        return Told("One voice", sentence, "are unanimous")
    return Told("Undecided", f"The difference to the people is undefined: {difference.note}.", "have no number")


def what_temperature_does(curve: pd.DataFrame, human: Estimate | None, at: float) -> Told:
    """Tell where the personas agree more than people, from cold to hot.

    Args:
        curve: of `engine.measures.agreement_by_temperature` or `sampled_agreement_by_temperature`.
        human: alpha of the people on the same items; None: there are none.
        at: the temperature that is looked at.
    """
    known = curve[curve["alpha"].notna()].sort_values("temperature")
    if known.empty:
        why = "; ".join(dict.fromkeys(filter(None, curve["note"]))) or "there are no labels"
        return Told("Undecided", f"The agreement of the personas is undefined at every temperature: {why}.")
    here = known.iloc[(known["temperature"] - at).abs().argsort().iloc[0]]
    now = Estimate(here["alpha"], here["low"], here["high"], 0.95, int(here["n_items"]), int(here["n_raters"]))
    first, last = known.iloc[0], known.iloc[-1]
    course = f"alpha is {number(first['alpha'])} at temperature {first['temperature']:g}"
    if len(known) > 1:
        course += f" and {number(last['alpha'])} at {last['temperature']:g}"
    if human is None or math.isnan(human.low) or known["low"].isna().all():
        sentence = f"Among {plural(now.n_raters, 'persona')}, {course}."
        return Told("There is no interval of people to compare with", sentence, f"have {_alpha(now)}", now)
    above, below = known[known["low"] > human.high]["temperature"], known[known["high"] < human.low]["temperature"]
    more = "so the personas agree clearly more than people"
    if len(above) == len(known):
        headline, so = "More agreement than people have, at every temperature", f"{more} at every temperature"
    elif above.empty:
        headline = "At no temperature is more agreement than people have shown"
        so = "which the personas clearly exceed at no temperature"
    else:
        headline, so = "Only heat brings the people's disagreement", f"{more} up to temperature {above.max():g}"
        if above.max() > known["temperature"][~known["temperature"].isin(above)].min():
            headline, so = "More agreement than people have, at some temperatures", f"{more} at {_listed(above)}"
    if len(known) == 1:  # a run sampled at one temperature says nothing of others
        headline = "More agreement than people have" if len(above) else "Not shown to agree more than people"
        so = more if len(above) else "which the personas do not clearly exceed"
    sentence = (
        f"Among {plural(now.n_raters, 'persona')}, {course}; among people it is {number(human.value)} "
        f"({interval(human)}, {plural(now.n_items, 'item')}), {so}"
    )
    if len(below):
        since = "" if len(known) == 1 else f" from temperature {below.min():g} on"
        sentence += f"; they agree clearly less{since}"
    short = f"have alpha {number(now.value)} at temperature {here['temperature']:g}"
    return Told(headline, f"{sentence}.", short, now, "Alpha at that temperature")


def noise_or_signal(signal: PersonaSignal) -> Told:
    """Tell what the disagreement between personas is made of."""
    s, w, ratio, at = signal.signal, signal.noise, signal.ratio, number(signal.temperature)
    if not s.defined:
        return Told("Noise cannot be told from signal", f"What sets the personas apart is undefined: {s.note}.")
    both = max(s.value, 0.0) + w.value
    counts = f"{plural(s.n_raters, 'persona')}, {plural(s.n_items, 'item')}"
    if both <= 0:
        return Told("Neither noise nor signal", f"At temperature {at}, no two answers to an item differ ({counts}).",
                    "never differ", ratio)  # fmt: skip
    part = max(s.value, 0.0) / both
    sentence = (
        f"At temperature {at}, the answers of two personas lie {number(both)} apart on an item: {percent(1 - part)} "
        f"of it is the model's own noise, one persona against itself, and {percent(part)} sets personas apart"
    )
    if ratio.defined:
        sentence += f" (ratio {_two(ratio.value)}, {_range(ratio)}; {_test(signal)}; {counts})"
    else:
        sentence += f" ({_test(signal)}; {counts})"
    if math.isnan(signal.p_value):
        headline, short = "Too little to test whether the personas differ", "cannot be tested"
    elif not signal.distinguishable:
        headline = "Noise, not points of view" if one_voice(signal) else "Undecided: all of it may be noise"
        short = "cannot be told from one persona asked again"
    elif not ratio.defined or ratio.low > 1:
        headline, short = "Points of view outweigh the noise", "differ by more than their noise"
    elif ratio.high < 1:
        headline, short = "Points of view, under noise", "differ beyond their noise"
    else:
        headline, short = "Points of view, beside noise", "differ beyond their noise"
    return Told(headline, f"{sentence}.", f"{short} ({percent(part)} of their disagreement is signal)", ratio, RATIO)


def compared(left: tuple[str, Told], right: tuple[str, Told]) -> str:
    """Return one sentence on the same step of two runs, and whether their intervals tell them apart.

    The numbers compared are alpha at the temperature, the ratio of signal to noise, or what is carried of groups; two
    runs differ clearly where the intervals do not touch.

    Args:
        left: what the pages call the run, and what is told of it.
        right: likewise.
    """
    (one, told), (other, beside) = left, right
    if not told.short or not beside.short:
        return ""
    sentence = f"The personas of {one} {told.short}; those of {other} {beside.short}."
    a, b = told.number, beside.number
    if a is None or b is None or any(math.isnan(x) for x in (a.low, a.high, b.low, b.high)):
        return sentence
    apart = a.low > b.high or b.low > a.high
    return f"{sentence} {told.what} {'differs clearly' if apart else 'does not differ clearly'} between the two."


def item_line(row: Mapping[Any, Any], labels: Mapping[str, str]) -> str:
    """Return what personas say of one item.

    Args:
        row: of `engine.measures.parting_items`.
        labels: label to its answer word.
    """
    if not row["n_personas"]:
        return "No persona has a label here"
    word = plain(labels.get(str(row["personas_label"]), str(row["personas_label"])), 40)
    who = "all lean to" if row["one_label"] else "most likely"
    differ = "" if math.isnan(row["personas"]) else f"; two of them differ with chance {number(row['personas'])}"
    return f"{plural(int(row['n_personas']), 'persona')}: {who} “{word}”{differ}"


def one_voice(signal: PersonaSignal) -> bool:
    """Return whether no test tells the personas from one persona asked again, and their signal is next to nothing.

    A test that finds nothing in little data says nothing, so the upper end of the interval decides.
    """
    if math.isnan(signal.p_value) or signal.distinguishable:
        return False
    return signal.ratio.high < NEXT_TO_NOTHING if signal.ratio.defined else signal.signal.value <= 0


def share_words(part: int, whole: int) -> str:
    """Return a part of the items as a headline says it: '80 % of the items'."""
    return f"{part / whole:.0%} of the items".replace("%", " %") if whole else "no item"


def signed(value: float) -> str:
    """Return a difference with its sign."""
    return f"+{number(value)}" if value >= 0.005 else number(value if value <= -0.005 else 0.0)


def _direction(difference: Estimate) -> str:
    return "more" if difference.low > 0 else "less" if difference.high < 0 else ""


def _side(difference: Estimate) -> str:
    side = _direction(difference)
    return f"agree {side} than the people" if side else "agree neither clearly more nor clearly less than the people"


def _alpha(estimate: Estimate) -> str:
    if not estimate.defined:
        return f"alpha is undefined ({estimate.note})"
    return f"alpha {number(estimate.value)} ({interval(estimate)})"


def _test(signal: PersonaSignal) -> str:
    return "not tested" if math.isnan(signal.p_value) else f"permutation p {signal.p_value:.2g}"


def percent(share: float) -> str:
    """Return a share as '12 %'; next to 0 and 1 with a digit more, so that little is not told as nothing."""
    return f"{100 * share:.0f} %" if 0.01 <= share <= 0.99 or share in (0, 1) else f"{100 * share:.1f} %"


def _two(value: float) -> str:
    """Two digits that count, so that a ratio of 0.004 is not told as 0.00."""
    return f"{value:.2g}".replace("-", "−")


def _range(estimate: Estimate) -> str:
    if math.isnan(estimate.low):
        return estimate.note or "no interval"
    return f"95 % interval {_two(estimate.low)} to {_two(estimate.high)}"


def _listed(temperatures: pd.Series) -> str:
    values = [f"{t:g}" for t in temperatures]
    return joined(values if len(values) < 5 else [*values[:2], "…", values[-1]])
