"""The dashboard as an ASGI application: what `streamlit run` serves.

Around the pages it puts what Streamlit leaves open: security headers on every answer, a check of the host a browser
asked for (a hostile site's name may point to 127.0.0.1), the notice on entry and the login before everything else, and
a short message with an id where a page breaks.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import later, login, memory, text, ui, warm_up
from dashboard.addresses import LOOPBACK, is_loopback
from dashboard.ahead import Ahead
from dashboard.compressed import CompressedStatic
from dashboard.entrance import Entrance
from dashboard.serve import check_host
from engine import paths
from engine.errors import PolyvocalError

log = logging.getLogger("polyvocal.dashboard")

HEADERS = {
    "content-security-policy": "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'wasm-unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src 'none'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
}
"""Sent with every answer: nothing is loaded from, sent to, or framed by any other place, nor lent to one."""


class SecurityHeaders:
    """Adds `HEADERS` to every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.headers = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers where an answer starts."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *self.headers]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


@contextlib.asynccontextmanager
async def lifespan(app: Any) -> AsyncIterator[None]:  # noqa: ARG001 (Streamlit passes the app)
    """Import what the pages need beside the first page, so that nobody waits for it."""
    log_to_terminal()
    memory.return_what_is_freed()
    threading.Thread(target=warm_up.beside_pages, name=later.THREAD, daemon=True).start()
    threading.Thread(target=_tidy_up, daemon=True).start()
    yield
    if (live := sys.modules.get("engine.live.holder")) is not None:  # elsewise nobody opened the page Live
        live.leave_all()


def _tidy_up() -> None:
    """Remove what a dashboard that was killed left of the page Live: it may be what somebody typed."""
    if paths.live_dir().is_dir():
        from engine.live import tidy_up

        tidy_up()


def log_to_terminal() -> None:
    """Write our own lines, who was let in and what broke, with their time to the terminal."""
    if not log.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)


def on_script_error(error: Exception) -> bool:
    """Show what a user can use: an error's own message, or for a bug an id that the log has too."""
    if isinstance(error, PolyvocalError):
        ui.failed(error)
        return True
    reference = secrets.token_hex(4)
    log.error("error %s", reference, exc_info=error)
    ui.problem(text.BUG.format(reference=reference))
    return True


def _middleware() -> list[Middleware]:
    """Return what stands around Streamlit, the outermost first; nothing is served where others would just walk in."""
    address, required = st.get_option("server.address") or "0.0.0.0", login.in_force()
    check_host(address, guarded=login.is_waived() or required is not None)
    stack = [Middleware(SecurityHeaders)]
    if required or is_loopback(address):
        stack.append(Middleware(TrustedHostMiddleware, allowed_hosts=required.hosts if required else list(LOOPBACK)))
    return [*stack, Middleware(Entrance, login=required), Middleware(Ahead), Middleware(CompressedStatic)]


app = st.App(
    Path(__file__).resolve().parent / "app.py",
    middleware=_middleware(),
    lifespan=lifespan,
    on_script_error=on_script_error,
)
