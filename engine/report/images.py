"""Figures as PNG and SVG files, drawn by a Chrome of this machine in a process of its own, which can fail alone.

The process (`image_worker`) uses kaleido. Nothing is downloaded, plotly.js is the installed package's, and nothing is
asked of any other machine.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.report import image_worker
from engine.report.content import Report
from engine.report.stills import still
from engine.report.words import counted

CHROMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Where macOS keeps what is on no PATH."""
NAMED_BY = "POLYVOCAL_CHROMIUM"
FORMS = tuple(image_worker.SCALES)
STALL = 120.0
"""Seconds without a new image after which Chrome is taken for hanging."""
CLOSING = 15.0
"""Seconds that it has for closing once all images are there."""
BUTTONS = "Every chart of report.html has a button for each."
NO_KALEIDO = f"PNG and SVG files are left out: the package kaleido is not installed (make install). {BUTTONS}"
_PASSED_ON = (
    "PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_RUNTIME_DIR",
)  # fmt: skip
"""Of the environment; keys and tokens are not."""
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Images:
    """What was drawn."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    """NAME.svg and NAME.png -> content."""
    note: str = ""
    """Which images there are not, why, and what to do; '' where all were drawn."""


def find_chrome() -> str | None:
    """Return the path of the Chrome or Chromium that draws images; POLYVOCAL_CHROMIUM names another than the first."""
    if named := os.environ.get(NAMED_BY):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, (*CHROMES, *PLACES))), None)


def why_no_images() -> str:
    """Return why no images can be drawn on this machine and what to do, '' where they can; nothing is started."""
    if importlib.util.find_spec("kaleido") is None:
        return NO_KALEIDO
    if find_chrome() is not None:
        return ""
    named = os.environ.get(NAMED_BY)
    found = f"{NAMED_BY} names {named!r}, which cannot be run" if named else "neither was found on this machine"
    return (
        f"PNG and SVG files are left out: Chrome or Chromium draws them, and {found}. Install one (Debian: apt install "
        f"chromium), or set {NAMED_BY} to its path. {BUTTONS}"
    )


def draw_images(report: Report, progress: Progress | None = None) -> Images:
    """Draw every figure of a report as PNG (1,800 pixels wide) and SVG, light, with its title.

    Takes half a second an image. A Chrome that is missing, breaks or hangs raises nothing: the note tells it.

    Args:
        report: whose figures.
        progress: called with images drawn and all images, from the thread of the caller. What it raises ends Chrome.
    """
    chrome, note = find_chrome(), why_no_images()
    if chrome is None or note:
        return Images(note=note)
    figures = {exhibit.name: figure for exhibit in report.exhibits if (figure := still(exhibit)) is not None}
    total = len(figures) * len(FORMS)
    if not total:
        return Images()
    try:
        # Chrome can write into its folder for a moment after it was killed
        with tempfile.TemporaryDirectory(prefix="polyvocal-images-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            for figure_name, figure in figures.items():
                (folder / f"{figure_name}.json").write_text(figure.to_json(), encoding="utf-8")
            cause = _drawn(folder, chrome, total, progress)
            files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix[1:] in FORMS}
    except OSError as error:
        files, cause = {}, f"the folder for temporary files could not be used ({error.strerror or error})"
    return Images(files, _missing(total - len(files), total, chrome, cause))


def image_names(report: Report) -> set[str]:
    """Return the names of all images that a report can have."""
    return {f"{exhibit.name}.{form}" for exhibit in report.exhibits if exhibit.draw is not None for form in FORMS}


def _drawn(folder: Path, chrome: str, total: int, progress: Progress | None) -> str:
    """Draw the figures that lie in a folder; return why some are missing, '' if none need be."""
    environment = {name: value for name in _PASSED_ON if (value := os.environ.get(name))}
    profile = folder / "chrome"
    profile.mkdir()
    with (folder / "said").open("wb") as said, (folder / "log").open("wb") as log:
        worker = subprocess.Popen(
            [sys.executable, "-P", image_worker.__file__, str(folder), chrome], stdin=subprocess.PIPE, stdout=said,
            stderr=log, start_new_session=True, env=environment | {"TMPDIR": str(profile)}, cwd=folder,
        )  # fmt: skip
        try:
            stalled = _watch(worker, folder, total, progress)
        finally:
            _end(worker)
    if stalled:
        return f"it drew nothing for {STALL:g} seconds and was ended"
    told = (folder / "said").read_text("utf-8", "replace").splitlines()
    logged = [line for line in (folder / "log").read_text("utf-8", "replace").splitlines() if line.strip()]
    return (told or logged[-1:] or ["it ended without a word"])[0][:300]


def _watch(worker: subprocess.Popen[bytes], folder: Path, total: int, progress: Progress | None) -> bool:
    """Wait for the drawing; return whether it stalled."""
    done, since = -1, time.monotonic()
    while worker.poll() is None:
        now = sum(1 for form in FORMS for _ in folder.glob(f"*.{form}"))
        if now != done:
            done, since = now, time.monotonic()
            if progress:
                progress(done, total)
        elif time.monotonic() - since > (STALL if done < total else CLOSING):
            return True
        time.sleep(0.1)
    return False


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Leave nothing of the drawing running."""
    if worker.poll() is None:
        image_worker.end_children(worker.pid)
        worker.kill()
    worker.wait()
    if worker.stdin is not None:
        with contextlib.suppress(OSError):
            worker.stdin.close()


def _missing(n: int, total: int, chrome: str, cause: str) -> str:
    if not n:
        return ""
    left_out = "PNG and SVG files are left out" if n == total else f"{counted(n, 'image')} of {total} are left out"
    return f"{left_out}: {chrome} could not draw them ({cause}). {BUTTONS}"
