"""`polyvocal serve`: vLLM's OpenAI-compatible server for a model, on this machine only, until Ctrl-C."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.cli.output import progress_console
from engine.cli.specs import parse_settings


def serve(
    model: Annotated[str, typer.Argument(help="Hugging Face id, folder, demo-voices or demo-chorus.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 0,
    engine: Annotated[
        list[str] | None, typer.Option("--engine", help="vLLM setting name=value; may be repeated.")
    ] = None,
) -> None:
    """Serve a model with vLLM on 127.0.0.1 behind a random key; runs use it with --backend server."""
    from engine.inference import ServerProcess

    with ServerProcess(model, parse_settings(engine, "--engine"), port=port) as server:
        with progress_console.status(f"starting vLLM with {model} (tens of seconds)"):
            server.wait_until_ready()
        print(f"ready at {server.base_url}", flush=True)
        print(f"key (for POLYVOCAL_API_KEY): {server.api_key}", flush=True)
        print("Ctrl-C stops it.", flush=True)
        server.wait()
