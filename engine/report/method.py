"""How the report was made: how numbers were computed, the exact spec, prompts, versions, what to cite."""

from __future__ import annotations

import re
from typing import Any

import yaml

from engine import __version__, paths
from engine.corpora.catalogue import load_catalogue
from engine.errors import PolyvocalError
from engine.report.content import Block, Section
from engine.report.subject import Subject

LEAD = "All that is needed to make this run and these numbers again."
SECRET = re.compile(r"(?:^|[_-])(?:api_?keys?|token|password|passwd|secret|credentials?|authorization)(?:$|[_-])", re.I)
LEFT_OUT = "(left out of the report)"


def method(subject: Subject) -> Section:
    """Say how everything was computed and what to cite."""
    manifest = subject.manifest
    wordings = [
        Block(
            f"Wording {wording.name}",
            "\n\n".join(f"{name}: {text}" for name, text in wording.model_dump().items() if text and name != "name"),
        )
        for wording in manifest.wordings
    ]
    return Section(
        "method",
        "How this was made",
        LEAD,
        facts=_facts(subject),
        blocks=(
            Block("Spec of the run (YAML): start it again with `polyvocal run start FILE`", spec_yaml(subject)),
            *wordings,
            Block("Citation", "\n\n".join(citations(subject))),
        ),
    )


def _facts(subject: Subject) -> tuple[tuple[str, str], ...]:
    made, manifest = subject.resampling, subject.manifest
    versions = ", ".join(f"{name} {version}" for name, version in manifest.packages.items()) or "not recorded"
    backend = ", ".join(f"{k}: {v}" for k, v in without_secrets(manifest.backend).items() if v not in (None, "", {}))
    return (
        (
            "Intervals",
            f"bootstrap over items, {made['resamples']:,} resamples, {made['confidence']:.0%} confidence, seed "
            f"{made['seed']}. They answer what other items would have shown, not other people or personas.",
        ),
        ("Temperature", f"{subject.temperature:g} for everything but the curves"),
        ("Personas", f"one number for the run: {len(subject.measured)} {subject.main_kind} personas"),
        ("Undefined", "is shown as undefined with its reason, never as 0"),
        ("Formulas", "docs/measures.md of Polyvocal explains every number, its limits and its source"),
        ("Polyvocal", f"this report: {__version__}; the run: {versions}"),
        ("Backend", backend or "not recorded"),
    )


def spec_yaml(subject: Subject) -> str:
    """Return the spec as the YAML file that starts the run again, without what could be a key."""
    spec = without_secrets(subject.manifest.spec.model_dump(mode="json", exclude_defaults=True))
    return yaml.safe_dump({"version": 1} | spec, sort_keys=False, allow_unicode=True, width=100)


def without_secrets(value: Any) -> Any:
    """Return settings without values that look like keys by their name, and without queries or users in addresses.

    A spec refuses keys where it expects them; this holds for what it cannot know (nested settings, addresses).
    """
    if isinstance(value, dict):
        return {k: LEFT_OUT if SECRET.search(str(k)) and v else without_secrets(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(part) for part in value]
    if isinstance(value, str) and re.match(r"https?://", value):
        return re.sub(r"[?#].*", "", re.sub(r"//[^/@]*@", "//", value))
    return value


def citations(subject: Subject) -> list[str]:
    """Return what to cite: Polyvocal (CITATION.cff) and the corpus."""
    found = [_of_polyvocal()]
    name = subject.manifest.corpus.name
    if entry := load_catalogue().get(name):
        found += [
            f"Corpus {entry.title}: {entry.citation}",
            f"Published in: {entry.edition}",
            f"Terms: {entry.licence}",
        ]
    else:
        try:
            source = subject.corpus.source
        except PolyvocalError:
            source = ""
        found.append(f"Corpus {name}: {source or 'its source is not recorded'}")
    return [*found, f"Model: {subject.manifest.spec.model}"]


def _of_polyvocal() -> str:
    try:
        cff = yaml.safe_load((paths.DATA.parent / "CITATION.cff").read_text(encoding="utf-8"))
    except OSError:
        return f"Polyvocal {__version__}"
    authors = ", ".join(author.get("name") or f"{author.get('family-names')}, {author.get('given-names')}"
                        for author in cff["authors"])  # fmt: skip
    year = str(cff["date-released"])[:4]
    return f"{authors} ({year}). {cff['title']} (version {cff['version']}) [software]. {cff['license']}."
