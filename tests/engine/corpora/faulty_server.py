"""A real HTTP server on the loopback that serves files with ranges and ETags, and misbehaves on demand."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What the server has, what it will do wrong, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Per path, one fault a request, then none: '500', '404', 'cut:N', 'stall:N', 'corrupt', 'no-range', 'shift',
    'endless', 'close', 'html', 'slow:N'."""
    etags: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of every request."""
    url: str = ""
    stop: threading.Event = field(default_factory=threading.Event)


class _Server(ThreadingHTTPServer):
    request_queue_size = 128  # a connection that is turned away costs a client a second


@contextmanager
def serve(site: Site) -> Iterator[Site]:
    """Serve `site` on a free port while the block runs."""
    handler = type("Handler", (_Handler,), {"site": site})
    server = _Server(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_address[1]}/"
    try:
        yield site
    finally:
        site.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output quiet."""

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        asked = self.headers.get("Range")
        self.site.requests.append((path, asked))
        faults = self.site.faults[path]
        fault = faults.pop(0) if faults else ""
        name, _, number = fault.partition(":")
        if name == "close":
            self.close_connection = True
            return
        if path not in self.site.files or name in ("404", "500"):
            self.send_error(int(name) if name else 404)
            return
        body = self.site.files[path]
        if name == "corrupt":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if name == "html":
            body = b"<html>please log in</html>"
        self._answer(body, asked if name not in ("no-range", "html") else None, name, int(number or 0))

    def _answer(self, body: bytes, asked: str | None, name: str, number: int) -> None:
        etag = f'"{hashlib.md5(body).hexdigest()}"'
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if asked and self.headers.get("If-Range", etag) != etag:
            start = 0
        elif asked and start >= len(body):
            self.send_error(416)
            return
        if name == "shift":
            start = max(0, start - 1)
        rest = body[start:]
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        if self.site.etags:
            self.send_header("ETag", etag)
        if name != "endless":
            self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self._send(rest, name, number)
        self.close_connection = True

    def _send(self, rest: bytes, name: str, number: int) -> None:
        try:
            if name in ("cut", "stall"):
                self.wfile.write(rest[:number])
                self.wfile.flush()
                if name == "stall":
                    self.site.stop.wait()
            elif name == "endless":
                while not self.site.stop.is_set():
                    self.wfile.write(rest)
            elif name == "slow":
                for i in range(0, len(rest), number):
                    self.wfile.write(rest[i : i + number])
                    self.wfile.flush()
                    time.sleep(0.01)
            else:
                self.wfile.write(rest)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client hung up, as it should
