"""The demo corpus and its persona sets, drawn from the synthetic world: `python -m engine.demo.corpus`.

Twelve people in three groups label posts that no demo model was trained on. Why they disagree is known: membership of
the group a post is about, politics, gender, and chance. The true probabilities lie beside the corpus in truth.csv, so
that measures can be tested against the truth.
"""

from __future__ import annotations

import csv
import io
import random
import sys
from pathlib import Path

from engine.corpora.corpus import Annotator, Corpus, Item
from engine.demo.examples import TASK
from engine.demo.posts import held_out_posts, unseen_pair
from engine.demo.world import ATTRIBUTES, INTENSITIES, SEED, Post, probability
from engine.paths import DATA
from engine.personas.compose import compose
from engine.personas.persona import Persona, PersonaSet

NAME = "demo"
CORPUS_ITEMS = 360
SPLITS = (("train", 180), ("dev", 60), ("test", 120))
MISSING = 0.02
"""Share of labels left out on purpose, as real corpora have gaps."""

GROUPS: dict[str, dict[str, str]] = {
    "muslim-residents": {"religion": "Muslim"},
    "young-progressives": {"age": "18-29", "politics": "left"},
    "older-conservatives": {"age": "60+", "politics": "right"},
}
"""Each group with the attributes that define it: what its weak persona says."""

_PEOPLE: tuple[tuple[str, ...], ...] = (
    ("muslim-residents", "30-59", "woman", "Muslim", "left", "west", "nurse"),
    ("muslim-residents", "60+", "man", "Muslim", "centre", "north", "shopkeeper"),
    ("muslim-residents", "18-29", "woman", "Muslim", "centre", "east", "teacher"),
    ("muslim-residents", "30-59", "man", "Muslim", "right", "south", "driver"),
    ("young-progressives", "18-29", "woman", "atheist", "left", "west", "musician"),
    ("young-progressives", "18-29", "man", "Christian", "left", "north", "engineer"),
    ("young-progressives", "18-29", "non-binary", "Jewish", "left", "south", "cook"),
    ("young-progressives", "18-29", "woman", "Hindu", "left", "midlands", "nurse"),
    ("older-conservatives", "60+", "man", "Christian", "right", "midlands", "farmer"),
    ("older-conservatives", "60+", "woman", "Christian", "right", "east", "teacher"),
    ("older-conservatives", "60+", "man", "atheist", "right", "west", "engineer"),
    ("older-conservatives", "60+", "woman", "Jewish", "right", "north", "shopkeeper"),
)
"""Group, then the attributes in the order of `ATTRIBUTES`."""


def corpus_people() -> tuple[Annotator, ...]:
    """Return the twelve annotators with their groups and attributes."""
    return tuple(
        Annotator(f"a{number:02d}", group, dict(zip(ATTRIBUTES, values, strict=True)))
        for number, (group, *values) in enumerate(_PEOPLE, start=1)
    )


def corpus_posts() -> tuple[Post, ...]:
    """Return the posts of the corpus, in its order: the first of those held out of training."""
    return held_out_posts()[:CORPUS_ITEMS]


def make_corpus() -> Corpus:
    """Return the demo corpus; the same seed gives the same labels."""
    import pandas as pd

    rng = random.Random(f"{SEED} demo labels")
    people, posts = corpus_people(), corpus_posts()
    rows: list[tuple[str, str, str, None]] = []
    for number, post in enumerate(posts, start=1):
        for person in people:
            label = "1" if rng.random() < probability(post, person.attributes) else "0"
            if rng.random() >= MISSING:
                rows.append((f"p{number:03d}", person.annotator_id, label, None))
    frame = pd.DataFrame(rows, columns=["item_id", "annotator_id", "label", "explanation"], dtype=object)
    return Corpus(
        name=NAME,
        task=TASK,
        items=tuple(_item(number, post) for number, post in enumerate(posts, start=1)),
        annotators=people,
        annotations=frame,
        synthetic=True,
        source=f"Made by `python -m engine.demo.corpus` (seed {SEED}). Posts, people and labels are invented.",
        notes=(
            "Synthetic: the labels are drawn from a known rule; truth.csv holds the true probabilities.",
            f"{len(posts) * len(people) - len(rows)} of {len(posts) * len(people)} labels are left out on purpose.",
            "Region and occupation have no effect on any label, on purpose.",
        ),
    )


def truth_csv() -> str:
    """Return truth.csv: for each item and annotator the chance of label 1, and that of somebody nothing is known of.

    Columns: item_id, annotator_id, probability, blind_probability (both 0 to 1).
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("item_id", "annotator_id", "probability", "blind_probability"))
    for number, post in enumerate(corpus_posts(), start=1):
        blind = f"{probability(post, {}):.6f}"
        for person in corpus_people():
            writer.writerow(
                (f"p{number:03d}", person.annotator_id, f"{probability(post, person.attributes):.6f}", blind)
            )
    return out.getvalue()


def persona_sets() -> tuple[PersonaSet, ...]:
    """Return the strong set (one persona per annotator) and the weak one (one per group)."""
    strong = tuple(
        Persona(
            persona_id=f"{person.annotator_id}-{person.attributes['gender']}-{person.attributes['religion'].lower()}",
            kind="strong",
            text=compose(person.attributes),
            annotator=person.annotator_id,
            group=person.group,
            attributes=dict(person.attributes),
        )
        for person in corpus_people()
    )
    weak = tuple(
        Persona(persona_id=group, kind="weak", text=compose(attributes), group=group, attributes=attributes)
        for group, attributes in GROUPS.items()
    )
    made = f"Made by `python -m engine.demo.corpus` (seed {SEED}); the people are invented."
    return (
        PersonaSet(
            name="demo-strong",
            description=f"One persona for each annotator of the demo corpus, with all six attributes. {made}",
            corpus=NAME,
            personas=strong,
        ),
        PersonaSet(
            name="demo-weak",
            description=f"One persona for each group of the demo corpus, with what defines the group. {made}",
            corpus=NAME,
            personas=weak,
        ),
    )


def write_all(data: Path = DATA) -> list[Path]:
    """Write corpus, truth and persona sets below `data`; the same seed gives the same bytes.

    Returns:
        Every file written.
    """
    from engine.corpora.store import save_corpus
    from engine.personas.store import save_persona_set

    folder = save_corpus(make_corpus(), data / "corpora" / NAME)
    (folder / "truth.csv").write_text(truth_csv(), "utf-8", newline="")
    sets = [save_persona_set(made, data / "personas" / f"{made.name}.yaml") for made in persona_sets()]
    return [*sorted(folder.iterdir()), *sets]


def _item(number: int, post: Post) -> Item:
    bounds = [sum(size for _, size in SPLITS[: i + 1]) for i in range(len(SPLITS))]
    split = next(name for (name, _), bound in zip(SPLITS, bounds, strict=True) if number <= bound)
    info = {
        "target": post.target,
        "intensity": INTENSITIES[post.intensity],
        "phrase_seen_with_target": not unseen_pair(post),
    }
    return Item(f"p{number:03d}", {"text": post.text}, "en", split, info)


def main() -> None:
    """Write the demo corpus and its persona sets into data/."""
    for path in write_all():
        sys.stdout.write(f"{path.relative_to(DATA.parent)}\n")


if __name__ == "__main__":
    main()
