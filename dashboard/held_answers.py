"""Answers that layers around Streamlit hold back until they are whole, to send them otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def hold(
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    wanted: Callable[[Message], bool],
    answer: Callable[[Message, bytes], Awaitable[None]],
) -> None:
    """Pass a request on; give what comes back to `answer` once it is whole, or send it as it comes.

    Args:
        app: what answers.
        scope, receive, send: of the request.
        wanted: whether an answer is held back, by the message that starts it.
        answer: sends an answer, from its start and its whole body.
    """
    start: Message = {}
    body: list[bytes] = []

    async def take(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        if not wanted(start):
            await send(message)
        elif message["type"] == "http.response.body":
            body.append(message.get("body", b""))
            if not message.get("more_body", False):
                await answer(start, b"".join(body))

    await app(scope, receive, take)


async def send_whole(start: Message, headers: MutableHeaders, body: bytes, send: Send) -> None:
    """Send an answer in one piece, with other headers than it had."""
    await send(dict(start) | {"headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
