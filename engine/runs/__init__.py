"""Runs: spec, plan, store, execution, and the pivot into label arrays."""

from engine.runs.label_arrays import exact_labels, human_labels, sampled_labels
from engine.runs.manifest import Manifest
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from engine.runs.store import RunSummary, delete_run, find_run, list_runs

__all__ = [
    "Manifest",
    "Progress",
    "RunFolder",
    "RunSpec",
    "RunSummary",
    "delete_run",
    "exact_labels",
    "find_run",
    "human_labels",
    "list_runs",
    "sampled_labels",
]
