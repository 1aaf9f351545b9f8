"""The pages before the pages: the notice on entry, the login, and why somebody is not let in.

Plain HTML without a script, so that nothing of the dashboard is sent before somebody is in: the pages' own scripts and
their stream of data stay closed. Built of constants and of strings that are escaped here.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

from dashboard import text

_MARK = base64.b64encode((Path(__file__).resolve().parent / "static" / "mark.svg").read_bytes()).decode()
_ICON = f"data:image/svg+xml;base64,{_MARK}"
_STYLE = """
:root { color-scheme: light dark; --back: #F3F5F7; --card: #FFFFFF; --text: #1F2933; --quiet: #52606D;
  --line: #D9DEE4; --primary: #005F95; --on-primary: #FFFFFF; --name: #1F6F9F; }
@media (prefers-color-scheme: dark) { :root { --back: #14181D; --card: #1E242B; --text: #E6EAEE; --quiet: #A9B4BF;
  --line: #3A444F; --primary: #6DB7E8; --on-primary: #0B1218; --name: #7CC1EE; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem 1rem; background: var(--back);
  color: var(--text); font: 1rem/1.55 "Source Sans 3", "Source Sans Pro", "Segoe UI", Helvetica, Arial, sans-serif; }
main { width: 100%; max-width: 38rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem;
  padding: 2.25rem 2.5rem; overflow-wrap: anywhere; }
.brand { display: flex; align-items: center; gap: .7rem; margin: 0 0 1.5rem; font-weight: 700; font-size: 1.15rem;
  color: var(--name); }
.brand img { width: 2.1rem; height: 2.1rem; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .6rem; }
p { margin: 0 0 1rem; text-wrap: pretty; }
dl { margin: 1.5rem 0 0; border-top: 1px solid var(--line); }
dt { font-weight: 650; margin-top: 1rem; }
dd { margin: .1rem 0 0; color: var(--quiet); text-wrap: pretty; }
.go { display: inline-block; margin: 1.75rem 0 0; padding: .6rem 1.5rem; border-radius: .5rem; font-weight: 600;
  background: var(--primary); color: var(--on-primary); text-decoration: none; }
.go:hover { filter: brightness(1.1); }
.go:focus-visible { outline: 3px solid var(--primary); outline-offset: 3px; }
.quiet { color: var(--quiet); margin: .9rem 0 0; font-size: .9rem; }
@media (max-width: 640px) { body { place-items: start center; padding: .75rem; } main { padding: 1.5rem 1.25rem; }
  .go { display: block; text-align: center; } }
"""

DOOR = "/enter"
"""Where the one button of every page leads."""


def notice(to: str) -> str:
    """Return what a visitor reads before the first page; the button leads on to the address `to`."""
    return _page("Before you go in", [text.WHAT], "Continue", f"{DOOR}?to={quote(to, safe='')}", text.ENTRY)


def login(to: str, provider: str) -> str:
    """Return the same for a visitor who must log in with an account at the host `provider` first."""
    account = f"You log in with your account at {provider}. Your password stays there."
    entry = {**text.ENTRY, **text.ENTRY_SHARED}
    return _page("Log in", [text.WHAT], "Log in", f"{DOOR}?to={quote(to, safe='')}", entry, account)


def refused(who: str, why: str) -> str:
    """Return what somebody reads who logged in and is not let in: who they are, and why not."""
    known = [f"You are logged in as {who}."] if who else []
    ask = "Ask whoever runs this dashboard to let you in, or use another account."
    return _page("This account is not let in", [*known, why, ask], "Log out", "/auth/logout")


def failed() -> str:
    """Return what somebody reads whose login came to nothing."""
    why = "The provider did not confirm the login, or it took too long. Nothing was changed."
    ask = "If it happens again, whoever runs this dashboard finds the reason in its log."
    return _page("Logging in did not work", [why, ask], "Try again", DOOR)


def _page(
    title: str,
    paragraphs: list[str],
    button: str,
    link: str,
    points: Mapping[str, str] | None = None,
    account: str = "",
) -> str:
    body = "".join(f"<p>{escape(words)}</p>" for words in paragraphs)
    if points:
        body += f"<dl>{''.join(f'<dt>{escape(k)}</dt><dd>{escape(v)}</dd>' for k, v in points.items())}</dl>"
    below = f'<p class="quiet">{escape(account)}</p>' if account else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f'<title>{escape(title)} · Polyvocal</title><link rel="icon" href="{_ICON}"><style>{_STYLE}</style></head>'
        f'<body><main><div class="brand"><img src="{_ICON}" alt="">Polyvocal</div><h1>{escape(title)}</h1>{body}'
        f'<a class="go" href="{escape(link)}">{escape(button)}</a>{below}</main></body></html>'
    )
