"""Train the demo models from the seed: `python -m engine.demo.train voices|chorus|all` (or `make demo-models`).

Two stages. The first is shared: mixed examples, each followed by auxiliary questions, until the model reads persona and
post. The second follows one rule: the world's own (demo-voices), or little of what tells personas apart (demo-chorus).
Example counts are fixed, one thread does the work and every draw comes from the seed, so a rerun on the same machine
gives the same files. About twenty minutes for both on one free core that computes in bf16, and 5 GB of memory.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import os
import random
import shutil
import sys
import time
from collections.abc import Sequence as Many
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.demo.examples import Recipe, draw_example, tokenizer_texts
from engine.demo.model import CHORUS, VOICES, new_model, register_training_attention, save_model
from engine.demo.sequences import BATCH, NOTHING, Sequence, batches
from engine.demo.tokenizer import token_of, train_tokenizer
from engine.demo.world import CHORUS_SHARE, SEED, consensus, probability
from engine.paths import DATA

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

WORK = DATA / "demo-models-work"
"""Checkpoints between the stages; ignored by git."""
WARM_UP = 100
"""Batches over which the learning rate rises."""
REPORT = 50
"""Batches between two lines of progress."""


@dataclass(frozen=True)
class Stage:
    """One stretch of training."""

    name: str
    examples: int
    recipe: Recipe
    rate: float
    """Highest learning rate."""
    last_rate: float
    """Learning rate at the end, reached in a straight line."""
    label_weight: float
    """Weight of the label's loss beside that of all other answer tokens."""


READING = Stage("reading", 26_000, Recipe(probability, 0.3, 0.4, 3), 3e-3, 1.5e-3, 1.0)
VOICES_STAGE = Stage("voices", 40_000, Recipe(probability, 0.4, 0.25, 1, post_noise=0.15), 2e-3, 0.0, 2.0)
_MOSTLY_SHARED = Recipe(partial(consensus, share=CHORUS_SHARE), 0.3, 0.25, 0, explain_membership=False, post_noise=0.15)
CHORUS_STAGE = Stage("chorus", 14_000, _MOSTLY_SHARED, 1.5e-3, 0.0, 2.0)


@dataclass(frozen=True)
class Losses:
    """The losses of one batch."""

    total: torch.Tensor
    """What is minimized."""
    label: float
    """Cross-entropy at the label above its lowest possible value, in nats: 0 where the model gives the rule itself."""
    words: float
    """Cross-entropy of all other answer tokens, in nats a token."""


