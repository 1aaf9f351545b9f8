"""The wordings by which language models refuse, hedge or announce an answer; data for `reading`.

All patterns meet text that `reading.clean` has made plain: lower case, straight apostrophes, no markup.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns))


def _words(words: str) -> str:
    """Return alternatives, one for each word of a list."""
    return "(?:" + "|".join(words.split()) + ")"


_THINK = "think|thinking|thought|reasoning|reflection"
THINKING_OPEN = re.compile(rf"<(?:{_THINK})\b[^>]*>", re.IGNORECASE)
THINKING_CLOSE = re.compile(rf"</(?:{_THINK})\s*>", re.IGNORECASE)

FOREIGN_REFUSAL = _any(
    r"no puedo\b",
    r"no me es posible",
    r"lo siento\b",
    r"como (?:modelo de lenguaje|una? ia)\b",
    r"non posso\b",
    r"mi dispiace\b",
    r"não posso\b",
    r"desculpe\b",
    r"je ne peux pas\b",
    r"(?:je suis )?désolée?\b",
    r"en tant qu[e'] ?ia\b",
    r"(?:es )?tut mir leid",
    r"ich kann .{0,40}nicht\b",
    r"als (?:ki|sprachmodell)\b",
    r"ik kan .{0,40}niet\b",
    r"لا أستطيع|لا استطيع|لا يمكنني|عذر[اًا]|آسف",
    r"我(?:不能|无法)|很?抱歉|对不起|申し訳",
)
"""Refusals in other languages, tried at the very start: the first word of several is also 'no'."""

CANNOT_DECIDE = _any(
    r"\b(?:can ?not|can't|could not|couldn't|unable to|hard to|difficult to|impossible to) (?:really |quite |easily )?"
    r"(?:decide|tell|say|determine|be sure|choose between|pick (?:just )?one|judge either way)"
    r"(?! (?:that )?(?:this|it) (?:is|was)\b)",
)

_TO_DO_THE_TASK = _words(
    "answer help assist comply fulfil fulfill continue do provide give offer engage participate respond generate "
    "create label classify rate judge evaluate assess annotate categori[sz]e role-?play pretend adopt discuss process "
    "complete support make express share endorse repeat"
)
REFUSAL = _any(
    r"\bi(?:'m| am) (?:very |really |so |truly )?sorry\b",
    r"^sorry\b",
    r"\bi apologi[sz]e\b",
    r"\bi(?:'m| am) (?:unable|not able|not comfortable|not going|not allowed|not permitted|not in a position)\b",
    r"\bi (?:can ?not|can't|won't|will not|shouldn't|should not|am unable to|must decline to|couldn't) (?:\w+ly )?"
    + _TO_DO_THE_TASK
    + r"\b",
    r"\bi (?:must |have to |respectfully |would like to )?(?:decline|refuse|abstain)\b",
    r"\bi (?:don't|do not) feel comfortable\b",
    r"\bi (?:don't|do not) have (?:any )?(?:personal )?(?:opinions?|beliefs?|views?|feelings?)\b",
    r"\bi(?:'d| would) (?:rather|prefer) not\b",
    r"\bas an? (?:\w+ )?(?:ai|a\.i\.|artificial intelligence|language model|llm|machine learning model|chatbot)\b",
    r"\bi(?:'m| am) (?:just |only )?an? (?:\w+ )?(?:ai|language model|llm|chatbot)\b",
    r"\b(?:is|would be) (?:inappropriate|not appropriate|unethical|harmful)(?: of| for)? (?:me )?to\b",
    r"\b(?:against|violates?) (?:my|the|our) (?:guidelines|policy|policies|programming|principles|rules)\b",
    r"\b(?:can ?not|can't|unable to|not able to) (?:help|assist|comply|fulfil|fulfill|engage|participate)\b",
    r"^no comment\b",
    r"\bi(?:'ll| will) (?:pass|not answer|abstain)\b",
    r"\b(?:won't|will not|can ?not|can't) (?:really |honestly )?answer\b",
)

REFUSAL_AFTER_LABEL = _any(
    r"\bi (?:can ?not|can't|won't|will not) "
    r"(?:help|assist|comply|fulfil|fulfill|continue|engage|participate|do (?:that|this)|answer (?:that|this|the|your)\b"
    r"|provide (?:an?|any|the|that|this) (?:label|answer|classification|judge?ment|rating))",
    r"\bi(?:'m| am) (?:unable|not able|not comfortable) (?:to )?(?:help|assist|comply|answer|with)",
)
"""What turns 'No, ...' from a label into a refusal to do the task."""

HEDGE = _any(
    r"\bit (?:really |all |largely |rather )?depends\b",
    r"\bdepends on\b",
    r"\b(?:not sure|unsure|undecided|uncertain|ambivalent|no idea|don't know|do not know)\b",
    r"\bneither\b",
    r"\bboth\b",
    r"\bsomewhere (?:in )?between\b",
    r"\b(?:could|can|might|may) (?:go|be (?:seen|read|interpreted|taken)) (?:either|both)\b",
    r"\beither (?:way|one)\b",
    r"\bon the fence\b",
    r"\bkommt (?:darauf|drauf) an\b",
    r"\b(?:depende|dipende|ça dépend)\b",
)

_ANNOUNCED = _words(
    "answer label classification class rating score grade verdict judge?ment response choice category decision "
    "annotation option result prediction output conclusion antwort urteil respuesta réponse risposta etichetta "
    "etiqueta resposta opinion view vote assessment الإجابة الجواب 答案 回答 答え"
)
CUE = re.compile(
    rf"\b(?:(?:final |my |the |your |correct |best |honest )*{_ANNOUNCED}(?:\s+(?:here|to this|for (?:this|the) \w+))?"
    r"\s*(?:(?:would be|should be|is|ist|es|est|è|é|هي)\b|是|为|[:=]|->|=>|→|⇒)+|final(?:ly)?\s*:)\s*"
)
"""'Answer:', 'my final label is', ... ; what follows is the answer."""

CUE_OPTION = re.compile(r"\b(?:option|choice|answer|category|label|choose|chose|pick|select)\s+")
"""'option B', 'I choose B'."""

_BETWEEN = _words(
    "this it the that \\w+ly a an post text tweet message comment statement item one pair sentence as with to be is "
    "rating label score grade of for"
)
SAYING = re.compile(
    r"\b(?:i|we|one|you)(?:'d| would| will|'ll| might| must| have|'m| am)?(?: have| inclined| tempted)?(?: to)? "
    r"(?:\w+ly )?(?:say|choose|pick|select|answer|vote|go(?:ing)? with|lean(?:ing)?(?: towards?)?|label|classify|rate"
    rf"|consider|mark|give|call|assign|judge|find|deem|see)\b(?: {_BETWEEN})*\s*"
    r"|\b(?:ich (?:denke|sage|würde sagen)|je (?:dirais|pense)(?: que)?|(?:creo|diría) que)\b\s*"
    r"|\b(?:penso|direi)(?: di| che)?\b\s*"
)
"""'I would label this post as', 'I'd say'; what follows is the answer."""

