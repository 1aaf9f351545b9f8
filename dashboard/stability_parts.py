"""Parts of the stability page: where the spread of answers comes from, and how far answers can be had again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from dashboard import measured as of
from dashboard import state, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.measured import measured
from dashboard.stability_words import READ
from dashboard.subject import MOST, Subject
from engine import figures
from engine.measures import Estimate, PersonaSignal, RepeatCheck, Retest, Sensitivity, VarianceComponents
from engine.report.tables import flat, of_estimates

NOBODY = ("empty", "control")
"""Kinds of personas that describe nobody: what others are held against."""


def variance(subject: Subject) -> None:
    """Show the components of the variance of answers, of each kind of persona."""
    for kind, part in by_kind(subject).items():
        with ui.guarded(f"variance-{kind}"):
            found: VarianceComponents = measured(part, "variance_components")
            dropped = "; ".join(f"{count:,} {reason}" for reason, count in found.dropped.items())
            ui.say(
                text.DOT.join(filter(None, [
                    text.plural(found.n_raters, "persona"), text.plural(found.n_items, "item"),
                    text.plural(found.n_wordings, "wording"), f"left out: {dropped}" if dropped else "", found.note,
                ])), "quiet", key=f"variance-{kind}",
            )  # fmt: skip
            exhibit(
                figures.variance_shares(found.table, theme=theme.now(), title=f"Variance of answers, {kind} personas"),
                found.table, key=f"variance-{kind}", subject=subject, read=READ["variance"],
                alt="Bars of the variance of one answer by component, with intervals; the table has the numbers.",
            )  # fmt: skip


def signal(subject: Subject) -> None:
    """Show what sets personas apart beside what sets one apart from itself, of each kind, and say it."""
    found: dict[str, PersonaSignal] = {
        kind: measured(part, "persona_signal") for kind, part in by_kind(subject, NOBODY).items()
    }
    for kind, one in found.items():
        ui.say(f"{kind.capitalize()} personas. {one.sentence}", key=f"signal-{kind}")
    figure = figures.persona_signal(found, theme=theme.now(), title=f"Signal and noise, temperature {_at(subject)}")
    figure.update_yaxes(title_text="Personas")
    numbers = {(kind, name): getattr(one, name) for kind, one in found.items() for name in ("signal", "noise", "ratio")}
    frame = flat(of_estimates(numbers.values(), personas=[k for k, _ in numbers], number=[n for _, n in numbers]))
    frame["p_value"] = [found[kind].p_value for kind, _ in numbers]
    exhibit(
        figure, frame, key="signal", subject=subject, read=READ["signal"],
        alt="Of each kind of persona the distance between two personas and that of a persona from itself, with "
            "intervals; the sentences above say them.",
    )  # fmt: skip


def modes(subject: Subject) -> None:
    """Show how each persona fails, if it does."""
    if not any(p.kind in NOBODY for p in subject.manifest.personas):
        ui.empty(
            "The run has no persona of nobody to compare with",
            "Failure modes need control or empty personas. Start a run with the persona sets `control` and `empty` "
            "beside your own.",
        )
        ui.start_link()
        return
    everybody: pd.DataFrame = measured(subject.everybody, "failure_modes")
    table = everybody[everybody["persona"].isin(subject.personas)]
    if table.empty:
        ui.say("The chosen personas are the baseline themselves. Choose a set of strong or weak personas.", "quiet")
        return
    counts = table["mode"].value_counts()
    said = [f"{n:,} {'without a shown failure' if mode == 'none' else mode}" for mode, n in counts.items()]
    ui.say(f"Of {text.plural(len(table), 'persona')}: {text.joined(said)}.", key="modes")
    exhibit(
        figures.persona_failures(table, theme=theme.now(), title=f"How personas fail, temperature {_at(subject)}"),
        flat(table), key="failure-modes", subject=subject, read=READ["modes"],
        alt="Every persona by its noise and by how far it moves the model, marked by how it fails; the table has the "
            "evidence.",
    )  # fmt: skip


def sensitivity(subject: Subject) -> None:
    """Show how far wording, persona and temperature move answers."""
    found: Sensitivity = of.sensitivity(subject, _second_temperature(subject))
    numbers: Mapping[str, Estimate] = {
        "wording": found.wording, "persona": found.persona, "temperature": found.temperature,
        "wording / persona": found.wording_to_persona,
        "correlation of wording distance and confidence": found.confidence_correlation,
    }  # fmt: skip
    for name in ("wording", "persona", "temperature"):
        if not numbers[name].defined:
            ui.say(f"Sensitivity to {name} is undefined: {numbers[name].note}.", "quiet", key=f"no-{name}")
    exhibit(
        figures.wording_sensitivity(found, theme=theme.now(), title="What moves the answers"),
        flat(of_estimates(numbers.values(), sensitivity_to=numbers)), key="sensitivity", subject=subject,
        read=READ["sensitivity"],
        alt="How far answers move with wording, persona and temperature, each with its interval.",
    )  # fmt: skip


def repeats(subject: Subject) -> None:
    """Show whether repeats differ, and whether personas find themselves again in other repeats."""
    spec = subject.manifest.spec
    if spec.repeats < 2:
        ui.empty(
            "Every cell was asked once",
            "Repeats show the floor of the model's own noise, and whether a persona is the same when asked again. "
            "Start a run with two repeats or more.",
        )
        ui.start_link()
        return
    with ui.guarded("retest"):
        _retest(subject)
    if not subject.exact:
        with ui.guarded("floor"):
            _floor(subject, spec.temperatures)


def _retest(subject: Subject) -> None:
    found: Retest = of.retest(subject)
    ui.say(found.sentence, key="retest")
    shown = theme.now()
    figure = figures.retest_accuracy({"Odd repeats": found}, theme=shown, title="Do personas find themselves?")
    figure.update_yaxes(title_text="Repeats")
    exhibit(
        figure, flat(of_estimates([found.accuracy], number=["accuracy"])).assign(
            chance=found.chance, null_high=found.null_high, p_value=found.p_value
        ),
        key="retest", subject=subject, read=READ["retest"],
        alt="Share of personas assigned to themselves, beside chance; the sentence above says it.",
    )  # fmt: skip
    figure = figures.retest_assignments(found, theme=shown, title="To whom the odd repeats are assigned")
    figure.update_yaxes(title_text="Persona, odd repeats")
    exhibit(
        figure, found.assignments, key="assignments", subject=subject, read=READ["assignments"],
        alt="Of each persona how much nearer it is to itself than to any other; the table has the numbers.",
    )  # fmt: skip


def _floor(subject: Subject, temperatures: Sequence[float]) -> None:
    found: dict[str, RepeatCheck] = {
        f"T = {t:g}": of.of_labels(subject, "check_repeats", temperature=t) for t in temperatures
    }
    for name, check in found.items():
        ui.say(check.sentence, key=f"floor-{name}")
    frame = flat(of_estimates([check.differ for check in found.values()], repeats_at=found))
    frame.insert(1, "verdict", [check.verdict for check in found.values()])
    figure = figures.repeat_checks(found, theme=theme.now(), title="Do repeats differ?")
    figure.update_yaxes(title_text="Temperature")
    exhibit(
        figure, frame, key="repeats", subject=subject, read=READ["floor"],
        alt="Of each temperature the chance that two repeats of a cell differ; the sentences above say it.",
    )  # fmt: skip


def _second_temperature(subject: Subject) -> float | None:
    """Let the reader choose the temperature that the first is set beside; None: the run has no other."""
    if subject.exact:
        state.preset("t2", 0.0 if subject.temperature else 1.0)
        at: float = st.slider("Beside temperature", 0.0, MOST, step=0.05, key="t2", bind="query-params", width=260)
        return at
    others = [t for t in subject.manifest.spec.temperatures if t != subject.temperature]
    if not others:
        return None
    furthest = max(others, key=lambda t: abs(t - subject.temperature))
    known = [f"{t:g}" for t in others]
    state.keep_known("sampled_t2", known)
    if not st.session_state.get("sampled_t2"):
        st.session_state.pop("sampled_t2", None)
    state.preset("sampled_t2", f"{furthest:g}")
    chosen = st.selectbox("Beside temperature", known, key="sampled_t2", bind="query-params", width=160)
    return float(chosen or f"{furthest:g}")


def by_kind(subject: Subject, besides: Sequence[str] = ()) -> dict[str, Subject]:
    """Return the chosen personas of each kind that has two or more; all together where no kind has.

    Args:
        subject: run, personas and temperature.
        besides: kinds of the run that join in though nobody chose them, as a yardstick.
    """
    chosen = set(subject.personas)
    kinds: dict[str, list[str]] = {}
    for persona in subject.manifest.personas:
        if persona.persona_id in chosen or persona.kind in besides:
            kinds.setdefault(persona.kind, []).append(persona.persona_id)
    parts = {kind: subject.of_personas(names) for kind, names in kinds.items() if len(names) > 1}
    return parts or {"all": subject}


def _at(subject: Subject) -> str:
    return f"{subject.temperature:g}"
