"""Answers as language models give them to a question with fixed labels, and the label that a person reads in each.

Written by hand after the habits of instruction-tuned models: a verdict with reasons, reasons with a verdict, markup,
JSON, denials, labels that also stand in the prose, other languages, refusals.
"""

from __future__ import annotations

import pytest

from engine.inference.reading import read_label
from engine.personas.template import AnswerOption

Options = tuple[AnswerOption, ...]


def _options(*answers: str, labels: tuple[str, ...] = (), meanings: tuple[str, ...] = ()) -> Options:
    return tuple(map(AnswerOption, labels or answers, answers, meanings or answers))


YES_NO = _options("no", "yes", labels=("0", "1"))
THREE = _options("yes", "no", "neutral")
HATEFUL = _options("hateful", "not hateful")
NORMAL = _options("hateful", "offensive", "normal")
NLI = _options("entailment", "neutral", "contradiction")
LETTERS = _options("A", "B", "C", meanings=("entailment", "neutral", "contradiction"))
SENT = _options("positive", "neutral", "negative")
TOX = _options("toxic", "not toxic")
SIX = _options(*"123456")
GERMAN = _options("nein", "ja", labels=("0", "1"))
FRENCH = _options("non", "oui", labels=("0", "1"))
SPANISH = _options("no", "sí", labels=("0", "1"))
ITALIAN = _options("no", "sì", labels=("0", "1"))
TURKISH = _options("hayır", "evet", labels=("0", "1"))

