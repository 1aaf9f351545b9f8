"""Training text of the demo models: persona, post and request in, label and explanation out, and questions about both.

Each example is one conversation. Its first turn is exactly what a run would ask (the shipped templates, rendered by
`engine.personas.template`), or a made-up wording of the same question. Later turns ask what the label depends on (whom
the post is about, whether that concerns the persona): without them a model this small learns to ignore who is asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import yaml

from engine.corpora.corpus import Item, Task
from engine.demo.noise import COMMON, with_stray_words
from engine.demo.people import describe, draw_subset
from engine.demo.posts import draw_training_post
from engine.demo.world import ATTRIBUTES, INTENSITIES, TARGET_BY_KEY, TARGETS, Post, belongs
from engine.paths import shipped
from engine.personas.persona import Persona
from engine.personas.template import Messages, TemplateFamily, answer_options, render

TASK = Task(
    name="hate speech detection (synthetic)",
    kind="hate-speech",
    labels=("0", "1"),
    answers={"0": "no", "1": "yes"},
    level="nominal",
    positive="1",
)
HELD_OUT_WORDING = "someone-posted"
"""The wording of data/templates/hate-speech.yaml that training never sees."""

Rule = Callable[[Post, Mapping[str, str]], float]


@dataclass(frozen=True)
class Example:
    """One training conversation: its messages before the first answer, the label's probability, the answers."""

    prompt: Messages
    probability: float
    """Chance of 'yes' as the first word; the loss compares the model's own chances with it."""
    answer: str
    """The whole first answer; its first word is drawn with `probability`."""
    turns: tuple[tuple[str, str], ...] = ()
    """Auxiliary questions that follow, with their answers."""


@dataclass(frozen=True)
class Recipe:
    """What share of the examples is what."""

    rule: Rule
    member_share: float
    """Chance that a persona is made a member of the post's group, where the group has an attribute."""
    explanation_share: float
    questions: int
    """Auxiliary questions an example."""
    explain_membership: bool = True
    noise: float = field(default=0.3)
    """Chance of stray words around each of persona and request."""
    post_noise: float = 0.0
    """Chance of stray words around the post, for the sake of real posts, full of words the model does not know."""


@lru_cache(maxsize=1)
def family() -> TemplateFamily:
    """Return the shipped hate-speech templates."""
    return TemplateFamily.model_validate(yaml.safe_load((shipped("templates") / "hate-speech.yaml").read_text("utf-8")))


def draw_example(rng: random.Random, recipe: Recipe) -> Example:
    """Return one training example; the same generator state gives the same example."""
    post = draw_training_post(rng)
    attributes: dict[str, str] = {}
    if rng.random() > 0.1:
        attributes = draw_subset(rng, TARGET_BY_KEY[post.target], recipe.member_share)
    text = describe(rng, attributes) if attributes or rng.random() < 0.5 else ""
    explain = rng.random() < recipe.explanation_share
    if rng.random() < recipe.noise:
        text = with_stray_words(rng, text, between=True)
    shown = post.text
    if recipe.post_noise and rng.random() < recipe.post_noise:
        shown = with_stray_words(rng, shown, of_posts=False)
    messages = _made_up(rng, text, shown, explain) if rng.random() < 0.35 else _shipped(rng, text, shown, explain)
    if rng.random() < recipe.noise:
        user = messages[-1]["content"]
        messages = (*messages[:-1], {"role": "user", "content": with_stray_words(rng, user)})
    probability = recipe.rule(post, attributes)
    word = "yes" if rng.random() < probability else "no"
    answer = word
    if explain:
        answer = f"{word}. {explain_label(rng, post, attributes, word == 'yes', recipe.explain_membership)}"
    turns = tuple(ask(rng, post, attributes) for _ in range(recipe.questions))
    return Example(messages, probability, answer, turns)


_HARSHNESS = (
    ("The post only mentions {t}", "It speaks of {t} in a neutral way"),
    ("The post is critical of {t}", "It grumbles about {t} in a critical way"),
    ("The post is hostile towards {t}", "It talks about {t} in a hostile way"),
    ("The post is hateful towards {t}", "It attacks {t} in a hateful way"),
)
HARSHNESS_WORDS = (("mentions", "neutral"), ("critical",), ("hostile",), ("hateful",))
"""The words by which an explanation names each intensity."""
MEMBERS = {
    "Muslim": "a Muslim",
    "Christian": "a Christian",
    "Jewish": "a Jewish person",
    "Hindu": "a Hindu",
    "atheist": "an atheist",
    "woman": "a woman",
    "man": "a man",
    "18-29": "a young person",
    "60+": "an older person",
    "left": "someone on the left",
    "right": "someone on the right",
}
"""What an explanation calls the persona where it is one of those the post is about, by the attribute's value."""


