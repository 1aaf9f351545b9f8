"""The two demo models as controls: what the measures say of real runs of models whose rule is known.

demo-voices was taught the rule of the demo world, demo-chorus the same rule with CHORUS_SHARE of what personas do. Both
label part of the demo corpus here by the way that every run goes (spec, plan, backend, folder, label arrays); what the
measures then say is set beside the rule itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from engine.corpora import load_corpus
from engine.demo.corpus import corpus_posts
from engine.demo.world import CHORUS_SHARE, NULL_ATTRIBUTES, consensus
from engine.measures import (
    Signature,
    Voices,
    attribute_effects,
    beside,
    failure_modes,
    failure_signatures,
    homogenization,
    persona_signal,
    voices,
)
from engine.personas import Persona, PersonaSet, counterfactual_pairs, counterfactual_set, load_persona_set
from engine.personas.store import save_persona_set
from engine.runs import RunSpec, execute
from engine.runs.label_arrays import exact_labels, human_labels
from tests.engine.measures.world import voices_of

BASES = ("a02", "a05", "a09")
"""A Muslim man of the centre, an atheist woman of the left, a Christian man of the right; old, young, old."""
EFFECTIVE = {"age", "gender", "religion", "politics"}
MODELS = ("demo-voices", "demo-chorus")
SHARES = {"demo-voices": 1.0, "demo-chorus": CHORUS_SHARE}
UNMOVED = 1e-12
"""A shift by the rule below this is none."""
STRONG = load_persona_set("demo-strong").personas
VARIED = counterfactual_set(
    PersonaSet(name="three", personas=tuple(persona for persona in STRONG if persona.persona_id.startswith(BASES)))
)
PAIRS = counterfactual_pairs(VARIED.personas)


@pytest.fixture(scope="module", autouse=True)
def quiet_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A store for the whole file, and one torch thread: more wait for each other on a machine that does other work."""
    import torch

    before = torch.get_num_threads()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POLYVOCAL_HOME", str(tmp_path_factory.mktemp("home")))
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            patch.setenv(name, "1")
        torch.set_num_threads(1)
        yield
        torch.set_num_threads(before)


def labelled(model: str, root: Path, **spec: object) -> xr.Dataset:
    asked = RunSpec(corpus="demo", model=model, backend="transformers", engine={"batch_size": 16}, **spec)  # type: ignore[arg-type]
    return exact_labels(execute(asked, root=root))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, xr.Dataset]:
    """Both models on the 180 items of the training split, all kinds of personas."""
    sets = ("demo-strong", "demo-weak", "control", "empty")
    root = tmp_path_factory.mktemp("runs")
    return {model: labelled(model, root, persona_sets=sets, splits=("train",)) for model in MODELS}


@pytest.fixture(scope="module")
def human() -> xr.DataArray:
    return human_labels(load_corpus("demo"))


