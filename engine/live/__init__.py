"""Live: asking a model that is held ready in processes of its own, and keeping what it said as a run.

`ModelHolder` holds one model at a time for everybody in this process; `Question` is what is asked of it; `Ask` is one
question put to it, a folder that fills with answers. Answers are stored as runs from the first one on, so that saving
them asks nothing again.
"""

from engine.live.ask import Ask, AskStatus
from engine.live.holder import ModelHolder, leave_all, tidy_up
from engine.live.model_process import HolderStatus
from engine.live.question import (
    MOST_ANSWERS,
    MOST_ITEMS,
    MOST_LETTERS,
    MOST_PERSONAS,
    MOST_REPEATS,
    MOST_TEMPERATURES,
    LiveModel,
    Question,
)
from engine.live.typed import fields_of, typed_corpus

__all__ = [
    "MOST_ANSWERS",
    "MOST_ITEMS",
    "MOST_LETTERS",
    "MOST_PERSONAS",
    "MOST_REPEATS",
    "MOST_TEMPERATURES",
    "Ask",
    "AskStatus",
    "HolderStatus",
    "LiveModel",
    "ModelHolder",
    "Question",
    "fields_of",
    "leave_all",
    "tidy_up",
    "typed_corpus",
]
