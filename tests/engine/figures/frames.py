"""Small results to draw, with numbers that a test can recognise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from engine.measures import CURVE_COLUMNS

TEMPERATURES = (0.0, 0.5, 1.0, 2.0)


def curve(start: float = 0.8, n_items: int = 300, note: str = "") -> pd.DataFrame:
    """A falling curve with an interval of 0.05 to each side."""
    t = np.array(TEMPERATURES)
    alpha = start - 0.2 * t
    noise, disagreement = 0.1 * t, 0.2 + 0.1 * t
    frame = pd.DataFrame(
        {
            "temperature": t, "alpha": alpha, "low": alpha - 0.05, "high": alpha + 0.05,
            "disagreement": disagreement,
            "noise": noise, "noise_low": noise - 0.01, "noise_high": noise + 0.01,
            "signal": disagreement - noise, "signal_low": 0.19, "signal_high": 0.21,
            "n_items": n_items, "n_raters": 12, "note": note,
        }
    )  # fmt: skip
    assert tuple(frame.columns) == CURVE_COLUMNS
    return frame
