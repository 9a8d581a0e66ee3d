"""Two people are two accounts: whole processes, and no variable makes anybody somebody else."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from pathlib import Path

import pytest

from tests.accounts import BOLAT, DANA, LAUNCHER, let_in

ALTYN = Path(sys.executable).parent / "altyn"
pytestmark = pytest.mark.needs("accounts")


def altyn(
    folder: Path, *arguments: str, uid: int = 0, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command as an account."""
    command = [sys.executable, "-c", LAUNCHER, str(uid)] if uid else [str(ALTYN)]
    env = {**os.environ, "LANGUAGE": "", "LANG": "C.UTF-8", **(variables or {})}
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=env, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture(scope="module")
def made() -> Generator[Path]:
    """A project in which root asked for an erasure, where another account may pass through."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o711)
        project = Path(name) / "mine"
        altyn(Path(name), "init", "mine")
        (project / "data" / "clinics.csv").write_text("code,title\n001,Құпия-4711\n002,Ашық\n", encoding="utf-8")
        for arguments in (
            ("add", "data/clinics.csv", "--yes"),
            ("run",),
            ("erase", "clinics", "001", "--ground", "Act 1"),
        ):
            done = altyn(project, *arguments)
            assert done.returncode == 0, done.stderr
        yield project


@pytest.fixture
def asked(made: Path) -> Path:
    """A copy of it; another account may pass through its folder and look at nothing in it."""
    project = made.parent / f"copy-{secrets.token_hex(4)}"
    shutil.copytree(made, project)
    project.chmod(0o711)
    let_in(project, BOLAT)
    return project


def log(project: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (project / ".altyn/log/access-000001.jsonl").read_text().splitlines()]


def hash_of(project: Path, number: int = 1) -> str:
    return str(json.loads(altyn(project, "orders", "show", str(number), "--json").stdout)["hash"])


def test_an_erasure_takes_two_accounts(asked: Path) -> None:
    shown = altyn(asked, "orders", "show", "1", "--json", uid=BOLAT)
    assert json.loads(shown.stdout)["ground"] == "Act 1"
    assert "4711" not in shown.stdout
    assert altyn(asked, "orders", "execute", "1").returncode == 3
    approved = altyn(asked, "orders", "approve", "1", hash_of(asked), uid=BOLAT)
    assert approved.returncode == 0, approved.stderr
    done = altyn(asked, "orders", "execute", "1")
    assert done.returncode == 0, done.stderr

    assert [r["outcome"] for r in log(asked) if r.get("order")] == ["ordered", "approved", "executed"]
    assert log(asked)[-1]["approved_uid"] == BOLAT
    assert altyn(asked, "audit", "verify").returncode == 0


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"])
def test_a_variable_makes_nobody_a_second_person(asked: Path, name: str) -> None:
    approved = altyn(asked, "orders", "approve", "1", hash_of(asked), variables={name: "bolat"})
    done = altyn(asked, "orders", "execute", "1", variables={name: "bolat"})

    assert (approved.returncode, done.returncode) == (3, 3)
    assert "order.same-person" in approved.stderr
    altyn(asked, "query", "select 1", variables={name: "minister"})
    assert "minister" not in str(log(asked))
    assert {r["who"] for r in log(asked)} == {"local:root"}


def test_sudo_user_number_counts_as_one_more_of_the_same_person(asked: Path) -> None:
    """Bolat asks through sudo as the keeper, and then approves as himself."""
    again = altyn(asked, "erase", "clinics", "002", "--ground", "Act 2", variables={"SUDO_UID": str(BOLAT)})
    assert again.returncode == 0, again.stderr
    approved = altyn(asked, "orders", "approve", "2", hash_of(asked, 2), uid=BOLAT)

    assert (approved.returncode, "order.same-person" in approved.stderr) == (3, True)
    assert log(asked)[-1]["sudo_uid"] == BOLAT


@pytest.mark.parametrize(
    "arguments", [("query", "select 1"), ("history", "clinics", "001"), ("orders", "list"), ("audit",)]
)
def test_the_second_account_gets_nothing_else(asked: Path, arguments: tuple[str, ...]) -> None:
    found = altyn(asked, *arguments, uid=BOLAT)

    assert found.returncode not in {0, 70}
    assert "4711" not in found.stdout + found.stderr
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("uid", [BOLAT, DANA])
@pytest.mark.parametrize("closed", [".", "approvals"])
def test_a_folder_without_rights_is_a_refusal_not_a_traceback(asked: Path, uid: int, closed: str) -> None:
    (asked / closed).chmod(0o700)
    found = altyn(asked, "orders", "approve", "1", "0" * 64, uid=uid)

    assert found.returncode in {1, 2, 4}
    assert "Traceback" not in found.stderr
    assert "internal.unexpected" not in found.stderr


@pytest.mark.needs("unshare")
@pytest.mark.parametrize("number", [BOLAT, DANA, 0])
def test_a_user_namespace_makes_nobody_a_second_person(asked: Path, number: int) -> None:
    """Every account may make one and have any number in it."""
    inside = ["unshare", "--user", f"--map-user={number}", str(ALTYN)]

    def within(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "LANGUAGE": "", "LANG": "C.UTF-8"}
        return subprocess.run(
            [*inside, *arguments], cwd=asked, env=env, capture_output=True, text=True, check=False, timeout=60
        )

    for arguments in (
        ("erase", "clinics", "002", "--ground", "Act 2"),
        ("orders", "approve", "1", hash_of(asked)),
        ("orders", "execute", "1"),
    ):
        found = within(*arguments)
        assert (found.returncode, "order.namespace" in found.stderr) == (3, True), found.stderr
    within("query", "select 1")
    last = log(asked)[-1]
    assert (last["who"], last["outside"]) == ("local:namespace-of-0", 0)
