"""Importing and reading what the pages need before somebody waits for it, and settings of the process they run in."""

from __future__ import annotations

import gc
from contextlib import suppress
from threading import Event

from engine.errors import PolyvocalError

FIRST_PAGE = Event()
"""Set when the first page of this process has been sent."""


def beside_pages(patience: float = 30.0) -> None:
    """Warm up after the first page, which is mostly Home and needs little: imports beside it would make it wait.

    Args:
        patience: seconds after which it begins though nobody came.
    """
    FIRST_PAGE.wait(patience)
    now()
    read_ahead()


def now() -> None:
    """Import what the pages need, take it out of the garbage collector's sight, and give each measure one thread.

    Streamlit and Python walk through every object again and again; half a million of them belong to libraries and
    never go away. Threads that linear algebra starts for itself wait for one another at full speed: with as many as
    cores, the measures of a large run took 13.5 s of processor time in place of 5.8 s, and longer beside other
    sessions'.
    """
    import plotly.graph_objects  # noqa: F401
    import xarray  # noqa: F401
    from threadpoolctl import threadpool_limits

    import engine.figures
    import engine.measures
    import engine.runs.label_arrays  # noqa: F401

    threadpool_limits(1, user_api="blas")
    gc.collect()
    gc.freeze()


def read_ahead() -> None:
    """Read the run that pages open with, and the labels of its people: a million responses take a second."""
    from dashboard import comparison, loaders

    finished = [run for run in loaders.runs() if run.done and run.state == "finished"]
    opened = comparison.suggested(finished)[:1] if finished else []
    with suppress(PolyvocalError):  # the page that shows it tells what is wrong
        for run in (run for run in finished if run.run_id in opened):
            loaders.labels(run)
            loaders.human(loaders.manifest(run).spec.corpus)
