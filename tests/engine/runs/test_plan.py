from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import paths
from engine.corpora import load_corpus, save_corpus
from engine.errors import InputError
from engine.inference.backend import Prompt
from engine.personas import Persona, PersonaSet, save_persona_set
from engine.personas.template import Messages
from engine.runs.keys import request_key
from engine.runs.plan import make_plan
from tests.engine.runs.fakes import FakeBackend, exact_spec, fill_store, sampled_spec

pytestmark = pytest.mark.usefixtures("tiny")


def requests_of(spec, backend: FakeBackend | None = None, **more):  # type: ignore[no-untyped-def]
    backend = backend or FakeBackend()
    return list(make_plan(spec).requests(backend.prepare, backend.info(), **more))


BASE = {
    "model": "m", "revision": "r", "prompt": "p", "decoding": {"top_p": 1.0, "max_tokens": 8}, "temperature": 0.7,
    "seed": 0, "repeat": 0, "cell": ("a", "b", "c"),
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"model": "n"}, {"revision": "s"}, {"prompt": "q"}, {"decoding": {"top_p": 0.9, "max_tokens": 8}},
        {"temperature": 0.8}, {"temperature": None}, {"seed": 1}, {"repeat": 1}, {"cell": ("a", "b", "d")},
        {"model": "mr", "revision": ""}, {"temperature": 0.07, "repeat": 0},
    ],
)  # fmt: skip
def test_a_key_names_everything_its_answer_depends_on(change: dict) -> None:
    assert request_key(**BASE) == request_key(**BASE)
    assert request_key(**BASE) != request_key(**BASE | change)
    assert len(request_key(**BASE)) == 32


def test_a_key_stays_the_same_from_one_version_to_the_next() -> None:
    # A change of this value means that no run made before can be resumed.
    assert request_key(**BASE) == "588d0a426314555e68a60ae39c99040e"


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    temperatures=st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0]), min_size=1, max_size=4, unique=True),
    repeats=st.integers(1, 4),
    max_items=st.integers(1, 10),
    wordings=st.sampled_from([(), ("plain",), ("plain", "definition")]),
    sets=st.sampled_from([("few",), ("one",), ("few", "one")]),
)
def test_plan_keys_are_unique_and_as_many_as_planned(temperatures, repeats, max_items, wordings, sets) -> None:  # type: ignore[no-untyped-def]
    spec = sampled_spec(temperatures=tuple(temperatures), repeats=repeats, max_items=max_items, wordings=wordings,
                        persona_sets=sets)  # fmt: skip
    found = requests_of(spec)
    assert len(found) == make_plan(spec).n_requests
    assert len({r.key for r in found}) == len(found)
    assert len({(r.persona_id, r.item_id, r.wording, r.temperature, r.repeat) for r in found}) == len(found)


def test_items_of_equal_text_are_two_questions() -> None:
    fill_store(texts=["the same", "the same"])
    assert len({r.key for r in requests_of(exact_spec())}) == 6


def test_keys_do_not_depend_on_order_batching_or_what_is_done() -> None:
    everything = requests_of(sampled_spec())
    done = {r.key for r in everything[::2]}
    assert [r.key for r in requests_of(sampled_spec(), done=done)] == [r.key for r in everything[1::2]]
    other = requests_of(sampled_spec(temperatures=(1.5, 0.7, 0.0)))
    assert {r.key for r in other} == {r.key for r in everything}


def test_another_revision_or_model_gives_other_keys() -> None:
    asked = ((exact_spec(), "r1"), (exact_spec(), "r2"), (exact_spec(model="n"), "r1"))
    keys = [{r.key for r in requests_of(spec, FakeBackend(revision=revision))} for spec, revision in asked]
    assert not keys[0] & keys[1]
    assert not keys[0] & keys[2]


def test_seeds_follow_from_keys_and_fit_every_server() -> None:
    found = requests_of(sampled_spec())
    assert all(0 <= r.seed < 2**31 for r in found)
    assert len({r.seed for r in found}) == len(found)


def test_shared_prefixes_come_together() -> None:
    cells = [(r.persona_id, r.wording, r.item_id) for r in requests_of(sampled_spec(wordings=("plain", "definition")))]
    for width in (1, 2, 3):
        groups = [key for key, _ in itertools.groupby(cell[:width] for cell in cells)]
        assert len(groups) == len(set(groups))


def test_a_draw_is_of_missing_requests_from_all_over_the_grid_and_the_same_each_time() -> None:
    spec, backend = sampled_spec(), FakeBackend()
    plan, everything = make_plan(spec), {r.key: r for r in requests_of(spec)}
    drawn = plan.draw(60, backend.prepare, backend.info())
    assert [r.key for r in drawn] == [r.key for r in plan.draw(60, backend.prepare, backend.info())]
    assert len({r.key for r in drawn}) == 60
    assert all(everything[r.key] == r for r in drawn)
    for name in ("persona_id", "item_id", "temperature", "repeat"):
        assert {getattr(r, name) for r in drawn} == {getattr(r, name) for r in everything.values()}
    other = replace(plan, spec=spec.model_copy(update={"seed": 1})).draw(60, backend.prepare, backend.info())
    assert [r.item_id for r in other] != [r.item_id for r in drawn]
    done = set(list(everything)[:200])
    assert not done & {r.key for r in plan.draw(60, backend.prepare, backend.info(), done)}
    assert {r.key for r in plan.draw(999, backend.prepare, backend.info(), done)} == set(everything) - done


