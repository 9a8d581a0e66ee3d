"""The units in deploy/systemd: systemd reads them, finds them closed enough, and they call verbs that exist. Judge: systemd-analyze."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.judges import ROOT, require

UNITS = ROOT / "deploy" / "systemd"
ALTYN = Path(sys.executable).parent / "altyn"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
INSTALLED = "/opt/altyn/bin/altyn"
# Tenths of systemd's own points, 0 the best; the two that work need namespaces and, for a run, the network.
EXPOSURE = {
    "altyn-serve.service": 20,
    "altyn-run.service": 20,
    "altyn-status.service": 10,
    "altyn-alarm@.service": 15,
}


def lines(name: str) -> list[tuple[str, str]]:
    """Directives of a unit, in order."""
    found = re.findall(r"(?m)^([A-Za-z]+)=(.*)$", (UNITS / name).read_text(encoding="utf-8"))
    return [(str(key), str(value)) for key, value in found]


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The units with the program where it is on this machine."""
    for path in UNITS.iterdir():
        text = path.read_text(encoding="utf-8").replace(INSTALLED, str(ALTYN)).replace("/srv/altyn", str(tmp_path))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.needs("systemd-analyze")
def test_systemd_has_nothing_to_say_against_them(here: Path) -> None:
    units = sorted(here.glob("altyn*"))
    judged = subprocess.run(
        [require("systemd-analyze"), "--man=no", "verify", *units], capture_output=True, text=True, check=False
    )

    assert len(units) == 6
    assert (judged.returncode, judged.stdout + judged.stderr) == (0, "")


@pytest.mark.needs("systemd-analyze")
@pytest.mark.parametrize("name", SERVICES)
def test_they_are_closed_enough_for_systemd(here: Path, name: str) -> None:
    command = ["security", "--offline=true", f"--threshold={EXPOSURE[name]}", "--no-pager", str(here / name)]
    judged = subprocess.run([require("systemd-analyze"), *command], capture_output=True, text=True, check=False)

    assert judged.returncode == 0, judged.stdout[-200:] + judged.stderr


@pytest.mark.parametrize("name", SERVICES)
def test_what_they_call_is_a_verb_with_such_options(name: str) -> None:
    for key, value in lines(name):
        if key == "ExecStart" and value.startswith(INSTALLED):
            command = shlex.split(value.replace(INSTALLED, str(ALTYN)))
            asked = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)
            assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("name", ["altyn-serve.service", "altyn-run.service", "altyn-status.service"])
def test_each_failure_is_an_alarm_and_nothing_but_the_project_is_written(name: str) -> None:
    unit = dict(lines(name))

    assert unit["OnFailure"] == "altyn-alarm@%n.service"
    assert unit["ProtectSystem"] == "strict"
    assert unit["UMask"] == "0077"
    assert unit["CapabilityBoundingSet"] == ""
    assert unit.get("ReadWritePaths", "/srv/altyn") == "/srv/altyn"


def test_a_query_can_leave_the_network() -> None:
    """The query child unshares user and network namespaces; where a unit forbids that it keeps the network, in silence."""
    assert dict(lines("altyn-serve.service"))["RestrictNamespaces"] == "user net"
    assert dict(lines("altyn-run.service"))["RestrictNamespaces"] == "user net"


@pytest.mark.parametrize("name", [n for n in SERVICES if "alarm" not in n])
def test_the_same_is_closed_in_each(name: str) -> None:
    """What one unit closes and another forgets is a slip."""
    closed = {key for key, value in lines("altyn-serve.service") if key.startswith(("Protect", "Private")) and value}

    assert closed <= dict(lines(name)).keys()
