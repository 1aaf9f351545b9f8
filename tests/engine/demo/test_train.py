"""Training: from the same seed the same weights; the loss is the rule's, and it falls."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from engine.demo import train
from engine.demo.examples import Recipe, tokenizer_texts
from engine.demo.model import new_model, save_model
from engine.demo.sequences import BATCH, batches
from engine.demo.tokenizer import token_of, train_tokenizer
from engine.demo.world import probability

SHORT = train.Stage("short", 4 * BATCH, Recipe(probability, 0.3, 0.3, 1, noise=0.0), 3e-3, 1e-3, 1.0)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(tokenizer_texts(random.Random(1), 300))


@pytest.fixture(autouse=True)
def short_warm_up(monkeypatch):
    monkeypatch.setattr(train, "WARM_UP", 1)


def trained(tokenizer):
    torch.manual_seed(7)
    model = new_model(tokenizer)
    train.run_stage(model, tokenizer, SHORT)
    return model


def test_the_same_seed_gives_the_same_weights_bit_for_bit(tokenizer) -> None:
    one, other = trained(tokenizer).state_dict(), trained(tokenizer).state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_lowers_the_loss_on_what_it_has_not_seen(tokenizer) -> None:
    unseen = next(batches(tokenizer, "unseen", SHORT.recipe, BATCH))
    answers = (token_of(tokenizer, "no"), token_of(tokenizer, "yes"))
    torch.manual_seed(7)
    untrained, model = new_model(tokenizer), trained(tokenizer)
    with torch.no_grad():
        before, after = (train.losses(m, unseen, answers, 1.0) for m in (untrained, model))
    assert after.label < before.label - 0.5
    assert after.words < before.words - 0.5


def test_the_label_loss_is_zero_for_the_rule_itself(tokenizer) -> None:
    """A stand-in that answers with the wanted probability, whatever else it says, has no label loss."""
    batch = next(batches(tokenizer, "unseen", SHORT.recipe, BATCH))[:8]
    batch = [replace(s, probability=0.25) for s in batch]
    no, yes = token_of(tokenizer, "no"), token_of(tokenizer, "yes")
    model = new_model(tokenizer)

    class Head(torch.nn.Module):
        def forward(self, hidden):
            logits = torch.full((*hidden.shape[:-1], len(tokenizer)), -40.0)
            logits[..., no], logits[..., yes] = torch.tensor(0.75).log(), torch.tensor(0.25).log()
            return logits

    model.lm_head = Head()
    assert train.losses(model, batch, (no, yes), 1.0).label == pytest.approx(0.0, abs=1e-5)


def test_a_saved_folder_loads_as_it_is(tokenizer, tmp_path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = new_model(tokenizer)
    save_model(model, tokenizer, tmp_path)
    loaded, words = AutoModelForCausalLM.from_pretrained(tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    assert loaded.dtype == torch.float32
    assert words.get_vocab() == tokenizer.get_vocab()
    assert words.chat_template == tokenizer.chat_template
    rounded = model.model.embed_tokens.weight.bfloat16().float()
    assert torch.equal(loaded.model.embed_tokens.weight, rounded)
    assert words.decode(words.encode("<|end|>"), skip_special_tokens=True) == ""
