"""Studies: annotator models of a corpus and of runs on it as one job, stored as one folder, read without torch."""

from engine.annotators.studies.jobs import (
    cancel_study,
    delete_study,
    find_study,
    resume_study,
    start_study,
    study_log_tail,
)
from engine.annotators.studies.manifest import StudyManifest
from engine.annotators.studies.results import StoredResult, gaps_of, map_of, read_result
from engine.annotators.studies.size import Pace, most_trainings, pace_of
from engine.annotators.studies.spec import StudySpec
from engine.annotators.studies.study_folder import LIVE, StudyFolder, StudySummary, list_studies, summarize

__all__ = [
    "LIVE",
    "Pace",
    "StoredResult",
    "StudyFolder",
    "StudyManifest",
    "StudySpec",
    "StudySummary",
    "cancel_study",
    "delete_study",
    "find_study",
    "gaps_of",
    "list_studies",
    "map_of",
    "most_trainings",
    "pace_of",
    "read_result",
    "resume_study",
    "start_study",
    "study_log_tail",
    "summarize",
]
