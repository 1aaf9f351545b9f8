"""A vLLM server of our own: started on a loopback port with a random key, and surely stopped.

Start it with `with ServerProcess("demo-voices") as server:` and give `server.base_url` and `server.api_key` to a
client, or take `server.connect()`. Constructing and `start()` return at once; `state` may be asked at any time, so that
a page can show a server that is still loading.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import httpx

from engine.errors import BackendError
from engine.inference import engine_args
from engine.inference.free_port import free_port
from engine.inference.models import resolve_model
from engine.inference.vllm_server import KEY_VARIABLE, VllmServerBackend

State = Literal["new", "starting", "ready", "failed", "stopped"]
_WATCH = Path(__file__).with_name("server_watch.py")
_KILLING = 60.0
"""Seconds that the watch gets to kill what is left: killed itself, it would leave the server behind."""


class ServerProcess:
    """One vLLM server, as a process of its own that ends with this one."""

    def __init__(
        self,
        model: str,
        engine: Mapping[str, Any] | None = None,
        *,
        revision: str | None = None,
        engine_seed: int | None = None,
        port: int = 0,
        log: Path | None = None,
        grace: float = 10.0,
    ) -> None:
        """Describe the server; nothing is started yet.

        Args:
            model: demo model, folder or hub id; the server serves it under this name.
            engine: vLLM's engine arguments by their own names.
            revision: commit or tag of a hub id.
            engine_seed: seed of this start; drawn where absent.
            port: loopback port; a free one where 0.
            log: file for what the server prints; a temporary one where absent, removed after a start that succeeded.
            grace: seconds the server gets to stop before it is killed.

        Raises:
            InputError: an engine argument is unknown, or the model's name cannot be one.
            MissingPackageError: vLLM is not installed.
        """
        self.model, self.engine, self.revision = model, dict(engine or {}), revision
        engine_args.check_engine_args(self.engine)
        self._path = resolve_model(model)
        self._cpu = engine_args.is_cpu_build()
        self.engine_seed = int(self.engine.pop("seed", secrets.randbits(31) if engine_seed is None else engine_seed))
        self.api_key = secrets.token_urlsafe(32)
        self.port = port
        self._own_log = log is None
        if log is None:
            descriptor, name = tempfile.mkstemp(prefix="polyvocal-server-", suffix=".log")
            os.close(descriptor)
            log = Path(name)
        self.log = log
        self._grace = grace
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = self._stopped = False

    def __enter__(self) -> ServerProcess:
        """Start the server and wait until it answers."""
        try:
            self.start()
            return self.wait_ready()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def base_url(self) -> str:
        """Where clients find it."""
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def state(self) -> State:
        """new, starting, ready, failed (see `reason()`) or stopped."""
        if self._stopped:
            return "stopped"
        if self._process is None:
            return "new"
        if self._process.poll() is not None:
            return "failed"
        if not self._ready:
            self._ready = self._healthy()
        return "ready" if self._ready else "starting"

    def start(self) -> None:
        """Start the server and return at once."""
        if self._process is not None:
            raise BackendError("this server was started before; make a new ServerProcess to start another")
        self.port = self.port or free_port()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(_WATCH), str(self._grace), *self._command()],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env=self._environment(),
            )

    def wait_ready(self, timeout: float = 600.0) -> ServerProcess:
        """Wait until the server answers, and return it.

        Raises:
            BackendError: it stopped, with its log's last lines, or did not answer within `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        while (state := self.state) == "starting" and time.monotonic() < deadline:
            time.sleep(0.2)
        if state == "ready":
            return self
        if state == "starting":
            raise BackendError(f"the vLLM server gave no answer within {timeout:.0f} s. {self.reason()}")
        raise BackendError(f"the vLLM server for model {self.model!r} is not running ({state}). {self.reason()}")

    def reason(self) -> str:
        """Return where the log is and what it says: the last error in it, else who killed it, or its last lines."""
        lines = self.log_tail(60).splitlines()
        errors = [i for i, line in enumerate(lines) if re.search(r"\b\w*(Error|Exception)\b.*:|\berror: ", line)]
        if not errors and (killer := self._killer()):
            return (
                f"It was killed by {killer}, as the system does when memory runs out. Its log {self.log} says nothing."
            )
        telling = lines[errors[-1] : errors[-1] + 2] if errors else lines[-4:]
        return f"Its log {self.log} says: {' '.join(' '.join(telling).split())[:600]}"

    def _killer(self) -> str:
        """Return the name of the signal that ended it; '' where none did."""
        status = None if self._process is None else self._process.poll()
        try:
            return "" if status is None or status < 128 else signal.Signals(256 - status).name  # by server_watch
        except ValueError:
            return ""

    def log_tail(self, lines: int = 20) -> str:
        """Return the last lines of the log; the key is not in it, vLLM never prints it."""
        if not self.log.is_file():
            return "(no log)"
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 8192))
            text = log.read().decode(errors="replace")
        return "\n".join([line for line in text.splitlines() if line.strip()][-lines:]).replace(self.api_key, "[key]")

    @property
    def client_options(self) -> dict[str, str]:
        """What a client cannot find out by asking: whether seeds are safe (on a CPU: only with whole prompts)."""
        chunked = self._arguments().get("enable_chunked_prefill", True)
        return {"seeds": "request" if not self._cpu or not chunked else "none"}

    def connect(self, chat_template_kwargs: Mapping[str, Any] | None = None, **options: Any) -> VllmServerBackend:
        """Return a backend that asks this server; `options` are those of `ServerOptions`."""
        return VllmServerBackend(
            self.model,
            [self.base_url],
            revision=self.revision,
            engine={**self.client_options, **options},
            chat_template_kwargs=chat_template_kwargs,
            api_key=self.api_key,
        )

    def stop(self) -> None:
        """Stop the server and its children, and wait until they are gone."""
        self._stopped = True
        if self._process is None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(self._grace + _KILLING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._own_log and self._ready:  # the log of a start that failed is kept: messages point to it
            self.log.unlink(missing_ok=True)

    def _arguments(self) -> dict[str, Any]:
        return engine_args.with_defaults(self.engine, self._path, cpu=self._cpu)

    def _command(self) -> list[str]:
        """Return the server's command; the key is not in it, because every user of a machine sees command lines."""
        revision = {"revision": self.revision} if self.revision else {}
        ours = {"model": self._path, "served_model_name": self.model, "host": "127.0.0.1", "port": self.port}
        arguments = {**ours, "seed": self.engine_seed, **revision, **self._arguments()}
        return [
            sys.executable,
            "-m",
            "vllm.entrypoints.openai.api_server",
            *engine_args.command_line(arguments),
            "--disable-uvicorn-access-log",
        ]

    def _environment(self) -> dict[str, str]:
        eager = bool(self._arguments().get("enforce_eager", False))
        environment = {**os.environ, **engine_args.environment_defaults(cpu=self._cpu, eager=eager)}
        environment.pop(KEY_VARIABLE, None)
        return {**environment, "VLLM_API_KEY": self.api_key, "PYTHONUNBUFFERED": "1"}

    def _healthy(self) -> bool:
        try:
            health = httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=2.0, trust_env=False)
            if not health.is_success:
                return False
            # another program may have taken the port: only our server knows the key
            headers = {"Authorization": f"Bearer {self.api_key}"}
            return httpx.get(f"{self.base_url}/models", headers=headers, timeout=5.0, trust_env=False).is_success
        except httpx.HTTPError:
            return False
