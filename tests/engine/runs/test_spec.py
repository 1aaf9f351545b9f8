from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from engine.errors import InputError
from engine.runs.spec import RunSpec, load_spec

GOOD = {"corpus": "demo", "persona_sets": ["demo-strong"], "model": "demo-voices"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperatures": [0.5]}, "exact run gives every temperature"),
        ({"mode": "sampled"}, "needs at least one"),
        ({"mode": "sampled", "temperatures": [0.5, 0.5]}, "use repeats"),
        ({"mode": "sampled", "temperatures": [-1, 3]}, "outside 0 to 2"),
        ({"top_p": 0.9}, "leave top_p out"),
        ({"backend": "server"}, "at least one base URL"),
        ({"servers": ["http://127.0.0.1:1/v1"]}, "use backend: server"),
        ({"backend": "server", "servers": ["localhost:8000"]}, "is no base URL"),
        ({"backend": "server", "servers": ["http://key@host/v1"]}, "POLYVOCAL_API_KEY"),
        ({"backend": "server", "servers": ["http://host/v1?api_key=abc"]}, "POLYVOCAL_API_KEY"),
        ({"engine": {"additional_config": [{"headers": {"api_key": "abc"}}]}}, "api_key would be stored"),
        ({"item_ids": ["a"], "max_items": 3}, "leave splits and max_items out"),
        ({"item_ids": ["a"], "splits": ["dev"]}, "leave splits and max_items out"),
        ({"repeats": 0}, "greater than or equal to 1"),
        ({"name": "../up"}, "use letters"),
        ({"temprature": 1}, "Extra inputs"),
    ],
)
def test_combinations_that_make_no_sense_are_refused(change: dict, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        RunSpec.model_validate(GOOD | change)


def test_name_and_addresses_do_not_make_another_run_but_all_else_does() -> None:
    server = GOOD | {"backend": "server", "servers": ["http://127.0.0.1:1/v1"]}
    base = RunSpec.model_validate(server).digest()
    assert RunSpec.model_validate(server | {"name": "x", "servers": ["http://127.0.0.1:2/v1"]}).digest() == base
    for change in (
        {"mode": "sampled", "temperatures": [1]}, {"repeats": 2}, {"seed": 1}, {"model": "demo-chorus"},
        {"max_items": 3}, {"answers": "letters"}, {"engine": {"dtype": "float32"}}, {"revision": "abc"},
        {"item_ids": ["a"]}, {"persona_ids": ["a"]},
        {"wordings": ["plain"]}, {"answer_with": "label+explanation"}, {"chat_template_kwargs": {"a": 1}},
    ):  # fmt: skip
        assert RunSpec.model_validate(server | change).digest() != base, change


def test_a_run_keeps_its_name_from_one_version_to_the_next() -> None:
    # A change of this value means that no run made before can be resumed.
    assert RunSpec.model_validate(GOOD).run_id() == "demo-demo-voices-dbe12b2c9944"


def test_the_run_id_is_a_folder_name() -> None:
    spec = RunSpec.model_validate(GOOD | {"model": "Qwen/Qwen3-0.6B", "corpus": "/some where/my corpus/"})
    assert spec.run_id().startswith("my-corpus-Qwen3-0.6B-")
    assert "/" not in spec.run_id()


def test_a_spec_file_with_an_unknown_key_names_line_and_nearest_key(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("version: 1\ncorpus: demo\npersona_sets: [demo-strong]\nmodel: demo-voices\nrepeat: 3\n")
    with pytest.raises(InputError, match=r"run.yaml, line 5, repeat: unknown key. Did you mean 'repeats'"):
        load_spec(path)
    path.write_text(path.read_text().replace("repeat:", "repeats:"))
    assert load_spec(path).repeats == 3


def test_every_shipped_spec_is_one() -> None:
    from engine.paths import shipped

    for path in sorted(shipped("specs").glob("*.yaml")):
        assert load_spec(path).run_id()
