"""Homogenization, kappas, parting items and refusals as drawn: every number of the table, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from engine.errors import InputError
from engine.figures import (
    agreement_by_policy,
    homogenization,
    kappas_of_panels,
    labelless_rates,
    parting_items,
    persona_agreement_by_policy,
)
from engine.measures import agreement_by_policy as policies_of
from engine.measures import agreement_of_panels
from engine.measures import labelless_rates as rates_of
from engine.measures import parting_items as items_of
from engine.measures import persona_agreement_by_policy as persona_policies_of
from tests.engine.figures.results import kappas
from tests.engine.measures import arrays
from tests.engine.measures.demo_voices import drawn, people_of, rule, voices_of

PEOPLE = people_of(drawn(rule(), 1))


def test_every_defined_alpha_is_drawn_with_its_interval_on_the_row_of_its_scope() -> None:
    table = agreement_of_panels(voices_of(rule()), PEOPLE, resamples=50)
    figure = homogenization(table, title="T = 1")
    assert [trace.name for trace in figure.data] == ["people", "strong"]
    for trace in figure.data:
        rows = table[table["raters"] == trace.name]
        np.testing.assert_allclose(trace.x, rows["alpha"])
        np.testing.assert_allclose(trace.x + trace.error_x.array, rows["high"])
        np.testing.assert_allclose(trace.x - trace.error_x.arrayminus, rows["low"])
        labels = dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))
        assert [labels[round(float(y))] for y in trace.y] == list(rows["among"])
    assert "beside people" in figure.data[1].customdata[0][4]


def test_an_undefined_alpha_is_a_cross_at_the_edge_with_its_reason() -> None:
    table = agreement_of_panels(voices_of(np.zeros((12, 360))), PEOPLE, resamples=20)
    cross = homogenization(table, theme="dark").data[2]
    assert cross.name == "strong: undefined"
    assert "unanimous" in cross.customdata[0][4]


def test_items_are_drawn_with_their_ids_and_no_item_is_lost() -> None:
    items = items_of(voices_of(rule()), PEOPLE)
    figure = parting_items(items)
    drawn_ids = [str(i) for trace in figure.data[1:] for i in trace.customdata]
    assert sorted(drawn_ids) == sorted(items["item_id"])
    x = dict(zip(figure.data[1].customdata, figure.data[1].x, strict=True))
    first = items[items["one_label"]].iloc[0]
    assert x[first["item_id"]] == first["people"]
    assert len(parting_items(items.head(0)).data) == 3


def test_rates_are_drawn_by_what_is_asked_and_causes_that_never_occur_are_not() -> None:
    status = np.zeros((3, 20, 1, 2, 1), dtype=int)
    status[0, :5] = 1
    rates = rates_of(arrays.sampled(np.where(status, -1, 0), [0.5, 1.0], 2, status))
    figure = labelless_rates(rates)
    assert [trace.name for trace in figure.data] == ["any", "refusal"]
    assert list(figure.data[1].x) == [0.25, 0, 0]
    assert list(labelless_rates(rates, by="temperature").layout.yaxis.ticktext) == ["0.5", "1"]
    with pytest.raises(InputError, match="all, persona, wording, temperature"):
        labelless_rates(rates, by="group")


def test_missing_columns_are_named() -> None:
    table = agreement_of_panels(voices_of(rule()), PEOPLE, resamples=0)
    with pytest.raises(InputError, match="low"):
        homogenization(table.drop(columns="low"))
    with pytest.raises(InputError, match="gap"):
        parting_items(items_of(voices_of(rule()), PEOPLE).drop(columns="gap"))


def test_alpha_under_every_policy_stands_in_the_row_of_its_temperature() -> None:
    status = np.zeros((3, 20, 1, 2, 1), dtype=int)
    status[0, :5] = 1
    codes = np.where(status, -1, np.random.default_rng(0).integers(0, 2, status.shape))
    table = policies_of(arrays.sampled(codes, [0.5, 1.0], 2, status), resamples=50)
    figure = agreement_by_policy(table)
    assert list(figure.layout.yaxis.ticktext) == ["T = 0.5", "T = 1"]
    for trace in figure.data:
        rows = table[table["policy"] == trace.name]
        np.testing.assert_allclose(trace.x, rows["alpha"])
        np.testing.assert_allclose(trace.x + trace.error_x.array, rows["high"])
        assert list(np.round(trace.y)) == [0, 1]
    assert "5 answers without a label" in figure.data[0].customdata[0]
    gone = table.assign(alpha=table["alpha"].where(table["policy"] != "own category"), note="ordered labels")
    crosses = [t for t in agreement_by_policy(gone).data if t.name == "own category: undefined"]
    assert "ordered labels" in crosses[0].customdata[0]


def test_wordings_and_personas_have_rows_of_their_own_under_the_policies() -> None:
    status = np.zeros((4, 12, 2, 2, 1), dtype=np.int64)
    status[1, :6] = 1
    codes = np.where(status, -1, np.random.default_rng(0).integers(0, 2, status.shape))
    run = arrays.sampled(codes, [0.5, 1.0], 2, status)
    worded = agreement_by_policy(policies_of(run, by_wording=True, resamples=50))
    assert list(worded.layout.yaxis.ticktext)[:3] == ["T = 0.5", "T = 0.5, wording-0", "T = 0.5, wording-1"]
    assert "24 answers hold no label" in str(worded.layout.to_plotly_json())
    table = persona_policies_of(run, resamples=50)
    each = persona_agreement_by_policy(table)
    assert list(each.layout.yaxis.ticktext)[:2] == ["persona-0, T = 0.5", "persona-1, T = 0.5"]
    for trace in each.data:
        rows = table[table["policy"] == trace.name]
        np.testing.assert_allclose(trace.x, rows["alpha"])
    cold = persona_agreement_by_policy(table[table["temperature"] == 0.5])
    assert list(cold.layout.yaxis.ticktext) == [f"persona-{n}" for n in range(4)]
    with pytest.raises(InputError, match="policies"):
        persona_agreement_by_policy(table.drop(columns="n_labelless"))


def test_kappas_stand_in_the_row_of_their_scope_and_undefined_ones_are_crosses() -> None:
    table = kappas()
    table.loc[0, ["cohen", "cohen_low", "cohen_high", "note"]] = [np.nan, np.nan, np.nan, "unanimous"]
    figure = kappas_of_panels(table)
    scopes = list(dict.fromkeys(table["among"]))
    for trace in figure.data:
        name, _, undefined = trace.name.partition(": ")
        rows = table[(table["raters"] == name) & (table["cohen"].isna() == bool(undefined))]
        assert [scopes[round(float(y))] for y in trace.y] == list(rows["among"])
        if not undefined:
            np.testing.assert_allclose(trace.x, rows["cohen"])
            np.testing.assert_allclose(trace.x - trace.error_x.arrayminus, rows["cohen_low"])
    fleiss = {trace.name: trace for trace in kappas_of_panels(table, number="fleiss").data}
    assert len(fleiss["people: undefined"].y) == 2, "within and between groups it is not defined"
    with pytest.raises(InputError, match="fleiss, cohen, entropy"):
        kappas_of_panels(table, number="alpha")
    with pytest.raises(InputError, match="entropy_low"):
        kappas_of_panels(table.drop(columns="entropy_low"), number="entropy")
