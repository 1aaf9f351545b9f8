"""How far a run is with each persona: its cells by status, and those that nobody has asked yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.runs.response import STATUSES
from engine.runs.run_folder import RunFolder

if TYPE_CHECKING:
    import pandas as pd

NOT_ASKED = "not asked"
"""Stands for cells without a response: waiting, being asked just now, or left behind by a run that stopped."""
CELL_COUNT_COLUMNS = ("persona", "kind", "set", "status", "cells", "share")
"""Columns of `cell_counts`, one row a persona and a status, those that never occur included.

persona, kind, set: in the run's order
status: one of response.STATUSES, or 'not asked'
cells: how many cells of the persona have it
share: of all cells of the persona in the run's grid, 0 to 1
"""


def cell_counts(run: RunFolder) -> pd.DataFrame:
    """Return how many cells of each persona have which status, as the run stands now.

    A cell is one item in one wording, at one temperature, in one repeat. Works on a run that is still going.

    Returns:
        Frame with `CELL_COUNT_COLUMNS`.

    Raises:
        InputError: the manifest is missing or broken.
    """
    import pandas as pd

    manifest = run.manifest()
    spec = manifest.spec
    grid = len(manifest.item_ids) * len(manifest.wordings) * max(len(spec.temperatures), 1) * spec.repeats
    table = run.responses(("persona_id", "status"))
    counted = table.group_by(["persona_id", "status"]).aggregate([([], "count_all")]).to_pylist()
    cells = {(row["persona_id"], row["status"]): row["count_all"] for row in counted}
    rows = []
    for persona in manifest.personas:
        found = {status: cells.get((persona.persona_id, status), 0) for status in STATUSES}
        found[NOT_ASKED] = max(grid - sum(found.values()), 0)
        about = (persona.persona_id, persona.kind, persona.set_name)
        rows += [(*about, status, n, n / grid if grid else 0.0) for status, n in found.items()]
    return pd.DataFrame(rows, columns=list(CELL_COUNT_COLUMNS))
