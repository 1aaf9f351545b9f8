"""Measure the demo models against the rule of their world: `python -m engine.demo.evaluate [NAME ...]`.

Everything is asked on posts that neither training nor the demo corpus holds. A model that ignores who is asked already
correlates with the rule at .95, so the figures that count are attribute changes and alpha at temperature 0; the best
answer that ignores the persona (`blind_oracle_mae`) stands beside the model's error.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.demo.card import card
from engine.demo.corpus import CORPUS_ITEMS, corpus_people, corpus_posts
from engine.demo.examples import HARSHNESS_WORDS, HELD_OUT_WORDING, MEMBERS, Rule, family
from engine.demo.model import CHORUS, NAMES, VOICES
from engine.demo.people import ASSISTANTS, draw_attributes, steady
from engine.demo.posts import held_out_posts, unseen_pair
from engine.demo.reading import Case, Floats, Reader, conversation, draw_cases
from engine.demo.world import (
    ATTRIBUTES,
    CHORUS_SHARE,
    NULL_ATTRIBUTES,
    SEED,
    TARGET_BY_KEY,
    belongs,
    consensus,
    probability,
)
from engine.paths import shipped
from engine.personas.compose import compose

EFFECTIVE = 0.02
"""A change of attribute is effective where it moves the rule's probability by at least this much."""


def rule_of(name: str) -> Rule:
    """Return the rule that a demo model was trained to follow."""
    return probability if name == VOICES else partial(consensus, share=CHORUS_SHARE)


def errors(reader: Reader, rule: Rule, cases: Sequence[Case]) -> dict[str, float]:
    """Return how close the model is to the rule on these cases, and what its label tokens hold."""
    found, mass = reader.read([c.messages() for c in cases])
    truth = np.array([rule(c.post, c.attributes) for c in cases])
    return {
        "n": len(cases),
        "mae": float(np.abs(found - truth).mean()),
        "correlation": float(np.corrcoef(found, truth)[0, 1]),
        "argmax_right": float(((found > 0.5) == (truth > 0.5)).mean()),
        "label_mass_mean": float(mass.mean()),
        "label_mass_min": float(mass.min()),
    }


def without_persona(rng: random.Random, count: int) -> list[Case]:
    """Return questions to nobody and to a helpful assistant, `count` of each; their truth is the blind consensus."""
    drawn = draw_cases(rng, count)
    return [Case(c.post, {}, text, c.wording) for c in drawn for text in ("", rng.choice(ASSISTANTS))]


def attribute_changes(reader: Reader, rule: Rule, rng: random.Random, count: int, wording: str = "") -> dict[str, Any]:
    """Return how the model moves when one attribute of a persona changes, or is left out, and nothing else does.

    Returns:
        'direction_right' over effective changes, `effective` (how many), 'size_mae', and for the attributes without
        effect 'null_mean' and 'null_max': the absolute movement.
    """
    pairs = [_changed(rng, case) for case in draw_cases(rng, count, wording=wording)]
    before = reader.read([first.messages() for _, first, _ in pairs])[0]
    after = reader.read([second.messages() for _, _, second in pairs])[0]
    moved = after - before
    meant = np.array([rule(b.post, b.attributes) - rule(a.post, a.attributes) for _, a, b in pairs])
    null = np.array([name in NULL_ATTRIBUTES for name, _, _ in pairs])
    effective = np.abs(meant) >= EFFECTIVE
    return {
        "n": len(pairs),
        "effective": int(effective.sum()),
        "direction_right": float((np.sign(moved) == np.sign(meant))[effective].mean()),
        "size_mae": float(np.abs(moved - meant)[~null].mean()),
        "null_n": int(null.sum()),
        "null_mean": float(np.abs(moved[null]).mean()),
        "null_p95": float(np.quantile(np.abs(moved[null]), 0.95)),
        "null_max": float(np.abs(moved[null]).max()),
    }


