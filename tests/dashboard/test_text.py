"""Fixed wording: masks, names, durations, numbers."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import text
from engine.measures.result import Estimate


def test_a_mask_tells_the_length_and_no_word() -> None:
    assert text.masked("some hateful words here") == "Hidden text · 4 words"
    assert text.masked("one") == "Hidden text · 1 word"


def test_a_very_long_text_is_cut_and_says_so() -> None:
    shown = text.shown("x" * 200_000)
    assert len(shown) < text.LONGEST_SHOWN + 100
    assert "196,000 more characters" in shown


def test_a_name_cannot_turn_the_line_around() -> None:
    assert text.plain("a\u202eb\u2066c\u0000\n d") == "abc d"
    assert text.plain("👩\u200d👩") == "👩\u200d👩", "joiners are part of emoji"
    assert len(text.plain("x" * 999)) == 200


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "–"), (math.nan, "–"), (-1, "–"), (4, "4 s"), (100, "2 min"), (3600, "60 min"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float | None, words: str) -> None:
    assert text.duration(seconds).replace(text.NBSP, " ") == words


def test_ago_takes_a_naive_moment_as_utc() -> None:
    now = datetime(2026, 1, 2, tzinfo=UTC)
    assert text.ago(now - timedelta(minutes=3), now).replace(text.NBSP, " ") == "3 min ago"
    assert text.ago((now - timedelta(minutes=3)).replace(tzinfo=None), now) == text.ago(now - timedelta(minutes=3), now)
    assert text.ago(now - timedelta(days=9), now) == "2025-12-24"


def test_an_undefined_number_is_a_dash_and_its_reason_is_said() -> None:
    undefined = Estimate(math.nan, math.nan, math.nan, note="unanimous")
    assert text.number(undefined.value) == "–"
    assert text.interval(undefined) == "unanimous"
    assert text.number(-0.25) == "\u22120.25"


def test_a_small_share_is_never_nothing() -> None:
    assert [text.small_share(share) for share in (0.0004, 0.01, 0.104)] == ["less than 1%", "only 1%", "only 10%"]
