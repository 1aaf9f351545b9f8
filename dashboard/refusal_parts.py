"""Parts of the refusals page: answers without a label, what they do to agreement, and how far the run is."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard import measured, refusal_items, run_cells, state, text, theme, ui
from dashboard.exhibit import exhibit
from dashboard.subject import Subject
from engine import figures
from engine.figures.rows import LONGEST

BY = {"Persona": "persona", "Wording": "wording", "Temperature": "temperature"}
READ_RATES = (
    "How to read it. The share of answers that hold no label, by cause: declined, would not choose, no label found. "
    "Causes that never occur are not drawn; failed requests are no answers. Many personas: those with the highest "
    "rates. When not to trust it. What counts as a refusal was read from the text by rules; look at the answers before "
    "you build on it. The bars hold 95 % for one rate, not for the highest of many."
)
READ_MASS = (
    "How to read it. The probability that the model's next token is no label, by persona: what it wanted to say but "
    "was not counted. When not to trust it. A small label mass does not say what the model would have said: a refusal, "
    "another word for the label, or a line break. Distributions over labels that hold little mass mislead."
)
READ_POLICIES = (
    "How to read it. Agreement with answers without a label left out, as one more category, and filled in so that "
    "labels differ most. Marks that lie together say that the missing labels decide nothing. When not to trust it. "
    "Personas that refuse together agree under the second policy; no labels behind the answers could be worse than "
    "under the third."
)
READ_PERSONAS = (
    "How to read it. Each persona's agreement with the others, at one temperature. A persona whose marks lie apart "
    "owes its place to what it did not answer. Many personas: those with the most answers without a label. When not to "
    "trust it. Agreement of a persona that answered little rests on what it did answer; the items that it avoids may "
    "be the disputed ones."
)


def rates(subject: Subject) -> None:
    """Show how often answers hold no label; of an exact run, what the model wanted to say beside the labels."""
    table: pd.DataFrame = measured.of_labels(subject, "labelless_rates")
    ui.say(rates_line(table), key="rates")
    known = [name for name, by in BY.items() if by in set(table["by"])]
    if st.session_state.get("rates_by") not in (None, *known):  # of a run with temperatures
        del st.session_state["rates_by"]
    by = BY[
        str(st.segmented_control("By", known, default=known[0], required=True, key="rates_by", bind="query-params"))
    ]
    what = "Probability outside the labels" if subject.exact else "Share of answers without a label"
    shown = highest(table, by)
    figure = figures.labelless_rates(shown, by=by, theme=theme.now(), title=f"{what}, by {by}")
    figure.update_xaxes(title_text=what)
    exhibit(
        figure, table[table["by"].isin(["all", by])], key=f"rates-{by}", subject=subject,
        read=READ_MASS if subject.exact else READ_RATES,
        alt=f"{what} of each {by}, with its interval; the table has the numbers, and the tab Answers what is behind "
            "them.",
        picked=refusal_items.clickable(f"rates-{by}", by, list(dict.fromkeys(shown.loc[shown["by"] == by, "name"]))),
    )  # fmt: skip
    ui.say("A click on a mark opens the answers and items behind it.", "quiet", key="rates-click")


def policies(subject: Subject) -> None:
    """Show agreement under the three policies for answers without a label."""
    if subject.exact:
        ui.say(
            "An exact run reads label distributions and draws no answers, so none of them lacks a label. The label "
            "mass in the first tab says what it wanted to say instead.", "quiet", key="no-policies",
        )  # fmt: skip
        return
    several = len(subject.manifest.wordings) > 1
    table: pd.DataFrame = measured.of_labels(subject, "agreement_by_policy", by_wording=several)
    exhibit(
        figures.agreement_by_policy(table, theme=theme.now(), title="Agreement by what such answers count as"), table,
        key="policies", subject=subject, read=READ_POLICIES,
        alt="Of each temperature, and of each wording at it, Krippendorff's alpha under the three policies, with "
            "intervals; the table has the numbers.",
    )  # fmt: skip
    if len(subject.personas) > 1:
        _each_persona(subject)


def _each_persona(subject: Subject) -> None:
    """Show each persona's agreement with the others under the policies, at the temperature that the reader chooses."""
    known = [f"{t:g}" for t in subject.manifest.spec.temperatures]
    if st.session_state.get("policy_t") not in (None, *known):  # of another run
        del st.session_state["policy_t"]
    at = st.segmented_control("Temperature", known, default=known[-1], required=True, key="policy_t",
                              bind="query-params")  # fmt: skip
    table: pd.DataFrame = measured.of_labels(subject, "persona_agreement_by_policy")
    rows = table[table["temperature"] == float(str(at))]
    most = rows.groupby("persona", sort=False)["n_labelless"].max().nlargest(LONGEST).index
    drawn = rows[rows["persona"].isin(most)]
    figure = figures.persona_agreement_by_policy(drawn, theme=theme.now(), title=f"Each persona, temperature {at}")
    exhibit(
        figure, rows, key="personas", subject=subject, read=READ_PERSONAS,
        alt="Of each persona its agreement with the others under the three policies, with intervals; the table has "
            "the numbers.",
    )  # fmt: skip


def cells(subject: Subject) -> None:
    """Show which cells of each persona of the run are labelled, refused, failed, or not asked yet."""
    run_cells.show(subject.run, alone=True)
    if subject.run.state != "finished" or subject.run.by_status.get("failed"):
        st.page_link(
            state.page("runs"), label="See the run's log, or resume it", icon=":material/play_circle:",
            query_params={"show": subject.run.run_id},
        )  # fmt: skip


def rates_line(table: pd.DataFrame) -> str:
    """Return how many answers of all hold no label, and why."""
    total = table[table["by"] == "all"].set_index("cause")
    main = total.iloc[0]  # all causes together, or what lies outside the labels
    if not main["n_answers"]:
        return "No answer has come yet."
    share = f"{percent(main['rate'])} (95{text.NBSP}% interval {percent(main['low'])} to {percent(main['high'])})"
    causes = [str(cause) for cause in total.index if cause in text.STATUS_WORDS]
    if not causes:
        return f"The model's next token is no label with a mean probability of {share}."
    if not main["rate"]:
        return f"All of {text.plural(int(main['n_answers']), 'answer')} hold a label."
    rates_of = {cause: float(rate) for cause, rate in total["rate"].items() if rate}
    said = [f"{text.STATUS_WORDS[cause]} {percent(rates_of[cause])}" for cause in causes if cause in rates_of]
    return f"Of {text.plural(int(main['n_answers']), 'answer')}, {share} hold no label: {text.joined(said)}."


def percent(share: float) -> str:
    """Return a share as '12 %', '0.0025 %', '99.993 %': two digits of what lies nearer to 0 or to all."""
    left = 100 * min(share, 1 - share)
    digits = 0 if left >= 10 or left < 1e-9 else 1 - math.floor(math.log10(left))
    said = f"{100 * share:.{digits}f}"
    return f"{said.rstrip('0').rstrip('.') if digits else said}{text.NBSP}%"


def highest(table: pd.DataFrame, by: str, longest: int = LONGEST) -> pd.DataFrame:
    """Return rates with only the parts of a kind that have the highest, where there are too many to draw."""
    rows = table[table["by"] == by]
    first = rows[rows["cause"] == rows["cause"].iloc[0]]
    if len(first) <= longest:
        return table
    kept = set(first.sort_values("rate", ascending=False, kind="stable")["name"].head(longest))
    return table[(table["by"] != by) | table["name"].isin(kept)]
