"""The dashboard in a real browser, beside a bare Streamlit page of the same kind: seconds as ratios, and memory.

One server of each is started as a user starts it, over a store with runs of 1,000,000 responses of 200 personas. What
is waited for is timed in the page (benchmarks.dashboard.browser); the two sides take turns. The first walk visits
every page for the first time, the others come back at temperatures that nobody saw; `again`: where all is known.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser

from benchmarks.dashboard import browser, servers, walks, world
from benchmarks.dashboard.browser import Seconds
from benchmarks.report import Row, print_rows

STARTS, WALKS, SESSIONS = 3, 3, 10
READS = 4.0
"""Seconds that a reader looks at Home before the first page with a chart."""
AIM_START, AIM_REDRAW, AIM_MEMORY = 3.0, 0.5, 700
"""Seconds, seconds, MB."""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder, browser.opened() as chromium:
        home = Path(folder)
        os.environ["POLYVOCAL_HOME"] = folder
        runs = world.make()
        print_rows(f"dashboard: from start to Home, {STARTS} starts (aim: {AIM_START:g} s)", starts(chromium, home))
        both = {kind: servers.start(kind, home) for kind in ("ours", "bare")}
        try:
            for server in both.values():
                server.wait_until_it_answers()
            walked(chromium, both)
            print_rows(f"dashboard: {SESSIONS} sessions (aim: {AIM_MEMORY} MB)", memory(chromium, both, runs))
        finally:
            for server in both.values():
                server.stop()


def starts(chromium: Browser, home: Path) -> list[Row]:
    """Start each server several times; return what first paint takes, and check what our process holds."""
    heading: dict[str, list[float]] = {"ours": [], "bare": []}
    rest: dict[str, list[float]] = {"ours": [], "bare": []}
    chart: dict[str, list[Seconds]] = {"ours": [], "bare": []}
    for _ in range(STARTS):
        for kind in heading:
            server = servers.start(kind, home)
            try:
                server.wait_until_it_answers()
                page = browser.new_page(chromium)  # a new visitor: nothing of an earlier visit is kept
                page.goto(server.url)
                page.wait_for_selector("h1")
                heading[kind].append(time.perf_counter() - server.started)
                browser.settle(page)
                rest[kind].append(time.perf_counter() - server.started)
                page.wait_for_timeout(1000 * READS)
                chart[kind].append(browser.go(page, {"ours": "Story", "bare": "Chart"}[kind]))
                page.context.close()
                if kind == "ours" and (heavy := server.heavy_packages()):
                    raise AssertionError(f"the pages' process holds {', '.join(heavy)}")
            finally:
                server.stop()
    return [
        _row("start to the heading of Home", heading["ours"], heading["bare"], AIM_START),
        _row("start to Home at rest", rest["ours"], rest["bare"], AIM_START),
        _walked(f"a browser's first chart, {READS:g} s later", chart["ours"], [one.whole for one in chart["bare"]]),
    ]


def walked(chromium: Browser, both: dict[str, servers.Server]) -> None:
    """Walk through the pages of both sides in turn; print first and repeated visits."""
    pages = {kind: browser.new_page(chromium) for kind in both}
    for kind, page in pages.items():
        page.goto(both[kind].url)
        browser.settle(page)
    walks.bare(pages["bare"])  # the scripts of charts are fetched once a browser
    browser.go(pages["ours"], "Corpus")
    took: dict[str, list[dict[str, Seconds]]] = {"ours": [], "bare": []}
    for number in range(1 + WALKS):
        took["bare"].append(walks.bare(pages["bare"]))
        took["ours"].append(walks.ours(pages["ours"], number))
    for page in pages.values():
        page.context.close()
    first, again, yardstick = took["ours"][0], took["ours"][1:], took["bare"]
    aim = f"1,000,000 responses x 200 personas, 800 people (aim: {AIM_REDRAW:g} s)"
    for title, walks_of in (("first visits", [first]), (f"{WALKS} visits at new temperatures", again)):
        rows = [
            _walked(step, [walk[step] for walk in walks_of], [walk[walks.beside(step)].whole for walk in yardstick])
            for step in first
        ]
        print_rows(f"dashboard: {title}, {aim}", rows)


def memory(chromium: Browser, both: dict[str, servers.Server], runs: Sequence[str]) -> list[Row]:
    """Open the same pages of two runs in ten sessions; return what the server then holds."""
    names = ("story", "personas", "temperature", "alignment", "stability")
    after_walks = both["ours"].memory_mb()
    pages = [browser.new_page(chromium) for _ in range(2 * SESSIONS)]
    for number, page in enumerate(pages[:SESSIONS]):
        page.goto(f"{both['ours'].url}/{names[number % len(names)]}?run={runs[number // len(names) % len(runs)]}")
        browser.settle(page)
    for number, page in enumerate(pages[SESSIONS:]):
        page.goto(f"{both['bare'].url}/{('chart', 'heatmap')[number % 2]}")
        browser.settle(page)
    held = {kind: server.memory_mb() for kind, server in both.items()}
    for page in pages:
        page.context.close()
    how = f"{held['ours']:.0f} MB against {held['bare']:.0f} MB; {after_walks:.0f} MB after one session's walks"
    return [("memory of the server, of bare Streamlit's", held["ours"] / held["bare"], how)]


def _walked(step: str, ours: Sequence[Seconds], bare: Sequence[float]) -> Row:
    """Return a row of the page as it is drawn first; and when all of it was there, where that was later."""
    what, ratio, how = _row(step, [one.drawn for one in ours], bare, AIM_REDRAW)
    later = any(one.whole > one.drawn for one in ours)
    return what, ratio, f"{how}; whole after {median(one.whole for one in ours):.2f} s" if later else how


def _row(what: str, ours: Sequence[float], bare: Sequence[float], aim: float) -> Row:
    """Return a row: how many times as long as the bare page, the seconds with their spread, and the aim."""
    spread = f" ({min(ours):.2f} to {max(ours):.2f})" if len(ours) > 1 else ""
    how = f"{median(ours):.2f} s{spread} against {median(bare):.2f} s; {median(ours) / aim:.1f} of the aim"
    return what, median(ours) / median(bare), how


if __name__ == "__main__":
    main()
