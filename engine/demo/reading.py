"""Questions to the demo models on held-out posts, and a plain transformers reader of their answers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.corpora.corpus import Item
from engine.demo.corpus import CORPUS_ITEMS
from engine.demo.examples import TASK, family
from engine.demo.people import describe, draw_subset
from engine.demo.posts import held_out_posts
from engine.demo.world import TARGET_BY_KEY, Post
from engine.personas.persona import Persona
from engine.personas.template import Messages, Mode, Wording, answer_options, render

Floats = NDArray[np.float64]


def conversation(text: str, post: Post, wording: Wording, mode: Mode = "label") -> Messages:
    """Return the messages by which a run would ask a persona of this text about this post."""
    persona = Persona(persona_id="p", kind="strong", text=text) if text else Persona(persona_id="p", kind="empty")
    return render(wording, persona, Item("i", {"text": post.text}), answer_options(TASK), mode)


class Reader:
    """A demo model in plain transformers, float32, one thread or as many as torch is set to."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self.model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype="float32").eval()
        self.answers = [self.tokenizer.convert_tokens_to_ids(TASK.answer(label)) for label in TASK.labels]

    def tokens(self, messages: Messages) -> list[int]:
        """Return the prompt's tokens after the chat template."""
        encoded = self.tokenizer.apply_chat_template(list(messages), add_generation_prompt=True, return_dict=True)
        return list(encoded["input_ids"])

    def read(self, conversations: Sequence[Messages], batch: int = 32) -> tuple[Floats, Floats]:
        """Return (probability of 'yes' among the labels, mass of both labels), one value a conversation."""
        import torch

        prompts = [self.tokens(messages) for messages in conversations]
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        both = np.zeros((len(prompts), 2))
        with torch.inference_mode():
            for start in range(0, len(order), batch):
                rows = order[start : start + batch]
                longest = max(len(prompts[i]) for i in rows)
                ids = torch.tensor([prompts[i] + [0] * (longest - len(prompts[i])) for i in rows])
                hidden = self.model.model(input_ids=ids, use_cache=False).last_hidden_state  # padding follows: no mask
                last = hidden[torch.arange(len(rows)), torch.tensor([len(prompts[i]) - 1 for i in rows])]
                both[rows] = self.model.lm_head(last).softmax(-1)[:, self.answers].double().numpy()
        mass = both.sum(axis=1)
        return both[:, 1] / mass, mass

    def write(self, conversations: Sequence[Messages], seed: int, temperature: float = 0.7) -> list[str]:
        """Return one drawn answer a conversation, at most 64 tokens."""
        import torch

        prompts = [self.tokens(messages) for messages in conversations]
        longest = max(map(len, prompts))
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(p)) + p for p in prompts])
        mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            out = self.model.generate(
                input_ids=ids, attention_mask=mask, do_sample=True, temperature=temperature, top_k=0, max_new_tokens=64
            )
        return [self.tokenizer.decode(row[longest:], skip_special_tokens=True) for row in out]


@dataclass(frozen=True)
class Case:
    """One question with a known answer."""

    post: Post
    attributes: Mapping[str, str]
    text: str
    """The persona's text; empty for no persona."""
    wording: Wording

    def messages(self, mode: Mode = "label") -> Messages:
        """Return the messages that ask it."""
        return conversation(self.text, self.post, self.wording, mode)


def draw_cases(rng: random.Random, count: int, *, unseen_words: bool = False, wording: str = "") -> list[Case]:
    """Return questions on held-out posts with drawn personas.

    Args:
        rng: draws posts, personas and wordings.
        count: how many.
        unseen_words: state attributes in the wordings held out of training.
        wording: ask in this wording; '' draws among all.
    """
    posts = held_out_posts()[CORPUS_ITEMS:]
    wordings = [w for w in family().wordings if wording in ("", w.name)]
    cases = []
    for _ in range(count):
        post = rng.choice(posts)
        attributes = draw_subset(rng, TARGET_BY_KEY[post.target], 0.2)
        cases.append(Case(post, attributes, describe(rng, attributes, held_out=unseen_words), rng.choice(wordings)))
    return cases
