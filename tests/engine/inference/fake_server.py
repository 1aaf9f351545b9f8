"""An OpenAI-compatible server on a loopback port that answers by a rule, and fails as told."""

from __future__ import annotations

import hashlib
import json
import math
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

from engine.inference.endpoint import Endpoint
from tests.engine.waiting import PATIENCE

VOCABULARY = 307

Fault = Callable[["_Handler", dict[str, Any]], bool]
"""Gets the handler and the request's body; returns whether it dealt with the request."""


def logprobs_of(prompt: object) -> list[float]:
    """The rule: log-probabilities over the vocabulary that depend on the prompt alone."""
    draws = random.Random(hashlib.sha256(repr(prompt).encode()).hexdigest())
    logits = [draws.gauss(0, 3) for _ in range(VOCABULARY)]
    total = math.log(sum(map(math.exp, logits)))
    return [x - total for x in logits]


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # more than clients open at once: a connection that is turned away costs them a second


@dataclass
class FakeServer:
    """What the server is and can do; use as a context manager."""

    model: str = "tiny"
    vllm: bool = True
    ids: bool = True
    """Whether it takes lists of token ids."""
    texts: bool = True
    label_tokens: bool = True
    """Whether it knows logprob_token_ids."""
    top: int = 20
    seeds: bool = True
    cpu: bool = False
    key: str = ""
    max_model_len: int = 256
    faults: list[Fault] = field(default_factory=list)
    """Tried in order on every completion."""
    decode: Callable[[int], str] = str
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    """Set when it stops."""

    def __enter__(self) -> FakeServer:
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def completions(self) -> list[dict[str, Any]]:
        return [body for path, body in self.requests if path.endswith("completions")]


class _Handler(BaseHTTPRequestHandler):
    fake: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        pass

    def reply(self, status: int, body: object) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def error(self, status: int, message: str) -> None:
        self.reply(status, {"error": {"message": message}})

    def allowed(self) -> bool:
        self.fake.headers.append(dict(self.headers))
        if self.fake.key and self.headers.get("Authorization") != f"Bearer {self.fake.key}":
            self.error(401, f"wrong key {self.headers.get('Authorization')}")
            return False
        return True

    def do_GET(self) -> None:
        if self.path == "/v1/models":
            if self.allowed():
                owner = "vllm" if self.fake.vllm else "someone"
                entry: dict[str, Any] = {"id": self.fake.model, "owned_by": owner}
                if self.fake.vllm:
                    entry["max_model_len"] = self.fake.max_model_len
                self.reply(200, {"data": [entry]})
        elif self.path == "/version" and self.fake.vllm:
            self.reply(200, {"version": "9.9"})
        elif self.path == "/metrics" and self.fake.vllm:
            size = "1073741824" if self.fake.cpu else "None"
            self.reply(200, f'vllm:cache_config_info{{kv_cache_memory_bytes="{size}",x="y"}} 1.0'.encode())
        else:
            self.error(404, "Not Found")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.fake.over.is_set():  # a connection kept alive ends with its server
            self.close_connection = True
            return
        self.fake.requests.append((self.path, body))
        if not self.allowed():
            return
        if self.path == "/v1/completions":
            if not any(fault(self, body) for fault in list(self.fake.faults)):
                self.complete(body)
        elif self.path == "/v1/chat/completions":
            if not any(fault(self, body) for fault in list(self.fake.faults)):
                self.chat(body)
        else:
            self.error(404, "Not Found")

    def complete(self, body: dict[str, Any]) -> None:
        prompts = body["prompt"]
        form = "ids" if isinstance(prompts[0], list) else "texts"
        if not (self.fake.ids if form == "ids" else self.fake.texts):
            self.error(400, "prompt must be a string")
            return
        if any(len(p) >= self.fake.max_model_len for p in prompts if isinstance(p, list)):
            self.error(400, f"This model's maximum context length is {self.fake.max_model_len} tokens.")
            return
        choices = [self.choice(i, p, body) for i, p in enumerate(prompts)]
        random.Random(len(choices)).shuffle(choices)  # a client must not rely on their order
        self.reply(200, {"choices": choices, "usage": {"completion_tokens": len(choices)}})

    def choice(self, index: int, prompt: object, body: dict[str, Any]) -> dict[str, Any]:
        values = logprobs_of(prompt)
        choice: dict[str, Any] = {"index": index, "text": self.text(prompt, body), "finish_reason": "stop"}
        if (wanted := body.get("logprobs")) is not None and self.fake.top:
            asked = body.get("logprob_token_ids") if self.fake.label_tokens else None
            best = sorted(range(VOCABULARY), key=lambda i: -values[i])[: min(wanted, self.fake.top)]
            shown = asked or best
            name = (lambda i: f"token_id:{i}") if body.get("return_tokens_as_token_ids") else self.fake.decode
            choice["logprobs"] = {"top_logprobs": [{name(i): values[i] for i in shown}]}
        return choice

    def text(self, prompt: object, body: dict[str, Any]) -> str:
        seed = body.get("seed") if self.fake.seeds else None
        draws = random.Random(f"{prompt}{seed}" if seed is not None else None)
        return f"{draws.choice(['yes', 'no'])} {draws.random()}" if body["temperature"] > 0 else "yes"

    def chat(self, body: dict[str, Any]) -> None:
        values = logprobs_of(body["messages"])
        choice: dict[str, Any] = {
            "index": 0,
            "message": {"role": "assistant", "content": self.text(body["messages"], body)},
            "finish_reason": "stop",
        }
        if body.get("logprobs") and self.fake.top:
            best = sorted(range(VOCABULARY), key=lambda i: -values[i])[: min(body["top_logprobs"], self.fake.top)]
            entries = [{"token": self.fake.decode(i), "logprob": values[i]} for i in best]
            choice["logprobs"] = {"content": [{"top_logprobs": entries}]}
        self.reply(200, {"choices": [choice]})


def only_first(fault: Fault, times: int = 1) -> Fault:
    """Let a fault happen to the first requests only."""
    left = [times]
    lock = threading.Lock()

    def once(handler: _Handler, body: dict[str, Any]) -> bool:
        with lock:
            if left[0] <= 0:
                return False
            left[0] -= 1
        return fault(handler, body)

    return once


def answers_500(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.error(500, "out of cheese")
    return True


def cuts(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True
    return True


def nonsense(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.reply(200, b"<html>nothing here</html>")
    return True


def too_few(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.reply(200, {"choices": [{"index": 0, "text": "yes"}]})
    return True


def one_twice(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.reply(200, {"choices": [{"index": 0, "text": "yes"} for _ in body["prompt"]]})
    return True


def stalls(handler: _Handler, body: dict[str, Any]) -> bool:
    handler.fake.over.wait()
    handler.close_connection = True
    return True


def impatient(endpoint: Endpoint, seconds: float = 0.5) -> None:
    """Have a client give up soon on a server that stalls; one that is as patient from the start may not even begin."""
    endpoint._client.timeout = httpx.Timeout(seconds, connect=PATIENCE)


def patient(endpoint: Endpoint) -> None:
    """Have a client wait for however slow a machine."""
    endpoint._client.timeout = httpx.Timeout(PATIENCE)
