"""The words of scores."""

from __future__ import annotations

import pandas as pd

from engine.figures.score_words import bars_text


def test_one_seed_shows_no_spread_of_trainings() -> None:
    assert bars_text(pd.DataFrame({"n_seeds": [5, 5]})) == "Bars: intervals over items and seeds."
    assert "another training" in bars_text(pd.DataFrame({"n_seeds": [1, 1]}))
    assert bars_text(pd.DataFrame({"n_seeds": [2]}), ", paired") == "Bars: intervals over items and seeds, paired."
    assert bars_text(pd.DataFrame({"n_seeds": []})) == "Bars: intervals over items and seeds."
