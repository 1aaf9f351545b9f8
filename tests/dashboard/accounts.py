"""Two accounts, a login that may let one of them in, and cookies as Streamlit signs them."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from itsdangerous import URLSafeTimedSerializer
from itsdangerous.timed import TimestampSigner

from dashboard.login import Login
from tests.dashboard.provider import COOKIE_SECRET

ADA = {"email": "Ada@Example.org", "email_verified": True, "name": "Ada"}
EVE = {"email": "eve@evil.example", "email_verified": True}
COOKIE = "_streamlit_user"


def someone(**settings: Any) -> Login:
    """Return a login at lab.example.org."""
    return Login(Path("secrets.toml"), "https://lab.example.org/oauth2callback", "login.example.org", **settings)


def signed(
    claims: dict[str, Any], *, secret: str = COOKIE_SECRET, salt: str = COOKIE, ago: float = 0, **more: Any
) -> str:
    """Return the cookie that Streamlit would set for the claims."""

    class Then(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - ago)

    payload = {**claims, "origin": "https://lab.example.org", "is_logged_in": True, "provider": "default", **more}
    value = URLSafeTimedSerializer(secret, salt=salt, signer=Then).dumps(json.dumps(payload))
    return value if isinstance(value, str) else value.decode()