@pytest.fixture(scope="module")
def counterfactuals(tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    """demo-voices on the 120 items of the test split, in two wordings."""
    folder = tmp_path_factory.mktemp("counterfactuals")
    made = save_persona_set(VARIED, folder / "varied.yaml")
    more = {"splits": ("test",), "wordings": ("plain", "definition")}
    return labelled("demo-voices", folder, persona_sets=(str(made),), **more)


def by_rule(personas: tuple[Persona, ...], items: tuple[str, ...], share: float = 1.0) -> Voices:
    """What the rule (or its share) says of items of the demo corpus, as if it were a model."""
    posts = [corpus_posts()[int(item.removeprefix("p")) - 1] for item in items]
    chance = np.array([[consensus(post, persona.attributes, share) for post in posts] for persona in personas])
    return voices_of(chance, [persona.persona_id for persona in personas])


def signatures(run: xr.Dataset, human: xr.DataArray, at: float) -> tuple[Signature, ...]:
    everybody, people = beside(run, human, at)
    colder, hotter = (beside(run, human, t)[0].of_kind("strong") for t in (0.0, 1.0))
    return failure_signatures(
        everybody.of_kind("strong"), people, control=everybody.of_kind("control"), colder=colder, hotter=hotter,
        resamples=400,
    )  # fmt: skip


def test_every_persona_answered_every_item(runs: dict[str, xr.Dataset], counterfactuals: xr.Dataset) -> None:
    for run, shape in (
        (runs["demo-voices"], (28, 180, 1)),
        (runs["demo-chorus"], (28, 180, 1)),
        (counterfactuals, (21, 120, 2)),
    ):
        assert run["probability"].shape == (*shape, 1, 2)
        assert not np.isnan(run["probability"]).any()
        assert float(run["label_mass"].min()) > 0.99


def test_the_chorus_is_homogenized_and_the_voices_are_not(runs: dict[str, xr.Dataset], human: xr.DataArray) -> None:
    found = {}
    for model, run in runs.items():
        everybody, people = beside(run, human, 1.0)
        found[model] = homogenization(everybody.of_kind("strong"), people)
        rule = replace(by_rule(STRONG, people.items, SHARES[model]), items=people.items)
        assert found[model].value == pytest.approx(homogenization(rule, people, resamples=0).value, abs=0.01)
    assert found["demo-chorus"].low > 0
    assert found["demo-voices"].low < 0 < found["demo-voices"].high


def test_the_chorus_has_signatures_of_failure_and_the_voices_have_none(
    runs: dict[str, xr.Dataset], human: xr.DataArray
) -> None:
    for at in (0.0, 1.0):
        assert [sign.verdict for sign in signatures(runs["demo-voices"], human, at)] == ["not found"] * 3
    high, falls, _ = signatures(runs["demo-chorus"], human, 0.0)
    assert (high.verdict, falls.verdict) == ("found", "not found")  # its alpha falls, through noise alone
    assert high.value.low > 0.9
    assert signatures(runs["demo-chorus"], human, 1.0)[2].verdict == "found"


def test_the_voices_have_a_signal_of_the_rules_size(runs: dict[str, xr.Dataset]) -> None:
    strong = voices(runs["demo-voices"]).of_kind("strong")
    found = persona_signal(strong)
    rule = persona_signal(by_rule(STRONG, strong.items), resamples=0)
    assert found.p_value < 0.01
    for ours, truth in ((found.signal, rule.signal), (found.noise, rule.noise), (found.ratio, rule.ratio)):
        assert ours.low < truth.value < ours.high
    assert found.ratio.low > 0.1


def test_the_personas_of_the_chorus_are_not_distinguishable(runs: dict[str, xr.Dataset]) -> None:
    strong = voices(runs["demo-chorus"]).of_kind("strong")
    found = persona_signal(strong)
    assert found.p_value > 0.2
    assert found.ratio.high < 0.01
    assert "not distinguishable from one persona asked twice" in found.sentence
    rule = persona_signal(by_rule(STRONG, strong.items, CHORUS_SHARE), resamples=0)
    assert found.ratio.value == pytest.approx(rule.ratio.value, rel=0.3)


def test_personas_that_the_rule_makes_alike_are_not_distinguishable(
    runs: dict[str, xr.Dataset], counterfactuals: xr.Dataset
) -> None:
    """Helpful assistants of either model; of the voices, one person with and without what the rule ignores."""
    alike = [voices(run).of_kind("control") for run in runs.values()]
    everybody = voices(counterfactuals)
    for base in BASES:
        same = [n.startswith(base) and (" -" not in n or n.endswith(NULL_ATTRIBUTES)) for n in everybody.personas]
        assert sum(same) == 3
        alike.append(everybody.where(same))
    for number, some in enumerate(alike):
        found = persona_signal(some, seed=number)
        assert found.p_value > 0.05
        assert found.ratio.high < 0.001


def test_every_persona_of_the_chorus_resists_and_none_of_the_voices(
    runs: dict[str, xr.Dataset], human: xr.DataArray
) -> None:
    modes = {model: failure_modes(*beside(run, human, 1.0)) for model, run in runs.items()}
    strong = {model: table.loc[table["kind"] == "strong", "mode"] for model, table in modes.items()}
    assert set(strong["demo-chorus"]) == {"resistance"}
    assert set(strong["demo-voices"]) == {"none"}


def effects(run: Voices, **settings: int) -> pd.DataFrame:
    table = attribute_effects(run, PAIRS, "1", **settings)
    return table.set_index(["attribute", "value"])


@pytest.mark.parametrize("wordings", [1, 2])
def test_attribute_effects_of_the_voices_are_the_rules(counterfactuals: xr.Dataset, wordings: int) -> None:
    run = voices(counterfactuals.isel(wording=slice(wordings)))
    table = effects(run)
    rule = effects(by_rule(VARIED.personas, run.items), resamples=0)["shift"].loc[table.index]
    whole = table.xs("", level="value")
    assert set(whole.index[whole["found"]]) == EFFECTIVE
    assert not whole.loc[list(NULL_ATTRIBUTES), "found"].any()
    moved = rule.abs() > UNMOVED
    assert (np.sign(table["shift"]) == np.sign(rule))[moved].all()
    assert ((table["shift_low"] <= rule) & (rule <= table["shift_high"]))[moved].all()
    assert not table.loc[~moved, "found"].any()


def drawn_again(run: Voices, rng: np.random.Generator, n_items: int) -> Voices:
    """The run on posts drawn from its own, with replacement."""
    posts = rng.integers(0, len(run.items), n_items)
    return replace(
        run, items=tuple(map(str, range(n_items))), probability=run.probability[:, posts], draws=run.draws[:, posts]
    )


def test_effects_of_the_voices_are_found_in_most_studies_and_null_attributes_in_no_more_than_agreed(
    counterfactuals: xr.Dataset,
) -> None:
    """100 studies of as many posts, drawn from the run's own: truth is the rule's mean over those."""
    run = voices(counterfactuals)
    rule = effects(by_rule(VARIED.personas, run.items), resamples=0)["shift"]
    rng = np.random.default_rng(1)
    covered, wrong, right = [], [], []
    for study in range(100):
        table = effects(drawn_again(run, rng, len(run.items)), resamples=300, seed=study)
        truth = rule.loc[table.index]
        found = table.xs("", level="value")["found"]
        wrong.append(found[list(NULL_ATTRIBUTES)].any())
        right.append(found[sorted(EFFECTIVE)].all())
        inside = (table["shift_low"] <= truth) & (truth <= table["shift_high"])
        covered.append(inside[truth.abs() > UNMOVED].mean())
    assert np.mean(wrong) <= 0.05
    assert np.mean(right) >= 0.95
    assert 0.88 <= np.mean(covered) <= 0.98  # a little low: an effect of membership rests on few of 120 posts


def test_a_model_that_errs_at_random_as_much_shows_null_attributes_at_the_nominal_rate(
    counterfactuals: xr.Dataset,
) -> None:
    """300 simulations of the rule with errors of the model's size, new for every persona, post and wording.

    The model's own errors are its own: they come back on every post, so p alone finds what `found` leaves.
    """
    run = voices(counterfactuals)
    rule = by_rule(VARIED.personas, run.items)
    logit = np.log(rule.probability[..., 1] / rule.probability[..., 0])
    errors = np.log(run.probability[..., 1] / run.probability[..., 0]) - logit
    rng = np.random.default_rng(2)
    p_values, found = [], []
    for _ in range(300):
        chance = 1 / (1 + np.exp(-logit - errors.std() * rng.standard_normal(errors.shape)))
        whole = effects(voices_of(chance, run.personas), resamples=100).xs("", level="value")
        p_values.append(whole.loc[list(NULL_ATTRIBUTES), "p_value"] < 0.05)
        found.append(whole.loc[list(NULL_ATTRIBUTES), "found"].any())
    assert 0.025 <= np.mean(p_values) <= 0.08  # 600 tests of a true null
    assert np.mean(found) <= 0.05
