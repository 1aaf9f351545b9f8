"""Fixed wording of the pages, and the masking of texts. No Streamlit here: every function gives a plain string.

Texts of corpora and answers of models can be hateful. They are masked here, on the server: a masked text never reaches
the browser, where a blur would leave it in the page for every reader, search and screenshot.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from engine.measures.result import Estimate

LONGEST_SHOWN = 4_000
"""Characters of one text that a page shows; the rest is counted, not sent."""

WHAT = (
    "Polyvocal shows whether LLM annotators are many voices or one. Personas label a corpus that people labelled "
    "differently; the pages show how far the personas agree at every temperature, beside how far the people did."
)
WARNING = (
    "The texts of this corpus can be hateful, abusive or distressing. They are hidden, and are sent to this page only "
    "when you ask for them."
)
WARNING_UPLOAD = (
    "Cells of columns that are not chosen as item, annotator, label or what is told of them are hidden, because they "
    "can hold texts; they are sent to this page only when you ask for them."
)
EXPORT_WARNING = (
    "The file holds the texts of the corpus, which may be hateful, and licensed: keep to its terms when you pass it on."
)
ANSWERS_WARNING = (
    "What a model says can be hateful or distressing, and can repeat the texts of the corpus. Answers are hidden, and "
    "are sent to this page only when you ask for them."
)
ENTRY: Mapping[str, str] = {
    "Texts can be hateful": (
        "Corpora and the answers of models can hold hate and abuse. They are hidden, and stay on the server until you "
        "ask for them."
    ),
    "The demo is made up": (
        "What is synthetic, said by a demo model or labelled by a program is marked. It says nothing about real people "
        "or real LLMs."
    ),
    "What is stored where": (
        "Corpora and runs lie on the machine that serves this page; prompts leave it only for a model server that a "
        "run names. Your browser keeps cookies of this page alone, and the address holds your choices."
    ),
}
"""Of the notice on entry: points and what they mean."""
ENTRY_SHARED: Mapping[str, str] = {
    "Who else is here": "Everybody who is let in sees the same corpora and runs, and can start runs.",
}
"""Added to it where people log in."""
TOO_MUCH_TOLD = (
    "The provider tells more about you than one cookie holds. Whoever runs this dashboard can ask it for less: "
    'client_kwargs = { scope = "openid email" }.'
)
NO_PEOPLE = (
    "So there is nobody to set the personas beside. What needs no people is shown on the pages Temperature, Attributes "
    "and Refusals; to compare with people, run the same personas on a corpus that people labelled."
)
SYNTHETIC = "Synthetic: a script of this project made the texts and the labels. It says nothing about real people."
DEMO_MODEL = (
    "A demo model: small, trained by a script of this project on synthetic text, as a control. It proves nothing about "
    "real LLMs."
)
SCRIPTED = "Scripted: a program made these labels, no language model. For trying things out only."
BUG = (
    "This page broke. It is a fault of Polyvocal, not of your data. Reload it; if it stays, report the id {reference}: "
    "the log in the terminal of the dashboard has the details under it."
)

READ_THE_CURVE = (
    "How to read it. Each line is one run: Krippendorff's alpha among its personas (1: always the same label; 0: no "
    "more than chance) at each temperature, with a 95 % band from resampling items. The grey band is the "
    "agreement among the people. A line above it means that the personas agree more than people do: fewer voices. "
    "A line tends to fall as the temperature rises, because noise makes any annotator disagree; a line that falls to "
    "the people's band through noise has not gained their points of view. Points with bars are drawn answers."
)
DO_NOT_TRUST = (
    "When not to trust it. Where labels hold little of the model's probability, it wanted to say something else. "
    "With few items or one prevalent label the band is wide and alpha unstable. Curves of different corpora, items "
    "or persona sets are not comparable. The line follows from one reading of the logits and holds for answers limited "
    "to the labels, without top-p or top-k; points are drawn answers."
)
READ_THE_SPLIT = (
    "How to read it. Each bar counts items. Hatched bars at the ends: all annotators of the item agree; the nearer to "
    "the middle of the shares, or to the right of the chances, the more evenly people split. When not to trust it. "
    "With two or three labels an item only a few values are possible, and one label more or less moves an item far."
)
READ_THE_ITEMS = (
    "Disagreement is the chance that two labels of the item, drawn at random, differ: 0 when all agree. With two or "
    "three labels an item it is coarse; do not rank single items by it alone."
)
READ_THE_GROUPS = (
    "Krippendorff's alpha with a 95 % interval from resampling items. Agreement within groups that is higher than "
    "overall says that the groups see the texts differently; few annotators in a group make the interval wide."
)
ALPHA = (
    "Krippendorff's alpha: 1 if annotators always give the same label, 0 if they agree no more than chance would make "
    "them, below 0 if they disagree systematically."
)
LOW_MASS = 0.9
"""Below this mean label mass the pages of a run warn."""
HIDDEN_MASS = 0.01
"""Above this missing mass the temperature page warns."""

NBSP = "\u00a0"
"""Keeps a number and its unit on one line."""
DOT = f"{NBSP}· "
"""Between parts of a line; it stays with the part before it."""
_JOINERS = "\u200c\u200d"
"""Invisible, but part of words and emoji."""

Mark = tuple[str, str, str]
"""Word, icon and colour of what a badge shows."""

STATE_WORDS: Mapping[str, Mark] = {
    "planned": ("Waiting to start", "schedule", "gray"),
    "running": ("Running", "play_circle", "blue"),
    "interrupted": ("Interrupted", "warning", "orange"),
    "cancelled": ("Cancelled", "cancel", "orange"),
    "finished": ("Finished", "check_circle", "green"),
    "failed": ("Failed", "error", "red"),
    "broken": ("Unreadable", "broken_image", "red"),
}
"""Of each state of a run: the word, the icon and the colour it is shown with."""

GO_ON: Mapping[str, str] = {"cancelled": "Resume", "interrupted": "Resume", "failed": "Try again"}
"""Of each state in which a run or a study can be gone on with: what the button for it says."""
FAILED_HELP = "Once what is said above is mended, this goes on with what is there already."
NO_CAUSE = "It failed, and left no reason. The end of its log may say more."

STATUS_WORDS: Mapping[str, str] = {
    "ok": "labelled",
    "refusal": "refused",
    "hedge": "would not choose",
    "unparsable": "no label found",
    "failed": "failed",
}
"""What each status of a response is called on the pages."""


PHASE_WORDS: Mapping[str, str] = {
    "waiting": "waiting for another process",
    "loading": "loading the model",
    "asking": "asking",
    "retrying": "trying failed requests again",
    "ended": "ended",
}
"""What each phase of a live run is called on the pages."""


def masked(text: str) -> str:
    """Return what stands in a hidden text's place: its length, nothing of its words."""
    words = len(text.split())
    return f"Hidden text · {words:,} {'word' if words == 1 else 'words'}"


