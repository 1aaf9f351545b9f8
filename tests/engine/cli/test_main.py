"""The command line as a user meets it: results on stdout, errors in one to three lines on stderr, statuses."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.cli.main import run
from tests.engine.inference.fake_server import FakeServer
from tests.engine.waiting import PATIENCE, wait_for


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = run(words)
    out, err = capsys.readouterr()
    return status, out, err


def parsed(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    status, out, err = call(capsys, *words, "--json")
    assert status == 0, err
    return json.loads(out)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    rows = [f"i{i},text number {i},{a},{(i * k) % 3 % 2}" for i in range(12) for k, a in enumerate("abc")]
    path.write_text("\n".join(["id,words,who,verdict", *rows]), encoding="utf-8")
    return path


COLUMNS = ["--item-column", "id", "--text-column", "words", "--annotator-column", "who", "--label-column", "verdict"]
RUN = ["--corpus", "demo", "--personas", "demo-strong", "--model", "fake", "--backend", "scripted", "--max-items", "20"]


def test_agreement_of_an_imported_table_has_the_promised_keys(capsys, table):
    checked = parsed(capsys, "corpus", "import", str(table), "--name", "mine", "--check", *COLUMNS)
    assert "mine" not in [corpus["name"] for corpus in parsed(capsys, "corpus", "list")["corpora"]]
    imported = parsed(capsys, "corpus", "import", str(table), "--name", "mine", *COLUMNS)
    assert checked == imported
    assert imported["items"] == 12
    assert imported["annotators"] == 3
    found = parsed(capsys, "agreement", "mine")
    assert {"alpha", "low", "high", "level", "n_items", "n_raters", "dropped", "note"} <= set(found)
    assert found["level"] == "nominal"
    assert found["n_items"] == 12
    assert found["low"] <= found["alpha"] <= found["high"]


def test_the_real_hs_brexit_from_the_command_line(capsys, shared_corpora):
    parsed(capsys, "corpus", "import", str(shared_corpora / "HS-Brexit_dataset"), "--name", "hs-brexit")
    found = parsed(capsys, "agreement", "hs-brexit")
    assert found["alpha"] == pytest.approx(0.3475, abs=5e-5)
    assert (found["n_items"], found["n_raters"]) == (1120, 6)
    assert parsed(capsys, "agreement", "hs-brexit", "--group", "control")["alpha"] == pytest.approx(0.5816, abs=5e-5)


def test_a_run_from_start_to_export(capsys, tmp_path):
    started = parsed(capsys, "run", "start", *RUN)
    assert started["state"] == "finished"
    assert started["counts"]["done"] == started["counts"]["planned"] == 12 * 20
    run_id = started["run_id"]
    assert [r["run_id"] for r in parsed(capsys, "run", "list")] == [run_id]
    assert parsed(capsys, "run", "show", run_id[:12])["state"] == "finished"
    curve = parsed(capsys, "agreement", run_id)
    assert [p["temperature"] for p in curve["points"]][:2] == [0.0, 0.25]
    one = parsed(capsys, "agreement", run_id, "--temperature", "0.5")
    assert one["alpha"] == pytest.approx(curve["points"][2]["alpha"])
    parsed(capsys, "run", "export", run_id, str(tmp_path / "out.csv"))
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 1 + 12 * 20


def test_starting_the_same_spec_again_asks_nothing_new(capsys):
    first = parsed(capsys, "run", "start", *RUN)
    again = parsed(capsys, "run", "start", *RUN)
    assert again["run_id"] == first["run_id"]
    assert again["counts"] == first["counts"]
    assert again["actual"]["prompt_tokens"] == first["actual"]["prompt_tokens"]


def test_options_go_over_a_spec_file(capsys, tmp_path):
    spec = tmp_path / "mine.yaml"
    spec.write_text(
        "corpus: demo\npersona_sets: [demo-strong]\nmodel: fake\nbackend: scripted\nmax_items: 5\nseed: 3\n"
    )
    started = parsed(capsys, "run", "start", str(spec), "--max-items", "7", "--personas", "empty")
    assert started["spec"]["max_items"] == 7
    assert started["spec"]["seed"] == 3
    assert started["spec"]["persona_sets"] == ["empty"]


def test_temperatures_make_a_sampled_run(capsys):
    started = parsed(capsys, "run", "start", *RUN, "--temperatures", "0:1:0.5", "--repeats", "2")
    assert started["spec"]["mode"] == "sampled"
    assert started["spec"]["temperatures"] == [0.0, 0.5, 1.0]
    points = parsed(capsys, "agreement", started["run_id"])["points"]
    assert [p["temperature"] for p in points] == [0.0, 0.5, 1.0]


def test_estimate_gives_a_range(capsys):
    found = parsed(capsys, "run", "estimate", *RUN)
    assert found["requests"] == 240
    assert found["minutes"][0] <= found["minutes"][1]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["agreement", "demoo"], "Did you mean 'demo'?"),
        (["corpus", "show", "nothing-of-the-kind"], "nothing-of-the-kind"),
        (["corpus", "import", "no/such/folder", "--name", "x"], "does not exist"),
        (["corpus", "import", ".", "--name", "../escape"], "cannot be named"),
        (["run", "start"], "--corpus, --personas, --model"),
        (["run", "start", "no-such-spec"], "no-such-spec"),
        (["run", "start", *RUN, "--mode", "exakt"], "mode"),
        (["run", "start", *RUN, "--mode", "exact", "--temperatures", "0,1"], "temperatures"),
        (["run", "start", *RUN, "--temperatures", "warm"], "expected numbers"),
        (["run", "start", *RUN, "--engine", "dtype"], "name=value"),
        (["run", "start", *RUN, "--engine", "x=[1"], "--engine"),
        (["run", "show", "missing"], "missing"),
        (["persona", "show", "control-group"], "control"),
        (["persona", "from-corpus", "no-corpus"], "no-corpus"),
        (["agreement", "demo", "--temperature", "1"], "--temperature"),
        (["agreement", "demo", "--group", "nobody"], "nobody"),
        (["agreement", "demo", "--resamples", "-1"], "resamples"),
        (["nonsense"], "nonsense"),
        (["corpus", "import", "--nonsense"], "--nonsense"),
    ],
)
def test_a_users_mistake_is_short_and_ends_with_status_2(capsys, words, expected):
    status, out, err = call(capsys, *words)
    assert status == 2
    assert out == ""
    assert expected in err
    assert "Traceback" not in err
    assert 1 <= len(err.strip().splitlines()) <= 3


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["run", "start", *RUN, "--engine", "hf_token=hf_abc"], "HF_TOKEN"),
        (["run", "start", *RUN, "--max-tokens", "9"], "max_tokens"),
        (["run", "start", *RUN, "--server", "http://me:sEcReT@127.0.0.1/v1"], "POLYVOCAL_API_KEY"),
        (["corpus", "import", "x.csv", "--name", "demo"], "comes with the project"),
        (["demo", "--backend", "foo", "--no-dashboard"], "backend"),
        (["agreement", "demo-x", "--temperature", "3"], "outside 0 to 2"),
    ],
)
def test_what_would_mislead_or_leak_is_refused(capsys, words, expected):
    status, out, err = call(capsys, *words)
    assert status == 2
    assert out == ""
    assert expected in err
    assert "hf_abc" not in err
    assert "sEcReT" not in err
    assert 1 <= len(err.strip().splitlines()) <= 3
    assert not err.startswith("\n")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["study", "start", "demo", "--seeds", "0"], "greater than or equal to 1. See `polyvocal study start --help`."),
        (
            ["report", "x", "--texts", "plain"],
            "'--texts': 'plain' is not one of 'none', 'masked'. See `polyvocal report",
        ),
        (["study"], ""),
    ],
)
def test_what_the_parser_says_is_a_sentence(capsys, words, expected):
    status, out, err = call(capsys, *words)
    assert status == 2
    assert expected in err
    assert "Value error" not in err
    assert "polyvocal:  See" not in err
    assert words != ["study"] or "resume" in out + err


def test_a_persona_set_is_not_overwritten_unasked(capsys):
    first = parsed(capsys, "persona", "from-corpus", "demo", "--kind", "strong")
    Path(first["path"]).write_text("edited", encoding="utf-8")
    status, _, err = call(capsys, "persona", "from-corpus", "demo", "--kind", "strong")
    assert status == 2
    assert "--replace" in err
    assert Path(first["path"]).read_text(encoding="utf-8") == "edited"
    parsed(capsys, "persona", "from-corpus", "demo", "--kind", "strong", "--replace")


def test_why_requests_failed_is_shown(capsys):
    started = parsed(capsys, "run", "start", *RUN, "--engine", "fail=0.2")
    assert started["counts"]["by_status"]["failed"] > 0
    assert sum(started["failures"].values()) == started["counts"]["by_status"]["failed"]
    assert "failed: " in call(capsys, "run", "show", started["run_id"])[1]


def test_low_label_mass_goes_with_every_number(capsys, monkeypatch):
    started = parsed(capsys, "run", "start", *RUN)
    from engine.runs import find_run

    folder = find_run(started["run_id"])
    manifest = folder.manifest()
    manifest.notes.append("the label tokens hold only 0.01 of the probability")
    folder.write_manifest(manifest)
    assert "hold only 0.01" in parsed(capsys, "agreement", started["run_id"])["note"]
    assert "hold only 0.01" in call(capsys, "agreement", started["run_id"])[1]


def test_ctrl_c_keeps_what_is_done_and_does_not_look_finished(store):
    slow = ["run", "start", *RUN, "--temperatures", "1", "--repeats", "1000", "--engine", "delay=0.02"]  # over an hour
    code = f"import sys; from engine.cli.main import run; sys.exit(run({slow!r}))"
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wait_for(lambda: list(store.glob("runs/*/part-*.parquet")) or started.poll() is not None)
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=PATIENCE)
    assert started.returncode == 130, err
    assert "run resume" in err
    assert "Traceback" not in err


def test_the_demo_compares_people_and_personas(capsys):
    found = parsed(capsys, "demo", "--backend", "scripted", "--model", "fake", "--items", "15", "--no-dashboard")
    assert found["synthetic"] is True
    assert len(found["runs"]) == 2
    assert found["people"]["n_items"] == 15
    ((name, points),) = found["personas"].items()
    assert name == "12 personas of fake"
    assert [p["temperature"] for p in points] == [0.0, 0.5, 1.0, 1.5]
    assert all(p["n_items"] == 15 and p["n_raters"] == 12 for p in points)


def test_a_table_in_a_pipe_is_not_cut_at_80_columns(capsys):
    started = parsed(capsys, "run", "start", *RUN)
    lines = call(capsys, "run", "list")[1].splitlines()
    assert any(started["run_id"] in line and "240 of 240" in line and "fake" in line for line in lines)


def test_an_interval_level_of_words_is_refused(capsys, tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("item_id,text,annotator_id,label\n1,a,x,good\n1,a,y,bad\n2,b,x,bad\n2,b,y,bad\n")
    parsed(capsys, "corpus", "import", str(path), "--name", "words")
    status, _, err = call(capsys, "agreement", "words", "--level", "interval")
    assert status == 2
    assert "no numbers" in err


def test_persona_set_from_a_corpus_is_found_by_name(capsys):
    made = parsed(capsys, "persona", "from-corpus", "demo", "--kind", "strong")
    assert len(made["personas"]) == 12
    assert made["name"] in [s["name"] for s in parsed(capsys, "persona", "list")]
    assert len(parsed(capsys, "persona", "show", made["name"])["personas"]) == 12


def test_texts_are_shown_only_when_asked_for(capsys):
    bare = parsed(capsys, "corpus", "show", "demo")
    assert bare["synthetic"] is True
    assert "most_split" not in bare
    assert len(parsed(capsys, "corpus", "show", "demo", "--items", "3")["most_split"]) == 3


def test_a_background_run_can_be_cancelled_and_resumed(capsys):
    cancelled = threading.Event()
    with FakeServer(model="fake", vllm=False) as server:
        server.faults.append(lambda handler, body: not cancelled.wait(PATIENCE))  # no answer before that
        words = [*RUN[:6], "--backend", "server", "--server", server.url, "--engine", "tokenizer=false", *RUN[-2:]]
        run_id = parsed(capsys, "run", "start", *words, "--background")["run_id"]
        parsed(capsys, "run", "cancel", run_id)
        cancelled.set()
        finished = parsed(capsys, "run", "resume", run_id)
    assert finished["state"] == "finished"
    assert finished["counts"]["done"] == 240


def test_delete_asks_and_removes(capsys, store):
    run_id = parsed(capsys, "run", "start", *RUN)["run_id"]
    assert (store / "runs" / run_id).is_dir()
    parsed(capsys, "run", "delete", run_id, "--yes")
    assert not (store / "runs" / run_id).exists()


def test_help_and_lists_load_no_model_library():
    code = (
        "import sys; from engine.cli.main import run; run(['corpus', 'list']); run(['--help']);"
        "print([m for m in ('torch', 'vllm', 'transformers', 'streamlit') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]")


def test_every_spec_field_has_an_option():
    from engine.cli.spec_options import OPTIONS
    from engine.runs.spec import RunSpec

    assert set(OPTIONS) == set(RunSpec.model_fields) - {"version"}
