"""The page of annotator models, over the states a study can be in."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import map_parts, study_form
from engine import paths
from engine.annotators.studies import StudySpec
from engine.annotators.studies.progress import Tracker
from engine.jobs.lock import FolderLock
from engine.runs.run_folder import RunFolder
from engine.runs.store import delete_run
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, texts
from tests.dashboard.study_worlds import store_study

FORM = {"study_do": "Start a study"}


@pytest.fixture
def run(small: worlds.Corpus) -> RunFolder:
    return worlds.let_play(worlds.store_run(small, name="voices"), small)


def badges(app: AppTest) -> str:
    return " ".join(markdown.value for markdown in app.markdown)


def test_without_a_corpus_it_says_what_to_make(open_page: Opener) -> None:
    app = open_page("models")
    assert "make demo" in [code.value for code in app.code]
    assert [link.proto.label for link in app.get("page_link") if link.proto.query_string] == ["Import a corpus"]


def test_without_a_study_the_form_is_open(open_page: Opener, small: worlds.Corpus) -> None:
    app = open_page("models")
    assert app.session_state["study_do"] == "Start a study"
    assert app.button(key="study-start")
    app.session_state["study_do"] = "Studies"
    app.run()
    assert any("study start demo" in code.value for code in app.code)


def test_the_form_does_not_begin_with_a_saved_live_question(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    question = worlds.store_run(worlds.store_corpus(worlds.small_corpus("asked", n_items=6)), name="question")
    app = open_page("models", **FORM)
    assert app.selectbox(key="study_corpus").value == "small"
    assert app.multiselect(key="study_runs_small").value == [run.run_id]
    app.selectbox(key="study_corpus").set_value("asked").run()
    chooser = app.multiselect(key="study_runs_asked")
    assert (len(chooser.options), chooser.value) == (1, [])
    assert not chooser.set_value([question.run_id]).run().exception


def test_a_finished_study_says_what_was_found_on_people_and_on_personas(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    store_study(small, run)
    app = open_page("models")
    assert not app.exception
    assert "Finished" in badges(app)
    assert "Scripted labels" in badges(app)
    assert "Synthetic" in badges(app)
    said = texts(app)
    assert {"People", "voices"} <= set(said)
    assert any("40 trainings" in words for words in said)
    assert sum(word in badges(app) for word in ("Knowing who pays", "Nothing is gained", "Too little to tell")) >= 1
    gains, people, personas, contrasts = charts(app)
    assert {"people", "voices"} <= {trace.get("name") for trace in gains["data"]}
    assert people["layout"]["title"]["text"] == "Labels of people"
    assert personas["layout"]["title"]["text"] == "Labels of voices"
    assert "minus" in contrasts["layout"]["title"]["text"]
    app.segmented_control(key="model_names").set_value("Shuffled").run()
    assert "names shuffled" in charts(app)[0]["layout"]["title"]["text"]
    app.segmented_control(key="model_score").set_value("Accuracy").run()
    assert "Accuracy" in charts(app)[1]["layout"]["xaxis"]["title"]["text"]


@pytest.mark.parametrize("part", ["Models", "Each annotator", "Alignment gaps", "Map", "Trainings"])
def test_every_part_opens_from_its_address(open_page: Opener, small: worlds.Corpus, run: RunFolder, part: str) -> None:
    store_study(small, run)
    app = open_page("models", part_of_models=part)
    assert not app.exception
    assert bool(charts(app)) == (part != "Trainings")
    if part == "Trainings":
        assert any("0.50 s each on cpu" in said for said in texts(app))
        assert "a note of the comparison" in texts(app)
        assert list(app.dataframe[0].value["Labels of"]) == ["people", "voices"]


def test_gaps_without_evidence_are_grey_unless_all_are_wanted(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    store_study(small, run)
    app = open_page("models", part_of_models="Alignment gaps")
    assert "Personas teach nobody." in texts(app)
    assert any("0.120 (95 % interval 0.02 to 0.20)" in said for said in texts(app))
    assert "grey" in {trace.get("name") for trace in charts(app)[0]["data"]}
    app.toggle(key="gap_grey").set_value(False).run()
    assert "grey" not in {trace.get("name") for trace in charts(app)[0]["data"]}


def test_a_point_of_the_map_shows_who_it_is_and_who_is_near(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    store_study(small, run)
    app = open_page("models", part_of_models="Map", point="personas:ben")
    assert not app.exception
    assert {"ben", "You are ben.", "Age: old\u00a0· Work: none"} <= set(texts(app))
    assert any("its own person Ann2 is number 2 of 6" in said for said in texts(app))
    assert "no 0.75\u00a0· yes 0.25" in texts(app)
    near = app.dataframe[0].value
    assert list(near["name"]) == [f"Ann{i}" for i in range(1, 6)]
    assert near["cluster"].iloc[0] == "in no cluster"
    ring = next(trace for trace in charts(app)[0]["data"] if trace.get("name") == "chosen")
    assert ring["marker"]["symbol"] == "circle-open"
    app.selectbox(key="point").set_value("people:Ann4").run()
    assert any("annotator of target" in said for said in texts(app))
    app.segmented_control(key="map_colours").set_value("Clusters").run()
    assert "cluster 1" in {trace.get("name") for trace in charts(app)[0]["data"]}
    gone = open_page("models", part_of_models="Map", point="people:nobody")
    assert any("no point 'people:nobody'" in said for said in texts(gone))


def test_several_runs_are_chosen_between_and_the_address_says_which(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    other = worlds.store_run(small, "demo-chorus", name="chorus")
    study = store_study(small, run, other)
    app = open_page("models", study=study.study_id, beside_run=other.run_id)
    assert app.segmented_control(key="beside_run").value == other.run_id
    assert charts(app)[2]["layout"]["title"]["text"] == "Labels of chorus"
    assert "Demo model" not in badges(app), "the labels are scripted"
    assert any("This study has no run 'gone'" in said for said in texts(open_page("models", beside_run="gone")))


def test_two_studies_never_look_the_same(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    for more in ({"temperature": 0.0}, {"temperature": 1.0}, {"temperature": 1.0, "seeds": 3}):
        store_study(small, run, results=False, **more)
    (names,) = [box.options for box in open_page("models").selectbox if box.key == "study"]
    assert len(set(names)) == 3
    assert "small: people and voices, temperature 0" in names


def test_a_study_of_people_alone_has_no_gaps(open_page: Opener, small: worlds.Corpus) -> None:
    store_study(small)
    app = open_page("models", part_of_models="Alignment gaps")
    assert any("did not ask for this" in said for said in texts(app))
    app = open_page("models", part_of_models="Map", point="people:Ann1")
    assert not app.exception
    assert "Ann1" in texts(app)
    assert "Synthetic" in badges(app)


def test_a_running_study_tells_how_far_it_is_and_can_be_cancelled(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    study = store_study(small, run, state="running", results=False, done=0)
    tracker = Tracker(study.path, study.study_id)
    tracker.begin(40)
    tracker.phase("training", "user token, seed 0")
    for _ in range(10):
        tracker.count(2.0)
    tracker.phase("training", "user token, seed 1")
    with FolderLock(study.path):
        app = open_page("models")
        assert not app.exception
        assert "Running" in badges(app)
        said = " ".join(texts(app)).replace("\u00a0", " ")
        assert "10 of 40 trainings · training · about 60 s left · user token, seed 1" in said
        assert not charts(app)
        app.button(key="study-cancel").click().run()
        assert (study.path / "cancel").exists()
    app.run()
    assert "Interrupted" in badges(app), "its process is gone"
    assert app.button(key="study-resume")


def test_a_part_that_is_ready_shows_while_the_others_are_trained(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    study = store_study(small, run, state="running")
    shutil.rmtree(study.path / "results" / "map-0")
    with FolderLock(study.path):
        assert len(charts(open_page("models"))) == 4
        app = open_page("models", part_of_models="Map")
        assert any("it comes when the trainings" in said for said in texts(app))


@pytest.mark.parametrize(
    ("state", "word"), [("failed", "Failed"), ("cancelled", "Cancelled"), ("running", "Interrupted")]
)
def test_a_study_that_ended_early_says_why_and_can_be_resumed(
    open_page: Opener, small: worlds.Corpus, run: RunFolder, state: Any, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = "text encoder 'x' cannot be found. Tried: everything." if state == "failed" else ""
    study = store_study(small, run, state=state, results=False, error=error, done=12)
    app = open_page("models")
    assert word in badges(app)
    assert any("12 of 40 trainings" in said for said in texts(app))
    assert (error in texts(app)) == bool(error)
    resumed: list[Any] = []
    monkeypatch.setattr("dashboard.study_cards.resume_study", resumed.append)
    button = app.button(key="study-resume")
    assert button.label == ("Try again" if state == "failed" else "Resume")
    button.click().run()
    assert resumed == [study.path]


def test_a_study_is_deleted_once_the_reader_is_sure(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    study = store_study(small, run)
    app = open_page("models")
    app.session_state["study-details"] = True
    app.run()
    assert study.study_id in [code.value for code in app.code]
    assert app.button(key="study-delete").disabled
    app.checkbox(key=f"sure-{study.study_id}").check().run()
    app.button(key="study-delete").click().run()
    assert not app.exception
    assert not study.path.exists()
    assert any("There is no study yet" in markdown.value for markdown in app.markdown)


def test_broken_files_are_told_and_no_page_breaks(open_page: Opener, small: worlds.Corpus, run: RunFolder) -> None:
    study = store_study(small, run)
    (study.path / "results" / "comparison" / "gains.parquet").write_text("no parquet")
    app = open_page("models")
    assert not app.exception
    assert any("Remove this folder, then resume the study" in said for said in texts(app))
    broken = paths.studies_dir() / "broken-study"
    broken.mkdir()
    (broken / "manifest.json").write_text("{ no json")
    app = open_page("models", study="broken-study")
    assert not app.exception
    assert "Unreadable" in badges(app)
    assert any("manifest.json" in said for said in texts(app))
    assert any("no study 'gone'" in said for said in texts(open_page("models", study="gone")))


def test_a_corpus_that_changed_since_is_told(open_page: Opener, small: worlds.Corpus) -> None:
    store_study(small)
    changed = "The corpus has changed since this study read it"
    assert not any(said.startswith(changed) for said in texts(open_page("models")))
    shutil.rmtree(paths.imported_dir() / "small")
    worlds.store_corpus(worlds.small_corpus(seed=7))
    assert any(said.startswith(changed) for said in texts(open_page("models")))
    shutil.rmtree(paths.imported_dir() / "small")
    app = open_page("models")
    assert not app.exception, "the study outlives its corpus"


def test_runs_that_are_gone_are_still_called_by_their_names(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    store_study(small, run)
    delete_run(run.run_id)
    app = open_page("models", part_of_models="Map", point="personas:ben")
    assert not app.exception
    assert any("voices, deleted" in said for said in texts(app))
    assert "Scripted labels" in badges(app)


def test_the_form_starts_what_it_says(
    open_page: Opener, small: worlds.Corpus, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[StudySpec] = []

    def start(spec: StudySpec) -> str:
        started.append(spec)
        return store_study(
            small, run, results=False, **json.loads(spec.model_dump_json(exclude={"corpus", "runs"}))
        ).study_id

    monkeypatch.setattr(study_form, "start_study", start)
    app = open_page("models", **FORM)
    assert not app.exception
    assert app.multiselect(key="study_runs_small").value == [run.run_id]
    app.slider(key="study_t").set_value(0.0)
    app.number_input(key="study_seeds").set_value(2)
    app.multiselect(key="study_models").set_value(["text only", "user token"]).run()
    said = " ".join(texts(app)).replace("\u00a0", " ")
    # 2 models on 2 sides, as given and shuffled; 6 people, 2 groups, 3 personas and all together; 2 seeds
    assert "At most 40 trainings · how long a training takes here is not known yet" in said
    app.button(key="study-start").click().run()
    assert not app.exception
    (spec,) = started
    assert (spec.runs, spec.temperature, spec.seeds, spec.wanted) == (
        (run.run_id,), 0.0, 2, ("comparison", "gaps", "map"),
    )  # fmt: skip
    assert app.session_state["study_do"] == "Studies"
    assert app.session_state["study"] == spec.study_id()


def test_the_form_tells_the_pace_of_an_earlier_study_and_that_one_exists(
    open_page: Opener, small: worlds.Corpus, run: RunFolder
) -> None:
    study = store_study(small, run, name="before")
    said = " ".join(texts(open_page("models", **FORM))).replace("\u00a0", " ")
    assert f"at the pace of {study.study_id}" in said
    same = StudySpec(corpus="small", runs=(run.run_id,), temperature=1.0, parts=("comparison", "gaps", "map"))
    (paths.studies_dir() / same.study_id()).mkdir()
    app = open_page("models", **FORM)
    assert any("This very study exists already" in said for said in texts(app))


def test_an_encoder_that_is_not_here_and_models_that_show_nothing_are_told(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(study_form, "DEFAULT_ENCODER", "no/such-encoder")
        app = open_page("models", **FORM)
    assert any("'no/such-encoder' cannot be found" in said for said in texts(app))
    assert not [button for button in app.button if button.key == "study-start"]
    app = open_page("models", **FORM)
    app.multiselect(key="study_models").set_value(["text only", "majority"]).run()
    assert any("at least one that knows who annotates" in said for said in texts(app))
    app.multiselect(key="study_models").set_value([]).run()
    assert "Choose a model to go on." in texts(app)


@pytest.mark.parametrize(("n_items", "starts"), [(4, False), (40, True)])
def test_a_corpus_that_is_too_small_is_told_before_the_start(open_page: Opener, n_items: int, starts: bool) -> None:
    worlds.store_corpus(worlds.small_corpus("few", n_items=n_items))
    app = open_page("models", **FORM)
    app.selectbox(key="study_corpus").set_value("few").run()
    assert any(f"{n_items} items of this corpus have labels" in words for words in texts(app))
    assert [button.key for button in app.button] == ["study-start"] * starts


def test_what_a_map_leaves_out_is_called_what_it_is() -> None:
    assert map_parts.left_out_line("people: no label", 1200) == "Left out: 1,200 labels of people: no label"
    assert map_parts.left_out_line("annotators without a label", 2) == "Left out: 2 annotators without a label"


@pytest.mark.parametrize("part", ["Models", "Each annotator", "Alignment gaps", "Map", "Trainings"])
def test_hostile_names_stay_text(open_page: Opener, part: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    hostile = worlds.store_run(corpus, "![m](http://beacon.invalid/m.png)", personas=worlds.HOSTILE[1:4])
    store_study(corpus, hostile, error=worlds.HOSTILE[2])
    app = open_page("models", part_of_models=part, point=f"personas:{worlds.HOSTILE[2]}")
    assert not app.exception
    for kind in ("markdown", "caption", "title", "header", "subheader", "html", "button", "metric", "toast"):
        for element in app.get(kind):
            assert "beacon" not in str(element.proto), f"{kind} holds data: {str(element.proto)[:300]}"
            assert "pwned" not in str(element.proto)
    assert everything(app)