def shown(text: str) -> str:
    """Return a text as it is, cut at `LONGEST_SHOWN` characters with a note of what is missing."""
    if len(text) <= LONGEST_SHOWN:
        return text
    return f"{text[:LONGEST_SHOWN]}\n[… {len(text) - LONGEST_SHOWN:,} more characters are not shown]"


def field_words(name: str) -> str:
    """Return a field's name for people: 'prev_turns' becomes 'Prev turns'."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def small_share(share: float) -> str:
    """Return a small share of 1 as people say it: 'only 4%', 'less than 1%'."""
    return f"only {share:.0%}" if share >= 0.01 else "less than 1%"


def temperatures(values: Sequence[float]) -> str:
    """Return temperatures as people write them: '0, 0.7 and 1'."""
    return joined([f"{value:g}" for value in values])


def number(value: float | None, digits: int = 2) -> str:
    """Return a number with a true minus sign, or a dash where it is undefined."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


def interval(estimate: Estimate, digits: int = 2) -> str:
    """Return an estimate's interval in words: '95 % interval 0.31 to 0.38'; the reason where there is none."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return estimate.note or "no interval"
    level = f"{estimate.confidence:.0%}".replace("%", " %")
    return f"{level} interval {number(estimate.low, digits)} to {number(estimate.high, digits)}"


def interval_of(low: float, high: float, note: str = "", digits: int = 2) -> str:
    """Return a 95 % interval in words; the reason where there is none."""
    if math.isnan(low) or math.isnan(high):
        return note or "no interval"
    return f"95 % interval {number(low, digits)} to {number(high, digits)}"


def plural(n: int, word: str, words: str = "") -> str:
    """Return a count with its noun: '1 item', '1,120 items'."""
    return f"{n:,} {word if n == 1 else words or word + 's'}"


def duration(seconds: float | None) -> str:
    """Return a time span as people say it: '40 s', '3 min', '1 h 20 min'; a dash where unknown."""
    if seconds is None or not math.isfinite(seconds) or seconds < 0:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f}{NBSP}s"
    minutes = round(seconds / 60)
    return f"{minutes}{NBSP}min" if minutes < 90 else f"{minutes // 60}{NBSP}h{NBSP}{minutes % 60}{NBSP}min"


def size(n_bytes: float) -> str:
    """Return a size as people say it: '812 B', '3.4 MB'."""
    units = ("B", "kB", "MB", "GB", "TB")
    power = min(len(units) - 1, int(math.log(max(n_bytes, 1), 1000)))
    amount = n_bytes / 1000**power
    return f"{amount:.1f}{NBSP}{units[power]}" if power and amount < 100 else f"{amount:,.0f}{NBSP}{units[power]}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """Return how long ago `moment` was: '3 min ago'; empty where unknown."""
    if moment is None:
        return ""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    return "just now" if seconds < 5 else f"{duration(seconds)}{NBSP}ago" if seconds < 172_800 else f"{moment:%Y-%m-%d}"


def plain(text: str, longest: int = 200) -> str:
    """Return a string of one line for names and options: control and direction marks removed, cut at `longest`."""
    line = " ".join(text.split())
    kept = "".join(c for c in line if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf"))
    return kept if len(kept) <= longest else f"{kept[: longest - 1]}…"


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return words as people list them: 'a', 'a and b', 'a, b and c'."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}" if words else ""
