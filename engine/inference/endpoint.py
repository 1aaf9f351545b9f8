"""One OpenAI-compatible server over HTTP: requests as JSON, and every fault in a form that the backend can act on.

The API key goes into one header and nowhere else: not into messages, logs or records, and where a server repeats it in
an error text it is blotted out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from engine.errors import BackendError, InputError
from engine.inference.backend import Failure, FailureKind

LOOPBACK = ("127.0.0.1", "localhost", "::1")


class RequestFailed(Exception):
    """One HTTP request brought no answer."""

    def __init__(self, failure: Failure, *, down: bool = False, status: int = 0) -> None:
        """Take the failure, whether the server seems gone (its work should move), and the HTTP status if any."""
        super().__init__(failure.message)
        self.failure, self.down, self.status = failure, down, status


@dataclass(frozen=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect: float = 5.0
    answer: float = 300.0
    """For a whole batch of prompts; a server that says nothing for so long has stalled."""


class Endpoint:
    """One server, by its base URL. Safe to use from several threads."""

    def __init__(
        self, base_url: str, api_key: str = "", timeouts: Timeouts | None = None, connections: int = 16
    ) -> None:
        """Open no connection yet.

        Raises:
            InputError: the URL is not one of http or https, or carries a key.
        """
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise InputError(
                f"server {parts.hostname or base_url!r}: a base URL such as http://127.0.0.1:8000/v1 was expected; "
                "keys go into POLYVOCAL_API_KEY, never into the URL"
            )
        path = parts.path.rstrip("/")
        self.root = f"{parts.scheme}://{parts.netloc}{path.removesuffix('/v1')}"
        """Where vLLM's own routes are."""
        self.api = f"{self.root}/v1"
        """Where OpenAI's routes are."""
        self._key = api_key
        timeouts = timeouts or Timeouts()
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            timeout=httpx.Timeout(timeouts.answer, connect=timeouts.connect),
            limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
            trust_env=parts.hostname not in LOOPBACK,
        )

    def __repr__(self) -> str:
        return f"Endpoint({self.root!r})"

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get_text(self, url: str) -> str:
        """Return the text of a page, '' where there is none.

        Raises:
            RequestFailed: the server cannot be reached.
        """
        response = self._send("GET", url, None)
        return response.text if response.is_success else ""

    def get(self, url: str) -> dict[str, Any]:
        """Return the JSON object at `url`.

        Raises:
            RequestFailed: there is none.
        """
        return self._read(self._send("GET", url, None))

    def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post a JSON object and return the JSON object that comes back.

        Raises:
            RequestFailed: none came back.
            BackendError: the server refuses the key.
        """
        return self._read(self._send("POST", url, body))

    def _send(self, method: str, url: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return self._client.request(method, url, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self._failed("server", f"cannot be reached ({_kind(error)})", down=True) from error
        except httpx.TimeoutException as error:
            raise self._failed("timeout", f"gave no answer in time ({_kind(error)})", down=True) from error
        except httpx.HTTPError as error:
            raise self._failed("server", f"cut the connection ({_kind(error)})") from error

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        status = response.status_code
        if status in (401, 403):
            raise BackendError(
                f"server {self.root} refuses the API key (HTTP {status}). Set POLYVOCAL_API_KEY to the key it expects."
            )
        if status >= 500 or status in (408, 429):
            raise self._failed("server", f"answered HTTP {status}: {self._error_text(response)}", status=status)
        if not response.is_success:
            text = self._error_text(response)
            context = "context length" in text or "maximum model length" in text or "context_length" in text
            kind: FailureKind = "context" if context else "rejected"
            raise self._failed(kind, f"refused the request (HTTP {status}): {text}", retryable=False, status=status)
        try:
            data = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise self._failed("nonsense", "answered with something that is not JSON") from error
        if not isinstance(data, dict):
            raise self._failed("nonsense", f"answered with a JSON {type(data).__name__} where an object was expected")
        return data

    def _failed(
        self, kind: FailureKind, what: str, *, retryable: bool = True, down: bool = False, status: int = 0
    ) -> RequestFailed:
        return RequestFailed(Failure(kind, f"server {self.root} {what}", retryable), down=down, status=status)

    def nonsense(self, what: str) -> RequestFailed:
        """Return the fault of an answer that is JSON but not what was asked for."""
        return self._failed("nonsense", what)

    def _error_text(self, response: httpx.Response) -> str:
        try:
            data = response.json()
        except (json.JSONDecodeError, UnicodeDecodeError):
            data = response.text
        error = data.get("error", data) if isinstance(data, dict) else data
        text = str(error.get("message", error) if isinstance(error, dict) else error)
        text = text.replace(self._key, "[key]") if self._key else text  # before the cut, which could leave half of it
        return " ".join(text.split())[:300]


def _kind(error: Exception) -> str:
    """Name the fault without its text, which may quote headers."""
    return type(error).__name__