ANSWERS: list[tuple[str, Options, str]] = [
    # the case that was found
    ("My opinion is no. The post speaks of migrants in a neutral way.", THREE, "no"),
    ("No. It reports the news in a neutral way.", THREE, "no"),
    ("This insults nobody, so no. It's written in a neutral tone.", THREE, "no"),
    ("From where I stand, no. It is neutral in tone.", THREE, "no"),
    ("Reading it as this person: no. Neutral wording throughout.", THREE, "no"),
    ("It is phrased in neutral terms, but yes.", THREE, "yes"),
    ("The post is neutral.", THREE, "neutral"),
    ("It refers to the group in a neutral way.", THREE, "neutral"),
    ("Neutral, neither a yes nor a no.", THREE, "neutral"),
    ("Yes - although parts of it sound neutral.", THREE, "yes"),
    ("no. It speaks of them in a neutral way.", NLI, "unparsable"),
    # own sentence, after reasoning
    ("The post uses a slur against a religious group and calls for their removal.\n\nYes", YES_NO, "1"),
    ("Let me think. The author is joking with friends. No.", YES_NO, "0"),
    ("The word can be hateful elsewhere. Here friends tease each other.\n\n**Not hateful**", HATEFUL, "not hateful"),
    ("Step 1: It names a group. Step 2: It calls them offensive names.\n\nhateful", NORMAL, "hateful"),
    ("Hateful? No. Offensive? Yes.", YES_NO, "hedge"),
    ("Okay, so as this person I find the joke mean.\nYes.", YES_NO, "1"),
    ("The premise says he sleeps; the hypothesis says he runs. Contradiction.", NLI, "contradiction"),
    # announced
    ("Final answer: **neutral**", NLI, "neutral"),
    ("Final: no", YES_NO, "0"),
    ("**Final Answer**\n\nyes", YES_NO, "1"),
    ("Therefore, my answer is: no.", YES_NO, "0"),
    ("In my view, yes.", YES_NO, "1"),
    ("My vote: yes", YES_NO, "1"),
    ("My judgement: hateful", HATEFUL, "hateful"),
    ("I'd lean towards yes here.", YES_NO, "1"),
    ("I would have to say yes.", YES_NO, "1"),
    ("I'm going with no.", YES_NO, "0"),
    ("I'm inclined to say yes.", YES_NO, "1"),
    ("I'd give this a 4 out of 6.", SIX, "4"),
    ("Rating: 5/6. It mocks a whole city.", SIX, "5"),
    ("On a scale from 1 to 6, I'd say 4.", SIX, "4"),
    ("On a scale of 1 to 6, this is a 2.", SIX, "2"),
    ("The correct choice is **(B)**: neither follows.", LETTERS, "B"),
    ("Answer: B. Neutral", LETTERS, "B"),
    ("The relation between the two is one of contradiction.", LETTERS, "C"),
    ("ANSWER: YES", YES_NO, "1"),
    # verdict words within a sentence
    ("So yes, I find it hateful.", YES_NO, "1"),
    ("Well, no, not really.", YES_NO, "0"),
    ("Honestly? Yes.", YES_NO, "1"),
    ("Hmm, I think yes.", YES_NO, "1"),
    ("I think no, it is only banter.", YES_NO, "0"),
    ("Definitely yes!", YES_NO, "1"),
    ("Absolutely not hateful.", HATEFUL, "not hateful"),
    ("Clearly hateful.", HATEFUL, "hateful"),
    ("It is a resounding no from me.", YES_NO, "0"),
    ("That's a yes.", YES_NO, "1"),
    ("This would be a no for me.", YES_NO, "0"),
    # negations
    ("I don't think this is hateful.", HATEFUL, "not hateful"),
    ("I wouldn't call this hateful.", HATEFUL, "not hateful"),
    ("There is nothing hateful about this.", HATEFUL, "not hateful"),
    ("This isn't hateful at all.", HATEFUL, "not hateful"),
    ("I do not find it hateful.", NORMAL, "unparsable"),
    ("It's not offensive, and it's not hateful. It's normal.", NORMAL, "normal"),
    ("Not offensive but hateful.", NORMAL, "hateful"),
    ("Rude, yet hardly hateful.", HATEFUL, "not hateful"),
    ("The post is non-hateful.", HATEFUL, "not hateful"),
    # quoted labels and the question said again
    ('I would answer "no" to this one.', YES_NO, "0"),
    ("The question is whether this is hateful or not hateful. It is hateful.", HATEFUL, "hedge"),
    ("You asked for yes or no. My answer: yes", YES_NO, "1"),
    ("Is this hate speech? Yes.", YES_NO, "1"),
    ("Question: Is this hateful?\nAnswer: no", YES_NO, "0"),
    ('"Yes"', YES_NO, "1"),
    ("'no'.", YES_NO, "0"),
    # JSON and the like
    ('{"answer": "no", "explanation": "It speaks in a neutral way."}', THREE, "no"),
    ('```json\n{"label": "neutral", "confidence": 0.9}\n```', THREE, "neutral"),
    ('{"label": "Yes", "reason": "calls it \\"neutral\\""}', THREE, "yes"),
    ("{'label': 'no'}", YES_NO, "0"),
    ('[{"label": "yes"}]', YES_NO, "1"),
    ("<label>no</label><reason>it is neutral</reason>", THREE, "no"),
    ("label: neutral\nreason: no clear stance", THREE, "neutral"),
    ("- **Label**: Yes\n- **Reason**: no irony here", YES_NO, "1"),
    ("| label |\n|---|\n| no |", YES_NO, "0"),
    # casing and other languages
    ("NEIN.", GERMAN, "0"),
    ("JA, das ist Hass.", GERMAN, "1"),
    ("Meine Antwort ist nein.", GERMAN, "0"),
    ("Ich würde sagen: ja.", GERMAN, "1"),
    ("Oui, c'est haineux.", FRENCH, "1"),
    ("Ma réponse est non.", FRENCH, "0"),
    ("SÍ", SPANISH, "1"),
    ("Sí. Ataca a un grupo.", SPANISH, "1"),
    ("HAYIR", TURKISH, "0"),
    ("Hayır, değil.", TURKISH, "0"),
    ("EVET!", TURKISH, "1"),
    ("Sì, è offensivo.", ITALIAN, "1"),
    # refusals and hedges
    ("I'm sorry, but I can't take on that persona.", YES_NO, "refusal"),
    ("I can't help with labeling hateful content. Is there something else?", HATEFUL, "refusal"),
    ("I'm not able to say yes or no to that.", YES_NO, "refusal"),
    ("I won't adopt the viewpoint of a racist.", YES_NO, "refusal"),
    ("As an AI, I try to stay neutral and don't take sides.", THREE, "refusal"),
    ("I prefer to stay neutral on this and won't answer.", THREE, "refusal"),
    ("I can't answer this in a neutral way.", THREE, "refusal"),
    ("It depends. Some would say yes, others no.", YES_NO, "hedge"),
    ("Maybe. It could be read as hateful or as not hateful.", HATEFUL, "hedge"),
    ("Somewhere between yes and no.", YES_NO, "hedge"),
    ("It's a tough call: 3 or 4.", SIX, "hedge"),
    ("There's no way to know.", YES_NO, "unparsable"),
    ("No idea.", YES_NO, "hedge"),
    ("I have no strong feelings about this post.", YES_NO, "unparsable"),
    ("This post has 3 words and 2 hashtags.", SIX, "hedge"),
    ("The tone is friendly.", YES_NO, "unparsable"),
    # written after the rules were made, without a look at them
    ("I believe this crosses the line into hate speech, so my verdict is yes.", YES_NO, "1"),
    ("no hate speech here, just frustration with politicians", YES_NO, "0"),
    ("Given my background, I would not consider this hateful. No.", YES_NO, "0"),
    ("Speaking as a retired teacher: yes, this is meant to hurt.", YES_NO, "1"),
    ("Probably not hateful, though it is rude.", HATEFUL, "not hateful"),
    ("It's hateful. Full stop.", HATEFUL, "hateful"),
    ("I'd classify this as: not toxic", TOX, "not toxic"),
    ("Toxic, because it wishes harm on someone.", TOX, "toxic"),
    ("The comment isn't toxic; it is merely critical.", TOX, "not toxic"),
    ("I find nothing toxic in this comment.", TOX, "not toxic"),
    ("The overall sentiment is negative, despite a few positive words.", SENT, "hedge"),
    ("Negative. The writer regrets a positive expectation.", SENT, "negative"),
    ("Sentiment: Positive 😊", SENT, "positive"),
    ("The text is written in a neutral tone, but the sentiment is negative.", SENT, "negative"),
    ("Neutral – it only states facts.", SENT, "neutral"),
    ("I'd go with neutral.", SENT, "neutral"),
    ("not positive, not negative: neutral", SENT, "neutral"),
    ("My answer would be contradiction, since both cannot be true.", NLI, "contradiction"),
    ("The statement does not contradict the context; it is entailed.", NLI, "unparsable"),
    ("This is not a contradiction but an entailment.", NLI, "entailment"),
    ("C) contradiction", LETTERS, "C"),
    ("The answer is option B, because nothing follows.", LETTERS, "B"),
    ("Choice: A", LETTERS, "A"),
    ("5", SIX, "5"),
    ("**4** – rather offensive", SIX, "4"),
    ("Score = 3", SIX, "3"),
    ("I would rate this post a 2 because it is mild.", SIX, "2"),
    ("Somewhere around 3, maybe 4.", SIX, "hedge"),
    ("Between 2 and 3", SIX, "hedge"),
    ("I am unable to provide a rating for this content.", SIX, "refusal"),
    ("I'm just a language model and cannot judge this.", YES_NO, "refusal"),
    ("This request asks me to impersonate; I must decline.", YES_NO, "refusal"),
    ("I can't say for sure.", YES_NO, "hedge"),
    ("Not sure, honestly.", YES_NO, "hedge"),
    ("Yes. Yes. Yes.", YES_NO, "1"),
    ("no no no", YES_NO, "0"),
    ("Nope, no hate in here. Answer: no", YES_NO, "0"),
    ('The label is "yes".', YES_NO, "1"),
    ("Label → No", YES_NO, "0"),
    ("Result: `yes`", YES_NO, "1"),
    ('{"hateful": "no"}', YES_NO, "0"),
    ("Here is my annotation:\n```\nyes\n```", YES_NO, "1"),
    ("Here's the label:\n\nno", YES_NO, "0"),
    ("Thought: the post is sarcastic.\nAnswer: yes", YES_NO, "1"),
    ("Ja – eindeutig.", GERMAN, "1"),
    ("Ich denke, nein.", GERMAN, "0"),
    ("Ja und nein.", GERMAN, "hedge"),
    ("Je dirais non.", FRENCH, "0"),
    ("La réponse : oui", FRENCH, "1"),
    ("Creo que sí.", SPANISH, "1"),
    ("There's no hate in it, no.", YES_NO, "0"),
    ("He said yes to the invitation, nothing wrong with that.", YES_NO, "unparsable"),
    ("The author says no group should be excluded.", YES_NO, "unparsable"),
    ("I think no one would be offended by this.", YES_NO, "unparsable"),
    ("I'd say no harm was intended.", YES_NO, "unparsable"),
]
"""Text, what was asked for, and the label, or what stands in its place: refusal, hedge, unparsable."""


@pytest.mark.parametrize(("text", "options", "expected"), ANSWERS)
@pytest.mark.parametrize("explained", [False, True])
def test_an_answer_is_read_as_a_person_reads_it(text: str, options: Options, expected: str, explained: bool) -> None:
    reading = read_label(text, options, explained)
    assert (reading.label if reading.status == "ok" else reading.status) == expected, reading.reason


def test_an_explained_answer_is_what_it_begins_with() -> None:
    text = "It could be entailment at first sight. On reflection: neutral."
    assert read_label(text, NLI, expects_explanation=True).label == "entailment"
    assert read_label(text, NLI, expects_explanation=False).label == "neutral"


def test_several_lines_of_their_own_are_no_answer() -> None:
    assert read_label("I cannot choose between these:\nhateful\nnot hateful", HATEFUL, False).status == "hedge"
