"""An exhibit: a chart with its caption, the same numbers as a table, and downloads. Every chart of a run is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import ui
from dashboard.subject import Subject


def exhibit(
    figure: Any,
    frame: pd.DataFrame,
    *,
    key: str,
    alt: str,
    read: str,
    subject: Subject | None = None,
    columns: dict[str, Any] | None = None,
    height: int | None = None,
    picked: Callable[[], None] | None = None,
) -> None:
    """Draw a finished figure, say how to read it, and offer its numbers.

    Args:
        figure: of engine.figures, with title, axis names, N and interval in the hover.
        frame: the numbers behind it, one row a mark.
        key: unique on the page; names the files.
        alt: what the chart shows, for those who cannot see it. Own wording only.
        read: how to read it, and when not to trust it. Own wording only.
        subject: whose run id goes into the file's name.
        columns: how the table's columns are shown (st.column_config).
        height: of the chart in pixels; None: the figure's own.
        picked: called when a reader clicks on a mark, as of `ui.chart`.
    """
    if height is not None:
        figure.update_layout(height=height)
    with st.container(border=True, key=f"exhibit-{key}"):
        ui.chart(figure, alt, key, picked=picked)
        st.caption(read)
        table = st.expander("As a table", key=f"table-{key}", type="compact", on_change="rerun")
        if table.open:
            name = f"{subject.run.run_id}-{key}" if subject else key
            with table:
                ui.table(frame, alt, columns, key=f"frame-{key}")
                ui.download("Table as CSV", lambda: frame, f"{name}.csv", f"csv-{key}")
