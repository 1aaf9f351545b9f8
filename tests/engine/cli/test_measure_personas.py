"""`measure personas` and `measure representation` from the command line: their numbers, beside ones counted by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli.main import run
from engine.corpora import load_corpus
from engine.runs import exact_labels, find_run, human_labels
from tests.engine.cli.commands import QUICK, measured

SETS = ["--personas", "demo-strong", "--personas", "demo-weak"]
RUN = ["--corpus", "demo", *SETS, "--model", "fake", "--backend", "scripted", "--max-items", "40"]
PERSONA, PERSON, GROUP = "a03-woman-muslim", "a05", "muslim-residents"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one run, which every test of this file reads."""
    home = tmp_path_factory.mktemp("measured")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(home))
        assert run(["run", "start", *RUN, "--json"]) == 0
    return home


@pytest.fixture
def run_id(home: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    assert store != home, "the empty store that every test gets goes first"
    monkeypatch.setenv("POLYVOCAL_HOME", str(home))
    return next(path.name for path in (home / "runs").iterdir())


@pytest.fixture
def said(run_id: str) -> tuple[list[str], np.ndarray, list[str]]:
    """Personas, the probability of label 1 (personas, items) at temperature 1, and item ids."""
    labels = exact_labels(find_run(run_id))
    p = np.exp(labels["log_probability"]) if "log_probability" in labels else labels["probability"]
    p = (
        p.transpose("persona", "item", "label", ...)
        .to_numpy()
        .reshape(*(p.sizes[a] for a in ("persona", "item", "label")), -1)
    )
    yes = (p / p.sum(axis=2, keepdims=True))[:, :, list(labels["label"].to_numpy()).index("1")].mean(axis=-1)
    return list(labels["persona"].to_numpy()), yes, list(labels["item"].to_numpy())


@pytest.fixture
def given(said: tuple[list[str], np.ndarray, list[str]]) -> tuple[list[str], list[str], np.ndarray]:
    """People, their groups, and their labels (people, items), NaN where they gave none."""
    human = human_labels(load_corpus("demo")).sel(item=said[2])
    codes = human.transpose("annotator", "item").to_numpy().astype(float)
    return list(human["annotator"].to_numpy()), list(human["group"].to_numpy()), np.where(codes < 0, np.nan, codes)


def test_rates_and_where_a_persona_departs(capsys: Any, run_id: str, said: Any) -> None:
    personas, yes, items = said
    found = measured(capsys, "personas", run_id, "--persona", PERSONA, "--top", "3")
    rates = {(row["persona"], row["label"]): row["rate"] for row in found["rates"]}
    assert [rates[name, "1"] for name in personas] == pytest.approx(yes.mean(axis=1))
    assert rates[PERSONA, "0"] == pytest.approx(1 - rates[PERSONA, "1"])
    rows, me = found["items"][f"{PERSONA} departs from the others"], personas.index(PERSONA)
    apart = np.abs(yes[me] - np.delete(yes, me, axis=0).mean(axis=0))
    assert [row["item_id"] for row in rows] == [items[i] for i in np.argsort(-apart, kind="stable")[:3]]
    for row in rows:
        own = yes[me, items.index(row["item_id"])]
        assert row["probability"] == pytest.approx(own if row["label"] == "1" else 1 - own)
        assert row["n_others"] == len(personas) - 1


def test_the_items_of_a_cell(capsys: Any, run_id: str, said: Any, given: Any) -> None:
    (personas, yes, items), (people, _, codes) = said, given
    found = measured(capsys, "personas", run_id, "--cell", PERSONA, PERSON, "--top", "500")
    rows = {row["item_id"]: row for row in found["items"][f"{PERSONA} beside {PERSON}"]}
    told, label = yes[personas.index(PERSONA)], codes[people.index(PERSON)]
    both = np.flatnonzero(~np.isnan(label))
    assert set(rows) == {items[i] for i in both}

    def cosine(keep: np.ndarray) -> float:
        return float(told[keep] @ label[keep] / np.linalg.norm(told[keep]) / np.linalg.norm(label[keep]))

    for i in both:
        row = rows[items[i]]
        assert row["label"] == str(int(label[i]))
        assert row["share"] == 1.0
        assert row["probability"] == pytest.approx(told[i] if label[i] else 1 - told[i])
        assert row["difference"] == pytest.approx(1 - row["probability"]), "the chance that the two differ"
        assert row["influence"] == pytest.approx(cosine(both) - cosine(both[both != i]), abs=1e-9)
    order = [row["difference"] for row in found["items"][f"{PERSONA} beside {PERSON}"]]
    assert order == sorted(order, reverse=True)


def test_the_items_of_a_cell_of_a_group(capsys: Any, run_id: str, said: Any, given: Any) -> None:
    (personas, yes, items), (_, groups, codes) = said, given
    found = measured(capsys, "personas", run_id, "--cell", PERSONA, GROUP, "--top", "500")
    share = np.nanmean(codes[[group == GROUP for group in groups]], axis=0)
    told = yes[personas.index(PERSONA)]
    for row in found["items"][f"{PERSONA} beside {GROUP}"]:
        i = items.index(row["item_id"])
        assert row["share"] == pytest.approx(max(share[i], 1 - share[i]))
        assert row["difference"] == pytest.approx(told[i] * (1 - share[i]) + (1 - told[i]) * share[i])


def test_what_personas_carry_of_their_groups(capsys: Any, run_id: str, said: Any, given: Any) -> None:
    (personas, yes, items), (_, groups, codes) = said, given
    found = measured(capsys, "representation", run_id, "--top", "500")
    names = [row["group"] for row in found["groups"]]
    assert set(names) == set(groups)
    whose = {p.persona_id: p.group for p in find_run(run_id).manifest().personas}
    ours = np.array([yes[[whose[name] == group for name in personas]].mean(axis=0) for group in names])
    members = [codes[[group == name for group in groups]] for name in names]
    n = np.array([(~np.isnan(part)).sum(axis=0) for part in members])
    use = (n >= 2).all(axis=0)
    theirs = np.array([np.nanmean(part, axis=0) for part in members])
    chance = np.array([np.nanvar(part, axis=0, ddof=1) for part in members]) / n
    for g, row in enumerate(found["groups"]):
        others = [h for h in range(len(names)) if h != g]
        d = (theirs[g] - theirs[others].mean(axis=0))[use]
        e = (ours[g] - ours[others].mean(axis=0))[use]
        by_chance = (chance[g] + chance[others].sum(axis=0) / len(others) ** 2)[use].sum()
        assert row["n_items"] == use.sum()
        assert row["n_people"] == len(members[g])
        assert row["n_personas"] == sum(whose[name] == names[g] for name in personas)
        if row["carried"] is not None:
            assert row["carried"] == pytest.approx(d @ e / (d @ d - by_chance))
            assert row["low"] < row["carried"] < row["high"]
        rows = {one["item"]: one for one in found["items"] if one["group"] == names[g]}
        for k, i in enumerate(np.flatnonzero(use)):
            assert rows[items[i]]["people"] == pytest.approx(abs(d[k]))
            assert rows[items[i]]["missed"] == pytest.approx(abs(d[k] - e[k]))


def test_a_table_says_the_same(capsys: Any, run_id: str) -> None:
    found = measured(capsys, "representation", run_id)["groups"]
    assert run(["measure", "representation", run_id, *QUICK]) == 0
    out = capsys.readouterr().out
    for row in found:
        assert row["group"] in out
        assert (f"{row['carried']:.3f}" in out) if row["carried"] is not None else ("undefined" in out)
