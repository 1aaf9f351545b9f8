"""The Runs page: which runs are shown, one in full, what it will take, and every field of a spec in the form."""

from __future__ import annotations

import dataclasses
import io
import json
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import run_cards, run_export, run_filter, run_forecast, run_form, sentences, text
from engine.jobs.lock import FolderLock
from engine.jobs.processes import LOG
from engine.runs.estimate_job import ANSWER, EstimateJob, _folder
from engine.runs.forecast import Forecast
from engine.runs.manifest import CostEstimate
from engine.runs.run_folder import RunFolder
from engine.runs.spec import RunSpec
from engine.runs.store import list_runs, summarize
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, texts

PARTS = ("Cells", "Log", "Responses", "About")


def names(app: AppTest) -> set[str]:
    return {button.key.removeprefix("open-") for button in app.button if button.key and button.key.startswith("open-")}


# Many runs


def test_runs_are_found_by_corpus_model_state_and_words(open_page: Opener, small: worlds.Corpus) -> None:
    other = worlds.store_corpus(worlds.small_corpus("other"))
    a = worlds.store_run(small, "owner/model-a", name="first").run_id
    b = worlds.store_run(small, "model-b", state="cancelled", share=0.5).run_id
    c = worlds.store_run(other, "model-b", mode="sampled").run_id
    app = open_page("runs")
    assert names(app) == {a, b, c}
    app.selectbox(key="of_model").set_value("model-b").run()
    assert names(app) == {b, c}
    app.selectbox(key="in_state").set_value("cancelled").run()
    assert names(app) == {b}
    app.selectbox(key="of_corpus").set_value("other").run()
    assert names(app) == set()
    assert any("None of the 3 runs fits" in said for said in texts(app))
    assert names(open_page("runs", find_run="MODEL-a first")) == {a}
    assert names(open_page("runs", of_corpus="other", of_model="model-b")) == {c}
    assert names(open_page("runs", of_corpus="gone")) == {a, b, c}


def test_matching_needs_all_words(small: worlds.Corpus) -> None:
    worlds.store_run(small, "model-a", name="one")
    worlds.store_run(small, "model-a", name="two")
    runs = list_runs()
    titles = sentences.titles(runs)
    assert [run.name for run in run_filter.matching(runs, titles, words="two small")] == ["two"]
    assert len(run_filter.matching(runs, titles, words=" ")) == 2
    assert run_filter.matching(runs, titles, words="two", state="failed") == []


def test_details_open_one_run(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, "first")
    worlds.store_run(small, "second")
    app = open_page("runs")
    app.button(key=f"open-{run.run_id}").click().run()
    assert app.selectbox(key="show").value == run.run_id
    assert not names(app)
    assert {tab.label for tab in app.tabs} == {"All runs", "Start a run", *PARTS}


