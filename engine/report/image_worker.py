"""The process that draws figures as PNG and SVG: python -P image_worker.py FOLDER CHROME.

FOLDER holds one NAME.json a figure; NAME.svg and NAME.png appear beside it, each whole or not at all. One Chrome draws
them all. What could not be drawn is told on stdout, a line an image. Chrome, and this process with it, ends as soon as
standard input closes, however the process that asked has ended. Imports nothing of the project, so that it starts in no
time.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

import psutil

WIDTH = 900
"""Pixels of an image; its height is the figure's own."""
SCALES = {"svg": 1, "png": 2}
"""Form -> what its pixels are multiplied by: a PNG of 1,800 pixels prints at 300 dpi across 15 cm."""
TABS = 2
"""Figures that Chrome draws at once."""
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: Chrome, which can look for updates by itself, asks nothing of any other machine."""


def main(arguments: list[str]) -> int:
    """Draw all figures of a folder; return 0 if every one was drawn."""
    folder, chrome = Path(arguments[0]), arguments[1]
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        failed = asyncio.run(_draw_all(folder, chrome))
    except Exception as error:  # noqa: BLE001 (a browser that does not start has many ways to)
        _tell(error)
        return 1
    return 1 if failed else 0


def end_children(pid: int) -> None:
    """Kill whatever a process has started: a browser that hangs takes no request to stop."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process(pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()


async def _draw_all(folder: Path, chrome: str) -> int:
    """Draw every figure in every form; return how many images could not be drawn."""
    from kaleido import Kaleido, PageGenerator

    page = PageGenerator(mathjax=False)  # plotly.js is the installed package's; figures hold no formulas
    async with Kaleido(n=TABS, timeout=None, page_generator=page, path=chrome, proxy_server=NOWHERE) as kaleido:
        images = [(path, form) for path in sorted(folder.glob("*.json")) for form in SCALES]
        return sum(await asyncio.gather(*(_draw(kaleido, path, form) for path, form in images)))


async def _draw(kaleido: Any, figure: Path, form: str) -> bool:
    """Draw one image beside its figure; return whether that failed."""
    options = {"format": form, "width": WIDTH, "scale": SCALES[form]}
    try:
        image = await kaleido.calc_fig(json.loads(figure.read_bytes()), options)
    except Exception as error:  # noqa: BLE001 (the other figures can be drawn all the same)
        _tell(error)
        return True
    unfinished = figure.with_suffix(f".{form}.part")
    unfinished.write_bytes(image)
    unfinished.replace(figure.with_suffix(f".{form}"))
    return False


def _tell(error: Exception) -> None:
    said = str(error.args[0] if error.args else "").strip()
    print((said or type(error).__name__).splitlines()[0], flush=True)  # noqa: T201


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    end_children(os.getpid())
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
