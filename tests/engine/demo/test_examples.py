"""Training examples: the tokens a run would send, the answers' first token, the same from the same seed."""

from __future__ import annotations

import random

import pytest

from engine.demo.examples import (
    HELD_OUT_WORDING,
    Recipe,
    ask,
    draw_example,
    explain_label,
    family,
    tokenizer_texts,
)
from engine.demo.noise import with_stray_words
from engine.demo.sequences import to_tokens
from engine.demo.tokenizer import CHAT_TEMPLATE, train_tokenizer
from engine.demo.train import READING
from engine.demo.world import Post, probability

RECIPE = Recipe(probability, 0.3, 0.4, 2)


@pytest.fixture(scope="module")
def tokenizer():
    return train_tokenizer(tokenizer_texts(random.Random(1), 400))


def test_the_prompt_is_what_the_chat_template_makes(tokenizer) -> None:
    rng = random.Random(2)
    for _ in range(60):
        example = draw_example(rng, RECIPE)
        sequence = to_tokens(tokenizer, example)
        messages = [dict(m) for m in example.prompt]
        prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)["input_ids"]
        assert sequence.ids[: sequence.label_at + 1] == prompt
        messages.append({"role": "assistant", "content": example.answer})
        for question, answer in example.turns:
            messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        whole = tokenizer.apply_chat_template(messages, return_dict=True)["input_ids"]
        assert sequence.ids == whole


def test_only_what_the_assistant_says_is_learnt_and_the_label_apart(tokenizer) -> None:
    rng = random.Random(3)
    end = tokenizer.eos_token_id
    for _ in range(60):
        example = draw_example(rng, RECIPE)
        sequence = to_tokens(tokenizer, example)
        assert len(sequence.wanted) == len(sequence.ids)
        assert sequence.wanted[sequence.label_at] == -100
        asked = [token for token in sequence.wanted if token != -100]
        assert asked.count(end) == 1 + len(example.turns)
        for place, token in enumerate(sequence.wanted):
            assert token in (-100, sequence.ids[place + 1] if place + 1 < len(sequence.ids) else -100)


def test_yes_and_no_are_one_token_each_in_both_modes(tokenizer) -> None:
    for word in ("yes", "no"):
        (token,) = tokenizer.encode(word, add_special_tokens=False)
        assert tokenizer.encode(f"{word}. The post", add_special_tokens=False)[0] == token


def test_the_same_state_gives_the_same_example_and_the_held_out_wording_never_comes() -> None:
    one, other = random.Random(9), random.Random(9)
    held_out = next(w for w in family().wordings if w.name == HELD_OUT_WORDING)
    start = held_out.user.split("\n")[0]
    for _ in range(500):
        example = draw_example(one, READING.recipe)
        assert example == draw_example(other, READING.recipe)
        assert start not in example.prompt[-1]["content"]


def test_first_words_are_drawn_with_the_stated_chance() -> None:
    rng = random.Random(4)
    drawn = [draw_example(rng, RECIPE) for _ in range(3000)]
    p = [e.probability for e in drawn]
    z = (sum(e.answer.startswith("yes") for e in drawn) - sum(p)) / sum(q * (1 - q) for q in p) ** 0.5
    assert abs(z) < 3


def test_explanations_name_group_harshness_and_membership() -> None:
    p = Post("text", "Muslims", 2, 20, 0.0)
    member = explain_label(random.Random(1), p, {"religion": "Muslim"}, True)
    assert "Muslims" in member
    assert "hostile" in member
    assert "as a Muslim I" in member
    assert "as a Muslim" not in explain_label(random.Random(1), p, {"religion": "Hindu"}, True)
    assert "as a Muslim" not in explain_label(random.Random(1), p, {"religion": "Muslim"}, True, membership=False)


def test_questions_have_true_answers() -> None:
    p = Post("text", "Muslims", 2, 20, 0.0)
    person = {"religion": "Muslim", "age": "60+"}
    known = {ask(random.Random(i), p, person) for i in range(300)}
    answers = {question: {a for q, a in known if q == question} for question, _ in known}
    assert answers["Who is the post about?"] == {"Muslims"}
    assert answers["Does the post concern you?"] == {"me too, I am a Muslim"}
    assert answers["How old are you?"] == {"60+"}
    assert answers["What is your gender?"] == {"not told"}
    assert all(len(found) == 1 for found in answers.values())


@pytest.mark.parametrize(
    "text", ["😀 مرحبا بكم 1234567", " two  spaces\n\n\ttab ", "<|user|", "naïve Ωmega 日本語", ""]
)
def test_every_text_survives_the_tokenizer(tokenizer, text) -> None:
    ids = tokenizer.encode(text, add_special_tokens=False)
    assert tokenizer.decode(ids) == text


def test_digits_are_single_and_the_chat_template_is_ours(tokenizer) -> None:
    assert [tokenizer.decode([i]) for i in tokenizer.encode("2048", add_special_tokens=False)] == list("2048")
    assert tokenizer.chat_template == CHAT_TEMPLATE


def test_stray_words_leave_the_text_itself_whole() -> None:
    text = "You are 31. You are Muslim. You live in the west."
    longest = 0
    for seed in range(400):
        found = with_stray_words(random.Random(seed), text, between=True)
        assert all(sentence in found for sentence in ("You are 31.", "You are Muslim.", "You live in the west."))
        assert found != text
        assert text in with_stray_words(random.Random(seed), text)
        assert with_stray_words(random.Random(seed), "").strip()
        longest = max(longest, len(found.split()))
    assert longest > 60
