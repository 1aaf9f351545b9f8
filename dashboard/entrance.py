"""The door: what a visitor must pass before anything of the dashboard is sent to them.

Streamlit's login guards the script alone. Its stream of data (a WebSocket), the files that pages offer (/media),
uploads and metrics answer anybody, so where people log in, this closes everything but what the login itself needs.
Whose login it is stands in a cookie that Streamlit signed (itsdangerous, key `cookie_secret`, salt the cookie's name,
with the time of signing), and it is read here by Streamlit's own functions. Without a login the door shows the notice
on entry, once in the life of a browser.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from itsdangerous import URLSafeTimedSerializer
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.auth_util import encode_provider_token
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from dashboard import entry_pages, text
from dashboard.entry_pages import DOOR
from dashboard.login import CALLBACK, Login, name_of

log = logging.getLogger("polyvocal.dashboard")

NOTICE_COOKIE = "polyvocal_notice"
"""Says that this browser showed the notice; the browser drops it when it is closed."""
WAY_COOKIE = "polyvocal_way"
"""The address that a visitor asked for, while they are at the provider."""
FAILED = f"{DOOR}/failed"
LOGIN, LOGOUT = "/auth/login", "/auth/logout"
OPEN = frozenset({"/_stcore/health", LOGIN, LOGOUT, CALLBACK})
"""What answers without a login: whether the server is well, and the steps of the login."""
_PAGE = re.compile(r"/[A-Za-z0-9_-]*(\?[A-Za-z0-9._~!$'()*+,;:@/?%&=-]*)?")
_LONGEST_WAY = 3_500
"""Characters of an address that a cookie can hold."""


@dataclass(eq=False)
class Session:
    """One login of one browser."""

    who: str
    """What the provider calls the person."""
    refusal: str
    """Why the person is not let in; '' if they are."""
    until: float
    """When the login ends, in seconds since 1970."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the person logged out."""

    @property
    def valid(self) -> bool:
        """Whether the login holds still."""
        return not self.ended.is_set() and time.time() < self.until


def local(address: str) -> str:
    """Return an address of one of our pages as it may stand in a link or a cookie; any other becomes that of Home."""
    if not _PAGE.fullmatch(address):
        return "/"
    return address.replace(",", "%2C").replace(";", "%3B").replace("'", "%27")


class Entrance:
    """Shows the notice on entry, and where people log in lets nothing else through before they did."""

    def __init__(self, app: ASGIApp, login: Login | None = None) -> None:
        self.app = app
        self.login = login
        self.sessions: dict[tuple[bytes, float], Session] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the application's place, or pass the request on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        session = self._session(request.cookies) if self.login else None
        answer = self._answer(request, session)
        if answer is not None:
            answer.headers["cache-control"] = "no-store"
            await answer(scope, receive, self._guarded(send))
        elif self.login is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket" and session is not None:
            await _until_it_ends(session, self.app, scope, receive, send)
        else:
            await self._pass_on(request, session, receive, send)

    def _answer(self, request: HTTPConnection, session: Session | None) -> Response | None:
        """Return what the door itself says to a request; None: it may pass."""
        path = request.scope["path"]
        if request.scope["type"] == "websocket" and not _is_of_this_site(request):
            return PlainTextResponse("Only pages of the dashboard itself may listen.", 403)
        if path == DOOR:
            return self._enter(local(request.query_params.get("to", "/")), session)
        if self.login is None:
            return HTMLResponse(entry_pages.notice(_way(request))) if _is_first_page(request) else None
        if path == FAILED:
            return HTMLResponse(entry_pages.failed(), 403)
        if path in OPEN:
            return None
        if session is None or not session.valid:
            if _wants_page(request):
                return HTMLResponse(entry_pages.login(_way(request), self.login.provider), 401)
            return PlainTextResponse("Log in first.", 401)
        if session.refusal:
            if _wants_page(request):
                return HTMLResponse(entry_pages.refused(session.who, session.refusal), 403)
            return PlainTextResponse("This account is not let in.", 403)
        return HTMLResponse(entry_pages.notice(_way(request))) if _is_first_page(request) else None

    def _enter(self, to: str, session: Session | None) -> Response:
        """Return what the button of the notice does: go on to the page, or to the provider."""
        must_log_in = self.login is not None and (session is None or not session.valid)
        answer = RedirectResponse(_to_provider() if must_log_in else to, 303)
        if must_log_in:
            way = to if len(to) <= _LONGEST_WAY else "/"
            answer.set_cookie(WAY_COOKIE, way, max_age=900, httponly=True, samesite="lax")
        answer.set_cookie(NOTICE_COOKIE, "read", httponly=True, samesite="lax")
        return answer

    def _session(self, cookies: Mapping[str, str]) -> Session | None:
        """Return the login that a browser's cookie proves; None where it proves none, or not any more."""
        assert self.login is not None
        cookie = _opened(cookies.get(USER_COOKIE_NAME, ""), self.login.seconds)
        if cookie is None:
            return None
        if (
            cookie not in self.sessions
        ):  # what it says, not how it is written: base64 has several forms of one signature
            session = _read(*cookie, self.login)
            if session is None:
                return None
            self.sessions = {key: known for key, known in self.sessions.items() if time.time() < known.until}
            self.sessions[cookie] = session
        return self.sessions[cookie]

    async def _pass_on(self, request: HTTPConnection, session: Session | None, receive: Receive, send: Send) -> None:
        """Pass a request on; what comes back is kept by no cache, and a login goes on to the page it was for.

        A page that is open when the login ends is loaded anew then, which shows the login in its place.
        """
        path, guarded = request.scope["path"], self._guarded(send)
        if path == LOGOUT and session is not None:
            session.ended.set()

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if not path.startswith("/static/"):
                    headers["cache-control"] = "no-store"
                if session is not None and headers.get("content-type", "").startswith("text/html"):
                    headers["refresh"] = str(max(math.ceil(session.until - time.time()), 0) + 1)
                if path == CALLBACK:
                    _lead_on(request, headers)
            await guarded(message)

        await self.app(request.scope, receive, send_on)

    def _guarded(self, send: Send) -> Send:
        """Return a `send` that lets cookies travel encrypted only, where the dashboard is reached so."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start" and self.login is not None and self.login.https:
                message["headers"] = [
                    (name, value + b"; Secure") if name == b"set-cookie" and b"; secure" not in value.lower()
                    else (name, value) for name, value in message.get("headers", [])
                ]  # fmt: skip
            await send(message)

        return send_guarded


def _opened(signed: str, seconds: float) -> tuple[bytes, float] | None:
    """Return what Streamlit's cookie holds and when it was signed, if it is signed and no older than `seconds`."""
    secret = get_cookie_secret()
    held = decode_signed_value(secret, USER_COOKIE_NAME, signed, max_age_days=seconds / 86400)
    if held is None:
        return None
    _, signed_at = URLSafeTimedSerializer(secret, salt=USER_COOKIE_NAME).loads(signed, return_timestamp=True)
    return held, signed_at.timestamp()


