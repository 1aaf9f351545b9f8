"""Making a report: every section of one run, in order; what a measure cannot say becomes a note."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from engine.errors import InputError, PolyvocalError
from engine.measures.resampling import check_resampling
from engine.report.asked import asked
from engine.report.content import TEXTS, Report, Section, Texts
from engine.report.method import method
from engine.report.one_voice import one_voice
from engine.report.parting import parting
from engine.report.represented import represented
from engine.report.stable import stable
from engine.report.subject import Subject
from engine.report.trust import calibrated, labelless
from engine.runs import Manifest, RunFolder

SECTIONS: dict[str, Callable[[Subject], Section]] = {
    "What was asked": asked,
    "One voice or many?": one_voice,
    "Who is represented?": represented,
    "Is it stable?": stable,
    "Do the distributions hold?": calibrated,
    "Refusals and answers without a label": labelless,
    "Items that part personas from people": parting,
    "How this was made": method,
}
"""Title -> what makes the section, in the report's order."""
DEMO_MODELS = ("demo-voices", "demo-chorus")
SYNTHETIC = "A script of this project made the texts and the labels. They say nothing about real people."
DEMO = "A small model, trained by a script of this project on synthetic text. It proves nothing about real LLMs."
SCRIPTED = "A program made these labels, no language model. For trying things out only."


def make_report(
    run: RunFolder,
    *,
    corpus: str | None = None,
    temperature: float | None = None,
    texts: Texts = "masked",
    resamples: int = 1000,
    confidence: float = 0.95,
    seed: int = 0,
    progress: Callable[[int, int, str], object] | None = None,
) -> Report:
    """Measure a run and return everything that its report says.

    Args:
        run: exact or sampled, whole or not; at least one answer is needed.
        corpus: whose people; None: those of the corpus that the run labelled.
        temperature: that numbers are measured at; None: 1, or the nearest to 1 that the run was sampled at.
        texts: 'masked': texts of the shown items are in the report, hidden until asked for; 'none': they are not.
        resamples: bootstrap draws over items, at least 1.
        confidence: coverage of the intervals.
        seed: decides the draws.
        progress: called with sections done, all sections, and the title of the next one ('' at the end).

    Raises:
        InputError: the run has no answers or cannot be read, or an option is out of range. What one measure lacks
            (people, groups, repeats) is told in its place and raises nothing.
    """
    if texts not in TEXTS:
        raise InputError(f"texts {texts!r} is unknown. Use one of {', '.join(map(repr, TEXTS))}.")
    check_resampling(resamples, confidence)
    if resamples < 1:
        raise InputError("resamples 0 gives no intervals, and a report does not show numbers without. Use 1000.")
    resampling = {"resamples": resamples, "confidence": confidence, "seed": seed}
    subject = Subject(run, corpus, temperature, texts, resampling)
    manifest, total = subject.manifest, len(SECTIONS)
    _check_answers(subject)
    sections = []
    for number, (title, make) in enumerate(SECTIONS.items()):
        if progress:
            progress(number, total, title)
        sections.append(_whole(title, make, subject))
    if progress:
        progress(total, total, "")
    state = run.true_state(manifest)
    partial = [] if state == "finished" else [f"The run is {state}: only the answers that it has are measured."]
    return Report(
        manifest.run_id, datetime.now(UTC), texts, marks(manifest), (*partial, *manifest.notes), tuple(sections)
    )


def marks(manifest: Manifest) -> tuple[tuple[str, str], ...]:
    """Return (word, why) of what the labels of a run do not prove."""
    scripted = manifest.spec.backend == "scripted"
    demo = manifest.spec.model.rstrip("/").rsplit("/", 1)[-1] in DEMO_MODELS
    found = {
        ("Synthetic data", SYNTHETIC): manifest.corpus.synthetic,
        ("Demo model", DEMO): demo and not scripted,
        ("Scripted labels", SCRIPTED): scripted,
    }
    return tuple(mark for mark, holds in found.items() if holds)


def _check_answers(subject: Subject) -> None:
    """Raise InputError where nothing can be measured at all."""
    _ = subject.temperature
    told = subject.voices
    if not (told.draws > 0).any():
        run_id = subject.folder.run_id
        if subject.manifest.state == "finished":
            raise InputError(
                f"no answer of run {run_id!r} holds a label, so there is nothing to report. What came instead: "
                f"polyvocal run show {run_id}"
            )
        raise InputError(
            f"run {run_id!r} has no answers with a label yet, so there is nothing to report. Start or resume it: "
            f"polyvocal run resume {run_id}"
        )


def _whole(title: str, make: Callable[[Subject], Section], subject: Subject) -> Section:
    try:
        return make(subject)
    except PolyvocalError as error:
        return Section(make.__name__, title, notes=(str(error),))