NEGATED = re.compile(
    r"(?:\b(?:not(?! (?:only|just|merely|simply)\b)|never|neither|nor|non|without|hardly|scarcely|nothing|cannot)\b"
    r"|n't\b)(?:(?!\b(?:but|yet|instead|rather)\b)[^.;:!?\n]){0,24}$",
)
"""What stands before a word that is denied; it may be denied no more behind a 'but'."""

DENIALS = ("not", "non", "no")
"""What a label that denies another one begins with: 'not hateful'."""

VERDICTS = frozenset({"yes", "no", "not", "none", "true", "false", "ja", "nein", "si", "sí", "sì", "non", "oui"})
"""Answer words that also stand before others in any text: 'no reason'."""

VERDICT_BEFORE = re.compile(
    r"(?:(?:^|[^\w\s'])\s*"
    r"|\b(?:so|thus|hence|therefore|but|well|definitely|clearly|absolutely|certainly|probably|simply|honestly|it's|that's"
    r"|is|be|ist|est|i (?:think|guess|suppose|believe)(?: that)?)\s+(?:(?:a|an)\s+(?:\w+\s+)?)?)$"
)
VERDICT_AFTER = re.compile(r"\s*(?:$|[^\w\s'])|\s+(?:from|for) (?:me|my|us)\b")
"""What stands around a 'yes' or 'no' that is an answer: 'so yes,', 'a clear no from me'; not 'there is no reason'."""

VERDICT_SAID = re.compile(r"\s+(?:because|since|as|to|on|in|here|for|from|this|it|the|and|or|but)\b")
"""What else may follow one that is said: 'I'd say no to this'; not 'I'd say no harm was meant'."""

VERDICT_AT_HEAD = re.compile(r"\W*(yes|no|ja|nein|oui|non|sí|sì)\s*[.,;:!-]")
"""A verdict that a text begins with; met after the labels' own forms were looked for there."""

MANNER_BEFORE = re.compile(r"\b(?:in|with|of|using)\s+(?:an?\s+|the\s+)?(?:\w+ly\s+)?$")
MANNER_AFTER = re.compile(r"\s+(?:way|manner|tone|fashion|terms?|language|style|wording|words|light|voice|framing)\b")
"""What makes a word one about how something is said: 'in a neutral way'."""

SCALE = re.compile(r"\bon (?:a|the) scale (?:of|from) [-+]?\d+ ?(?:to|-) ?[-+]?\d+\b")
"""The question said again; its numbers are no answer."""

CONNECTED = re.compile(
    r"^\s*(?:[,;/|&]"
    r"|[.,;]?\s*(?:and(?: also)?|or|und|oder|y|o|et|ou|e|but(?: also| maybe| perhaps)?|to|bis|-|،|و|أو)\b)"
    r"\s*(?:and |or |but )?(?:also |maybe |perhaps )?|^\s*-\s*"
)
"""What joins a second answer to the first."""

OUT_OF = re.compile(r"^\s*(?:/|out of|of|von|de|sur|su)\s*([-+]?\d+)")
"""'4 out of 6', '4/6'."""

JSON_VALUE = re.compile(
    rf"[\"']?\b{_ANNOUNCED}[\"']?\s*[:=]\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s,}}\"']+))",
    re.IGNORECASE,
)
