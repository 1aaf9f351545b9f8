"""Do the distributions hold? Calibration, abstention, and answers without a label."""

from __future__ import annotations

from engine import figures
from engine.errors import InputError
from engine.measures import abstention_curve, agreement_by_policy, calibration_scores, labelless_rates
from engine.measures.calibration import POOLED, pooled
from engine.measures.calibration_terms import as_frequencies
from engine.report.content import Exhibit, Section
from engine.report.subject import Subject, attempt
from engine.report.words import percent, with_interval

SCORE = "total_variation"
LEAD_CALIBRATION = "The personas' label distributions beside the shares of people who gave each label."
LEAD_REFUSALS = "Answers that came without a label: refusals, hedges and what could not be read. They are data."
READ_CALIBRATION = (
    "Mean total variation between predicted and observed shares, 0 to 1, lower is better. The band is the floor: what "
    "the true distribution itself would score against as few people. What reaches into it cannot be told from perfect."
)
READ_ABSTENTION = (
    "The pooled personas' error where the least certain items are left to people; the dashed line is the least that "
    "people's own split allows."
)
READ_RATES = (
    "Share of answers without a label, by persona. In an exact run it is the probability of a next token that is no "
    "label. Causes that never occur are not drawn."
)
READ_POLICIES = (
    "Agreement with such answers left out, as one more category, and filled in so that labels differ most. Marks that "
    "lie together say that the missing labels decide nothing."
)


def calibrated(subject: Subject) -> Section:
    """Say how far the personas' distributions are the people's."""
    exhibits = (
        *attempt(subject, "calibration", "Calibration", _calibration),
        *attempt(subject, "abstention", "Leaving uncertain items to people", _abstention),
    )
    return Section("calibration", "Do the distributions hold?", LEAD_CALIBRATION, exhibits=exhibits)


def labelless(subject: Subject) -> Section:
    """Say which answers hold no label, and what they do to agreement."""
    exhibits = (
        *attempt(subject, "refusals", "Answers without a label", _rates),
        *attempt(subject, "policies", "Agreement by what becomes of such answers", _policies),
    )
    return Section("refusals", "Refusals and answers without a label", LEAD_REFUSALS, exhibits=exhibits)


def _calibration(subject: Subject) -> Exhibit:
    people = subject.both[1]
    table = calibration_scores(subject.main, people, **subject.resampling)
    row = table[(table["who"] == POOLED) & (table["score"] == SCORE)].iloc[0]
    says = (
        f"All personas pooled: total variation {with_interval(row['value'], row['low'], row['high'])}; the true "
        f"distribution would score {with_interval(row['floor'], row['floor_low'], row['floor_high'])}."
    )
    return Exhibit(
        "calibration",
        "Calibration",
        (says,),
        lambda theme: figures.calibration_scores(table, score=SCORE, theme=theme),
        table,
        READ_CALIBRATION,
    )


def _abstention(subject: Subject) -> Exhibit:
    people = subject.both[1]
    counts = as_frequencies(people.codes, len(people.labels))
    curve = abstention_curve(pooled(subject.main.of_items()), counts, **subject.resampling)
    return Exhibit(
        "abstention",
        "Leaving uncertain items to people",
        (),
        lambda theme: figures.coverage_and_error(curve, theme=theme),
        curve,
        READ_ABSTENTION,
    )


def _rates(subject: Subject) -> Exhibit:
    rates = labelless_rates(subject.labels, confidence=subject.resampling["confidence"])
    total = rates[(rates["by"] == "all") & (rates["rate"] > 0)].to_dict("records")
    said = [f"{row['cause']} {percent(row['rate'])} [{percent(row['low'])}, {percent(row['high'])}]" for row in total]
    return Exhibit(
        "refusals",
        "Answers without a label",
        (f"In all: {'; '.join(said)}." if said else "Every answer holds a label.",),
        lambda theme: figures.labelless_rates(rates, theme=theme),
        rates,
        READ_RATES,
    )


def _policies(subject: Subject) -> Exhibit:
    if subject.exact:
        raise InputError("An exact run draws no answers, so there is no agreement under policies for them.")
    table = agreement_by_policy(subject.labels, list(subject.measured), **subject.resampling)
    return Exhibit(
        "policies",
        "Agreement by what becomes of such answers",
        (),
        lambda theme: figures.agreement_by_policy(table, theme=theme),
        table,
        READ_POLICIES,
    )
