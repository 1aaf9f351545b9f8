"""Tables for other programs: CSV in which no cell can start a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_csv(frame: pd.DataFrame) -> bytes:
    """Return a frame as CSV (UTF-8) in which no text cell or heading can start a formula in a spreadsheet.

    A text that a spreadsheet could read as a formula gets an apostrophe before it; numbers stay as they are.
    """
    import pandas as pd

    guarded = frame.rename(columns=_no_formula)
    for column in guarded.columns:
        if not pd.api.types.is_numeric_dtype(guarded[column]):
            guarded[column] = guarded[column].map(_no_formula)
    buffer = io.StringIO()
    guarded.to_csv(buffer, index=False, quoting=csv.QUOTE_NONNUMERIC)
    return buffer.getvalue().encode("utf-8")


def _no_formula(cell: Any) -> Any:
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_FORMULA):
        return f"'{cell}"
    return cell
