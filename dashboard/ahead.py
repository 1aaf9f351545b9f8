"""Scripts that the first chart needs, fetched and begun while a reader looks at a page that has none yet.

Streamlit fetches what draws a chart (1.4 MB compressed, 4.7 MB to be compiled) with the first chart of a browser, and
what draws a slider with the first slider. Here its page is given a script more, which asks for these once the page is
drawn and nothing else has been fetched for a while: never before Home, and never for a browser that saves data.
Streamlit then finds them there. Where its files are named otherwise, or its page is another, nothing is added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.held_answers import hold, send_whole

STATIC = Path(streamlit.__file__).resolve().parent / "static" / "static" / "js"
"""Where Streamlit keeps its scripts; they are served under static/js."""
NAMES = ("ButtonGroup", "Selectbox", "Multiselect", "Slider", "PlotlyChart")
"""What Streamlit calls the scripts that every page with a chart needs, the smaller first; a digest follows."""
PATH = "/ahead.js"
TAG = b'<script type="module" src=".%s"></script>' % PATH.encode()
END = b"</body>"
QUIET = 1_000
"""Milliseconds without another file after which a page that has its heading counts as drawn."""
SCRIPT = """
const rest = () => new Promise(resolve => (window.requestIdleCallback ?? setTimeout)(resolve));
let seen = -1;
const look = async () => {
  const now = performance.getEntriesByType("resource").length;
  if (now !== seen || document.readyState !== "complete" || !document.querySelector("h1")) {
    seen = now;
    setTimeout(look, QUIET);
    return;
  }
  for (const script of SCRIPTS) {
    await rest();
    await import(script).catch(() => {});
  }
};
if (!navigator.connection?.saveData) look();
"""


def scripts(folder: Path = STATIC) -> list[str]:
    """Return the scripts to fetch ahead as addresses beside our own; none that is missing or not the only one."""
    found = [sorted(path.name for path in folder.glob(f"{name}.*.js")) for name in NAMES]
    return [f"./static/js/{only[0]}" for only in found if len(only) == 1]


class Ahead:
    """Adds our script to Streamlit's page, and serves it; passes everything else on."""

    def __init__(self, app: ASGIApp, wanted: Iterable[str] | None = None) -> None:
        """Take what to fetch ahead.

        Args:
            app: Streamlit.
            wanted: addresses of scripts; None: `scripts()`.
        """
        self.app = app
        listed = scripts() if wanted is None else list(wanted)
        self._script = SCRIPT.replace("SCRIPTS", json.dumps(listed)).replace("QUIET", str(QUIET)) if listed else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for our script; add it where a page comes back."""
        if not self._script or scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
        elif scope["path"] == PATH:
            answer = Response(self._script, media_type="text/javascript", headers={"cache-control": "no-cache"})
            await answer(scope, receive, send)
        elif "text/html" in Headers(scope=scope).get("accept", ""):
            await self._page(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request for a page on, as one for plain bytes; add our script to what comes back."""
        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]

        async def answer(start: Message, page: bytes) -> None:
            await _send_with_tag(start, page, send)

        await hold(self.app, dict(scope) | {"headers": plain}, receive, send, wanted=_is_page, answer=answer)


async def _send_with_tag(start: Message, page: bytes, send: Send) -> None:
    """Send a page with our script at its end; as it is where it has no such end."""
    headers = MutableHeaders(raw=list(start["headers"]))
    before, end, after = page.rpartition(END)
    if end:
        page = before + TAG + end + after
        for name in ("etag", "last-modified"):  # they are of the page without it
            del headers[name]
        headers["content-length"] = str(len(page))
    await send_whole(start, headers, page, send)


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    return (
        start["status"] == 200
        and headers.get("content-type", "").startswith("text/html")
        and "content-encoding" not in headers
    )
