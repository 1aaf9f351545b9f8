"""Is it stable? Where the variance of answers comes from, how personas fail, wording, repeats."""

from __future__ import annotations

from engine import figures
from engine.errors import InputError
from engine.measures import (
    Voices,
    check_repeats,
    failure_modes,
    halves,
    retest,
    variance_components,
    wording_sensitivity,
)
from engine.report.content import Exhibit, Section
from engine.report.subject import Builder, Subject, attempt_all
from engine.report.tables import of_estimates
from engine.report.words import counted, of_estimate

LEAD = (
    "How much of the spread of answers lies in items and personas, and how much in wording and the model's own noise."
)
READ_VARIANCE = (
    "Shares of the variance of one answer. The run's share is the model contradicting itself. Intervals of persona and "
    "wording ask for other personas or wordings, so few of them give wide ones."
)
READ_SENSITIVITY = (
    "How far two label distributions of one item lie apart beyond noise, where they differ in wording alone, in "
    "persona alone, in temperature alone. A wording that moves labels more than a persona does makes persona effects "
    "hard to trust."
)
READ_MODES = (
    "Resistance: the persona moves the model no further than personas that play nobody. Distortion: it moves it "
    "against its group's people. Instability: it adds noise rather than a voice. A mode is named only where the "
    "interval shows it."
)
READ_REPEATS = (
    "Repeats that never differ at temperatures above 0 can be copies; at 0 any difference is the engine's own."
)
READ_RETEST = (
    "Can the answers of other repeats be assigned to their personas? Chance is what one voice of as many names would "
    "reach."
)

READ_ASSIGNMENTS = (
    "How much nearer each persona's other repeats are to its own than to any other's. Left of the line it is taken for "
    "the persona that is named."
)


def stable(subject: Subject) -> Section:
    """Say how far answers would be the same if asked again, in other words, or of a hotter model."""
    parts: dict[str, tuple[str, Builder]] = {
        "variance": ("Variance of answers", _variance),
        "sensitivity": ("Sensitivity to wording, persona and temperature", _sensitivity),
        "failure-modes": ("Failure modes of personas", _modes),
        "repeats": ("Do repeats differ?", _repeats),
        "retest": ("Test-retest of personas", _retest),
    }
    return Section("stability", "Is it stable?", LEAD, exhibits=attempt_all(subject, parts))


def _variance(subject: Subject) -> list[Exhibit]:
    exhibits = []
    for kind, part in subject.voices.by_kind().items():
        found = variance_components(part, **subject.resampling)
        dropped = "; ".join(f"{count:,} {reason}" for reason, count in found.dropped.items())
        says = (
            f"{counted(found.n_raters, 'persona')}, {counted(found.n_items, 'item')}, "
            f"{counted(found.n_wordings, 'wording')}{f'; left out: {dropped}' if dropped else ''}.",
            *filter(None, (found.note,)),
        )
        exhibits.append(
            Exhibit(
                f"variance-{kind}", f"Variance of answers of the {kind} personas", says,
                lambda theme, table=found.table: figures.variance_shares(table, theme=theme),  # type: ignore[misc]
                found.table, READ_VARIANCE,
            )
        )  # fmt: skip
    return exhibits


def _sensitivity(subject: Subject) -> Exhibit:
    told = subject.main
    found = wording_sensitivity(told, _at_another_temperature(subject, told), **subject.resampling)
    numbers = {
        "wording": found.wording,
        "persona": found.persona,
        "temperature": found.temperature,
        "wording / persona": found.wording_to_persona,
        "correlation of wording distance and confidence": found.confidence_correlation,
    }
    at = f" The temperatures are {found.at[0]:g} and {found.at[1]:g}." if len(found.at) > 1 else ""
    return Exhibit(
        "sensitivity",
        "Sensitivity to wording, persona and temperature",
        (f"Wording: {of_estimate(found.wording)}. Persona: {of_estimate(found.persona)}.{at}",),
        lambda theme: figures.wording_sensitivity(found, theme=theme),
        of_estimates(numbers.values(), sensitivity_to=numbers),
        READ_SENSITIVITY,
    )


def _at_another_temperature(subject: Subject, told: Voices) -> Voices | None:
    """Return the same at 0 (at 1 where it is measured at 0), or at a sampled run's furthest temperature, if any."""
    if subject.exact:
        return subject.at(0.0 if subject.temperature else 1.0, told)
    others = [t for t in subject.manifest.spec.temperatures if t != subject.temperature]
    furthest = max(others, key=lambda t: abs(t - subject.temperature), default=None)
    return None if furthest is None else subject.at(furthest, told)


def _modes(subject: Subject) -> Exhibit:
    told, people = subject.both if subject.has_people else (subject.voices, None)
    if not {"empty", "control"} & set(told.kinds):
        raise InputError("The run has no empty or control personas to compare with, so failure modes cannot be told.")
    table = failure_modes(told, people, **subject.resampling)
    counts = table["mode"].value_counts()
    says = ", ".join(f"{n} {'no failure' if mode == 'none' else mode}" for mode, n in counts.items())
    return Exhibit(
        "failure-modes",
        "Failure modes of personas",
        (f"{counted(len(table), 'persona')}: {says}.",),
        lambda theme: figures.persona_failures(table, theme=theme),
        table,
        READ_MODES,
    )


def _repeats(subject: Subject) -> Exhibit:
    if subject.exact:
        raise InputError("An exact run reads the label distribution once; it draws no answers that could be repeated.")
    checks = {
        f"T = {t:g}": check_repeats(subject.labels, t, **subject.resampling) for t in subject.manifest.spec.temperatures
    }
    frame = of_estimates([check.differ for check in checks.values()], repeats_at=checks)
    frame.insert(1, "verdict", [check.verdict for check in checks.values()])
    return Exhibit(
        "repeats",
        "Do repeats differ?",
        tuple(check.sentence for check in checks.values()),
        lambda theme: figures.repeat_checks(checks, theme=theme),
        frame,
        READ_REPEATS,
    )


def _retest(subject: Subject) -> list[Exhibit]:
    if subject.manifest.spec.repeats < 2:
        raise InputError("The run asked every cell once, so it has no repeats to be tested against.")
    found = retest(*halves(subject.labels, subject.temperature, list(subject.measured)), **subject.resampling)
    return [
        Exhibit(
            "retest", "Test-retest of personas", (found.sentence,),
            lambda theme: figures.retest_accuracy({"even and odd repeats": found}, theme=theme),
            of_estimates([found.accuracy], number=["accuracy"]).assign(chance=found.chance, p_value=found.p_value),
            READ_RETEST,
        ),
        Exhibit(
            "retest-assignments", "To whom other repeats are assigned", (),
            lambda theme: figures.retest_assignments(found, theme=theme), found.assignments,
            READ_ASSIGNMENTS,
        ),
    ]  # fmt: skip