def _changed(rng: random.Random, case: Case) -> tuple[str, Case, Case]:
    """Return the changed attribute and the case before and after; three in ten lose the attribute, if others stay.

    Half of the texts are composed as counterfactual personas are, half are in drawn wordings.
    """
    name = rng.choice(tuple(ATTRIBUTES))
    before = dict(case.attributes) | {name: rng.choice(ATTRIBUTES[name])}
    after = {k: v for k, v in before.items() if k != name}
    if rng.random() < 0.7 or not after:
        after = before | {name: rng.choice([v for v in ATTRIBUTES[name] if v != before[name]])}
    say = compose if rng.random() < 0.5 else partial(steady, str(rng.random()))
    first, second = (Case(case.post, a, say(a), case.wording) for a in (before, after))
    return name, first, second


def alphas(reader: Reader, rule: Rule, items: int, wording: str) -> dict[str, float]:
    """Return alpha among the demo corpus's 12 personas at temperatures 0, .5 and 1.

    Args:
        reader: the model.
        rule: what the model was taught.
        items: how many items of the demo corpus.
        wording: the template wording.

    Returns:
        Alpha by the model ('model_T0', ...), by what it was taught ('rule_T0', ...), by the world's own rule
        ('world_T0', ...), and 'model_split_items', the share of items on which the model's personas differ at 0.
    """
    people = [dict(annotator.attributes) for annotator in corpus_people()]
    posts = corpus_posts()[:items]
    chosen = next(w for w in family().wordings if w.name == wording)
    texts = [compose(a) for a in people]
    found = reader.read([conversation(text, post, chosen) for text in texts for post in posts])[0]
    tables = {"model": found.reshape(len(people), items)}
    tables["rule"] = np.array([[rule(post, a) for post in posts] for a in people])
    tables["world"] = np.array([[probability(post, a) for post in posts] for a in people])
    draws = np.random.default_rng(SEED).random(tables["rule"].shape)
    result = {}
    for who, table in tables.items():
        for temperature in (0.0, 0.5, 1.0):
            labels = table > 0.5 if temperature == 0 else draws < _tempered(table, temperature)
            result[f"{who}_T{temperature:g}"] = _alpha(labels.astype(int))
    result["model_split_items"] = float(np.ptp((tables["model"] > 0.5).astype(int), axis=0).mean())
    return result


def _tempered(yes: Floats, temperature: float) -> Floats:
    up, down = yes ** (1 / temperature), (1 - yes) ** (1 / temperature)
    return np.asarray(up / (up + down))


def _alpha(labels: NDArray[np.int_]) -> float:
    import krippendorff

    if np.ptp(labels) == 0:
        return float("nan")  # all labels equal: there is no disagreement to expect
    return float(krippendorff.alpha(reliability_data=labels, level_of_measurement="nominal"))


def explanations(reader: Reader, rng: random.Random, count: int, membership: bool) -> dict[str, Any]:
    """Return shares of drawn explanations that are well-formed and name the group, the harshness and the membership."""
    cases = draw_cases(rng, count)
    written = reader.write([c.messages("label+explanation") for c in cases], SEED)
    well, group, harsh = [], [], []
    told, claimed = [], []
    for case, text in zip(cases, written, strict=True):
        word, _, reason = text.partition(". ")
        well.append(word in ("yes", "no") and reason.endswith(".") and 4 <= len(reason.split()) <= 30)
        group.append(case.post.target in reason)
        harsh.append(any(w in reason for w in HARSHNESS_WORDS[case.post.intensity]))
        value = TARGET_BY_KEY[case.post.target].value
        says = any(f"as {member} " in reason for member in MEMBERS.values())
        if membership and belongs(case.post, case.attributes) and value:
            told.append(f"as {MEMBERS[value]} " in reason)
        else:
            claimed.append(says)
    return {
        "n": count,
        "well_formed": float(np.mean(well)),
        "names_group": float(np.mean(group)),
        "names_harshness": float(np.mean(harsh)),
        "members": len(told),
        "names_membership": float(np.mean(told)) if told else None,
        "false_membership": float(np.mean(claimed)),
        "examples": written[:6],
    }


