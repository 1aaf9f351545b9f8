"""What all figures check of the frames they are given."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from engine.errors import InputError


def require(frame: pd.DataFrame, columns: Iterable[str], what: str) -> None:
    """Raise InputError, naming all columns that `frame` lacks."""
    if missing := [column for column in columns if column not in frame.columns]:
        raise InputError(
            f"{what} lacks the columns {', '.join(missing)}. Expected a result of engine.measures as it is; it has "
            f"{', '.join(map(str, frame.columns)) or 'none'}."
        )