def _read(held: bytes, signed_at: float, login: Login) -> Session | None:
    """Return the login that a cookie speaks of, if it is one of this dashboard."""
    if held.startswith(b"chunks-"):
        # Each part is signed by itself, so parts of two logins could be put together to say what neither said.
        log.warning("refused a login: the provider tells more of the person than one cookie holds")
        return Session("", text.TOO_MUCH_TOLD, signed_at + login.seconds)
    try:
        claims: dict[str, Any] = json.loads(held)
    except ValueError:
        return None
    if claims.get("origin") != login.origin or claims.get("is_logged_in") is not True:
        return None
    who = name_of(claims)
    refusal = login.refusal(claims)
    log.info("%s %s", "refused" if refusal else "let in", text.plain(who))
    return Session(who, refusal, signed_at + login.seconds)


async def _until_it_ends(session: Session, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Pass a WebSocket on, and close it when the login it was opened with ends."""

    async def receive_until() -> Message:
        message = asyncio.ensure_future(receive())
        end = asyncio.ensure_future(session.ended.wait())
        left = max(session.until - time.time(), 0.0)
        await asyncio.wait({message, end}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if message.done():
            return message.result()
        message.cancel()
        await send({"type": "websocket.close", "code": 1008, "reason": "The login has ended."})
        return {"type": "websocket.disconnect", "code": 1008}

    async def send_while_valid(message: Message) -> None:
        if session.valid:
            await send(message)

    await app(scope, receive_until, send_while_valid)


def _to_provider() -> str:
    """Return the address at which Streamlit sends a browser to the provider; it holds for two minutes."""
    return f"{LOGIN}?provider={quote(encode_provider_token('default'))}"


def _lead_on(request: HTTPConnection, headers: MutableHeaders) -> None:
    """Send a browser that comes back from the provider on to the page it was for, or tell that the login failed."""
    cookies = [cookie for cookie in headers.getlist("set-cookie") if cookie.startswith(f"{USER_COOKIE_NAME}=")]
    logged_in = any("max-age=0" not in cookie.lower() for cookie in cookies)
    if logged_in:
        headers["location"] = local(request.cookies.get(WAY_COOKIE, "/"))
        headers.append("set-cookie", f"{WAY_COOKIE}=; Max-Age=0; Path=/; HttpOnly; SameSite=lax")
    elif {"state", "code", "error"} & set(request.query_params):
        headers["location"] = FAILED


def _is_of_this_site(request: HTTPConnection) -> bool:
    """Return whether a WebSocket was opened by a page of the dashboard itself, or by no page.

    Streamlit takes pages of any port of localhost too, which on a shared machine can be anybody's, and for others asks
    a service outside which address this machine has.
    """
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host")


def _wants_page(request: HTTPConnection) -> bool:
    """Return whether a browser asks for a page to show, not for a part of one."""
    return request.scope.get("method") in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")


def _is_first_page(request: HTTPConnection) -> bool:
    """Return whether this is a browser's first page, before which it shows the notice.

    One that keeps no cookies says at least that it comes from the notice (Sec-Fetch-Site), and is not asked for ever.
    """
    if not _wants_page(request) or _PAGE.fullmatch(request.scope["path"]) is None:
        return False
    return NOTICE_COOKIE not in request.cookies and request.headers.get("sec-fetch-site") != "same-origin"


def _way(request: HTTPConnection) -> str:
    """Return the address that a request is for."""
    query = request.scope.get("query_string", b"").decode("latin-1")
    return local(request.scope["path"] + (f"?{query}" if query else ""))
