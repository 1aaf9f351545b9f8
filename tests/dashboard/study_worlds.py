"""Studies for the tests of the pages: as a process would have left them, without any training."""

from __future__ import annotations

import json
from typing import Any, get_args

import numpy as np
import pandas as pd

from engine import paths
from engine.annotators.annotations import annotations_of_people, annotations_of_personas
from engine.annotators.experiments.contrasts import AS_GIVEN, SHUFFLED, contrasts_of, gains_of
from engine.annotators.experiments.cross_evaluation import CELL_COLUMNS
from engine.annotators.map.positions import Space
from engine.annotators.scores.id_signature import id_model_signature
from engine.annotators.scores.scores import annotator_scores, model_scores
from engine.annotators.studies import StudyFolder, StudyManifest, StudySpec
from engine.annotators.studies.labels import labels_digest
from engine.annotators.studies.manifest import LabelsRecord, RunRecord, State, Work
from engine.annotators.studies.results import PEOPLE, StoredResult, gaps_of, map_of, write_result
from engine.corpora.corpus import Corpus
from engine.runs.run_folder import RunFolder
from tests.dashboard.worlds import moment
from tests.engine.annotators.simulated_predictions import random_predictions

MODELS = ("text only", "user token", "multi-task", "majority")
DRAWS = {"resamples": 40, "seed": 0}
NONE = {"value": None, "low": None, "high": None, "confidence": 0.95, "n_items": 0, "n_raters": 0, "dropped": {},
        "note": "nothing to decide from"}  # fmt: skip
assert "composite" in get_args(Space)


def store_study(
    corpus: Corpus,
    *runs: RunFolder,
    state: State = "finished",
    results: bool = True,
    error: str = "",
    done: int = 40,
    **spec: Any,
) -> StudyFolder:
    """Write a study of a corpus and of runs as its process would have left it, with the results of all its parts."""
    ids = tuple(run.run_id for run in runs)
    asked = StudySpec.model_validate({"corpus": corpus.name, "runs": ids, "seeds": 2, "models": MODELS} | spec)
    folder = StudyFolder(paths.studies_dir() / asked.study_id())
    folder.path.mkdir(parents=True)
    people = annotations_of_people(corpus)
    about = {"digest": labels_digest(people), "n_items": len(people.items), "n_annotators": 6, "n_labels": len(people)}
    folder.write_manifest(
        StudyManifest(
            study_id=folder.study_id, spec=asked, created=moment(), state=state, error=error, planned=40,
            done=done, work=Work(seconds=30, trained=40, training_seconds=20, embedding_seconds=3, device="cpu"),
            people=LabelsRecord(name=corpus.name, synthetic=corpus.synthetic, **about),
            personas=[
                RunRecord(name=run.run_id, run_id=run.run_id, title=run.manifest().spec.name, temperature=1.0,
                          model=run.manifest().spec.model, backend="scripted", mode="exact", **about)
                for run in runs
            ],
            packages={"numpy": "2"},
        )
    )  # fmt: skip
    if results:
        if "comparison" in asked.wanted:
            write_result(folder.path, comparison(ids))
        for place, run in enumerate(runs):
            if "gaps" in asked.wanted:
                write_result(folder.path, gaps(place, corpus, run))
        for place, run in enumerate(runs or (None,)):
            if "map" in asked.wanted:
                write_result(folder.path, picture(place, corpus, run))
    return folder


def comparison(runs: tuple[str, ...]) -> StoredResult:
    """The comparison of random predictions: nobody gains anything that is not noise."""
    said = {name: random_predictions(i, share=1.0, models=MODELS) for i, name in enumerate((PEOPLE, *runs))}
    both = {(name, kind): its for kind in (AS_GIVEN, SHUFFLED) for name, its in said.items()}
    decided = {name: id_model_signature(its, **DRAWS).to_dict() for name, its in said.items()}
    stacked = {
        "scores": {name: model_scores(its, **DRAWS) for name, its in said.items()},
        "annotators": {name: annotator_scores(its, **DRAWS) for name, its in said.items()},
    }
    tables = {
        key: pd.concat([table.assign(condition=name) for name, table in parts.items()], ignore_index=True)
        for key, parts in stacked.items()
    }
    sizes = pd.DataFrame({"condition": [PEOPLE, *runs], "split": "train", "items": 10, "labels": 60})
    row = {"condition": PEOPLE, "model": "user token", "seed": 0, "epochs": 9, "seconds": 0.5}
    trainings = pd.DataFrame([row])
    tables |= {
        "gains": gains_of(both, **DRAWS), "contrasts": contrasts_of(said, PEOPLE, **DRAWS), "sizes": sizes,
        "trainings": trainings,
    }  # fmt: skip
    facts = {"signatures": {AS_GIVEN: decided, SHUFFLED: decided}, "left_out": {}, "splits": "drawn, seed 0",
             "notes": ["a note of the comparison"]}  # fmt: skip
    return StoredResult("comparison", tables, facts)


