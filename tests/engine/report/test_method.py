"""How the report says it was made: a spec that starts the run again, no keys, what to cite."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import yaml

from engine.report import make_report, to_html
from engine.report.content import Section
from engine.report.method import LEFT_OUT, without_secrets
from engine.runs import load_spec
from tests.dashboard import worlds
from tests.engine.report.runs import QUICK, report_of, stored, usual


def blocks(section: Section) -> dict[str, str]:
    return {block.title.split()[0]: block.text for block in section.blocks}


def test_the_spec_starts_the_same_run_again(tmp_path: Path) -> None:
    run = stored(mode="sampled", name="again")
    text = blocks(make_report(run, **QUICK).sections[-1])["Spec"]
    (tmp_path / "spec.yaml").write_text(text, encoding="utf-8")
    assert load_spec(tmp_path / "spec.yaml") == run.manifest().spec


def test_keys_are_left_out_wherever_they_hide() -> None:
    found = without_secrets(
        {
            "servers": ["http://me:pa55@host/v1?api_key=k1#k2", "http://host:8000/v1"],
            "engine": {"hf_overrides": {"hf_token": "k3", "Password": "k4"}, "max_num_batched_tokens": 5},
            "list": [{"client_secret": "k5"}],
            "auth_token": "",
        }
    )
    assert not any(key in str(found) for key in ("pa55", "k1", "k2", "k3", "k4", "k5"))
    assert found["servers"] == ["http://host/v1", "http://host:8000/v1"]
    assert found["engine"]["hf_overrides"]["hf_token"] == LEFT_OUT
    assert found["engine"]["max_num_batched_tokens"] == 5


def test_no_key_of_a_manifest_reaches_the_page() -> None:
    run = stored()
    manifest = run.manifest()
    spec = manifest.spec.model_copy(
        update={
            "backend": "server",
            "servers": ("http://host/v1",),
            "engine": {"x": {"token": "sesame"}},  # a name that specs let pass, because engines have tokens to count
        }
    )
    backend = {"backend": "server", "model": "m", "url": "http://u:sesame@host/v1"}
    run.write_manifest(manifest.model_copy(update={"spec": spec, "backend": backend}))
    assert "sesame" not in to_html(make_report(run, **QUICK))


def test_polyvocal_corpus_and_model_are_cited() -> None:
    text = blocks(usual().sections[-1])["Citation"]
    cff = yaml.safe_load((Path(__file__).resolve().parents[3] / "CITATION.cff").read_text(encoding="utf-8"))
    assert cff["title"] in text
    assert "Corpus small: a test" in text
    assert "Model: demo-voices" in text


def test_a_published_corpus_is_cited_with_its_edition_and_terms() -> None:
    corpus = replace(worlds.small_corpus(), name="hs-brexit")
    text = blocks(report_of(corpus).sections[-1])["Citation"]
    assert "arXiv:2106.15896" in text
    assert "SemEval-2023 Task 11" in text
    assert "Terms: No licence file is known" in text


def test_how_numbers_were_computed_is_told() -> None:
    facts = dict(usual().sections[-1].facts)
    assert "40 resamples, 95% confidence, seed 1" in facts["Intervals"]
