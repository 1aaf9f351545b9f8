"""Which studies there can be, and what names them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from engine.annotators.studies import StudySpec, most_trainings
from engine.annotators.studies.results import wanted_results


def test_a_study_is_named_by_its_content_and_not_by_its_name() -> None:
    plain = StudySpec(corpus="demo", runs=("a",))
    assert plain.study_id().startswith("demo-")
    assert StudySpec(corpus="demo", runs=("a",), name="mine").digest() == plain.digest()
    assert StudySpec(corpus="demo", runs=("a",), parts=("map", "gaps", "comparison")).digest() == plain.digest()
    assert StudySpec(corpus="demo", runs=("a",), seeds=4).digest() != plain.digest()
    assert "/" not in StudySpec(corpus="/some/where/my corpus!").study_id()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"parts": ("gaps",)}, "name a run"),
        ({"temperature": 0.5}, "temperature: it is of runs"),
        ({"persona_sets": ("x",)}, "persona_sets: they are of runs"),
        ({"space": "descriptions"}, "descriptions are the personas'"),
        ({"models": ("text only",)}, "at least one that knows who annotates"),
        ({"models": ("user token",)}, "expected 'text only'"),
        ({"models": ("text only", "user tokem")}, "'user tokem' is none"),
        ({"runs": ("a", "a")}, "names one twice"),
        ({"name": "a/b"}, "use letters"),
        ({"seeds": 0}, "greater than or equal to 1"),
        ({"parts": ("maps",)}, "Input should be"),
        ({"oops": 1}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        StudySpec.model_validate({"corpus": "demo"} | given)


def test_parts_are_all_that_the_labels_allow_unless_some_are_named() -> None:
    assert StudySpec(corpus="demo").wanted == ("comparison", "map")
    assert wanted_results(StudySpec(corpus="demo")) == ["comparison", "map-0"]
    two = StudySpec(corpus="demo", runs=("a", "b"))
    assert wanted_results(two) == ["comparison", "gaps-0", "gaps-1", "map-0", "map-1"]
    assert wanted_results(two.model_copy(update={"parts": ("gaps",)})) == ["gaps-0", "gaps-1"]


def test_trainings_are_counted_before_anything_is_read() -> None:
    spec = StudySpec(corpus="demo", runs=("a",), seeds=3, models=("text only", "user token", "majority"))
    # 2 models on 2 sides, as given and shuffled; then 5 people, 2 groups, 4 personas and all together
    assert most_trainings(spec, 5, 2, [4]) == 3 * (2 * 2 * 2 + 12)
    assert most_trainings(spec.model_copy(update={"shuffled": False, "parts": ("comparison",)}), 5, 2, [4]) == 12
    assert most_trainings(spec.model_copy(update={"space": "tokens", "parts": ("map",)}), 5, 2, [4]) == 3
