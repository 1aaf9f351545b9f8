"""Scripts and styles of the pages, compressed: over an SSH tunnel the first visit is then a quarter as long.

Streamlit sends its static files as they are and leaves compressing to a proxy, which a dashboard on this machine alone
does not have. They never change while the server runs (their names hold a digest), so each is compressed once.
"""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard.held_answers import hold, send_whole

LEVEL = 4
"""Half the time of gzip's usual 6, and 5 % larger."""
LEAST = 1_000
"""Bytes from which on it is worth it."""
MOST = 32_000_000
"""Compressed bytes kept in all; beyond, files go as they are."""
PREFIX = "/static/"
TYPES = ("text/javascript", "application/javascript", "text/css", "application/json", "image/svg+xml")


class CompressedStatic:
    """Sends Streamlit's static files compressed to browsers that take it; passes everything else on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[str, bytes] = {}
        """Path -> compressed file."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; compress what comes back where that is a whole static file."""
        if not _asks_for_a_whole_file(scope):
            await self.app(scope, receive, send)
            return

        async def answer(start: Message, whole: bytes) -> None:
            await self._send(scope["path"], start, whole, send)

        await hold(self.app, scope, receive, send, wanted=_can_be_compressed, answer=answer)

    async def _send(self, path: str, start: Message, whole: bytes, send: Send) -> None:
        """Send a file compressed, or as it is where there is no more room to keep it."""
        small = self._kept.get(path)
        if small is None and len(whole) >= LEAST and sum(map(len, self._kept.values())) < MOST:
            small = self._kept[path] = await asyncio.to_thread(gzip.compress, whole, LEVEL, mtime=0)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.add_vary_header("Accept-Encoding")
        if small is not None:
            headers["content-encoding"] = "gzip"
            headers["content-length"] = str(len(small))
            if "etag" in headers:  # what it names are the bytes as they are
                headers["etag"] = f"W/{headers['etag'].removeprefix('W/')}"
        await send_whole(start, headers, whole if small is None else small, send)


def _asks_for_a_whole_file(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith(PREFIX):
        return False
    headers = Headers(scope=scope)
    return "gzip" in headers.get("accept-encoding", "") and "range" not in headers


def _can_be_compressed(start: Mapping[str, object]) -> bool:
    headers = Headers(raw=start["headers"])  # type: ignore[arg-type]
    kind = headers.get("content-type", "").partition(";")[0].strip()
    return start["status"] == 200 and kind in TYPES and "content-encoding" not in headers
