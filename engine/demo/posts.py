"""Posts of the synthetic world: an opener, one phrase about a group, a closer. Harsh at worst, never a slur.

The phrase alone carries the meaning; openers and closers are there to be read past. One sixth of all pairs of phrase
and group is reserved: no training post ever holds one, so held-out posts ask for what was learnt,
not for what was seen.
"""

from __future__ import annotations

import random
from functools import lru_cache

from engine.demo.world import INTENSITIES, SEED, TARGETS, Post

PHRASES: tuple[tuple[str, ...], ...] = (
    (  # neutral
        "met some {t} at the {p} and we talked about {s}",
        "there is a report about {t} and {s} in the paper today",
        "the council asked {t} what they think of {s}",
        "yesterday {t} helped my aunt at the {p}",
        "the {p} has a new course on {s} for {t}",
        "my friends say {t} were at the {p} as well",
        "a talk by {t} on {s} starts at the {p} at noon",
        "our choir sings with {t} at the {p} this week",
        "saw a film about {t} and {s} last night",
        "the survey asked how often {t} use the {p}",
    ),
    (  # critical
        "honestly {t} get on my nerves at the {p}",
        "I wish {t} would stop going on about {s}",
        "why do {t} always have to argue about {s}",
        "once again {t} were far too loud at the {p}",
        "not a fan of how {t} behave at the {p}",
        "couldn't {t} be a bit more polite about {s}",
        "I am tired of hearing {t} complain about {s}",
        "as usual {t} know everything better when it comes to {s}",
        "it annoys me that {t} block the {p} every week",
        "I doubt that {t} understand much about {s}",
    ),
    (  # hostile
        "you cannot trust {t} with {s}, they only cheat",
        "typical, {t} take everything and give nothing back",
        "I keep my distance from {t}, they make me sick",
        "it is always {t} who ruin {s} for everybody",
        "what did you expect, {t} lie whenever they open their mouths",
        "lazy as ever, {t} live off the rest of us",
        "I would never let {t} near {s}",
        "the trouble at the {p} is the fault of {t}, as always",
        "we all know {t} are too stupid for {s}",
        "keep an eye on your bag when {t} come to the {p}",
    ),
    (  # hateful
        "throw {t} out of the {p}, they do not belong here",
        "this town would be better off without {t}",
        "I despise {t}, every single one of them",
        "nobody should rent to {t} or give them work",
        "people like us must stand up and drive {t} out",
        "we should take the vote away from {t} for good",
        "in my eyes {t} are worth less than the rest of us",
        "ban {t} from the {p} and lock the gate",
        "keep {t} away from our children, we want none of them here",
        "the sooner {t} vanish from this country the better",
    ),
)
_TONE = (-0.5, 0.4, -0.1, 0.5, -0.3, 0.1, -0.4, 0.3, 0.0, 0.2)
PLACES = (
    "market",
    "library",
    "station",
    "park",
    "school",
    "town hall",
    "bus stop",
    "swimming pool",
    "museum",
    "cinema",
)
SUBJECTS = (
    "the rent", "the weather", "the traffic", "football", "the new road", "music", "the garden", "the budget",
    "the holidays", "the recycling", "the school meals", "the old bridge",
)  # fmt: skip
OPENERS = (
    "", "", "", "So,", "Well,", "Just saying:", "Morning all,", "Back from the {p}:", "Long day, short post:",
    "Update:",
    "@user listen,", "@user no,", "@user @user hm,", "Third coffee and still thinking:", "Rain again today,",
    "My neighbour came by and", "Was reading about {s} and", "After all that talk about {s},",
    "Not my usual topic, but",
    "Quick thought on the train:", "Ok, here it is:", "It took me a while to write this:", "Since you ask,",
    "RT:", "Hot take:", "Monday mood:", "On the way to the {p}:", "Sitting at the {p} with a friend,",
)  # fmt: skip
CLOSERS = (
    "", "", "", ".", "!", "...", ". That is all.", ". What do you think?", ". Anyway, back to {s}.", ". Good night.",
    " #town", " #news #{h}", " 😀", " 🙄", " 😡", " ❤️", ". Now I need tea.", ". More on that tomorrow.",
    ", said my cousin.", ". Photo from the {p} to follow.", ". See you at the {p} later.", ". The dog wants to go out.",
    ". I wrote the same last year.", ". My bus is late again.", ". Read it on the {p} noticeboard.",
    ". And now for {s}.", " lol", " https://example.org/{h}",
)  # fmt: skip
HASHTAGS = ("monday", "local", "thoughts", "update", "today", "life")
HELD_OUT = 960
"""How many posts are kept out of training; half of them with a reserved pair of phrase and group."""


def reserved(phrase: int, target: int) -> bool:
    """Return whether no training post may join this phrase and this group (one pair in six)."""
    return (5 * phrase + target) % 6 == 0


def unseen_pair(post: Post) -> bool:
    """Return whether this post joins a phrase and a group that no training post joined."""
    return reserved(post.phrase, next(i for i, target in enumerate(TARGETS) if target.key == post.target))


def make_post(rng: random.Random, target: int, phrase: int) -> Post:
    """Return one post about group number `target` around phrase number `phrase`, the rest drawn."""
    intensity, within = divmod(phrase, len(_TONE))
    core = rng.choice(TARGETS[target].names)
    slots = {"p": rng.choice(PLACES), "s": rng.choice(SUBJECTS)}
    other = {"p": rng.choice(PLACES), "s": rng.choice(SUBJECTS), "h": rng.choice(HASHTAGS)}
    phrase_text = PHRASES[intensity][within].format(t=core, **slots)
    opener = rng.choice(OPENERS).format(**other)
    text = f"{opener} {phrase_text}" if opener else phrase_text[0].upper() + phrase_text[1:]
    text += rng.choice(CLOSERS).format(**other)
    return Post(text, TARGETS[target].key, intensity, phrase, _TONE[within])


def draw_training_post(rng: random.Random, target: int | None = None) -> Post:
    """Return a post for training, about group `target` or any: never a reserved pair, never a held-out text."""
    while True:
        about = rng.randrange(len(TARGETS)) if target is None else target
        phrase = rng.randrange(len(INTENSITIES) * len(_TONE))
        if reserved(phrase, about):
            continue
        post = make_post(rng, about, phrase)
        if post.text not in _held_out_texts():
            return post


@lru_cache(maxsize=1)
def held_out_posts() -> tuple[Post, ...]:
    """Return the posts kept out of training: distinct texts, every second one with a reserved pair."""
    rng = random.Random(f"{SEED} held-out posts")
    found: dict[str, Post] = {}
    while len(found) < HELD_OUT:
        target, phrase = rng.randrange(len(TARGETS)), rng.randrange(len(INTENSITIES) * len(_TONE))
        if reserved(phrase, target) == (len(found) % 2 == 0):
            post = make_post(rng, target, phrase)
            found.setdefault(post.text, post)
    return tuple(found.values())


@lru_cache(maxsize=1)
def _held_out_texts() -> frozenset[str]:
    return frozenset(post.text for post in held_out_posts())
