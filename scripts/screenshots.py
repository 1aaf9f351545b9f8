"""Take docs/images from the real pages: `make screenshots`, or `python scripts/screenshots.py --store FOLDER`.

Pictures show demo data alone: the four runs of `polyvocal demo` are copied into a temporary store, and the pages are
served from that. A store without them (or none given) means that they are made first, in the temporary store. The study
that Annotator models shows is trained there, and the Live page asks the real demo model.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.entrance import NOTICE_COOKIE
from dashboard.serve import free_port
from engine.annotators.studies import list_studies
from engine.cli.demo import MODELS, demo_specs
from engine.runs import list_runs

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"


@dataclass(frozen=True)
class Picture:
    """One picture: what is visited, how much of it is taken, and what is done on the page before."""

    address: str
    """With the names of the demo's runs and study in place of their ids."""
    height: int = 900
    """Of the picture, in pixels."""
    prepare: Callable[[Page], None] | None = None


TO_THE_TOP = "element => element.scrollIntoView({block: 'start'})"


def ask_live(page: Page) -> None:
    """Start the demo model, ask it, and look at what it answers."""
    page.get_by_role("button", name="Start demo-voices").click()
    page.locator(".stMarkdownBadge", has_text="Ready").wait_for(timeout=240_000)
    page.get_by_role("button", name="Ask now").click()
    page.locator(".stMarkdownBadge", has_text="Answered").wait_for(timeout=120_000)
    page.get_by_role("heading", name="Answers", exact=True).evaluate(TO_THE_TOP)


def show_map(page: Page) -> None:
    """Look at the map of annotators and personas."""
    page.locator(".st-key-exhibit-annotator-map").evaluate(TO_THE_TOP)


TWO = "run={demo-chorus-exact}&beside={demo-voices-exact}"
STUDY_NAME = "demo-study"
PICTURES = {
    "story": Picture(f"/story?{TWO}&step=Personas&present=true"),
    "home": Picture("/"),
    "corpus": Picture("/corpus?corpus=demo", 1180),
    "personas": Picture("/personas?run={demo-voices-exact}", 1100),
    "temperature": Picture("/temperature", 1000),
    "alignment": Picture("/alignment?run={demo-voices-exact}&t=0", 940),
    "stability": Picture("/stability?run={demo-voices-exact}"),
    "models": Picture("/models?study={demo-study}&part_of_models=Map", 1000, show_map),
    "live": Picture("/live?corpus=demo&item=p014&each=3&at=0&at=0.7&at=1.3", 1100, ask_live),
    "runs": Picture("/runs"),
}
"""The pictures by the names of their files; texts of items stay hidden, as every visitor finds them."""
WIDTH = 1280
DRAWN = """() => !document.querySelector('[data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')].every(e => e.querySelector('svg.main-svg'))
  && document.fonts.status === 'loaded'"""
"""Whether the parts that a page loads after its script have come."""
LARGEST = 300_000
"""Bytes of one picture."""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    """Read the options and take all pictures."""
    parser = argparse.ArgumentParser(description="Take docs/images from the real pages.")
    parser.add_argument("--store", type=Path, help="a POLYVOCAL_HOME with the demo's runs; none: make them (minutes)")
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder of the pictures (docs/images)")
    parser.add_argument("--only", nargs="+", choices=PICTURES, metavar="NAME", help="take only these pictures")
    given = parser.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"No Chromium was found ({', '.join(BROWSERS)}). Install it: bash scripts/chromium.sh\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="polyvocal-screenshots-") as folder:
        home = Path(folder)
        if given.store is None or not copy_demo_runs(given.store, home):
            polyvocal(home, "demo", "--no-dashboard")
        given.to.mkdir(parents=True, exist_ok=True)
        ids = {run.name: run.run_id for run in list_runs(home / "runs")}
        if not given.only or "models" in given.only:
            ids[STUDY_NAME] = train_study(home, ids)
        with served(home) as url, sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            for name in given.only or PICTURES:
                picture = PICTURES[name]
                take(running, url + picture.address.format_map(ids), picture, given.to / f"{name}.png")
            running.close()
    return 0


def polyvocal(home: Path, *words: str) -> None:
    """Run a command on a store."""
    subprocess.run(
        [sys.executable, "-c", "from engine.cli import main; main()", *words],
        env=os.environ | {"POLYVOCAL_HOME": str(home)}, cwd=PROJECT, check=True,
    )  # fmt: skip


def train_study(home: Path, runs: Mapping[str, str]) -> str:
    """Train annotator models of the demo's people and of both models' personas at temperature 0; return the study."""
    asked = [word for name in ("demo-voices-exact", "demo-chorus-exact") for word in ("--run", runs[name])]
    polyvocal(home, "study", "start", "demo", *asked, "--name", STUDY_NAME, "--seeds", "2", "--temperature", "0")
    return list_studies(home / "studies")[0].study_id


def copy_demo_runs(store: Path, home: Path) -> bool:
    """Copy the newest finished run of each of the demo's four specs; return False where one is not there."""
    newest: dict[str, Path] = {}
    for run in list_runs(store / "runs"):
        if run.state == "finished" and run.corpus == "demo":
            newest.setdefault(run.name, run.path)
    wanted = [spec.name for spec in demo_specs(MODELS)]
    if missing := [name for name in wanted if name not in newest]:
        sys.stderr.write(f"{store} has no finished run {', '.join(missing)}; making the demo's runs first.\n")
        return False
    for name in wanted:
        shutil.copytree(newest[name], home / "runs" / newest[name].name)
    return True


@contextmanager
def served(home: Path) -> Iterator[str]:
    """Serve the pages over a store, and stop at the end."""
    port = free_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}"
    with (home / "dashboard.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "dashboard", "--port", str(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env=os.environ | {"POLYVOCAL_HOME": str(home)}, cwd=PROJECT,
        )  # fmt: skip
    try:
        wait_for(url, process, home / "dashboard.log")
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the dashboard answers."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The dashboard did not start:\n{log.read_text()}")


def take(browser: Browser, address: str, picture: Picture, to: Path) -> None:
    """Take one picture in the light theme, and refuse one too large to keep in the repository."""
    context = browser.new_context(viewport={"width": WIDTH, "height": picture.height}, color_scheme="light")
    context.add_cookies([{"name": NOTICE_COOKIE, "value": "read", "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    if picture.prepare is not None:
        picture.prepare(page)
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(1_500)  # charts and fonts settle after that
    page.screenshot(path=to)
    context.close()
    size = to.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{to} has {size:,} bytes, more than {LARGEST:,}. Take less of the page (PICTURES).")
    sys.stdout.write(f"{to}  {size // 1000} kB\n")


if __name__ == "__main__":
    sys.exit(main())
