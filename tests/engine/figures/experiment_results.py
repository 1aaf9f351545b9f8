"""Results of experiments with annotator models as figures read them, with names that a test chooses."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from engine.annotators.experiments.cross_evaluation import CELL_COLUMNS
from engine.annotators.experiments.learning_curve import ANNOTATORS, GAIN_COLUMNS, LABELS_EACH, POINT_COLUMNS


@dataclass(frozen=True)
class Gaps:
    """What `alignment_gaps` reads."""

    cells: pd.DataFrame
    score: str
    sentence: str


def gaps(part: str = "", n_personas: int = 3, n_people: int = 4, n_groups: int = 2) -> Gaps:
    """Gaps 0.01, 0.02, ... less 0.05, row by row, the third of them undefined; persona i plays person i."""
    personas = [*(f"persona {i} {part}" for i in range(n_personas)), "all personas"]
    people = [("person", f"person {i} {part}") for i in range(n_people)]
    targets = people + [("group", f"group {i} {part}") for i in range(n_groups)]
    rows = []
    for p, persona in enumerate(personas):
        for t, (kind, target) in enumerate(targets):
            gap = math.nan if len(rows) == 2 else 0.01 * len(rows) - 0.05
            own = persona != "all personas" and (p == t if kind == "person" else t - n_people == 0)
            rows.append(
                (persona, target, kind, own, gap, gap - 0.1, gap + 0.1, 0.95, 0.01, 0.7, 0.7 - gap, 5, 20, 21, 1300,
                 1400, f"a note {part}" if math.isnan(gap) else "")
            )  # fmt: skip
    return Gaps(pd.DataFrame(rows, columns=list(CELL_COLUMNS)), "macro_f1", f"Personas teach {part}.")


def points(part: str = "") -> pd.DataFrame:
    """Two models at 8, 16 and 32 labels and at 2 and 4 annotators; the second is undefined at the least."""
    rows = []
    for axis, sizes in ((LABELS_EACH, (8, 16, 32)), (ANNOTATORS, (2, 4))):
        for m, model in enumerate(("text only", f"model {part}")):
            for size in sizes:
                for score in ("macro_f1", "cross_entropy"):
                    value = math.nan if m and size == sizes[0] else 0.4 + 0.01 * size + 0.1 * m
                    rows.append(
                        (axis, size, 4.0 * size, 4, int(axis == LABELS_EACH and size == 32), model, score, value,
                         value - 0.05, value + 0.05, 0.95, 0.01, 5, 30, 4, 1200, 7.0, {}, f"a note {part}" * m)
                    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(POINT_COLUMNS)).sample(frac=1, random_state=0)


def gains(part: str = "") -> pd.DataFrame:
    """What the second model of `points` gains: the difference of the values."""
    table = points(part)
    table = table[(table["score"] == "macro_f1") & (table["model"] != "text only")]
    value = np.where(table["value"].isna(), np.nan, 0.1)
    more = {"against": "text only", "p_value": 0.01, "p_holm": 0.01, "verdict": "beats"}
    drawn = table.assign(value=value, low=value - 0.05, high=value + 0.05, **more)
    return drawn[list(GAIN_COLUMNS)].reset_index(drop=True)
