"""The last step of the story in words: who is represented, by group, or person by person where there are no groups."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from dashboard.story import Told, signed
from dashboard.text import interval, interval_of, joined, number, plain, plural
from engine.measures.own_person import OwnPerson
from engine.measures.representation import Representation
from engine.measures.result import Estimate

MOST_NAMED = 4
"""Groups that a sentence names; the figure has all."""
MOST_OF_IT = 0.5
"""A group whose personas carry more than this share of what sets it apart is represented."""


def who_is_represented(found: Representation) -> Told:
    """Tell which groups' differences their personas carry."""
    groups = found.groups
    if groups.empty:
        why = (
            "The corpus and the personas do not name two groups in common, so whose view a persona carries cannot be "
            "told."
        )
        return Told("Who is represented is not known", why)
    known = groups[groups["carried"].notna()]
    left = groups[groups["carried"].isna()]["group"].tolist()
    nothing = f"{joined(_names(left))} cannot be told from the other groups beyond chance"
    if known.empty:
        return Told("No group differs enough to be represented", f"{nothing}, so there is nothing to carry.")
    low, high = known["low"], known["high"]
    yes, no = known[low > MOST_OF_IT], known[high < MOST_OF_IT]
    open_ = known[~known.index.isin([*yes.index, *no.index])]
    parts = [
        f"the personas of {joined(_names(rows['group'].tolist()))} carry {_carried(rows)} of what sets "
        f"{'the group' if len(rows) == 1 else 'each'} apart{tail}"
        for rows, tail in ((yes, ""), (no, ", so they do not speak for it"), (open_, ", which is undecided"))
        if len(rows)
    ]
    parts += [nothing] if left else []
    sentence = "; ".join(parts)
    if len(yes) == len(known):
        headline = "The groups are represented" if len(known) > 1 else "The group that differs is represented"
    elif len(no) == len(known):
        headline = "No group is represented"
    elif len(yes) or len(no):
        headline = f"{len(yes)} of {len(known)} groups {'is' if len(yes) == 1 else 'are'} represented"
    else:
        headline = "Undecided who is represented"
    short = f"carry {_range_of(known['carried'])} of what sets groups apart" if len(known) else ""
    n_items = int(known["n_items"].iloc[0])
    whole = Estimate(float(known["carried"].mean()), low.min(skipna=False), high.max(skipna=False), n_items=n_items)
    sentence = f"{sentence[:1].upper()}{sentence[1:]} ({plural(n_items, 'item')})."
    return Told(headline, sentence, short, whole, "What is carried")


def who_plays_whom(found: OwnPerson) -> Told:
    """Tell, where there are no groups, how many personas are like the person they play beyond what both are to all."""
    if not found.specific.defined:
        return Told(
            "Who is represented is not known", f"No persona can be set beside its person: {found.specific.note}."
        )
    table = found.table[found.table["specific"].notna()]
    like = int((table["specific_low"] > 0).sum())
    sentence = (
        f"{like} of {plural(len(table), 'persona')} {'is' if like == 1 else 'are'} more like the person played than "
        f"expected of both, on average by kappa {signed(found.specific.value)} ({interval(found.specific)}; "
        f"{plural(found.specific.n_items, 'item')})."
    )
    if found.specific.low > 0:
        headline = (
            "Personas are like the people they play" if like == len(table) else "Some personas are like their person"
        )
    elif found.specific.high < 0:
        headline = "Personas are less like the people they play"
    else:
        headline = "No persona is shown to stand for its person" if not like else "Undecided who is represented"
    return Told(
        headline, sentence, f"are like their person by {signed(found.specific.value)}", found.specific, "That likeness"
    )


def _names(groups: Sequence[str]) -> list[str]:
    """Return what groups are called, the first few of many: a sentence is to be read from afar."""
    names = [plain(str(group), 40) for group in groups]
    return names if len(names) <= MOST_NAMED else [*names[: MOST_NAMED - 1], f"{len(names) - MOST_NAMED + 1} more"]


def _carried(rows: pd.DataFrame) -> str:
    """Return how much is carried: one number with its interval, or the range of several."""
    if len(rows) == 1:
        row = rows.iloc[0]
        return f"{number(row['carried'])} ({interval_of(row['low'], row['high'], row['note'])})"
    ends = f"95 % intervals within {number(rows['low'].min())} to {number(rows['high'].max())}"
    return f"{_range_of(rows['carried'])} ({ends})"


def _range_of(values: pd.Series) -> str:
    low, high = number(values.min()), number(values.max())
    return low if low == high else f"{low} to {high}"