# One run


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("mode", ["exact", "sampled"])
def test_hostile_names_stay_text(open_page: Opener, part: str, mode: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    run = worlds.store_run(corpus, "![m](http://beacon.invalid/m.png)", mode=mode, personas=worlds.HOSTILE[:4])  # type: ignore[arg-type]
    (run.path / LOG).write_text("\n".join(worlds.HOSTILE))
    app = open_page("runs", show=run.run_id, part_of_run=part)
    assert not app.exception
    for kind in ("markdown", "caption", "title", "html", "button", "metric", "subheader", "toast", "download_button"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind


def test_the_grid_shows_what_came_of_each_cell(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, mode="sampled", share=0.6, state="cancelled")
    other = worlds.store_run(small, "exact-one")
    app = open_page("runs", show=run.run_id)
    assert not app.exception
    drawn = charts(app)[0]["data"][0]
    assert drawn["type"] == "heatmap"
    assert app.segmented_control(key="cells_by").options == ["Item", "Temperature", "Status"]
    app.segmented_control(key="cells_by").set_value("Temperature").run()
    assert charts(app)[0]["data"][0]["x"] == ["0.5", "1"]
    app.selectbox(key="show").set_value(other.run_id).run()
    assert not app.exception, "an exact run has no temperatures"


def test_a_live_run_is_counted_and_its_log_read(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, share=0.5, state="running")
    (run.path / LOG).write_text("".join(f"line {n}\n" for n in range(300)))
    with FolderLock(run.path):
        app = open_page("runs", show=run.run_id)
        assert "Of 120 cells of the run: 60 labelled and 60 not asked yet." in texts(app)
        app = open_page("runs", show=run.run_id, part_of_run="Log")
        assert app.code[0].value.splitlines() == [f"line {n}" for n in range(260, 300)]
        app.segmented_control(key="log_lines").set_value("200").run()
        assert len(app.code[0].value.splitlines()) == 200
    assert not app.exception


def test_failed_requests_are_told_and_can_be_asked_again(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = worlds.store_run(small, share=0.9, state="finished")
    run.write_as("late")
    row = {"key": "x", "persona_id": "cleo", "item_id": "item-039", "wording": "plain", "repeat": 0}
    run.append([row | {"status": "failed", "error": "server: ![m](http://beacon.invalid/m.png)"}])
    manifest = run.manifest()
    manifest.counts.by_status = {"ok": 108, "failed": 1}
    run.write_manifest(manifest)
    asked: list[str] = []
    monkeypatch.setattr("engine.runs.jobs.resume_run", asked.append)
    app = open_page("runs", show=run.run_id)
    assert any(said.startswith("Failed, 1: server") for said in texts(app))
    assert not any("beacon" in str(said.proto) for said in app.markdown)
    button = app.button(key=f"resume-{run.run_id}")
    assert button.label == "Ask 1 failed again"
    button.click().run()
    assert asked == [run.run_id]


def test_what_starting_again_would_do(small: worlds.Corpus) -> None:
    for state, said in (("finished", ""), ("cancelled", "Resume"), ("failed", "Try again")):
        run = worlds.store_run(small, state)
        manifest = run.manifest()
        manifest.state = state  # type: ignore[assignment]
        run.write_manifest(manifest)
        assert run_cards.again(summarize(run)) == said


@pytest.mark.parametrize("cause", ["The server at 127.0.0.1:8000 does not answer.", ""])
def test_a_run_that_failed_says_why_and_can_be_tried_again(open_page: Opener, run: RunFolder, cause: str) -> None:
    manifest = run.manifest()
    manifest.state, manifest.error = "failed", cause
    run.write_manifest(manifest)
    app = open_page("runs", show=run.run_id)
    assert (cause or text.NO_CAUSE) in texts(app)
    button = app.button(key=f"resume-{run.run_id}")
    assert (button.label, button.help) == ("Try again", text.FAILED_HELP)


def test_responses_are_exported_without_formulas(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, mode="sampled", personas=("=anna", "@ben"))
    summary = summarize(run)
    frame = pd.read_csv(io.BytesIO(run_export.exported(summary, "csv", texts=False)))
    assert len(frame) == summary.done
    assert set(frame["persona_id"]) == {"'=anna", "'@ben"}
    lines = run_export.exported(summary, "jsonl", texts=False).splitlines()
    assert json.loads(lines[0])["persona_id"] == "=anna", "other forms hold the exact strings"
    assert len(pd.read_parquet(io.BytesIO(run_export.exported(summary, "parquet", texts=False)))) == summary.done
    app = open_page("runs", show=run.run_id, part_of_run="Responses")
    assert app.get("download_button")
    assert worlds.SECRET not in everything(app)


def test_texts_are_exported_only_while_they_are_the_ones_that_were_labelled(
    open_page: Opener, small: worlds.Corpus
) -> None:
    run = worlds.store_run(small, digest="of other texts")
    app = open_page("runs", show=run.run_id, part_of_run="Responses")
    app.toggle(key="export_texts").set_value(True).run()
    assert any("has changed since run" in said for said in texts(app))
    assert not list(app.get("download_button"))


def test_many_responses_are_given_out_as_parquet_alone(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_export, "MOST_AS_TEXT", 100)
    run = worlds.store_run(small)
    app = open_page("runs", show=run.run_id, part_of_run="Responses")
    assert app.segmented_control(key="export_as").options == ["Parquet"]


def test_a_broken_run_shows_its_log(open_page: Opener, small: worlds.Corpus, store: Path) -> None:
    run = worlds.store_run(small)
    (run.path / "manifest.json").write_text("{ no json")
    (run.path / LOG).write_text("it was me")
    app = open_page("runs", show=run.run_id)
    assert not app.exception
    assert "it was me" in [code.value for code in app.code]


def test_what_a_run_is_made_of(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small)
    app = open_page("runs", show=run.run_id, part_of_run="About")
    assert '"model": "demo-voices"' in " ".join(code.value for code in app.code)
    assert f"polyvocal run resume {run.run_id}" in " ".join(code.value for code in app.code)


# The form


def test_every_field_of_a_spec_can_be_chosen(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.store_personas()
    seen: list[dict[str, object]] = []
    read = run_form.read

    def noting(values: dict[str, object]) -> RunSpec | None:
        seen.append(dict(values))
        return read(values)

    monkeypatch.setattr(run_form, "read", noting)
    app = open_page("runs", do="Start a run")
    app.segmented_control(key="form_mode").set_value("sampled").run()
    assert not app.exception
    assert set(seen[-1]) == set(RunSpec.model_fields) - {"version"}
    app.number_input(key="form_max_tokens").set_value(33)
    app.number_input(key="form_top_p").set_value(0.9)
    app.selectbox(key="form_template").set_value("offensiveness")
    app.text_area(key="form_item_ids").set_value("item-001\n\n item-007 \nitem-001")
    app.text_area(key="form_persona_ids").set_value("ben\nanna")
    app.text_input(key="form_revision").set_value("abc").run()
    spec = read(seen[-1])
    assert spec is not None
    assert (spec.item_ids, spec.persona_ids) == (("item-001", "item-007"), ("ben", "anna"))
    assert any("2 personas × 2 items × 3 temperatures = 12 requests" in said for said in texts(app))
    assert (spec.max_tokens, spec.top_p, spec.template, spec.revision) == (33, 0.9, "offensiveness", "abc")


def test_tokens_and_disk_are_foretold(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_personas()
    run = worlds.store_run(small, "demo-voices")
    manifest = run.manifest()
    manifest.actual.responses_per_second = 2.0
    manifest.actual.prompt_tokens = 1200
    run.write_manifest(manifest)
    app = open_page("runs", do="Start a run")
    app.selectbox(key="form_backend").set_value("scripted").run()
    said = " ".join(texts(app)).replace(text.NBSP, " ")
    assert "About 1,200 tokens read, as in that run." in said
    assert "At most about 6.0 kB on the disk, which has" in said


def test_a_disk_without_room_is_told() -> None:
    lines = run_forecast.lines_of(Forecast(requests=1, n_bytes=10**9, free=10**9))
    assert "That is too little" in lines[0]
    assert run_forecast.lines_of(Forecast(requests=1, n_bytes=500, free=None)) == [
        f"At most about 500{text.NBSP}B on the disk."
    ]


def test_a_pilots_answer_is_shown_and_goes_with_the_run(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.store_personas()
    estimate = CostEstimate(requests=120, pilot_requests=48, prompt_tokens=(900, 1100), output_tokens=(0, 0),
                            seconds=(60.0, 120.0), setup_seconds=60.0, basis="48 of 120 were asked")  # fmt: skip
    started: list[RunSpec] = []
    given: list[CostEstimate | None] = []

    def start(spec: RunSpec, *, estimate: CostEstimate | None = None) -> str:
        given.append(estimate)
        return worlds.store_run(small).run_id

    def begin(spec: RunSpec) -> None:
        started.append(spec)
        folder = _folder(spec)
        folder.mkdir(parents=True)
        (folder / ANSWER).write_text(json.dumps({"estimate": estimate.model_dump(mode="json")}))

    monkeypatch.setattr(run_forecast, "start_estimate", begin)
    monkeypatch.setattr("engine.runs.jobs.start_job", start)
    earlier = worlds.store_run(small, "demo-voices")
    manifest = earlier.manifest()
    manifest.actual.responses_per_second = 2.0
    manifest.actual.prompt_tokens = 1200
    earlier.write_manifest(manifest)
    app = open_page("runs", do="Start a run")
    app.selectbox(key="form_backend").set_value("scripted").run()
    assert "as in that run" in " ".join(texts(app))
    app.button(key="estimate").click().run()
    assert started[0].model == "demo-voices"
    said = " ".join(texts(app)).replace(text.NBSP, " ")
    assert "as in that run" not in said, "a pilot of this run speaks in place of another run"
    assert "at the pace of" not in said
    assert "Measured by a pilot: 2 min to 3 min, loading the model included · 900 to 1,100 tokens read" in said
    assert "48 of 120 were asked." in said
    app.button(key="start").click().run()
    assert given == [estimate]


def test_a_pilot_at_work_can_be_stopped_and_its_failure_is_told(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    worlds.store_personas()
    job = EstimateJob("running")
    monkeypatch.setattr(run_forecast, "read_estimate", lambda spec: job)
    stopped: list[RunSpec] = []
    monkeypatch.setattr(run_forecast, "stop_estimate", stopped.append)
    app = open_page("runs", do="Start a run")
    assert "estimate" not in [button.key for button in app.button]
    app.button(key="stop-estimate").click().run()
    assert len(stopped) == 1
    job = EstimateJob("failed", problem="the model is not here. Get it.")
    app.run()
    assert "the model is not here. Get it." in texts(app)
    assert app.button(key="estimate").label == "Measure again"


@pytest.mark.parametrize("others", [False, True])
def test_personas_are_made_of_a_corpus_that_has_none(open_page: Opener, small: worlds.Corpus, others: bool) -> None:
    if others:
        worlds.store_personas()
    app = open_page("runs", do="Start a run")
    assert any("There is no persona set yet" in element.value for element in app.markdown) is not others
    app.button(key="make-personas-small").click().run()
    assert not app.exception
    assert app.multiselect(key="form_sets_small").value == ["small-personas"]
    assert any("8 personas × 40 items = 320 requests" in said for said in texts(app))
    assert not [button for button in app.button if button.key == "make-personas-small"]


def test_a_corpus_that_tells_nothing_of_its_people_gives_no_personas(open_page: Opener) -> None:
    plain = worlds.small_corpus("plain")
    people = tuple(dataclasses.replace(person, group=None) for person in plain.annotators)
    worlds.store_corpus(dataclasses.replace(plain, annotators=people))
    app = open_page("runs", do="Start a run")
    app.button(key="make-personas-plain").click().run()
    assert any("records neither attributes nor groups" in said for said in texts(app))


def test_the_form_leads_to_the_import_where_there_is_no_corpus(open_page: Opener) -> None:
    app = open_page("runs", do="Start a run")
    links = [link.proto for link in app.get("page_link")]
    assert any(link.label == "Import a corpus" for link in links)
