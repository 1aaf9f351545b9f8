"""One file over HTTP: resumed where it was cut, tried again where it stalls, checked before it takes its place.

The bytes go to `<name>.part`, beside it `<name>.part.etag` names the version they belong to. Only a whole file with the
right sum is renamed to `<name>`. A part is resumed where the result can be trusted: its ETag still fits (If-Range), or
the file's sum is known and will be checked.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from engine.errors import PolyvocalError

Progress = Callable[[int, int | None], None]
"""Called with the bytes on disk and the bytes in all (None: not known)."""


@dataclass(frozen=True)
class Patience:
    """How long to wait and how often to try; tests shorten it."""

    connect: float = 15.0
    """Seconds to wait for a connection."""
    stall: float = 30.0
    """Seconds without a byte after which a transfer counts as stalled."""
    tries: int = 5
    """Attempts in a row that bring no new byte before giving up."""
    most_tries: int = 40
    """Attempts in all, however little each brings."""
    pause: float = 1.0
    """Seconds before the second attempt; doubled for each further one in a row."""
    longest_pause: float = 20.0
    """Seconds that a pause is cut to."""


class _Again(Exception):
    """This attempt failed in a way that the next may not."""


class _WrongSum(PolyvocalError):
    """The bytes arrived whole and are not the published ones."""


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None = None,
    size: int | None = None,
    on_progress: Progress | None = None,
    patience: Patience | None = None,
) -> str:
    """Download `url` to `target` and return its sha256.

    Args:
        url: the address.
        target: where the whole, checked file will lie; its folder is made.
        sha256: the sum it must have; none: any.
        size: the bytes it must have; none: any.
        on_progress: called after every block.
        patience: waiting times and attempts.

    Raises:
        PolyvocalError: the server refuses, stays away, or sends other bytes than the published ones (then nothing is
            kept), or the disk cannot be written.
    """
    transfer = _Transfer(url, target, sha256, size, on_progress or (lambda _done, _total: None), patience or Patience())
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = transfer.done > 0
        try:
            return transfer.run()
        except _WrongSum:
            if not resumed:
                raise
            return transfer.run()  # the part of an earlier day may have been the wrong one: once more from nothing
    except httpx.InvalidURL as error:
        raise PolyvocalError(f"{url!r} is no address: {error}. Check POLYVOCAL_CATALOGUE_URL.") from error
    except OSError as error:
        raise PolyvocalError(
            f"{target} could not be written: {error.strerror or error}. Free some space or choose a writable place "
            "(POLYVOCAL_HOME), then try again; what is already there will be resumed."
        ) from error


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, as hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class _Transfer:
    """The attempts at one file."""

    def __init__(
        self, url: str, target: Path, sha256: str | None, size: int | None, progress: Progress, patience: Patience
    ) -> None:
        self.url, self.target, self.sha256, self.size = url, target, sha256, size
        self.progress, self.patience = progress, patience
        self.part = target.with_name(f"{target.name}.part")
        self.etag_file = target.with_name(f"{target.name}.part.etag")

    @property
    def done(self) -> int:
        """The bytes that lie in the part file."""
        return self.part.stat().st_size if self.part.exists() else 0

    def run(self) -> str:
        patience, fruitless = self.patience, 0
        timeout = httpx.Timeout(patience.stall, connect=patience.connect)
        # identity: ranges and sizes must count the file's own bytes, not compressed ones.
        headers = {"Accept-Encoding": "identity", "User-Agent": "polyvocal"}
        with httpx.Client(timeout=timeout, headers=headers, follow_redirects=True) as client:
            for attempt in range(1, patience.most_tries + 1):
                before = self.done
                try:
                    self._attempt(client)
                    return self._finish()
                except (httpx.RequestError, _Again) as error:
                    fruitless = 0 if self.done > before else fruitless + 1
                    if fruitless >= patience.tries or attempt == patience.most_tries:
                        raise PolyvocalError(self._gave_up(attempt, error)) from error
                    time.sleep(min(patience.pause * 2 ** max(0, fruitless - 1), patience.longest_pause))
        raise AssertionError("the loop returns or raises")

    def _gave_up(self, attempts: int, error: Exception) -> str:
        said = str(error) or type(error).__name__
        kept = f" {self.done} bytes are kept and will be resumed." if self.done else ""
        return (
            f"{self.url} could not be downloaded: {attempts} attempts, the last one: {said}. "
            f"Check the connection and try again.{kept}"
        )

    def _attempt(self, client: httpx.Client) -> None:
        """Ask for what is missing and write it down."""
        headers = self._resume_headers()
        start = self.done
        if self.size is not None and start == self.size:
            return
        with client.stream("GET", self.url, headers=headers) as response:
            if response.status_code == 416:  # nothing after our last byte: either whole, or another file
                self._drop()
                raise _Again("the server has no bytes after those already here; starting anew")
            if response.status_code >= 500 or response.status_code in (408, 425, 429):
                raise _Again(f"the server answered {response.status_code}")
            if response.status_code not in (200, 206):
                raise PolyvocalError(
                    f"{self.url}: the server answered {response.status_code} {response.reason_phrase}. Expected the "
                    "file; check the address (POLYVOCAL_CATALOGUE_URL changes where it starts)."
                )
            resumed = response.status_code == 206 and start > 0
            if resumed and _range_start(response) != start:
                self._drop()
                raise _Again("the server sent another range than the one asked for; starting anew")
            self._remember(response)
            self._write(response, start if resumed else 0)

    def _resume_headers(self) -> dict[str, str]:
        if not self.done:
            return {}
        etag = self.etag_file.read_text() if self.etag_file.exists() else ""
        if not etag and self.sha256 is None:  # nothing would tell a file that changed in between
            self._drop()
            return {}
        headers = {"Range": f"bytes={self.done}-"}
        return headers | {"If-Range": etag} if etag else headers

    def _remember(self, response: httpx.Response) -> None:
        etag = response.headers.get("ETag", "")
        if etag and not etag.startswith("W/"):  # a weak tag does not promise equal bytes
            self.etag_file.write_text(etag)
        else:
            self.etag_file.unlink(missing_ok=True)

    def _write(self, response: httpx.Response, start: int) -> None:
        """Write the body from byte `start` on; a body that ends early or runs too long is no success."""
        length = response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else self.size
        with self.part.open("r+b" if start else "wb") as file:
            file.seek(start)
            file.truncate()
            done = start
            for block in response.iter_raw():
                file.write(block)
                done += len(block)
                self.progress(done, total if total is not None else self.size)
                if self.size is not None and done > self.size:
                    break
            file.flush()
            os.fsync(file.fileno())
        if total is not None and done < total:
            raise _Again(f"the connection ended after {done} of {total} bytes")

    def _finish(self) -> str:
        """Check the whole part and give it its name."""
        found, bytes_found = sha256_of(self.part), self.done
        problem = ""
        if self.sha256 is not None and found != self.sha256:
            problem = f"expected sha256 {self.sha256}, got {found}"
        if self.size is not None and bytes_found != self.size:
            problem = f"expected {self.size} bytes, got {bytes_found}" + (f"; {problem}" if problem else "")
        if problem:
            self._drop()
            raise _WrongSum(
                f"{self.url} is not the published file: {problem}. It was deleted. Try again; if it stays so, the "
                "address serves something else (a proxy's page, another version)."
            )
        self.part.replace(self.target)
        self.etag_file.unlink(missing_ok=True)
        return found

    def _drop(self) -> None:
        self.part.unlink(missing_ok=True)
        self.etag_file.unlink(missing_ok=True)


def _range_start(response: httpx.Response) -> int | None:
    """Return the first byte of a 206 answer: 'bytes 100-199/200' -> 100."""
    start = response.headers.get("Content-Range", "").removeprefix("bytes ").split("-")[0]
    return int(start) if start.isdecimal() else None
