"""Reading labels out of what language models really write."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.inference.reading import Reading, read_label
from engine.personas.template import AnswerOption


def _options(*answers: str, labels: tuple[str, ...] = (), meanings: tuple[str, ...] = ()) -> tuple[AnswerOption, ...]:
    labels = labels or answers
    return tuple(AnswerOption(la, a, m) for la, a, m in zip(labels, answers, meanings or answers, strict=True))


YES_NO = _options("no", "yes", labels=("0", "1"))
HATE = _options("no hate", "hate")
HATEFUL = _options("hateful", "not hateful")
NLI = _options("A", "B", "C", meanings=("entailment", "neutral", "contradiction"))
NLI_WORDS = _options("entailment", "neutral", "contradiction")
NINE = _options(*"ABCDEFGHI", meanings=tuple(f"class{i}" for i in range(9)))
ONE_TO_TEN = _options(*map(str, range(1, 11)))
SIGNED = _options(*map(str, range(-5, 6)))
ABUSE = _options("-3", "-2", "-1", "0", "1")
ARABIC = _options("لا", "نعم", labels=("0", "1"))
CHINESE = _options("否", "是", labels=("0", "1"))
GERMAN = _options("nein", "ja", labels=("0", "1"))

LABELS = [
    # bare, with punctuation, markup, quotes, emoji
    ("yes", YES_NO, "1"),
    ("No.", YES_NO, "0"),
    ("  \n\nYes\n", YES_NO, "1"),
    ("**Yes**", YES_NO, "1"),
    ("Answer: **Yes**.", YES_NO, "1"),
    ("**Answer:** No", YES_NO, "0"),
    ("# Yes", YES_NO, "1"),
    ("- yes", YES_NO, "1"),
    ("> No", YES_NO, "0"),
    ("`yes`", YES_NO, "1"),
    ('"yes"', YES_NO, "1"),
    ("“No”", YES_NO, "0"),
    ("«yes»", YES_NO, "1"),
    ("✅ Yes", YES_NO, "1"),
    ("❌ no", YES_NO, "0"),
    ("👍🏽 yes!", YES_NO, "1"),
    ("[yes]", YES_NO, "1"),
    ("(no)", YES_NO, "0"),
    ("<answer>yes</answer>", YES_NO, "1"),
    ("\\boxed{yes}", YES_NO, "1"),
    ("YES!!!", YES_NO, "1"),
    ("ｙｅｓ", YES_NO, "1"),
    ("yes<|im_end|>", YES_NO, "1"),
    # label first, then words
    ("No, I cannot call this hate speech.", YES_NO, "0"),
    ("No, I cannot label this as hateful.", YES_NO, "0"),
    ("Yes, no doubt about it.", YES_NO, "1"),
    ("Yes. No one should have to read this.", YES_NO, "1"),
    ("No - it is only a joke.", YES_NO, "0"),
    ("Yes because it attacks a group.", YES_NO, "1"),
    ("Yes, it both mocks and threatens people.", YES_NO, "1"),
    ("No\n\nYes would be too strong.", YES_NO, "0"),
    ("1. Yes", YES_NO, "1"),
    # announced
    ("The answer is yes.", YES_NO, "1"),
    ("My final answer: no", YES_NO, "0"),
    ("I'd say no.", YES_NO, "0"),
    ("I would say yes, since it insults people.", YES_NO, "1"),
    ("As an AI, I have no opinions, but the answer is: yes", YES_NO, "1"),
    ("This post insults a whole group. So my answer is yes.", YES_NO, "1"),
    ("Answer: no\nLabel: no", YES_NO, "0"),
    ("At first I thought the answer is no. The final answer is yes.", YES_NO, "1"),
    # the corpus's own label
    ("Label: 1", YES_NO, "1"),
    ("1", YES_NO, "1"),
    ("0 (no)", YES_NO, "0"),
    # JSON
    ('{"label": "yes"}', YES_NO, "1"),
    ('```json\n{"answer": "No"}\n```', YES_NO, "0"),
    ('{"reason": "it is rude", "label": 1}', YES_NO, "1"),
    ('{"hateful": true}', YES_NO, "1"),
    ('{"label": "yes", "explanation": "it says', YES_NO, "1"),
    # thinking
    ("<think>Could be no.</think>\n\nyes", YES_NO, "1"),
    ("<think>\n\n</think>\n\nno", YES_NO, "0"),
    ("it seems hostile, no?</think>Yes.", YES_NO, "1"),
    # words that contain one another
    ("no hate", HATE, "no hate"),
    ("hate", HATE, "hate"),
    ("No-hate", HATE, "no hate"),
    ("no_hate.", HATE, "no hate"),
    ("This is hate.", HATE, "hate"),
    ("Hate: it attacks a group.", HATE, "hate"),
    ("Not hateful", HATEFUL, "not hateful"),
    ("The post is not hateful.", HATEFUL, "not hateful"),
    ("I would label this post as hateful.", HATEFUL, "hateful"),
    ("I would classify it as not hateful", HATEFUL, "not hateful"),
    # numbers
    ("1", ONE_TO_TEN, "1"),
    ("10", ONE_TO_TEN, "10"),
    ("10.", ONE_TO_TEN, "10"),
    ("5", SIGNED, "5"),
    ("-5", SIGNED, "-5"),
    ("−5", SIGNED, "-5"),
    ("–3: very abusive", ABUSE, "-3"),
    ("+3", SIGNED, "3"),
    ("Rating: -5", SIGNED, "-5"),
    ("I would give it a 4.", ONE_TO_TEN, "4"),
    ("7/10", ONE_TO_TEN, "7"),
    ("7 out of 10", ONE_TO_TEN, "7"),
    ("3.0", ONE_TO_TEN, "3"),
    ("４", ONE_TO_TEN, "4"),
    ("5 - very sarcastic, 2 people laughed", ONE_TO_TEN, "5"),
    ("0", ABUSE, "0"),
    # letters
    ("B", NLI, "B"),
    ("(B)", NLI, "B"),
    ("B)", NLI, "B"),
    ("b.", NLI, "B"),
    ("A. Entailment", NLI, "A"),
    ("A: it follows", NLI, "A"),
    ("A", NLI, "A"),
    ("Option C", NLI, "C"),
    ("I choose B.", NLI, "B"),
    ("The correct answer is (C).", NLI, "C"),
    ("C because they exclude each other.", NLI, "C"),
    ("neutral", NLI, "B"),
    ("The statement is a contradiction.", NLI, "C"),
    ("B (neutral)", NLI, "B"),
    ("A - entailment", NLI, "A"),
    ("I.", NINE, "I"),
    ("A, because one follows from the other.", NLI, "A"),
    # other languages
    ("نعم، هذا مسيء", ARABIC, "1"),
    ("لا.", ARABIC, "0"),
    ("是。", CHINESE, "1"),
    ("答案：否", CHINESE, "0"),
    ("Ja, das ist Hass.", GERMAN, "1"),
    ("Nein!", GERMAN, "0"),
]

OTHERS = [
    # refusals
    ("I cannot answer that.", YES_NO, "refusal"),
    ("I can’t help with that.", YES_NO, "refusal"),
    ("As an AI language model, I cannot take part in this.", YES_NO, "refusal"),
    ("As a large language model I do not have personal opinions.", YES_NO, "refusal"),
    ("I'm sorry, but I cannot answer yes or no.", YES_NO, "refusal"),
    ("Sorry, I won't label this.", YES_NO, "refusal"),
    ("I am not comfortable judging this post.", YES_NO, "refusal"),
    ("No, I can't help with that.", YES_NO, "refusal"),
    ("No. I cannot assist with this request.", YES_NO, "refusal"),
    ("I must decline.", YES_NO, "refusal"),
    ("It would be inappropriate for me to adopt this persona.", YES_NO, "refusal"),
    ("I refuse.", NLI, "refusal"),
    ("No puedo responder a eso.", _options("no", "sí"), "refusal"),
    ("Es tut mir leid, das kann ich nicht.", GERMAN, "refusal"),
    ("لا أستطيع الإجابة", ARABIC, "refusal"),
    ("我无法回答", CHINESE, "refusal"),
    # hedges
    ("yes and no", YES_NO, "hedge"),
    ("Yes and no.", YES_NO, "hedge"),
    ("yes/no", YES_NO, "hedge"),
    ("Yes or no", YES_NO, "hedge"),
    ("Yes, but also no.", YES_NO, "hedge"),
    ("It depends.", YES_NO, "hedge"),
    ("It depends on the context.", YES_NO, "hedge"),
    ("Hard to say.", YES_NO, "hedge"),
    ("I cannot decide.", YES_NO, "hedge"),
    ("I'm not sure.", YES_NO, "hedge"),
    ("3 or 4", ONE_TO_TEN, "hedge"),
    ("3-4", ONE_TO_TEN, "hedge"),
    ("2, 3", ONE_TO_TEN, "hedge"),
    ("A or B", NLI, "hedge"),
    ("Both A and B", NLI, "hedge"),
    ("It could be hateful or not hateful.", HATEFUL, "hedge"),
    ("Somewhere between neutral and contradiction.", NLI, "hedge"),
    # nothing to read
    ("", YES_NO, "unparsable"),
    ("   \n", YES_NO, "unparsable"),
    ("...", YES_NO, "unparsable"),
    ("🙂", YES_NO, "unparsable"),
    ("<think>the post says no", YES_NO, "unparsable"),
    ("A post like this hurts people.", NLI, "unparsable"),
    ("A woman wrote this.", NLI, "unparsable"),
    ("I think so.", NINE, "unparsable"),
    ("I, too, was hurt.", NINE, "unparsable"),
    ("Noble words.", YES_NO, "unparsable"),
    ("Yesterday it rained.", YES_NO, "unparsable"),
    ("There is no reason to be upset.", YES_NO, "unparsable"),
    ("Nothing to add.", YES_NO, "unparsable"),
    ("4.5", ONE_TO_TEN, "unparsable"),
    ("100", ONE_TO_TEN, "unparsable"),
    ("11", ONE_TO_TEN, "unparsable"),
    ("-5", ONE_TO_TEN, "unparsable"),
    ("50%", ONE_TO_TEN, "unparsable"),
    ("The post is not hateful.", _options("hateful", "normal"), "unparsable"),
    ("I cannot call this hate speech.", YES_NO, "unparsable"),
    ("{}", YES_NO, "unparsable"),
]


@pytest.mark.parametrize(("text", "options", "label"), LABELS)
@pytest.mark.parametrize("explained", [False, True])
def test_labels(text: str, options: tuple[AnswerOption, ...], label: str, explained: bool) -> None:
    assert read_label(text, options, explained) == Reading("ok", label)


@pytest.mark.parametrize(("text", "options", "status"), OTHERS)
def test_no_label(text: str, options: tuple[AnswerOption, ...], status: str) -> None:
    reading = read_label(text, options, expects_explanation=False)
    assert reading.status == status
    assert reading.label is None
    assert reading.reason


def test_explanations_may_name_the_other_label() -> None:
    text = "This is hateful. Calling it not hateful would ignore the slur."
    assert read_label(text, HATEFUL, expects_explanation=True) == Reading("ok", "hateful")
    assert read_label(text, HATEFUL, expects_explanation=False).status == "hedge"


def test_an_unclosed_thinking_block_says_so() -> None:
    assert "thinking" in read_label("<think>hm, yes", YES_NO, expects_explanation=False).reason


@given(st.text(max_size=300), st.booleans())
def test_any_text_gives_a_reading(text: str, explained: bool) -> None:
    for options in (YES_NO, NLI, SIGNED, ARABIC):
        reading = read_label(text, options, explained)
        assert (reading.status == "ok") == (reading.label is not None) == (reading.reason == "")
        assert reading.label is None or reading.label in {o.label for o in options}


@given(
    st.sampled_from([YES_NO, HATE, HATEFUL, NLI, ONE_TO_TEN, SIGNED, NLI_WORDS]),
    st.data(),
    st.sampled_from(["", " ", "\n", "**", '"', "(", "✨ ", "Answer: ", "**Label:** ", "<think>a or b</think>\n"]),
    st.sampled_from(["", ".", "!", "\n", ". This is why I think so.", "\n\nReasoning follows."]),
)
def test_every_answer_is_read_in_every_dress(
    options: tuple[AnswerOption, ...], data: st.DataObject, before: str, after: str
) -> None:
    option = data.draw(st.sampled_from(options))
    closing = {"**": "**", '"': '"', "(": ")"}.get(before, "")
    assert read_label(f"{before}{option.answer}{closing}{after}", options, True) == Reading("ok", option.label)


@given(st.sampled_from([HATE, NLI_WORDS, ONE_TO_TEN]), st.data())
def test_two_answers_joined_are_a_hedge(options: tuple[AnswerOption, ...], data: st.DataObject) -> None:
    one, two = data.draw(st.lists(st.sampled_from(options), min_size=2, max_size=2, unique=True))
    assert read_label(f"{one.answer} or {two.answer}.", options, False).status == "hedge"


def test_very_long_texts_are_read_in_no_time() -> None:
    started = time.process_time()
    for text in ("word not sure " * 20_000, "I would say a an the " * 10_000, "(" * 100_000, "<think>" * 20_000):
        read_label(text, NLI, expects_explanation=True)
    assert time.process_time() - started < 8
