"""A model's own chat template and tokenizer: messages in, prompt text and token ids out.

Three things are easy to get wrong and are settled here for every backend: models without a system role (the message
is folded into the user's), texts that spell control tokens ("<|im_end|>" inside a post stays text and cannot end the
turn), and the token an answer begins with (found in context).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import BackendError, InputError
from engine.inference.answer_tokens import TAIL, check_distinct, first_token_ids
from engine.inference.backend import Prompt
from engine.personas.template import Message, Messages

PLAIN_NOTE = (
    "the model has no chat template: prompts are plain text that ends with 'Answer:', as base models continue text"
)
FOLDED_NOTE = "the model's chat template has no system role: the persona stands at the head of the user message"
_SYSTEM, _USER, _ANSWER = "polyvocal-probe-system", "polyvocal-probe-user", "polyvocal-probe-answer"


class ChatTokenizer:
    """A Hugging Face tokenizer with the model's chat template."""

    def __init__(self, tokenizer: Any, chat_template_kwargs: Mapping[str, Any] | None = None) -> None:
        """Take a `transformers` tokenizer and what its template shall be told (enable_thinking, ...)."""
        self.tokenizer = tokenizer
        self._kwargs = dict(chat_template_kwargs or {})
        self._has_template = bool(getattr(tokenizer, "chat_template", None))
        self._control = _control_pattern(tokenizer)
        self._first_tokens: dict[tuple[str, tuple[str, ...]], tuple[int, ...]] = {}
        self._probe_template()

    @classmethod
    def load(
        cls,
        model: str,
        *,
        revision: str | None = None,
        chat_template_kwargs: Mapping[str, Any] | None = None,
        trust_remote_code: bool = False,
    ) -> ChatTokenizer:
        """Load the tokenizer of a folder or hub id.

        Raises:
            BackendError: there is none, or it cannot be loaded.
        """
        from transformers import AutoTokenizer

        try:
            tokenizer = AutoTokenizer.from_pretrained(model, revision=revision, trust_remote_code=trust_remote_code)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise BackendError(
                f"the tokenizer of model {model!r} cannot be loaded ({first_line(error)}). A Hugging Face tokenizer "
                "was expected; check the model's name, or download it first on a machine with network access."
            ) from error
        return cls(tokenizer, chat_template_kwargs)

    def prepare(self, conversations: Sequence[Messages]) -> list[Prompt]:
        """Return the prompts of `conversations`, in their order, with text and token ids."""
        prompts: list[Prompt | None] = [None] * len(conversations)
        plain: list[int] = []
        texts: list[str] = []
        for index, messages in enumerate(conversations):
            if self._control and any(self._control.search(m["content"]) for m in messages):
                prompts[index] = self._prepare_hostile(messages)
            else:
                plain.append(index)
                texts.append(self._render(messages))
        for index, text, ids in zip(plain, texts, self._encode_all(texts), strict=True):
            prompts[index] = Prompt(conversations[index], text, tuple(ids))
        return [prompt for prompt in prompts if prompt is not None]

    def answer_ids(self, prompt: Prompt, answers: Sequence[str]) -> tuple[int, ...]:
        """Return the id of the token each answer begins with after `prompt`."""
        key = (prompt.text[-TAIL:], tuple(answers))
        if key not in self._first_tokens:
            if len(self._first_tokens) > 10_000:
                self._first_tokens.clear()
            self._first_tokens[key] = first_token_ids(self.encode, prompt.text, self.lead, answers)
        return self._first_tokens[key]

    def check_answers(self, prompt: Prompt, answers: Sequence[str]) -> None:
        """Raise InputError where two answers begin with the same token after this prompt."""
        ids = [i if i != self.tokenizer.unk_token_id else -1 for i in self.answer_ids(prompt, answers)]
        check_distinct(ids, answers, lambda i: self.tokenizer.decode([i]))

    def encode(self, text: str) -> list[int]:
        """Return the token ids of `text`: control tokens recognized, none added."""
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _encode_all(self, texts: list[str]) -> list[list[int]]:
        if not texts:
            return []
        # a chat template writes the begin-of-text token itself; a plain prompt needs the tokenizer's
        encoded = self.tokenizer(texts, add_special_tokens=not self._has_template, verbose=False)
        return [list(ids) for ids in encoded["input_ids"]]

    def _render(self, messages: Sequence[Message]) -> str:
        if self._folds_system:
            messages = fold_system(messages)
        if not self._has_template:
            return "\n\n".join(m["content"] for m in messages) + "\n\nAnswer:"
        return self._apply_template([dict(m) for m in messages])

    def _apply_template(self, messages: Sequence[Mapping[str, Any]], answered: bool = False) -> str:
        text = self.tokenizer.apply_chat_template(
            list(messages), tokenize=False, add_generation_prompt=not answered, **self._kwargs
        )
        return str(text)

    def _prepare_hostile(self, messages: Messages) -> Prompt:
        """Render with a stand-in for each control string, then tokenize around the stand-ins piece by piece."""
        assert self._control is not None
        everything = "".join(m["content"] for m in messages)
        mark = next(chr(c) for c in range(0xE000, 0xF8FF) if chr(c) not in everything)
        found: list[str] = []

        def stand_in(match: re.Match[str]) -> str:
            found.append(match.group())
            return f"{mark}{len(found) - 1}{mark}"

        masked = [Message(role=m["role"], content=self._control.sub(stand_in, m["content"])) for m in messages]
        pieces = re.split(f"{mark}([0-9]+){mark}", self._render(masked))
        # a chat template writes the begin-of-text token; before plain text it is what the tokenizer adds to nothing
        ids: list[int] = [] if self._has_template else self._encode_all([""])[0]
        text = ""
        for number, piece in enumerate(pieces):
            if number % 2:
                text += found[int(piece)]
                ids += self._encode_as_text(found[int(piece)])
            elif piece:
                text += piece
                ids += self.encode(piece)
        return Prompt(messages, text, tuple(ids))

    def _encode_as_text(self, control: str) -> list[int]:
        """Return ids that spell a control string without the control token: cut after its first character."""
        ids = self.encode(control[0])
        rest = control[1:]
        nested = self._control.search(rest) if self._control else None
        if nested is None:
            return ids + self.encode(rest) if rest else ids
        head, inner, tail = rest[: nested.start()], nested.group(), rest[nested.end() :]
        return ids + self.encode(head) + self._encode_as_text(inner) + self.encode(tail)

    def _probe_template(self) -> None:
        """Ask the template what it does with a system message, with none, and before an answer."""
        self._folds_system = False
        self.lead = ""
        notes: list[str] = []
        if not self._has_template:
            self.lead = " "
            self.notes: tuple[str, ...] = (PLAIN_NOTE,)
            return
        system, user = {"role": "system", "content": _SYSTEM}, {"role": "user", "content": _USER}
        try:
            alone = self._apply_template([user])
        except Exception as error:  # Jinja, KeyError, whatever the model's template raises
            raise InputError(
                f"the model's chat template cannot be applied ({first_line(error)}). chat_template_kwargs "
                f"{self._kwargs!r} may not be what it expects; check the model card."
            ) from error
        try:
            both = self._apply_template([system, user])
        except Exception:  # noqa: BLE001  "System role not supported" and its like
            both = ""
        if _SYSTEM not in both:
            self._folds_system = True
            notes.append(FOLDED_NOTE)
        elif default := _default_system(alone, both):
            notes.append(f"where a conversation has no system message, the chat template adds its own: {default!r}")
        self._probe_lead([user], alone, notes)
        self.notes = tuple(notes)

    def _probe_lead(self, messages: list[dict[str, str]], prompt: str, notes: list[str]) -> None:
        """Find what the template writes between the generation prompt and an assistant's answer."""
        try:
            full = self._apply_template([*messages, {"role": "assistant", "content": _ANSWER}], answered=True)
        except Exception:  # noqa: BLE001  a template that cannot hold an answer tells nothing
            return
        if not full.startswith(prompt) or _ANSWER not in full:
            return
        between = full[len(prompt) : full.index(_ANSWER)]
        if not between.strip():
            self.lead = between
        elif "think" in between:
            notes.append(
                "the model may think before it answers, which label probabilities cannot see; where its template "
                "allows it, switch that off with chat_template_kwargs: {enable_thinking: false}"
            )


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the system message at the head of the first user message."""
    system = "\n\n".join(m["content"] for m in messages if m["role"] == "system")
    rest = [m for m in messages if m["role"] != "system"]
    if not system or not rest:
        return list(rest) if rest else [Message(role="user", content=system)]
    head = Message(role=rest[0]["role"], content=f"{system}\n\n{rest[0]['content']}")
    return [head, *rest[1:]]


def first_line(error: BaseException) -> str:
    """Return what an exception says in one line, shortened, for a message."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if lines and "validation error" in lines[0]:  # pydantic says what is wrong two lines below
        lines = [" ".join(lines[1:3])]
    return (lines[0] if lines else type(error).__name__)[:300]


def _control_pattern(tokenizer: Any) -> re.Pattern[str] | None:
    """Match every string that the tokenizer would turn into a control token.

    Besides special tokens these are added tokens in the form of markup ("<think>"); added runs of spaces and words are
    ordinary text.
    """
    strings = set()
    for token in getattr(tokenizer, "added_tokens_decoder", {}).values():
        content = str(token.content)
        if token.special or re.fullmatch(r"<.+>|\[.+\]", content):
            strings.add(content)
    strings = {s for s in strings if len(s) > 1}
    if not strings:
        return None
    return re.compile("|".join(re.escape(s) for s in sorted(strings, key=len, reverse=True)))


def _default_system(alone: str, both: str) -> str:
    """Return the system text that a template adds where a conversation has none, '' for the usual kind."""
    start = both.index(_SYSTEM)
    before, between = both[:start], both[start + len(_SYSTEM) : both.index(_USER)]
    if not before or not between or not alone.startswith(before):
        return ""
    rest = alone[len(before) : alone.index(_USER)]
    return rest[: rest.index(between)].strip() if between in rest else ""
