"""Take docs/images from the real pages: `make screenshots`, or `python scripts/screenshots.py --store FOLDER`.

Pictures show demo data alone: the four runs of `polyvocal demo` are copied into a temporary store, and the pages are
served from that. A store without them (or none given) means that they are made first, in the temporary store.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from dashboard.entrance import NOTICE_COOKIE
from dashboard.serve import free_port
from engine.cli.demo import MODELS, demo_specs
from engine.runs import list_runs

PROJECT = Path(__file__).resolve().parents[1]
IMAGES = PROJECT / "docs" / "images"
PAGES = {
    "story": ("/story?run={demo-chorus-exact}&beside={demo-voices-exact}&step=Personas&present=true", 900),
    "home": ("/", 900),
    "corpus": ("/corpus?corpus=demo", 1180),
    "temperature": ("/temperature", 1000),
    "runs": ("/runs", 900),
}
"""Of each picture the address, with names of the demo's runs for their ids, and the height in pixels; texts of items
stay hidden, as every visitor finds them."""
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
    given = parser.parse_args()
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.stderr.write(f"No Chromium was found ({', '.join(BROWSERS)}). Install it: bash scripts/chromium.sh\n")
        return 1
    with tempfile.TemporaryDirectory(prefix="polyvocal-screenshots-") as folder:
        home = Path(folder)
        if given.store is None or not copy_demo_runs(given.store, home):
            environment = os.environ | {"POLYVOCAL_HOME": str(home)}
            command = [sys.executable, "-c", "from engine.cli import main; main()", "demo", "--no-dashboard"]
            subprocess.run(command, env=environment, cwd=PROJECT, check=True)
        given.to.mkdir(parents=True, exist_ok=True)
        with served(home) as url, sync_playwright() as playwright:
            running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            ids = {run.name: run.run_id for run in list_runs(home / "runs")}
            for name, (path, height) in PAGES.items():
                take(running, url + path.format_map(ids), height, given.to / f"{name}.png")
            running.close()
    return 0


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


def take(browser: Browser, address: str, height: int, to: Path) -> None:
    """Take one picture in the light theme, and refuse one too large to keep in the repository."""
    context = browser.new_context(viewport={"width": WIDTH, "height": height}, color_scheme="light")
    context.add_cookies([{"name": NOTICE_COOKIE, "value": "read", "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(1_500)  # charts and fonts settle after that
    page.screenshot(path=to)
    context.close()
    size = to.stat().st_size
    if size > LARGEST:
        raise SystemExit(f"{to} has {size:,} bytes, more than {LARGEST:,}. Take less of the page (PAGES).")
    sys.stdout.write(f"{to}  {size // 1000} kB\n")


if __name__ == "__main__":
    sys.exit(main())
