"""A server of our own: its states, its key, and that nothing of it is left behind. Real vLLM: see test_contract."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from engine.errors import BackendError, InputError
from engine.inference.server_process import ServerProcess
from tests.engine.waiting import PATIENCE, wait_for

SERVER = """
import os, subprocess, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
print("child", child.pid, flush=True)
while os.path.exists(sys.argv[2]):
    time.sleep(0.01)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("Authorization") == "Bearer " + os.environ["VLLM_API_KEY"]
        self.send_response(200 if self.path == "/health" or known else 401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


class StandIn(ServerProcess):
    """Starts a small program in vLLM's place; everything around it is real."""

    program = SERVER

    @property
    def loading(self) -> Path:
        """While this file is there, the server is loading its model."""
        return self.log.with_name("loading")

    def _command(self) -> list[str]:
        return [sys.executable, "-c", self.program, str(self.port), str(self.loading)]


class Stubborn(StandIn):
    program = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SERVER


class Broken(StandIn):
    program = "raise ValueError('no such model, sorry')"


class Quiet(StandIn):
    """Logs what no error is, as vLLM does."""

    program = "print('INFO: throughput', flush=True)\n" + SERVER


class NotOurs(StandIn):
    """Another program has the port and does not know the key."""

    program = SERVER.replace('os.environ["VLLM_API_KEY"]', '"something else"')


def _server(kind: type[StandIn], folder: Path, tmp_path: Path, **options: float) -> StandIn:
    return kind(str(folder), log=tmp_path / "server.log", **options)  # type: ignore[arg-type]


def _family(server: ServerProcess) -> list[psutil.Process]:
    assert server._process is not None
    watch = psutil.Process(server._process.pid)
    return [watch, *watch.children(recursive=True)]


def _gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def _wait_until_gone(family: list[psutil.Process]) -> None:
    wait_for(lambda: all(map(_gone, family)), lambda: [process for process in family if not _gone(process)])


def test_it_starts_answers_and_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    server = _server(StandIn, folder, tmp_path)
    assert server.state == "new"
    server.loading.touch()
    server.start()
    assert server.state == "starting"
    server.loading.unlink()
    server.wait_ready(PATIENCE)
    assert server.state == "ready"
    family = _family(server)
    assert len(family) == 3, "the watch, the server, and the server's child"
    server.stop()
    assert server.state == "stopped"
    _wait_until_gone(family)


def test_the_key_is_random_and_on_no_command_line(folder: Path, tmp_path: Path) -> None:
    with _server(StandIn, folder, tmp_path) as server:
        assert len(server.api_key) >= 32
        assert server.api_key != _server(StandIn, folder, tmp_path).api_key
        for process in _family(server):
            assert server.api_key not in " ".join(process.cmdline())
        assert server.base_url.startswith("http://127.0.0.1:")


def test_a_server_that_ignores_being_asked_is_killed(folder: Path, tmp_path: Path) -> None:
    server = _server(Stubborn, folder, tmp_path, grace=0.5)
    with server:
        family = _family(server)
    _wait_until_gone(family)


def test_a_failed_start_says_what_the_log_says(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="no such model, sorry") as error, _server(Broken, folder, tmp_path):
        pass
    assert "server.log" in str(error.value)


def test_a_server_that_was_killed_says_so(folder: Path, tmp_path: Path) -> None:
    with _server(Quiet, folder, tmp_path) as server:
        assert server._process is not None
        os.kill(psutil.Process(server._process.pid).children()[0].pid, signal.SIGKILL)
        server._process.wait(PATIENCE)
        assert server.state == "failed"
        assert "killed by SIGKILL" in server.reason()


def test_a_stranger_on_the_port_is_not_our_server(folder: Path, tmp_path: Path) -> None:
    server = _server(NotOurs, folder, tmp_path)
    server.start()
    wait_for(lambda: _listens(server.port))
    with pytest.raises(BackendError, match="gave no answer within"):
        server.wait_ready(0.5)
    server.stop()


def test_when_the_parent_is_killed_the_server_goes(folder: Path, tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom pathlib import Path\n"
        "from tests.engine.inference.test_server_process import StandIn\n"
        "server = StandIn(sys.argv[1], log=Path(sys.argv[2]))\nserver.start()\nserver.wait_ready()\n"
        "print(server._process.pid, flush=True)\ntime.sleep(3600)\n"
    )
    command = [sys.executable, "-c", code, str(folder), str(tmp_path / "server.log")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as parent:
        assert parent.stdout is not None
        watch = psutil.Process(int(parent.stdout.readline()))
        family = [watch, *watch.children(recursive=True)]
        assert len(family) == 3
        os.kill(parent.pid, signal.SIGKILL)
    _wait_until_gone(family)


def test_a_thread_that_ends_does_not_take_its_server_along(folder: Path, tmp_path: Path) -> None:
    import threading

    server = _server(StandIn, folder, tmp_path)
    starter = threading.Thread(target=server.start)
    starter.start()
    starter.join()
    server.wait_ready(PATIENCE)
    time.sleep(0.5)
    assert server.state == "ready"
    server.stop()


def test_arguments_are_checked_before_anything_starts(folder: Path) -> None:
    with pytest.raises(InputError, match="did you mean max_num_seqs"):
        ServerProcess(str(folder), {"max_num_seq": 1})
    with pytest.raises(InputError, match="no folder here"):
        ServerProcess("./nowhere")


def test_the_real_command_names_the_model_as_the_user_did(folder: Path) -> None:
    server = ServerProcess(str(folder), {"max_num_seqs": 8}, engine_seed=5, port=12345)
    command = server._command()
    assert command[command.index("--seed") + 1] == "5"
    assert command[command.index("--host") + 1] == "127.0.0.1"
    assert command[command.index("--served-model-name") + 1] == str(folder)
    assert command[command.index("--max-num-seqs") + 1] == "8"
    assert server.api_key not in command
