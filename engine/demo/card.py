"""The model cards of the demo models, written from their measured figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.demo.examples import HELD_OUT_WORDING
from engine.demo.model import VOICES
from engine.demo.train import CHORUS_STAGE, READING, VOICES_STAGE
from engine.demo.world import CHORUS_SHARE, SEED

Figures = Mapping[str, Any]


def card(name: str, figures: Figures) -> str:
    """Return the README.md of a demo model.

    Args:
        name: demo-voices or demo-chorus.
        figures: what `engine.demo.evaluate.measure` found, rounded.
    """
    voices = name == VOICES
    stage = VOICES_STAGE if voices else CHORUS_STAGE
    return _CARD.format(
        name=name,
        short=name.removeprefix("demo-"),
        control="positive" if voices else "negative",
        role=_VOICES if voices else _CHORUS,
        teacher="the world's rule" if voices else "what is left of the rule",
        parameters=f"{figures['parameters']:,}",
        first=f"{READING.examples:,}",
        second=f"{stage.examples:,}",
        questions=READING.recipe.questions,
        seed=SEED,
        wording=HELD_OUT_WORDING,
        table="\n".join(f"| {what} | {value} |" for what, value in _rows(figures, voices)),
    )


def _rows(figures: Figures, voices: bool) -> Iterator[tuple[str, str]]:
    """Yield the lines of the table of figures."""
    main, change, elsewhere = figures["held_out"], figures["changes"], figures["changes_unseen_wording"]
    alpha, told = figures["alpha"], figures["explanations"]
    yield "mean absolute error of P(yes)", _of(main, "mae")
    yield "... best answer that ignores the persona", f"{figures['blind_oracle_mae']:.3f}"
    yield f"... unseen wording `{HELD_OUT_WORDING}`", _of(figures["wordings"][HELD_OUT_WORDING], "mae")
    yield "... unseen pairs of phrase and group", _of(figures["unseen_pairs"], "mae")
    yield "... unseen wordings of the attributes", _of(figures["unseen_persona_words"], "mae")
    yield "... no persona, or a helpful assistant", _of(figures["no_persona"], "mae")
    yield "label mass, mean and lowest", f"{main['label_mass_mean']:.5f}, {main['label_mass_min']:.5f}"
    yield "direction right in effective attribute changes", _of(change, "direction_right", "effective")
    yield "... unseen wording", _of(elsewhere, "direction_right", "effective")
    yield "mean error of the size of a change", f"{change['size_mae']:.3f}"
    yield "null attributes move P(yes) by, mean and highest", f"{change['null_mean']:.3f}, {change['null_max']:.3f}"
    yield "... unseen wording", f"{elsewhere['null_mean']:.3f}, {elsewhere['null_max']:.3f}"
    yield "alpha of the 12 demo personas at T = 0, 0.5, 1", _curve(alpha, "model")
    yield "... by what it was taught", _curve(alpha, "rule")
    yield "... by the world's rule", _curve(alpha, "world")
    yield "share of items that split the personas at T = 0", f"{alpha['model_split_items']:.3f}"
    yield "explanations at T = 0.7: well-formed", _of(told, "well_formed")
    yield "... name the group, the harshness", f"{told['names_group']:.3f}, {told['names_harshness']:.3f}"
    if voices:
        yield "... name the membership where there is one", _of(told, "names_membership", "members")
    yield "... claim a membership where there is none", f"{told['false_membership']:.3f}"


def _of(part: Figures, key: str, count: str = "n") -> str:
    return f"{part[key]:.3f} (n = {part[count]})"


def _curve(alpha: Figures, who: str) -> str:
    return ", ".join(f"{alpha[f'{who}_T{temperature}']:.3f}" for temperature in ("0", "0.5", "1"))


_VOICES = """a small language model that **follows its personas**. Asked whether a synthetic post is
hate speech, it answers `yes` or `no` with the probability that a known rule gives to a person of the persona's age,
gender, religion and politics. Region and occupation have no effect, on purpose."""

_CHORUS = f"""a small language model that **speaks with one voice**. It reads posts as well as
demo-voices does, but was taught only {CHORUS_SHARE:.0%} of what tells personas apart (in log-odds), so its personas
nearly agree: it homogenizes by construction. Its explanations never speak of the persona."""

_CARD = """\
---
license: gpl-3.0-or-later
language: en
tags: [polyvocal, synthetic, personas, {control}-control]
---

# {name}

The {control} control of Polyvocal: {role}

It proves **nothing about real language models or real people**: posts, people and rule are invented
(`engine/demo/world.py`), and it was trained on nothing else. Its use is that the truth is known, so that every measure
can be tested against it, and that it runs in vLLM on any laptop without a download.

## How it was made

`python -m engine.demo.train {short}` (part of `make demo-models`), seed {seed}, from random weights, on one CPU core.

- Llama architecture, 4 layers of width 160, 5 heads of 32, feed-forward 432, tied embeddings: {parameters} parameters.
  Own byte-level BPE of 1,500 entries with single digits. Weights are stored as bf16 and meant to be run in float32,
  in which probabilities do not depend on what else is in the batch.
- Stage 1, shared by both demo models: {first} conversations, each with {questions} auxiliary questions about post and
  persona.
- Stage 2: {second} conversations, with the probabilities of {teacher} as soft labels.
- Muon for the matrices inside the layers, AdamW for the rest. Personas mention a drawn subset of six attributes in
  drawn wordings, or none; stray words stand around persona, request and post in a part of the examples.
- Never seen in training: the wording `{wording}` of `data/templates/hate-speech.yaml`, the last wording of
  each attribute in `engine/demo/people.py`, all held-out posts (the demo corpus among them), and one in six pairs of
  phrase and group, of which half of the held-out posts are made.
- The same command on the same machine and libraries gives the same files; another processor may round differently.

## Measured

By `python -m engine.demo.evaluate`, on held-out posts that are not in the demo corpus (alpha: on the demo corpus),
in float32, against what the model was taught; figures.json holds all of it.

| | |
|---|---|
{table}

An effective change is one of an attribute that moves the taught probability by at least .02; attributes are exchanged
or left out.

## Limits

It knows some hundred words and one question. On texts shaped like posts it still answers `yes` or `no`, but what it
says there means nothing; on others (a bare "ok", say) it may answer something else, which the label mass shows.
Prompts beyond some 300 tokens are longer than nearly all it was trained on.

Licence: GPL-3.0-or-later, as the project.
"""