def gaps(place: int, corpus: Corpus, run: RunFolder) -> StoredResult:
    """Gaps that are found, not found and undefined by turns."""
    personas = [p.persona_id for p in run.manifest().personas if p.kind == "strong"]
    rows = []
    for p, persona in enumerate([*personas, "all personas"]):
        for t, person in enumerate(a.annotator_id for a in corpus.annotators):
            gap = np.nan if p == t == 1 else 0.1 * (t - 2)
            rows.append(
                (persona, person, "person", p == t, gap, gap - 0.05, gap + 0.05, 0.95, 0.01, 0.7, 0.7 - gap, 2, 10, 12,
                 60, 60, "few labels" if p == t == 1 else "")
            )  # fmt: skip
    own = NONE | {"value": 0.12, "low": 0.02, "high": 0.2, "n_raters": 3}
    facts = {
        "run": run.run_id, "score": "macro_f1", "sentence": "Personas teach nobody.", "own": own, "others": NONE,
        "own_minus_others": NONE, "nearest": NONE, "chance": 0.2, "p_value": 0.5,
        "dropped": {"person: no dev label": 1}, "notes": ["a note of the gaps"],
    }  # fmt: skip
    return StoredResult(gaps_of(place), {"cells": pd.DataFrame(rows, columns=list(CELL_COLUMNS))}, facts)


def picture(place: int, corpus: Corpus, run: RunFolder | None) -> StoredResult:
    """A map on which everybody stands in a row, the second persona at the place of the first."""
    sides = [annotations_of_people(corpus)]
    if run is not None:
        strong = [p.persona_id for p in run.manifest().personas if p.kind == "strong"]
        sides.append(annotations_of_personas(run, corpus, 1.0, strong))
    who = pd.DataFrame(
        [
            (name, side.source, group, "" if side.source == "people" else person,
             json.dumps(dict(about)), text)
            for side in sides
            for name, group, person, about, text in zip(
                side.annotators, side.groups, side.people, side.attributes, side.descriptions, strict=True
            )
        ],
        columns=["name", "source", "group", "person", "attributes", "description"],
    )  # fmt: skip
    n = len(who)
    points = who[["name", "source", "group", "person"]].assign(
        x=np.arange(n, dtype=float), y=np.arange(n) % 3 * 1.0, n_labels=40, cluster=np.arange(n) % 3 - 1, radius=0.2,
        uncertainty=0.4,
    )  # fmt: skip
    pairs = points[points["person"] != ""].assign(persona=lambda t: t["name"], distance=0.5, rank=2.0, n_people=6)
    neighbours = pd.DataFrame(
        [
            (a["name"], a["source"], b["name"], b["source"], 1, 0.25, 0.5)
            for a in points.to_dict("records")
            for b in points.to_dict("records")
            if a["name"] != b["name"]
        ],
        columns=["name", "source", "neighbour", "neighbour_source", "rank", "distance", "relative"],
    )
    rates = pd.DataFrame(
        [(r["name"], r["source"], label, 40, share) for r in who.to_dict("records")
         for label, share in zip(corpus.task.labels, (0.75, 0.25), strict=True)],
        columns=["name", "source", "label", "n", "rate"],
    )  # fmt: skip
    tables = {
        "points": points, "clouds": points.assign(replicate=0)[["name", "source", "replicate", "x", "y"]],
        "pairs": pairs[["persona", "person", "distance", "rank", "n_people"]], "neighbours": neighbours, "who": who,
        "rates": rates,
    }  # fmt: skip
    facts = {
        "run": "" if run is None else run.run_id, "space": "composite", "method": "PCA", "note": "", "dropped": {},
        "trust": {"sentence": "Trust it with care."}, "pairing": {"sentence": "Personas stand where they stand."},
        "clustering": {"n_clusters": 2, "n_noise": 3, "silhouette": NONE, "silhouette_p": None, "labellings": [],
                       "note": ""},
    }  # fmt: skip
    return StoredResult(map_of(place), tables, facts)
