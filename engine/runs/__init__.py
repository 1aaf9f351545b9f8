"""Runs: spec, plan, store, execution, and the pivot into label arrays."""

from engine.runs.asking import RetryPolicy
from engine.runs.cell_counts import cell_counts
from engine.runs.cell_grid import cell_grid
from engine.runs.choosing import persona_sets_of, personas_of
from engine.runs.estimate import estimate
from engine.runs.execute import execute
from engine.runs.export import export_run
from engine.runs.failures import failure_causes
from engine.runs.jobs import cancel_run, resume_run, run_log_tail, start_job
from engine.runs.label_arrays import exact_labels, human_labels, labels_of, sampled_labels
from engine.runs.manifest import CostEstimate, Manifest
from engine.runs.plan import Plan, make_plan
from engine.runs.progress import Progress
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec, load_spec
from engine.runs.store import RunSummary, delete_run, find_run, list_runs

__all__ = [
    "CostEstimate",
    "Manifest",
    "Plan",
    "Progress",
    "RetryPolicy",
    "RunFolder",
    "RunSpec",
    "RunSummary",
    "cancel_run",
    "cell_counts",
    "cell_grid",
    "delete_run",
    "estimate",
    "exact_labels",
    "execute",
    "export_run",
    "failure_causes",
    "find_run",
    "human_labels",
    "labels_of",
    "list_runs",
    "load_spec",
    "make_plan",
    "persona_sets_of",
    "personas_of",
    "resume_run",
    "run_log_tail",
    "sampled_labels",
    "start_job",
]