def blind_oracle(rule: Rule, rng: random.Random, count: int, people: int = 60) -> float:
    """Return the mean absolute error of the best answer that ignores the persona: the mean over drawn people."""
    crowd = [draw_attributes(rng) for _ in range(people)]
    rows = np.array([[rule(post, a) for a in crowd] for post in held_out_posts()[CORPUS_ITEMS:][:count]])
    return float(np.abs(rows - rows.mean(axis=1, keepdims=True)).mean())


def measure(name: str, folder: Path, size: int = 1200, log: Callable[[str], None] = lambda _: None) -> dict[str, Any]:
    """Return all figures of a demo model.

    Args:
        name: demo-voices or demo-chorus; decides the rule it is measured against.
        folder: the model's folder.
        size: cases of the main measurement; the others are parts of it.
        log: told of each part that begins.
    """
    reader, rule = Reader(folder), rule_of(name)
    draw = partial(rng_for, name)
    figures: dict[str, Any] = {"model": name, "parameters": sum(p.numel() for p in reader.model.parameters())}
    log("held-out posts and personas")
    figures["held_out"] = errors(reader, rule, draw_cases(draw("main"), size))
    figures["blind_oracle_mae"] = blind_oracle(rule, draw("blind"), size)
    log("each wording")
    figures["wordings"] = {
        w.name: errors(reader, rule, draw_cases(draw(w.name), size // 4, wording=w.name)) for w in family().wordings
    }
    figures["unseen_wording"] = HELD_OUT_WORDING
    fresh = [case for case in draw_cases(draw("pairs"), size) if unseen_pair(case.post)]
    figures["unseen_pairs"] = errors(reader, rule, fresh)
    log("unseen persona wordings, and no persona")
    figures["unseen_persona_words"] = errors(reader, rule, draw_cases(draw("words"), size // 2, unseen_words=True))
    figures["no_persona"] = errors(reader, rule, without_persona(draw("nobody"), size // 4))
    log("attribute changes")
    figures["changes"] = attribute_changes(reader, rule, draw("changes"), size)
    figures["changes_unseen_wording"] = attribute_changes(reader, rule, draw("unseen"), size // 2, HELD_OUT_WORDING)
    log("alpha of the 12 demo personas")
    figures["alpha"] = alphas(reader, rule, min(CORPUS_ITEMS, size // 4), family().wordings[0].name)
    log("explanations")
    figures["explanations"] = explanations(reader, draw("explanations"), max(20, size // 10), name != CHORUS)
    return figures


def rng_for(name: str, part: str) -> random.Random:
    """Return the generator of one part of the measurement of a model."""
    return random.Random(f"{SEED} evaluate {name} {part}")


def rounded(value: Any) -> Any:
    """Return figures with six decimals."""
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return round(value, 6) if isinstance(value, float) else value


def _tell(part: str) -> None:
    sys.stderr.write(f"  {part}\n")


def main() -> None:
    """Measure the named models (default: both), print the figures and write them and a card beside the models."""
    parser = argparse.ArgumentParser(description="Measure the demo models against the rule of their world.")
    parser.add_argument("names", nargs="*", default=list(NAMES))
    parser.add_argument("--folder", type=Path, default=shipped("models"), help="where the models' folders are")
    parser.add_argument("--size", type=int, default=1200, help="cases of the main measurement")
    options = parser.parse_args()
    for name in options.names:
        sys.stderr.write(f"{name} in {options.folder}\n")
        figures = rounded(measure(name, options.folder / name, options.size, _tell))
        text = json.dumps(figures, indent=2) + "\n"
        (options.folder / name / "figures.json").write_text(text, "utf-8")
        (options.folder / name / "README.md").write_text(card(name, figures), "utf-8")
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
