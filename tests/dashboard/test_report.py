"""The report page: made once on request, offered as files, with or without texts."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reports
from dashboard.subject import Subject
from engine import paths, report
from engine.runs.store import summarize
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, everything, texts
from tests.engine.report.runs import TEXT, stored


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Few resamples; and how often a report was made, with what."""
    asked: list[dict[str, Any]] = []

    def make(*run: Any, **settings: Any) -> report.Report:
        asked.append(settings)
        return report.make_report(*run, **settings, resamples=40)

    monkeypatch.setattr(reports, "make_report", make)
    monkeypatch.setenv("POLYVOCAL_CHROMIUM", "/nowhere/chrome")  # tests/browser/test_images.py draws with a real one
    return asked


@pytest.fixture
def chrome(monkeypatch: pytest.MonkeyPatch) -> list[report.Images]:
    """A browser that draws what is asked of it from this list, last first; two images where it is empty."""
    answers: list[report.Images] = []

    def draw_images(made: report.Report, progress: Any) -> report.Images:
        progress(1, 2)
        return answers.pop() if answers else report.Images({"kappas.svg": b"an svg", "kappas.png": b"a png"})

    monkeypatch.setenv("POLYVOCAL_CHROMIUM", "/bin/sh")
    monkeypatch.setattr(reports, "draw_images", draw_images)
    return answers


def archived(run: Any) -> zipfile.ZipFile:
    """All files of the report that was made of a run, as the page hands them out."""
    made = reports.made(Subject(summarize(run), run.manifest(), "a run", (), 1.0), "masked")
    assert made is not None
    return zipfile.ZipFile(io.BytesIO(reports.folder(made)))


def downloads(app: AppTest) -> set[str]:
    return {str(element.proto.label) for element in app.get("download_button")}


def test_a_report_is_made_when_it_is_asked_for_and_then_kept(open_page: Opener, quick: list) -> None:
    run = stored()
    app = open_page("report", run=run.run_id)
    assert not app.exception
    assert not quick, "opening the page measures nothing"
    assert "Download the report" not in downloads(app)
    app.button(key="make").click().run()
    assert not app.exception
    assert downloads(app) == {"Download the report", "All files (ZIP)", "All tables (CSV and LaTeX, ZIP)"}
    again = open_page("report", run=run.run_id)
    assert "Download the report" in downloads(again), "another session finds it made"
    assert len(quick) == 1
    assert quick[0]["temperature"] == 1.0


def test_two_sessions_at_once_make_it_once(quick: list) -> None:
    run = stored()
    subject = Subject(summarize(run), run.manifest(), "a run", (), 1.0)
    with ThreadPoolExecutor(2) as pool:
        makings = list(pool.map(lambda _: reports.make(subject, "none", lambda *step: None), range(2)))
    assert makings[0] is makings[1]
    assert len(quick) == 1


def test_a_changed_run_has_no_report_any_more(open_page: Opener) -> None:
    run = stored()
    open_page("report", run=run.run_id).button(key="make").click().run()
    manifest = run.manifest()
    run.write_manifest(manifest.model_copy(update={"notes": ["low label mass"]}))
    app = open_page("report", run=run.run_id)
    assert "Download the report" not in downloads(app)
    app.button(key="make").click().run()
    assert "low label mass" in texts(app)


def test_texts_are_left_out_where_the_reader_says_so(open_page: Opener, quick: list) -> None:
    run = stored()
    app = open_page("report", run=run.run_id, texts="none")
    app.button(key="make").click().run()
    assert quick[0]["texts"] == "none"
    assert any("holds no texts" in shown for shown in texts(app))
    app.radio(key="texts").set_value("masked").run()
    app.button(key="make").click().run()
    assert any("holds the texts of" in shown for shown in texts(app))
    assert TEXT not in everything(app), "texts are in the file alone"


def test_one_table_is_shown_and_offered(open_page: Opener) -> None:
    run = stored()
    app = open_page("report", run=run.run_id, table="homogenization")
    app.button(key="make").click().run()
    assert {"CSV", "LaTeX"} <= downloads(app)
    assert app.dataframe[-1].value["raters"][0] == "people"
    app.selectbox(key="table").set_value("personas").run()
    assert "anna" in list(app.dataframe[-1].value["persona"])


def test_a_chart_is_shown_and_saved_in_either_form(open_page: Opener) -> None:
    run = stored()
    app = open_page("report", run=run.run_id, table="homogenization", picture="PNG")
    app.button(key="make").click().run()
    assert not app.exception
    chart = app.get("plotly_chart")[0].proto
    assert json.loads(chart.config)["toImageButtonOptions"]["format"] == "png"
    drawn = json.loads(chart.spec)
    assert drawn["layout"]["title"]["text"] == "Agreement of people and personas"
    app.segmented_control(key="picture").set_value("SVG").run()
    assert json.loads(app.get("plotly_chart")[0].proto.config)["toImageButtonOptions"]["format"] == "svg"
    app.selectbox(key="table").set_value("personas").run()
    assert not app.get("plotly_chart"), "a table without a chart"


