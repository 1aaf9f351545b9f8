"""`polyvocal serve`: vLLM's OpenAI-compatible server for a model, on this machine only, until Ctrl-C."""

from __future__ import annotations

import socket
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.output import AsJson, print_json, progress_console
from engine.cli.specs import parse_settings
from engine.errors import BackendError, InputError

if TYPE_CHECKING:
    from engine.inference import ServerProcess


def serve(
    model: Annotated[str, typer.Argument(help="Hugging Face id, folder, demo-voices or demo-chorus.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="vLLM setting name=value; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Serve a model with vLLM on 127.0.0.1 behind a random key; runs use it with --backend server."""
    from engine.inference import ServerProcess

    _check_free(port)
    server = ServerProcess(model, parse_settings(engine, "--engine"), port=port)
    try:
        with progress_console.status(f"starting vLLM with {model} (tens of seconds; log: {server.log})"):
            server.start()
            server.wait_ready()
        _say_how_to_use(server, as_json)
        while server.state == "ready":
            time.sleep(0.5)
        raise BackendError(f"the vLLM server stopped by itself. {server.reason()}")
    except KeyboardInterrupt:
        print("stopping the server", file=sys.stderr)
    finally:
        server.stop()


def _say_how_to_use(server: ServerProcess, as_json: bool) -> None:
    if as_json:
        facts = {"model": server.model, "base_url": server.base_url, "api_key": server.api_key}
        print_json(facts | {"engine": dict(server.client_options)})
    else:
        print(f"ready: {server.model} at {server.base_url}")
        print(f"export POLYVOCAL_API_KEY={server.api_key}")
        options = " ".join(f"--engine {name}={value}" for name, value in server.client_options.items())
        print(f"polyvocal run start ... --model {server.model} --backend server --server {server.base_url} {options}")
        print("Ctrl-C stops it.")
    sys.stdout.flush()


def _check_free(port: int) -> None:
    """Refuse a taken port now, and not after the model was loaded."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            problem = f"port {port} cannot be used ({error.strerror}). Name another --port; 0 takes a free one."
            raise InputError(problem) from None
