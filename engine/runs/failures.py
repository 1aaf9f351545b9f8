"""Why requests of a run failed, counted."""

from __future__ import annotations

from collections import Counter

import pyarrow.compute as pc

from engine.runs.run_folder import RunFolder


def failure_causes(run: RunFolder, at_most: int = 5) -> dict[str, int]:
    """Return why requests failed, most frequent first: what was said to how often.

    Args:
        run: The run.
        at_most: Different causes; the rest is counted together as 'other causes'.
    """
    table = run.responses(("status", "error"))
    errors = table.filter(pc.equal(table["status"], "failed"))["error"].to_pylist()
    counted = Counter(error or "no reason was recorded" for error in errors).most_common()
    causes = dict(counted[:at_most])
    if rest := sum(count for _, count in counted[at_most:]):
        causes["other causes"] = rest
    return causes
