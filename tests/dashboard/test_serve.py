from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import serve
from dashboard.__main__ import main
from engine.errors import InputError
from tests.dashboard import servers
from tests.dashboard.servers import PATIENCE, get, serving_dashboard


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.9.1"])
def test_this_machine_alone_needs_no_login(host: str) -> None:
    serve.check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org"])
def test_any_other_address_is_refused_without_the_word(host: str) -> None:
    with pytest.raises(InputError, match="--no-login"):
        serve.check_host(host)
    serve.check_host(host, guarded=True)


def test_a_taken_port_is_said_before_anything_starts(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert f"port {port} on 127.0.0.1 is in use" in capsys.readouterr().err
    assert main(["--address", "0.0.0.0"]) == 2
    assert main(["--port", "70000"]) == 2


def test_a_test_that_finds_its_port_taken_takes_another(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], serve.free_port("127.0.0.1", 0)])
        monkeypatch.setattr(servers, "free_port", lambda *_: next(ports))
        with servers.serving_dashboard(store) as server:
            assert get(f"{server.url}/_stcore/health").status_code == 200


def test_the_page_that_is_opened_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.web import cli

    monkeypatch.setattr(cli, "main", lambda *_, **__: None)
    assert main(["--port", "0", "--page", "story?run=a&beside=b"]) == 0
    assert re.search(r"It opens at http://127\.0\.0\.1:\d+/story\?run=a&beside=b\n", capsys.readouterr().out)


def test_a_free_port_is_found() -> None:
    assert 1024 <= serve.free_port("127.0.0.1", 0) <= 65535


def test_the_settings_file_and_what_must_hold_are_passed_on() -> None:
    options = serve.options("127.0.0.1", 8123)
    assert len({option.split("=")[0] for option in options}) == len(options)
    expected = (
        "--server.address=127.0.0.1",
        "--server.port=8123",
        "--browser.gatherUsageStats=false",
        "--client.showErrorDetails=none",
        "--runner.postScriptGC=false",
        "--theme.dark.textColor=#E6EAEE",
    )
    for option in expected:
        assert option in options


def test_what_must_hold_does_not_depend_on_the_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "config.toml"
    changed.write_text('[server]\naddress = "0.0.0.0"\nenableXsrfProtection = false\n')
    monkeypatch.setattr(serve, "CONFIG", changed)
    options = serve.options("127.0.0.1", 1)
    assert "--server.address=127.0.0.1" in options
    assert "--server.enableXsrfProtection=true" in options
    monkeypatch.setattr(serve, "CONFIG", tmp_path / "none.toml")
    assert "--browser.gatherUsageStats=false" in serve.options("127.0.0.1", 1)


def test_streamlit_knows_every_setting() -> None:
    from streamlit import config

    known = set(config.get_config_options())
    assert {option.removeprefix("--").split("=")[0] for option in serve.options("127.0.0.1", 1)} <= known


def test_help_does_not_load_streamlit() -> None:
    code = "import sys, dashboard.__main__; assert 'streamlit' not in sys.modules, 'streamlit'"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_safely_and_stops_in_silence(store: Path, stop: signal.Signals) -> None:
    with serving_dashboard(store) as server:
        assert "default-src 'self'" in get(server.url).headers["content-security-policy"]
        assert get(server.url, host="evil.example").status_code == 400
        assert get(server.url, host=server.url.replace("http://127.0.0.1", "localhost")).status_code == 200
        server.process.send_signal(stop)
        status = server.process.wait(PATIENCE)
    assert status in (0, -stop)
    assert status == 0 or stop == signal.SIGTERM
    assert "Traceback" not in server.log.read_text()


def test_nothing_is_reported_and_nothing_of_streamlit_is_offered(store: Path) -> None:
    """What the server tells the browser's script to do: its first message of a session."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.proto.NewSession_pb2 import Config
    from websockets.sync.client import connect

    with serving_dashboard(store) as server:
        assert get(f"{server.url}/_stcore/host-config").json()["metricsUrl"] == ""
        address = server.url.replace("http", "ws") + "/_stcore/stream"
        with connect(address, origin=server.url, open_timeout=PATIENCE) as stream:  # type: ignore[arg-type]
            asked = BackMsg()
            asked.rerun_script.query_string = ""
            stream.send(asked.SerializeToString())
            message = ForwardMsg()
            while message.WhichOneof("type") != "new_session":
                message.ParseFromString(bytes(stream.recv(timeout=PATIENCE)))  # type: ignore[arg-type]
    config = message.new_session.config
    assert config.gather_usage_stats is False
    assert config.toolbar_mode == Config.ToolbarMode.VIEWER, "no Deploy button, no developer's menu"