def test_an_address_that_names_no_table_is_no_table(open_page: Opener) -> None:
    run = stored()
    app = open_page("report", run=run.run_id, table="<script>", texts="<script>")
    app.button(key="make").click().run()
    assert not app.exception
    assert app.selectbox(key="table").value is None
    assert app.radio(key="texts").value == "masked"


def test_the_archive_holds_every_table_in_both_forms() -> None:
    made = report.make_report(stored(), resamples=40)
    with zipfile.ZipFile(io.BytesIO(reports.archive(made))) as files:
        assert set(files.namelist()) == {f"{name}.{form}" for name in made.tables for form in ("csv", "tex")}
        assert files.read("homogenization.tex").startswith(b"\\begin{table}")


def test_without_a_chrome_page_and_files_say_why_there_are_no_images(open_page: Opener) -> None:
    run = stored()
    app = open_page("report", run=run.run_id)
    app.button(key="make").click().run()
    assert not app.exception
    assert any("Install one" in shown and "POLYVOCAL_CHROMIUM" in shown for shown in texts(app))
    assert "draw" not in {button.key for button in app.button}
    with archived(run) as files:
        assert {"report.html", "tables/kappas.tex", "figures/kappas.html"} <= set(files.namelist())
        assert b"POLYVOCAL_CHROMIUM" in files.read("figures/MISSING.txt")


def test_figures_are_drawn_when_it_is_asked_for_and_then_kept(open_page: Opener, chrome: list) -> None:
    run = stored()
    app = open_page("report", run=run.run_id)
    app.button(key="make").click().run()
    with archived(run) as files:
        assert b"had not been drawn" in files.read("figures/MISSING.txt")
    app.button(key="draw").click().run()
    assert not app.exception
    assert "draw" not in {button.key for button in open_page("report", run=run.run_id).button}, (
        "another session finds them"
    )
    with archived(run) as files:
        assert files.read("figures/kappas.svg") == b"an svg"
        assert "figures/MISSING.txt" not in files.namelist()


def test_a_chrome_that_fails_is_told_and_can_be_asked_again(open_page: Opener, chrome: list) -> None:
    chrome.append(report.Images(note="it drew nothing for 120 seconds"))
    app = open_page("report", run=stored().run_id)
    app.button(key="make").click().run()
    app.button(key="draw").click().run()
    assert not app.exception
    assert "it drew nothing for 120 seconds" in texts(app)
    assert "All files (ZIP)" in downloads(app)
    app.run()
    app.button(key="draw").click().run()
    assert "it drew nothing for 120 seconds" not in texts(app)


def test_two_sessions_at_once_draw_once(chrome: list, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stored()
    making = reports.make(Subject(summarize(run), run.manifest(), "a run", (), 1.0), "none", lambda *step: None)
    asked: list[object] = []
    draw = reports.draw_images
    monkeypatch.setattr(reports, "draw_images", lambda *given: asked.append(given) or draw(*given))
    with ThreadPoolExecutor(2) as pool:
        drawn = list(pool.map(lambda _: reports.draw(making, lambda *step: None), range(2)))
    assert drawn[0] is drawn[1]
    assert len(asked) == 1


def test_what_a_run_cannot_say_is_listed_with_its_reason(open_page: Opener) -> None:
    app = open_page("report", run=stored().run_id)
    app.button(key="make").click().run()
    listed = app.dataframe[1].value.set_index("exhibit")
    assert "no answers that could be repeated" in listed.loc["Do repeats differ?", "note"]
    assert listed.loc["Agreement of people and personas", "chart"]


def test_a_partial_and_a_sampled_run(open_page: Opener) -> None:
    run = stored(mode="sampled", share=0.5, state="cancelled")
    app = open_page("report", run=run.run_id)
    app.button(key="make").click().run()
    assert not app.exception
    assert any("The run is cancelled" in shown for shown in texts(app))


def test_a_run_whose_corpus_is_gone(open_page: Opener) -> None:
    run = stored(worlds.small_corpus("gone"))
    shutil.rmtree(paths.imported_dir() / "gone")
    app = open_page("report", run=run.run_id)
    app.button(key="make").click().run()
    assert not app.exception
    assert "Download the report" in downloads(app)


def test_a_hostile_run_stays_text(open_page: Opener) -> None:
    run = stored(worlds.hostile_corpus(), model=worlds.HOSTILE[2], personas=worlds.HOSTILE[:3])
    app = open_page("report", run=run.run_id, table="personas")
    app.button(key="make").click().run()
    assert not app.exception
    for kind in ("markdown", "caption", "title", "subheader", "html", "button", "download_button"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), f"{kind} holds data"


def test_an_error_of_the_run_is_told_without_a_traceback(open_page: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.errors import InputError

    def fails(*run: Any, **settings: Any) -> report.Report:
        raise InputError("the run cannot be read")

    monkeypatch.setattr(reports, "make_report", fails)
    app = open_page("report", run=stored().run_id)
    app.button(key="make").click().run()
    assert not app.exception
    assert "the run cannot be read" in texts(app)
