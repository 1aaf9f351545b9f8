"""The temperature page below its curve: what the disagreement of each run is made of."""

from __future__ import annotations

import pytest

from dashboard import story, text
from engine.measures import agreement_by_temperature
from engine.runs import exact_labels
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, numbers, texts


def test_every_exact_run_has_its_areas_over_one_range(open_page: Opener, small: worlds.Corpus) -> None:
    one, other = worlds.store_run(small, spread=3.0), worlds.store_run(small, "demo-chorus", spread=0.0)
    app = open_page("temperature", run=[one.run_id, other.run_id], t="0.5")
    assert not app.exception
    drawn = [chart for chart in charts(app) if chart["layout"]["title"]["text"].startswith("Noise and signal")]
    assert [chart["layout"]["title"]["text"] for chart in drawn] == [
        "Noise and signal, demo-voices", "Noise and signal, demo-chorus",
    ]  # fmt: skip
    assert drawn[0]["layout"]["yaxis"]["range"] == drawn[1]["layout"]["yaxis"]["range"]
    for run, chart in zip((one, other), drawn, strict=True):
        curve = agreement_by_temperature(exact_labels(run), (0.0, 1.0, 2.0), ["anna", "ben", "cleo"]).iloc[1]
        noise, signal = (numbers(trace["y"])[20] for trace in chart["data"][:2])
        assert noise == pytest.approx(curve["noise"])
        assert signal == pytest.approx(max(curve["signal"], 0.0))


def test_the_sentence_says_how_much_is_noise_at_the_temperature(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small)
    row = agreement_by_temperature(exact_labels(run), (0.5,), ["anna", "ben", "cleo"]).iloc[0]
    signal = max(row["signal"], 0.0) / row["disagreement"]
    app = open_page("temperature", run=run.run_id, t="0.5")
    expected = (
        f"At temperature 0.50 two answers of two personas lie {text.number(row['disagreement'])} apart: "
        f"{story.percent(1 - signal)} of it is noise, {story.percent(signal)} signal."
    )
    assert any(caption.value.startswith(expected) for caption in app.caption)


def test_sampled_runs_alone_have_no_slider(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, mode="sampled")
    app = open_page("temperature", run=run.run_id)
    assert not app.exception
    assert not app.slider, "only its own temperatures are known"
    assert len(charts(app)) == 2


def test_a_run_that_asked_once_says_why_it_has_no_areas(
    open_page: Opener, small: worlds.Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dashboard import run_curves

    run, real = worlds.store_run(small, mode="sampled"), run_curves.curve
    monkeypatch.setattr(run_curves, "curve", lambda part: real(part).assign(noise=float("nan")))
    app = open_page("temperature", run=run.run_id)
    assert any("each cell was asked once" in said for said in texts(app))
    assert len(charts(app)) == 1
