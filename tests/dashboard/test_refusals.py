"""The refusals page: rates, agreement under each policy, and the cells of a run."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from dashboard import refusal_items, refusal_parts, run_answers, text
from engine.jobs.lock import FolderLock
from engine.measures import agreement_by_policy, labelless_rates, persona_agreement_by_policy
from engine.runs import RunFolder, cell_counts, exact_labels, sampled_labels
from tests.dashboard import worlds
from tests.dashboard.conftest import Opener, charts, everything, texts, x_of

TABS = ("Without a label", "Agreement", "Answers", "Cells")
STRONG = ["anna", "ben", "cleo"]


@pytest.fixture
def sampled(small: worlds.Corpus) -> RunFolder:
    return worlds.store_run(small, mode="sampled", controls=("c1",))


def test_an_empty_store_says_what_to_do(open_page: Opener) -> None:
    app = open_page("refusals")
    assert not app.exception
    assert "make demo" in [code.value for code in app.code]


@pytest.mark.parametrize("by", ["Persona", "Wording", "Temperature"])
def test_rates_are_the_engines(open_page: Opener, sampled: RunFolder, by: str) -> None:
    app = open_page("refusals", rates_by=by)
    assert not app.exception
    rates = labelless_rates(sampled_labels(sampled).sel(persona=STRONG))
    assert app.segmented_control(key="rates_by").value == by
    expected = rates[(rates["by"] == by.lower()) & (rates["cause"] == "any")]["rate"]
    assert x_of(charts(app)[0], "any") == pytest.approx(expected.to_numpy())
    assert refusal_parts.rates_line(rates) in texts(app)


def test_of_an_exact_run_the_label_mass_is_shown(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, mass=0.75)
    app = open_page("refusals", rates_by="Temperature")
    assert not app.exception, "a link to what this run does not have falls back"
    assert app.segmented_control(key="rates_by").value == "Persona"
    assert x_of(charts(app)[0], "outside the labels") == pytest.approx([0.25] * 3)
    assert any("no label with a mean probability of 25" in said for said in texts(app))
    assert refusal_parts.rates_line(labelless_rates(exact_labels(run))) in texts(app)
    app = open_page("refusals", part_of_refusals="Agreement")
    assert any(said.startswith("An exact run reads label distributions") for said in texts(app))


def test_agreement_is_shown_under_each_policy(open_page: Opener, sampled: RunFolder) -> None:
    app = open_page("refusals", part_of_refusals="Agreement")
    table = agreement_by_policy(sampled_labels(sampled), STRONG)
    for policy, rows in table.groupby("policy"):
        assert x_of(charts(app)[0], str(policy)) == pytest.approx(rows["alpha"].to_numpy())


def test_each_personas_agreement_is_shown_at_the_temperature_of_the_link(open_page: Opener, sampled: RunFolder) -> None:
    app = open_page("refusals", part_of_refusals="Agreement", policy_t="0.5")
    assert not app.exception
    table = persona_agreement_by_policy(sampled_labels(sampled), STRONG)
    rows = table[(table["policy"] == "worst case") & (table["temperature"] == 0.5)]
    assert x_of(charts(app)[1], "worst case") == pytest.approx(rows["alpha"].to_numpy())
    other = open_page("refusals", part_of_refusals="Agreement", policy_t="7")
    assert not other.exception
    assert other.segmented_control(key="policy_t").value == "1"


def test_answers_stay_on_the_server_until_asked_for(open_page: Opener, sampled: RunFolder) -> None:
    app = open_page("refusals", part_of_refusals="Answers")
    assert not app.exception
    assert worlds.SECRET not in everything(app)
    rows = [r for r in sampled.responses().to_pylist() if r["status"] != "ok" and r["persona_id"] in STRONG]
    frame = app.dataframe[0].value
    assert list(frame["item"]) == [row["item_id"] for row in rows]
    assert set(frame["status"]) == {"refused"}
    assert all(str(cell).startswith("Hidden text") for cell in frame["text"])
    app.toggle(key="show_texts").set_value(True).run()
    assert list(app.dataframe[0].value["text"]) == [row["text"] for row in rows]


def test_of_many_answers_the_first_are_listed_and_counted(
    open_page: Opener, sampled: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_answers, "MOST", 2)
    app = open_page("refusals", part_of_refusals="Answers")
    said = sampled.responses(("status", "persona_id")).to_pylist()
    n = sum(row["status"] != "ok" and row["persona_id"] in STRONG for row in said)
    assert len(app.dataframe[0].value) == 2
    assert any(f"The first 2 of {n} in the order" in said.value for said in app.caption)


def test_without_such_answers_it_says_so(open_page: Opener, small: worlds.Corpus) -> None:
    worlds.store_run(small)
    app = open_page("refusals", part_of_refusals="Answers")
    assert any(said.startswith("An exact run draws no answers, so there are no texts") for said in texts(app))
    assert any(said.startswith("Probability that the next token is no label: 0.00") for said in texts(app))
    assert any(said.startswith("Hidden text") for said in texts(app))


def test_answers_are_narrowed_and_their_items_are_counted(open_page: Opener, sampled: RunFolder) -> None:
    link = {"part_of_refusals": "Answers", "answers_of": "anna", "answers_at": "0.5"}
    app = open_page("refusals", **link)
    assert not app.exception
    rows = [row for row in sampled.responses().to_pylist() if row["persona_id"] == "anna" and row["temperature"] == 0.5]
    refused = [row["item_id"] for row in rows if row["status"] != "ok"]
    assert list(app.dataframe[0].value["item"]) == refused
    most, n = Counter(refused).most_common(1)[0]
    of = sum(row["item_id"] == most for row in rows)
    assert f"{n} of {of} answer{'s' * (of > 1)} hold no label: {n} refused" in texts(app)
    other = open_page("refusals", part_of_refusals="Answers", answers_of="nobody")
    assert any("These answers have no persona 'nobody'" in said for said in texts(other))


def test_a_click_on_a_rate_opens_the_answers_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def clicked(by: str, *marks: dict[str, float]) -> dict[str, Any]:
        session: dict[str, Any] = {"chart": {"selection": {"points": list(marks)}}}
        monkeypatch.setattr(refusal_items.st, "session_state", session)
        refusal_items.clickable("chart", by, ["p0", "p1", "p2"])()
        return {key: session.get(key) for key in ("part_of_refusals", "answers_of", "answers_at")}

    assert clicked("persona", {"y": 2.8}) == {"part_of_refusals": "Answers", "answers_of": "p0", "answers_at": None}
    assert clicked("temperature", {"y": 1.1})["answers_at"] == "p2"
    assert clicked("persona") == {"part_of_refusals": None, "answers_of": None, "answers_at": None}


def test_the_cells_of_all_personas_are_counted(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, mode="sampled", controls=("c1",), share=0.6, state="cancelled")
    app = open_page("refusals", part_of_refusals="Cells")
    assert not app.exception
    counts = cell_counts(run).groupby("status")["cells"].sum()
    said = next(said for said in texts(app) if said.startswith("Of 640 cells of the run"))
    assert f"{counts['ok']} labelled" in said
    assert f"{counts['refusal']} refused" in said
    assert f"{counts['not asked']} not asked yet" in said
    assert any("Cancelled" in badge.proto.body for badge in app.markdown)


def test_a_run_that_goes_on_is_counted(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, share=0.5, state="running")
    with FolderLock(run.path):
        app = open_page("refusals", part_of_refusals="Cells")
    assert not app.exception
    assert "Of 120 cells of the run: 60 labelled and 60 not asked yet." in texts(app)
    assert any("Running" in badge.proto.body for badge in app.markdown)


def test_why_requests_failed_is_told_as_text(open_page: Opener, small: worlds.Corpus) -> None:
    run = worlds.store_run(small, share=0.5)
    run.write_as("late")
    row = {"key": "x", "persona_id": "cleo", "item_id": "item-001", "wording": "plain", "repeat": 0}
    run.append([row | {"status": "failed", "error": "server: ![m](http://beacon.invalid/m.png)"}])
    app = open_page("refusals", part_of_refusals="Cells")
    assert any(said.startswith("Failed, 1: server") for said in texts(app))
    assert not any("beacon" in str(said.proto) for said in app.markdown)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("mode", ["exact", "sampled"])
def test_hostile_names_stay_text(open_page: Opener, tab: str, mode: str) -> None:
    corpus = worlds.store_corpus(worlds.hostile_corpus())
    worlds.store_run(corpus, mode=mode, personas=worlds.HOSTILE[:4], controls=worlds.HOSTILE[4:7])  # type: ignore[arg-type]
    app = open_page("refusals", part_of_refusals=tab)
    assert not app.exception
    for kind in ("markdown", "caption", "title", "html", "button", "metric"):
        for element in app.get(kind):
            assert not any(word in str(element.proto) for word in ("beacon", "pwned")), kind


def test_the_line_says_causes_and_interval(sampled: RunFolder) -> None:
    rates = labelless_rates(sampled_labels(sampled))
    whole = rates[(rates["by"] == "all") & (rates["cause"] == "any")].iloc[0]
    said = refusal_parts.rates_line(rates).replace(text.NBSP, " ")
    assert said.startswith(f"Of 640 answers, {100 * whole['rate']:.2g} % (95 % interval ")
    assert said.endswith(f"refused {100 * whole['rate']:.2g} %.")
    assert refusal_parts.rates_line(rates.assign(rate=0.0)) == "All of 640 answers hold a label."
    assert refusal_parts.rates_line(rates.assign(n_answers=0)) == "No answer has come yet."


def test_of_many_personas_those_with_the_highest_rates_are_drawn(sampled: RunFolder) -> None:
    rates = labelless_rates(sampled_labels(sampled))
    rows = rates[(rates["by"] == "persona") & (rates["cause"] == "any")].sort_values("rate", ascending=False)
    kept = refusal_parts.highest(rates, "persona", 2)
    assert set(kept[kept["by"] == "persona"]["name"]) == set(rows["name"].head(2))
    assert len(kept[kept["by"] == "all"]) == len(rates[rates["by"] == "all"])


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0 %"), (1, "100 %"), (0.12, "12 %"), (0.05, "5 %"), (0.000068, "0.0068 %"), (0.996, "99.6 %"),
     (0.99993, "99.993 %"), (1 - 1e-16, "100 %")],
)  # fmt: skip
def test_a_share_near_all_is_told_as_one_near_none(share: float, said: str) -> None:
    assert refusal_parts.percent(share).replace(text.NBSP, " ") == said