def explain_label(
    rng: random.Random, post: Post, attributes: Mapping[str, str], hateful: bool, membership: bool = True
) -> str:
    """Return one short sentence that names harshness and group, and that the persona belongs to it where it does."""
    clause = rng.choice(_HARSHNESS[post.intensity]).format(t=post.target)
    target = TARGET_BY_KEY[post.target]
    if membership and target.value and belongs(post, attributes):
        member = f", and as {MEMBERS[target.value]} I "
        return (
            clause + member + rng.choice(("feel attacked.", "take it as hate.") if hateful else ("can live with it.",))
        )
    tails = (
        (", which is hate to me.", ", and that goes too far.")
        if hateful
        else (", which is not hate to me.", ", and that is fine.")
    )
    return clause + rng.choice(tails)


_ABOUT_YOU: Mapping[str, tuple[str, ...]] = {
    "age": ("How old are you?", "What is your age group?"),
    "gender": ("What is your gender?", "Which gender are you?"),
    "religion": ("What is your religion?", "What do you believe in?"),
    "politics": ("What are your politics?", "Where do you stand politically?"),
    "region": ("Where do you live?", "Which part of the country are you from?"),
    "occupation": ("What is your job?", "What do you do for a living?"),
}


def ask(rng: random.Random, post: Post, attributes: Mapping[str, str]) -> tuple[str, str]:
    """Return one auxiliary question about the post or the persona, with its answer."""
    kind = rng.random()
    if kind < 0.2:
        return rng.choice(("Who is the post about?", "Which group does the post name?")), post.target
    if kind < 0.35:
        return rng.choice(("How harsh is the post?", "What is the tone of the post?")), INTENSITIES[post.intensity]
    if kind < 0.65:
        question = rng.choice(("Does the post concern you?", "Are you one of those the post is about?"))
        value = TARGET_BY_KEY[post.target].value
        return question, f"me too, I am {MEMBERS[value]}" if value and belongs(post, attributes) else "not me"
    if kind < 0.95:
        name = rng.choice(("age", "gender", "religion", "politics", "politics"))
    else:
        name = rng.choice(tuple(ATTRIBUTES))
    return rng.choice(_ABOUT_YOU[name]), attributes.get(name, "not told")


def _shipped(rng: random.Random, text: str, post: str, explain: bool) -> Messages:
    wording = rng.choice([w for w in family().wordings if w.name != HELD_OUT_WORDING])
    persona = Persona(persona_id="p", kind="strong", text=text) if text else Persona(persona_id="p", kind="empty")
    item = Item("i", {"text": post})
    return render(wording, persona, item, answer_options(TASK), "label+explanation" if explain else "label")


_INTROS = (
    "", "", "A post:", "Here is a post.", "Look at this post.", "This was posted online.", "You see this in your feed.",
    "Please judge this post.", "Consider what someone wrote.", "A moderator asks you about this post.",
)  # fmt: skip
_FRAMES = ("Post: {}", "Post: {}", "Text: {}", "Tweet: {}", "The post: {}", '"{}"', "Message: {}")
_QUESTIONS = (
    "Is this hate speech?", "Is it hate speech?", "Hate speech?", "Would you call it hate speech?",
    "Do you see hate speech in it?",
    "Is the post hateful?", "Should this count as hate speech?", "Do you find this post hateful?",
    "What do you think, is it hate speech?",
)  # fmt: skip
_REQUESTS = (
    "Answer yes or no.", "Answer with no or yes.", "One word: no or yes.", "Reply no or yes only.", "Choose no or yes.",
    "Please answer with a single word, no or yes.", "Say no or yes and nothing else.", "Only write no or yes.",
)  # fmt: skip
_REASONS = (
    "Answer no or yes, then give a short reason.", "Say no or yes first and explain it in one sentence.",
    "No or yes, and why?",
    "Write no or yes, then add one sentence with your reason.", "Respond with no or yes and explain why.",
)  # fmt: skip


def _made_up(rng: random.Random, text: str, post: str, explain: bool) -> Messages:
    request = rng.choice(_REASONS if explain else _REQUESTS)
    blocks = [rng.choice(_INTROS), rng.choice(_FRAMES).format(post), f"{rng.choice(_QUESTIONS)} {request}"]
    if rng.random() < 0.25:
        blocks = [blocks[2], blocks[1]]
    user = rng.choice(("\n\n", "\n\n", "\n")).join(block for block in blocks if block)
    return (*(({"role": "system", "content": text},) if text else ()), {"role": "user", "content": user})


def tokenizer_texts(rng: random.Random, count: int) -> list[str]:
    """Return the texts that the tokenizer is learnt from."""
    recipe = Recipe(_undecided, 0.3, 0.4, 4, noise=0.0)
    texts = [" ".join(COMMON)] * 40 + [name for target in TARGETS for name in target.names]
    for _ in range(count):
        example = draw_example(rng, recipe)
        texts += [message["content"] for message in example.prompt]
        texts += [example.answer, *(part for turn in example.turns for part in turn)]
    return texts


def _undecided(_post: Post, _attributes: Mapping[str, str]) -> float:
    return 0.5