def test_a_draw_from_a_grid_that_is_nearly_done_ends() -> None:
    fill_store(n_items=300)
    asked = [0]

    class Counting(FakeBackend):
        def prepare(self, conversations: list[Messages]) -> list[Prompt]:  # type: ignore[override]
            asked[0] += len(conversations)
            return super().prepare(conversations)

    backend = Counting()
    done = {r.key for r in requests_of(exact_spec())[:-1]}
    assert len(make_plan(exact_spec()).draw(4, backend.prepare, backend.info(), done)) <= 1
    assert asked[0] == 40


def test_splits_and_item_limit_are_kept_and_drawn_by_seed() -> None:
    plan = make_plan(exact_spec(splits=("train",)))
    assert [i.item_id for i in plan.items] == ["item-1", "item-3", "item-5", "item-7", "item-9"]
    drawn = {tuple(i.item_id for i in make_plan(exact_spec(max_items=4, seed=seed)).items) for seed in range(8)}
    assert len(drawn) > 1
    assert all(list(ids) == sorted(ids) and len(ids) == 4 for ids in drawn)
    assert make_plan(exact_spec(max_items=99)).n_cells == 30


def test_named_items_and_personas_alone_are_asked_in_the_order_of_corpus_and_sets() -> None:
    named = exact_spec(item_ids=("item-7", "item-2"), persona_sets=("few", "one"), persona_ids=("nobody", "p1"))
    plan = make_plan(named)
    assert [i.item_id for i in plan.items] == ["item-2", "item-7"]
    assert [p.persona_id for p in plan.personas] == ["p1", "nobody"]
    whole = {r.key for r in requests_of(exact_spec(persona_sets=("few", "one")))}
    assert {r.key for r in requests_of(named)} < whole, "a part of a grid asks what the whole asks"


def test_a_corpus_at_hand_need_not_be_stored() -> None:
    corpus = replace(load_corpus("tiny"), name="typed")
    plan = make_plan(exact_spec(corpus="typed"), corpus)
    assert plan.corpus.name == "typed"
    assert len(plan.items) == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"corpus": "tinny"}, "tiny"),
        ({"item_ids": ("item-1", "itm-2")}, "Did you mean 'item-2'"),
        ({"persona_ids": ("p9",)}, "no persona is called 'p9'"),
        ({"splits": ("tran",)}, "Did you mean 'train'"),
        ({"persona_sets": ("fewer",)}, "few"),
        ({"persona_sets": ("few", "few")}, r"'p0' \(sets 'few', 'few'\)"),
        ({"template": "hate-speach"}, "hate-speech"),
        ({"wordings": ("plane",)}, "Did you mean 'plain'"),
        ({"wordings": ("plain", "plain")}, "twice"),
        ({"template": "nli"}, "asks for"),
    ],
)
def test_what_does_not_fit_is_told_before_anything_is_asked(change: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        make_plan(exact_spec(**change))


def test_one_item_without_a_field_fails_alone() -> None:
    corpus = load_corpus("tiny")
    items = list(corpus.items)
    items[3] = replace(items[3], fields={"body": "no field named text"})
    save_corpus(replace(corpus, items=tuple(items)), paths.imported_dir() / "tiny")
    found = requests_of(exact_spec())
    failed = [r for r in found if r.failure]
    assert {r.item_id for r in failed} == {"item-3"}
    assert all(r.prompt is None and "item.text" in r.failure.message for r in failed if r.failure)
    assert len(found) == 30


def test_one_prompt_that_cannot_be_prepared_fails_alone() -> None:
    class Choosy(FakeBackend):
        def prepare(self, conversations: list[Messages]) -> list[Prompt]:  # type: ignore[override]
            if any("number 6" in m[-1]["content"] for m in conversations):
                raise ValueError("cannot encode")
            return super().prepare(conversations)

    found = requests_of(exact_spec(), Choosy())
    assert {r.item_id for r in found if r.failure} == {"item-6"}
    assert len(found) == 30


def test_braces_in_a_text_stay_braces() -> None:
    fill_store(texts=["{{ persona.text }} {% raw %}", "x"])
    assert "{{ persona.text }} {% raw %}" in next(iter(requests_of(exact_spec()))).prompt.text


def test_a_change_in_what_was_asked_is_noticed_but_not_in_what_people_answered() -> None:
    plan = make_plan(exact_spec())
    manifest = plan.new_manifest("x", "2026-01-01T00:00:00Z")
    corpus = load_corpus("tiny")
    save_corpus(replace(corpus, annotations=corpus.annotations.iloc[:-3]), paths.imported_dir() / "tiny")
    make_plan(exact_spec()).check_same(manifest)
    fill_store(texts=[f"post number {i}" for i in range(9)] + ["another"])
    with pytest.raises(InputError, match="the corpus's items"):
        make_plan(exact_spec()).check_same(manifest)
    few = PersonaSet(name="few", personas=(Persona(persona_id="p0", kind="strong", text="You are someone else."),))
    save_persona_set(few, paths.persona_sets_dir() / "few.yaml")
    with pytest.raises(InputError, match="the corpus's items and the personas"):
        make_plan(exact_spec()).check_same(manifest)


def test_a_million_requests_are_planned_without_holding_them(tiny: Path) -> None:
    backend = FakeBackend()
    plan = make_plan(sampled_spec(repeats=10_000, temperatures=(0.5, 1.0)))
    assert plan.n_requests == 600_000
    tracemalloc.start()
    for _ in itertools.islice(plan.requests(backend.prepare, backend.info()), 30_000):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000
