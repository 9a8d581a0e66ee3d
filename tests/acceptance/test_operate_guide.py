"""The operator's guide: its blocks are run word for word, in order, in an empty folder with an empty home."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.accounts import BOLAT, LAUNCHER
from tests.judges import ROOT

GUIDE = ROOT / "docs" / "how-to" / "operate.md"
BIN = Path(sys.executable).parent
# This process is root, so sudo need not ask: it becomes the second person's account, for whom no group was made on this machine.
SUDO = f"""\
#!/bin/sh
case "$1 $2" in
"-u second") shift 3; exec {sys.executable} -c '{LAUNCHER}' {BOLAT} "$@" ;;
"chgrp altyn-approvers") exec chgrp {BOLAT} "$3" ;;
"chmod 0711") exec "$@" ;;
esac
exit 9
"""


def blocks(kind: str) -> list[str]:
    """Blocks of the guide that are marked `kind`."""
    return re.findall(rf"^```{kind}\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def said() -> Generator[list[str]]:
    """What each block printed."""
    # Not pytest's own folder: into that no second account may look.
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield run_all(Path(name))


def run_all(folder: Path) -> list[str]:
    """Run every block in an empty folder."""
    for name in ("home", "bin", "work"):
        (folder / name).mkdir()
    (folder / "bin" / "sudo").write_text(SUDO, encoding="utf-8")
    (folder / "bin" / "sudo").chmod(0o755)
    (folder / "bin" / "altyn").symlink_to(BIN / "altyn")
    path = f"{folder / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin"
    mark = "-- end of a block --"
    script = f"exec 2>&1\numask 022\n{f'{chr(10)}echo {chr(39)}{mark}{chr(39)}{chr(10)}'.join(blocks('sh'))}"
    ran = subprocess.run(
        ["bash", "-eu", "-c", script],
        cwd=folder / "work",
        env={"PATH": path, "HOME": str(folder / "home"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    found = ran.stdout.split(f"{mark}\n")
    assert ran.returncode == 0, f"block {len(found)} of {len(blocks('sh'))}:\n{found[-1]}{ran.stderr}"
    assert not any((folder / "home").iterdir()), "something was left in the home folder"
    return found


def block_with(said: list[str], command: str) -> str:
    """What the one block printed that holds a command."""
    (place,) = [place for place, text in enumerate(blocks("sh")) if command in text]
    return said[place]


pytestmark = [pytest.mark.slow, pytest.mark.needs("curl"), pytest.mark.needs("accounts")]


def test_the_guide_runs_word_for_word(said: list[str]) -> None:
    assert len(said) == len(blocks("sh")) > 10


def test_the_first_register_is_loaded_and_answers(said: list[str]) -> None:
    shown = block_with(said, "altyn plan")

    assert "No faults." in shown
    assert shown.endswith("40\n")


def test_what_goes_wrong_is_seen_as_the_guide_says(said: list[str]) -> None:
    refused, late = block_with(said, "altyn quarantine clinics\n"), block_with(said, "data/late.csv")

    assert "1 rows refused" in refused
    assert "type" in refused
    assert "exit status 1" in late
    assert "exit status 4" in late
    assert "source.missing" in late
    assert "run.failed" in late


def test_the_portal_is_watched(said: list[str]) -> None:
    shown = block_with(said, "/metrics")

    assert '{"status":"ok"' in shown
    assert '"event": "request", "route": "/health"' in shown
    named = set(re.findall(r"`(altyn_\w+)`", GUIDE.read_text(encoding="utf-8")))
    named |= set(re.findall(r"\b(altyn_[a-z_]+)[ )\[]", "".join(blocks("yaml"))))
    measured = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"(?m)^(altyn_\w+)", shown)}
    assert named <= measured | {"altyn_http_request_duration_seconds"}, named - measured
    assert "altyn_http_request_duration_seconds" in measured


def test_status_in_json_is_json(said: list[str]) -> None:
    shown = block_with(said, "altyn status --json")

    assert json.JSONDecoder().raw_decode(shown)[0]["good"] is True


def test_the_drill_gives_the_same_hash(said: list[str]) -> None:
    made, restored = block_with(said, "--verify"), block_with(said, "the sources are not in a backup")

    lines = {" ".join(line.split()) for line in (made + restored).splitlines() if line.startswith(" local.clinics")}
    hashes = {line.split()[-1] for line in lines if re.search(r"[0-9a-f]{16}$", line)}
    assert len(hashes) == 1
    assert "\n40\n" in restored
    assert "exit status 1" in restored


def test_an_order_needs_two_and_holds_in_a_restored_backup(said: list[str]) -> None:
    alone = block_with(said, "altyn orders preview 1")
    assert "not without a second person: exit status 3" in alone
    assert "not by the same person: exit status 3" in alone
    assert "Health Code, art. 58" in block_with(said, "sudo -u second altyn orders show 1")
    assert "Erased." in block_with(said, "altyn orders execute 1\naltyn query")
    assert "\n39\n" in block_with(said, "altyn orders execute 1\naltyn query")
    lost = block_with(said, ".altyn/orders/key")
    assert "order.broken" in lost
    assert "exit status 4" in lost
    assert lost.endswith("39\n")


def test_a_cut_log_is_told_and_begun_again_for_all_to_see(said: list[str]) -> None:
    cut, again = block_with(said, "sed -i '$d'"), block_with(said, "begin-again")

    assert "audit.cut" in cut
    assert "gate.log" in cut
    assert "drill: the last line was cut by hand" in again
    assert again.endswith("39\n")


def test_what_root_does_names_files_that_are_there() -> None:
    """The blocks for root are not run here; what they copy must exist."""
    text = "".join(blocks("console"))

    assert "/opt/altyn/share/altyn/systemd/altyn-*" in text
    for unit in re.findall(r"\b(altyn-[a-z]+\.(?:service|timer))", text):
        assert (ROOT / "deploy" / "systemd" / unit).exists(), unit
