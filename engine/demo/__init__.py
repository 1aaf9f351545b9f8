"""The demo: a synthetic world whose rule is known, its corpus, and the two small models trained on it."""

from engine.demo.model import CHORUS, NAMES, VOICES
from engine.demo.world import Post, probability

__all__ = ["CHORUS", "NAMES", "VOICES", "Post", "probability"]
