"""One voice or many? Agreement of personas and people, homogenization, temperature, noise and signal, signatures."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from engine import figures
from engine.errors import InputError
from engine.measures import (
    Estimate,
    Signature,
    agreement_of_panels,
    effective_number,
    failure_signatures,
    human_agreement,
    kappas_of_panels,
    persona_signal,
)
from engine.report.content import Exhibit, Headline, Section
from engine.report.subject import Builder, Subject, attempt_all
from engine.report.tables import of_estimates
from engine.report.words import counted, of_estimate, with_interval

MOST_PEOPLE = 200
"""People beyond whom measures of every pair of them are left out of a report."""
LEAD = (
    "Homogenization is the agreement of the personas less that of the people, on the same items. Above 0 the personas "
    "are more of one voice than the people they stand for."
)
READ_PANELS = (
    "Krippendorff's alpha, 1: full agreement, 0: chance. A persona set to the right of the people's mark of its row is "
    "homogenized. Alpha depends on how common the labels are, so compare only rows of the same items; it says nothing "
    "of who is right."
)
READ_CURVE = (
    "Each persona answers at a temperature: 0 is always the likeliest label, 1 the model's own distribution. The grey "
    "band is people's agreement. A line that falls to people's level through noise alone has not gained their points "
    "of view: see noise and signal. It holds for answers limited to the labels, without top-p or top-k."
)
READ_NOISE = (
    "The chance that two personas' answers differ, split exactly: noise is what a persona disagrees with itself when "
    "asked twice, signal is what sets the personas apart. One repeat of a sampled run cannot tell them apart."
)
READ_SIGNAL = (
    "Signal beside noise for every kind of persona, with a permutation test of whether the personas' names mean "
    "anything. A small p says that they differ, not that they differ by much."
)
READ_SIGNATURES = (
    "Three signs that a persona set has failed to become many voices. The bounds are conventions. 'undecided' means "
    "that the interval holds the bound."
)
READ_NUMBER = (
    "1: one voice said many times; n: n raters who share nothing. With noise taken out, two personas with one "
    "distribution are one voice. People were asked once, so only 'as labelled' compares them with personas. Few items "
    "make it too low."
)
READ_KAPPAS = "Mean Cohen's kappa over pairs of raters: 1 full agreement, 0 chance."


def one_voice(subject: Subject) -> Section:
    """Say whether the personas are many voices or one."""
    parts: dict[str, tuple[str, Builder]] = {
        "homogenization": ("Agreement of people and personas", _panels),
        "temperature": ("Agreement by temperature", _curve),
        "noise-and-signal": ("Noise and signal by temperature", _noise),
        "signal": ("Persona signal against the model's own noise", _signal),
        "signatures": ("Failure signatures", _signatures),
        "effective-number": ("Effective number of voices", _effective_number),
        "kappas": ("Kappas", _kappas),
    }
    return Section("voices", "One voice or many?", LEAD, exhibits=attempt_all(subject, parts))


def _panels(subject: Subject) -> Exhibit:
    table = agreement_of_panels(*subject.both, **subject.resampling)
    rows = {row["raters"]: row for row in table.to_dict("records") if row["among"] == "all"}
    says = tuple(_sentence(row) for name, row in rows.items() if name != "people")
    main = rows.get(subject.main_kind)
    return Exhibit(
        "homogenization",
        "Agreement of people and personas",
        says,
        lambda theme: figures.homogenization(table, theme=theme),
        table,
        READ_PANELS,
        headlines=() if main is None else _headlines(subject, main),
    )


def _headlines(subject: Subject, row: Mapping[Hashable, Any]) -> tuple[Headline, ...]:
    """Return agreement and homogenization of one panel as the report starts with them."""

    def estimate(value: str, low: str, high: str) -> Estimate:
        confidence = subject.resampling["confidence"]
        return Estimate(row[value], row[low], row[high], confidence, row["n_items"], row["n_raters"], note=row["note"])

    return (
        Headline(f"Agreement of {row['raters']} personas (alpha)", estimate("alpha", "low", "high")),
        Headline("Homogenization", estimate("homogenization", "homogenization_low", "homogenization_high")),
    )


def _sentence(row: Mapping[Hashable, Any]) -> str:
    """Say whether one kind of personas agrees more than people; only what the interval allows."""
    value, low, high = (row[f"homogenization{end}"] for end in ("", "_low", "_high"))
    who = f"The {row['n_raters']} {row['raters']} personas" if row["raters"] != "personas" else "The personas"
    if math.isnan(value):
        return f"{who}: homogenization is undefined ({row['note'] or 'no reason recorded'})."
    if math.isnan(low):
        verdict = "cannot be compared with the people without an interval"
    elif low > 0:
        verdict = "agree more than the people: fewer voices"
    elif high < 0:
        verdict = "agree less than the people"
    else:
        verdict = "agree neither clearly more nor clearly less than the people"
    alpha = with_interval(row["alpha"], row["low"], row["high"])
    return f"{who} {verdict}. Alpha {alpha}, homogenization {with_interval(value, low, high)}."


def _curve(subject: Subject) -> Exhibit:
    curve, name = subject.curve, f"{len(subject.measured)} personas"
    human = None
    if subject.has_people:
        human = human_agreement(subject.human, items=subject.both[0].items, **subject.resampling)
    lines = {name: curve}

    def draw(theme: figures.Theme) -> Any:
        exact, sampled = (lines, {}) if subject.exact else ({}, lines)
        return figures.agreement_by_temperature(exact, human=human, sampled=sampled, theme=theme)

    return Exhibit("temperature", "Agreement by temperature", _ends(curve), draw, curve, READ_CURVE)


def _ends(curve: pd.DataFrame) -> tuple[str, ...]:
    """Say what alpha is at both ends of the curve."""
    rows = curve.sort_values("temperature").to_dict("records")
    shown = [rows[0], rows[-1]] if len(rows) > 1 else rows
    told = [f"{with_interval(r['alpha'], r['low'], r['high'])} at temperature {r['temperature']:g}" for r in shown]
    return (f"Alpha is {' and '.join(told)}.",)


def _noise(subject: Subject) -> Exhibit:
    curve = subject.curve
    return Exhibit(
        "noise-and-signal",
        "Noise and signal by temperature",
        (),
        lambda theme: figures.noise_and_signal(curve, at=subject.temperature, theme=theme),
        curve[["temperature", *(c for c in curve.columns if c.startswith(("disagreement", "noise", "signal")))]],
        READ_NOISE,
    )


def _signal(subject: Subject) -> Exhibit:
    told = subject.both[0] if subject.has_people else subject.voices
    found = {kind: persona_signal(part, **subject.resampling) for kind, part in told.by_kind().items()}
    numbers = [("signal", "noise", "ratio")[i] for _ in found for i in range(3)]
    frame = of_estimates([e for f in found.values() for e in (f.signal, f.noise, f.ratio)], number=numbers)
    frame.insert(0, "personas", [kind for kind in found for _ in range(3)])
    frame["p_value"] = [f.p_value for f in found.values() for _ in range(3)]
    main = found.get(subject.main_kind) or next(iter(found.values()))
    return Exhibit(
        "signal",
        "Persona signal against the model's own noise",
        tuple(f"{kind}: {f.sentence}" for kind, f in found.items()),
        lambda theme: figures.persona_signal(found, theme=theme).update_yaxes(title_text="Personas"),
        frame,
        READ_SIGNAL,
        headlines=(Headline("Persona signal / the model's own noise", main.ratio),),
    )


def _signatures(subject: Subject) -> list[Exhibit]:
    told, people = subject.both
    known = [0.0, 1.0] if subject.exact else sorted(subject.manifest.spec.temperatures)
    ends = [subject.at(t, told) for t in (known[0], known[-1])] if len(known) > 1 else []
    control = told.of_kind("control")
    exhibits = []
    for kind in ("strong", "weak"):
        if told.kinds.count(kind) > 1:
            colder, hotter = (v.of_kind(kind) for v in ends) if ends else (None, None)
            signs = failure_signatures(
                told.of_kind(kind), people, control=control if control.personas else None, colder=colder,
                hotter=hotter, **subject.resampling,
            )  # fmt: skip
            exhibits.append(_signs(kind, signs))
    if not exhibits:
        note = "Signatures are looked for in sets of two strong or weak personas or more; this run has none."
        return [Exhibit("signatures", "Failure signatures", note=note)]
    return exhibits


def _signs(kind: str, signs: tuple[Signature, ...]) -> Exhibit:
    frame = of_estimates([sign.value for sign in signs], signature=[sign.name for sign in signs])
    frame.insert(1, "verdict", [sign.verdict for sign in signs])
    frame.insert(2, "bound", [sign.bound for sign in signs])
    return Exhibit(
        f"signatures-{kind}",
        f"Failure signatures of the {kind} personas",
        tuple(f"{sign.name}: {sign.verdict}. {sign.evidence}" for sign in signs),
        lambda theme: figures.failure_signatures(signs, theme=theme),
        frame,
        READ_SIGNATURES,
    )


def _effective_number(subject: Subject) -> Exhibit:
    told = subject.both[0] if subject.has_people else subject.voices
    made = subject.resampling
    found = {kind: effective_number(part, **made) for kind, part in told.by_kind().items()}
    left_out = _too_many_people(subject, "effective numbers")
    if subject.has_people and not left_out:
        found = {"people": effective_number(subject.both[1], **made)} | found
    rows = {f"{name}, {how}": getattr(n, how) for name, n in found.items() for how in ("distinct", "as_labelled")}
    main = found.get(subject.main_kind) or next(reversed(found.values()))
    n = counted(main.distinct.n_raters, "persona")
    return Exhibit(
        "effective-number",
        "Effective number of voices",
        (f"{n} amount to {of_estimate(main.distinct, 2)} distinct voices.", *filter(None, (left_out,))),
        lambda theme: figures.effective_number(found, theme=theme),
        of_estimates(rows.values(), raters=rows),
        READ_NUMBER,
        headlines=(Headline(f"Distinct voices of {n}", main.distinct),),
    )


def _too_many_people(subject: Subject, what: str) -> str:
    """Return why numbers of all pairs of people are not in the report; '' where there are few enough."""
    n = len(subject.both[1].annotators) if subject.has_people else 0
    if n <= MOST_PEOPLE:
        return ""
    command = "kappas" if what == "kappas" else "homogenization"
    return (
        f"The {n:,} people make {n * (n - 1) // 2:,} pairs, whose {what} would take minutes. Compute them with: "
        f"polyvocal measure {command} {subject.folder.run_id}"
    )


def _kappas(subject: Subject) -> Exhibit:
    if left_out := _too_many_people(subject, "kappas"):
        raise InputError(left_out)
    table = kappas_of_panels(*subject.both, **subject.resampling)
    return Exhibit(
        "kappas", "Kappas", (), lambda theme: figures.kappas_of_panels(table, theme=theme), table, READ_KAPPAS
    )
