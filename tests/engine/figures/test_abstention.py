"""Coverage against error as lines with a band."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from engine.errors import InputError
from engine.figures import coverage_and_error


def curve(low: float = 0.05) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "coverage": [0.5, 1.0], "certainty": [0.9, 0.5], "error": [0.1, 0.2], "low": low, "high": [0.15, 0.26],
            "people": [0.1, 0.15], "n_items": [50, 100],
        }
    )  # fmt: skip


def test_error_its_band_and_the_best_single_label() -> None:
    band, people, personas = coverage_and_error(curve()).data
    np.testing.assert_allclose(personas.y, [0.1, 0.2])
    np.testing.assert_allclose(people.y, [0.1, 0.15])
    np.testing.assert_allclose(band.y, [0.15, 0.26, 0.05, 0.05])
    assert personas.line.dash != people.line.dash
    names = {a.text for a in coverage_and_error(curve()).layout.annotations}
    assert names == {"<b>Personas</b>", "<b>Best single label</b>"}


def test_no_interval_no_band_and_no_rows_no_error() -> None:
    assert len(coverage_and_error(curve(np.nan)).data) == 2
    assert len(coverage_and_error(curve().head(0)).data[0].x) == 0


def test_missing_columns_are_named() -> None:
    with pytest.raises(InputError, match="certainty"):
        coverage_and_error(curve().drop(columns="certainty"))
