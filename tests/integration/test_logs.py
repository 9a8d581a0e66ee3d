"""JSON logs of whole processes: every line is an event, and no line holds a value, an address or a name."""

from __future__ import annotations

import getpass
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from altyn.serve.operation.events import FIELDS, LEVELS
from tests.integration.conftest import Trial

ALTYN = Path(sys.executable).parent / "altyn"
SECRET = "Жасырын-7391"
NEVER = ("7391", "40x", "Жасырын", "%D0%96", "Traceback", "areas.csv")


def environment(**settings: str) -> dict[str, str]:
    return {**os.environ, "LC_ALL": "kk_KZ.UTF-8", "LANGUAGE": ""} | settings


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ALTYN, *arguments], cwd=folder, env=environment(**settings), capture_output=True, text=True, check=False
    )


def events(text: str, folder: Path) -> list[dict[str, object]]:
    """The lines of a log, each looked at for what it may not hold."""
    for word in (*NEVER, str(folder), f'"{getpass.getuser()}"'):
        assert word not in text
    found = [json.loads(line) for line in text.splitlines()]
    for event in found:
        assert event["level"] in LEVELS
        assert str(event["time"]).endswith("Z")
        assert event.keys() <= {"time", "level", "event", *FIELDS}
    return found


@pytest.fixture
def bad(trial: Trial) -> Trial:
    """Input with a value that must not be told: in a refused row, and in the name of a column."""
    trial.areas(f"1000,{SECRET},20\n40x,{SECRET},{SECRET}\n2000,Ақтөбе,10\n")
    (trial.folder / "data" / "places.csv").write_text(f"id,{SECRET}\np1,{SECRET}\n", encoding="utf-8")
    return trial


@pytest.mark.parametrize("by", ["option", "environment"])
def test_a_run_over_bad_input_tells_counts_and_codes(bad: Trial, by: str) -> None:
    arguments = ["--log-format", "json"] if by == "option" else []
    settings = {"ALTYN_LOG_FORMAT": "json"} if by == "environment" else {}
    answer = run(bad.folder, "run", *arguments, **settings)
    told = events(answer.stderr, bad.folder)

    assert (answer.returncode, answer.stdout) == (1, "")
    assert [e["event"] for e in told] == ["run.started", "register", "register", "run.ended"]
    assert (told[1]["level"], told[1]["register"], told[1]["read"], told[1]["refused"]) == (
        "warning",
        "local.areas",
        3,
        1,
    )
    assert (told[2]["level"], told[2]["code"]) == ("error", "source.column-missing")
    assert (told[3]["outcome"], told[3]["code"], told[3]["snapshot"]) == ("failed", "source.column-missing", 1)


def test_a_run_that_cannot_begin_is_an_event_too(bad: Trial, tmp_path: Path) -> None:
    contract = bad.folder / "packs" / "local" / "registers" / "areas.odcs.yaml"
    contract.write_text(f"{SECRET}: [", encoding="utf-8")
    refused = run(bad.folder, "run", "--log-format=json")
    lost = run(tmp_path, "run", "--log-format", "json")
    wrong = run(bad.folder, "run", "--log-format", "json", f"--{SECRET}")

    assert (refused.returncode, [e.get("code") for e in events(refused.stderr, bad.folder)]) == (
        1, ["contract.yaml", "contract.yaml"],
    )  # fmt: skip
    assert [e["code"] for e in events(lost.stderr, bad.folder)] == ["project.missing"]
    assert [e["code"] for e in events(wrong.stderr, bad.folder)] == ["usage"]


def test_a_fault_of_ours_is_told_without_its_words(bad: Trial) -> None:
    # A folder where the program expects a file: an exception without a code of ours.
    broken = bad.folder / "sitecustomize.py"
    broken.write_text(
        "import altyn.serve.use_cases.running as r\ndef f(*_, **__): raise ValueError('"
        + SECRET
        + "')\nr.finish_interrupted = f\n",
        encoding="utf-8",
    )
    answer = run(bad.folder, "run", "--log-format", "json", PYTHONPATH=str(bad.folder))
    told = events(answer.stderr, bad.folder)

    assert answer.returncode == 4
    assert (told[-1]["event"], told[-1]["kind"]) == ("failed", "ValueError")
    assert str(told[-1]["place"]).startswith("sitecustomize.py:")
    assert (told[-2]["code"], told[-2]["kind"]) == ("unexpected", "ValueError")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(trial: Trial) -> Generator[tuple[int, list[str]]]:
    """The portal as a process; what it wrote on standard error is there once it has ended."""
    port, said = free_port(), list[str]()
    command = [ALTYN, "serve", "--port", str(port), "--log-format", "json"]
    with subprocess.Popen(
        command, cwd=trial.folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield port, said
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=30)
            said += [out, err]


def get(port: int, address: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers={"User-Agent": "hunter-7391", "Cookie": "a=7391"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_the_portal_tells_templates_never_addresses(bad: Trial) -> None:
    bad.run()
    with serving(bad) as (port, said):
        assert get(port, f"/en/search?q={quote(SECRET)}") == 200
        assert get(port, f"/en/registers/local.areas/row/{quote(SECRET)}") == 404
        assert get(port, f"/{quote(SECRET)}") == 404
        assert get(port, "/health") == 503
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(f"GET /{quote(SECRET)} {SECRET}\r\n\r\n".encode())
            raw.recv(1000)
    out, err = said
    told = events(err, bad.folder)

    assert out == ""
    assert (told[0]["event"], told[0]["port"]) == ("serve.started", port)
    requests = [(e["route"], e["status"]) for e in told if e["event"] == "request"]
    assert requests == [
        ("/{language}/search", 200),
        ("/{language}/registers/{register}/row/{key}", 404),
        ("other", 404),
        ("/health", 503),
    ]
    assert {e["event"] for e in told} <= {"serve.started", "request", "library"}