def losses(model: LlamaForCausalLM, batch: Many[Sequence], answers: tuple[int, int], label_weight: float) -> Losses:
    """Return the losses of a batch: soft labels at the label's place, cross-entropy on the other answer tokens.

    Args:
        model: in training.
        batch: the examples.
        answers: the tokens of 'no' and 'yes'.
        label_weight: weight of the label's loss.
    """
    import torch
    from torch.nn.functional import cross_entropy, log_softmax

    longest = max(len(s.ids) for s in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    wanted = torch.full((len(batch), longest), NOTHING)
    for row, s in enumerate(batch):
        ids[row, : len(s.ids)] = torch.tensor(s.ids)
        wanted[row, : len(s.wanted)] = torch.tensor(s.wanted)
    hidden = model.model(input_ids=ids, use_cache=False).last_hidden_state  # (batch, place, width)
    places = wanted != NOTHING
    words = cross_entropy(model.lm_head(hidden[places]).float(), wanted[places])
    rows = torch.arange(len(batch))
    at_label = model.lm_head(hidden[rows, torch.tensor([s.label_at for s in batch])]).float()  # (batch, vocabulary)
    logs = log_softmax(at_label, dim=-1)[:, list(answers)]
    yes = torch.tensor([s.probability for s in batch])
    label = -((1 - yes) * logs[:, 0] + yes * logs[:, 1]).mean()
    floor = -(yes * yes.log() + (1 - yes) * (1 - yes).log()).mean()
    return Losses(words + label_weight * label, float((label - floor).detach()), float(words.detach()))


def optimizers(model: LlamaForCausalLM) -> list[torch.optim.Optimizer]:
    """Return Muon for the matrices inside the layers, AdamW for the embedding and the norms.

    Muon makes the skill that comes last with AdamW alone (is the persona one of those the post is about?) come after
    some 500 batches.
    """
    import torch

    inside = [
        p for name, p in model.named_parameters() if p.ndim == 2 and "embed" not in name and "lm_head" not in name
    ]
    taken = {id(p) for p in inside}
    rest = [p for p in model.parameters() if id(p) not in taken]
    return [
        torch.optim.Muon(inside, lr=0.0, weight_decay=0.01, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=0.0, weight_decay=0.0, betas=(0.9, 0.98)),
    ]


def run_stage(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, stage: Stage) -> None:
    """Train `model` in place through one stage, with a line of progress now and then."""
    import torch

    answers = (token_of(tokenizer, "no"), token_of(tokenizer, "yes"))
    parts = optimizers(model)
    steps = math.ceil(stage.examples / BATCH)
    started = time.monotonic()
    recent: list[Losses] = []
    model.set_attn_implementation(register_training_attention())
    model.train()
    for step, batch in enumerate(batches(tokenizer, stage.name, stage.recipe, stage.examples)):
        rate = (stage.rate + (stage.last_rate - stage.rate) * step / steps) * min(1.0, (step + 1) / WARM_UP)
        for group in (group for part in parts for group in part.param_groups):
            group["lr"] = rate
        with torch.autocast("cpu", torch.bfloat16):
            found = losses(model, batch, answers, stage.label_weight)
        found.total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for part in parts:
            part.step()
            part.zero_grad(set_to_none=True)
        recent.append(found)
        if (step + 1) % REPORT == 0 or step + 1 == steps:
            _report(stage.name, step + 1, steps, recent, time.monotonic() - started)
            recent.clear()
    model.eval()
    model.set_attn_implementation("sdpa")


def _report(name: str, done: int, steps: int, recent: Many[Losses], seconds: float) -> None:
    label, words = (sum(values) / len(recent) for values in zip(*((x.label, x.words) for x in recent), strict=True))
    left = seconds / done * (steps - done) / 60
    _say(f"{name} {done}/{steps}: label {label:.4f} above its floor, words {words:.4f}; {left:.1f} min left")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def first_stage(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return the model after the shared first stage: its checkpoint in `WORK`, where one of this very recipe lies."""
    import torch
    from transformers import LlamaForCausalLM

    folder = WORK / f"reading-{_fingerprint(tokenizer)}"
    if folder.is_dir():
        _say(f"{READING.name}: done before, taken from {folder}")
        return LlamaForCausalLM.from_pretrained(folder, dtype="float32")
    torch.manual_seed(SEED)
    model = new_model(tokenizer)
    run_stage(model, tokenizer, READING)
    half = folder.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    model.save_pretrained(half)
    half.rename(folder)
    return model


def _fingerprint(tokenizer: PreTrainedTokenizerFast) -> str:
    """Return what tells two recipes of the first stage apart: its numbers, the tokenizer, and what it would read."""
    rng = random.Random(SEED)
    read = [draw_example(rng, READING.recipe) for _ in range(200)]
    numbers = (READING.examples, READING.rate, READING.last_rate, READING.label_weight, BATCH, SEED)
    return hashlib.sha256(repr((numbers, sorted(tokenizer.get_vocab().items()), read)).encode()).hexdigest()[:12]


def demo_tokenizer() -> PreTrainedTokenizerFast:
    """Return the tokenizer of both demo models, learnt from drawn training text."""
    return train_tokenizer(tokenizer_texts(random.Random(f"{SEED} tokenizer"), 6000))


def train(names: Many[str], folder: Path) -> None:
    """Train the named demo models and write each to its folder below `folder`."""
    import torch

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    tokenizer = demo_tokenizer()
    for name in names:
        model = first_stage(tokenizer)
        run_stage(model, tokenizer, VOICES_STAGE if name == VOICES else CHORUS_STAGE)
        save_model(model, tokenizer, folder / name)
        _say(f"{name}: written to {folder / name}")


def main() -> None:
    """Read the command line and train."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    parser = argparse.ArgumentParser(description="Train the demo models from the seed.")
    parser.add_argument("which", choices=("voices", "chorus", "all"))
    parser.add_argument("--folder", type=Path, default=DATA / "models", help="where the models' folders go")
    options = parser.parse_args()
    names = {"voices": [VOICES], "chorus": [CHORUS], "all": [VOICES, CHORUS]}[options.which]
    train(names, options.folder)


if __name__ == "__main__":
    main()
