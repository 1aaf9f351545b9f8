"""Stray words around personas and requests, so that a text the model has never seen does not move it.

Three kinds: common words; the words that posts are made of, because a persona who is said to 'understand the task'
must not sound like a post that doubts somebody's understanding; and words that do not exist, because the tokenizer cuts
unknown words into pieces the model has otherwise never read.
"""

from __future__ import annotations

import random
import re

from engine.demo.posts import CLOSERS, OPENERS, PHRASES, PLACES, SUBJECTS

COMMON = tuple(
    """
    about above after again all also and any are ask because been before below both but by call can come could day
    do each end even every few find first for from get give good great had has have he her here him his how if in
    into is it its just keep kind know last less let like line list little long look made make many may me more most
    much must my name need never new next not now of off often on one only or other our out over own page part place
    point put read right same see set she should show side so some still such take tell than that the their them
    then there these they thing think this those time to too try turn two under until up us use very want was way we
    well were what when where which while who will with word would write year you your group person people opinion
    view please task rate note text
    """.split()  # noqa: SIM905 (a list of 160 words is no easier to read)
)
_IN_POSTS = tuple(
    sorted(
        {
            word
            for text in (*OPENERS, *CLOSERS, *PLACES, *SUBJECTS, *(p for group in PHRASES for p in group))
            for word in re.findall(r"[A-Za-z']{2,}", re.sub(r"{.}", " ", text))
        }
    )
)


def with_stray_words(rng: random.Random, text: str, *, between: bool = False, of_posts: bool = True) -> str:
    """Return the text with stray words before or after it.

    Args:
        rng: draws the words; mostly a few, now and then many.
        text: what they go around; may be empty.
        between: let them fall between two sentences of the text as well.
        of_posts: use words of posts too; not around a post itself, whose meaning they would change.
    """
    size = rng.random()
    count = rng.randint(1, 7) if size < 0.94 else rng.randint(15, 50) if size < 0.98 else rng.randint(80, 220)
    words = " ".join(_word(rng, of_posts) for _ in range(count))
    if rng.random() < 0.6:
        words = words[0].upper() + words[1:] + "."
    parts = text.split(". ") if between else [text] if text else []
    place = rng.randint(0, len(parts)) if text else 0
    before, after = ". ".join(parts[:place]), ". ".join(parts[place:])
    if before and after:
        before += "."
    return " ".join(part for part in (before, words, after) if part)


def _word(rng: random.Random, of_posts: bool) -> str:
    kind = rng.random()
    if kind < 0.85:
        return rng.choice(_IN_POSTS if of_posts and kind >= 0.45 else COMMON)
    syllables = [rng.choice("bcdfghjklmnprstvwz") + rng.choice("aeiou") for _ in range(rng.randint(1, 3))]
    return "".join(syllables) + rng.choice(("", "n", "s", "r", "ng", "st", "ed", "ing", "ment"))
