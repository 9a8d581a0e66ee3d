"""The wheelhouse is whole: it installs and runs with the network off, and its bill lists what was installed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.judges import require

ROOT = Path(__file__).parents[2]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# The environment's python is a link to it; a user's machine has this one.
BASE = Path(sys.base_prefix, "bin", f"python{PYTHON}")
LISTED = "import importlib.metadata as m; print(*(d.name + '==' + d.version for d in m.distributions()))"

pytestmark = [pytest.mark.slow, pytest.mark.needs("network")]


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    # The time of the commit, pinned: a commit during the tests would change every hash.
    env = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    command = [sys.executable, ROOT / "tools/wheelhouse.py", "--out", folder, *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def run_off(folder: Path, *command: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run without a network, with an empty home, in a folder that holds nothing of the checkout."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LANG": "C.UTF-8", "PYTHON": str(BASE)} | settings
    off = [require("unshare"), "-rn"]
    return subprocess.run([*off, *command], cwd=folder, env=env, capture_output=True, text=True, check=False)


def install(wheelhouse: Path, target: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return run_off(target.parent, "sh", wheelhouse / "install.sh", target, **settings)


def copy(wheelhouse: Path, folder: Path) -> Path:
    """The wheelhouse, carried over; a hard link would let a test change the original."""
    return Path(shutil.copytree(wheelhouse, folder / "carried"))


@pytest.fixture(scope="module")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "wheelhouse"
    made = make(folder)
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def installed(wheelhouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Debian keeps it in a package of its own.
    held = subprocess.run([BASE, "-c", "import ensurepip"], check=False)
    assert held.returncode == 0, "apt-get install python3-venv"
    target = tmp_path_factory.mktemp("other machine") / "altyn"
    done = install(wheelhouse, target)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert f"Installed in {target}" in done.stdout
    return target


@pytest.fixture(scope="module")
def bill(wheelhouse: Path) -> dict[str, Any]:
    return json.loads((wheelhouse / "sbom.cdx.json").read_text(encoding="utf-8"))


def test_the_bill_is_what_cyclonedx_calls_valid(wheelhouse: Path) -> None:
    text = (wheelhouse / "sbom.cdx.json").read_text(encoding="utf-8")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_the_bill_lists_what_is_installed_and_nothing_else(installed: Path, bill: dict[str, Any]) -> None:
    parts = [bill["metadata"]["component"], *bill["components"]]
    said = subprocess.check_output([installed / "bin/python", "-I", "-c", LISTED], text=True).split()

    # The same spelling for both: names may differ in case and in - or _.
    assert sorted(f"{p['name']}=={p['version']}" for p in parts) == sorted(n.lower().replace("_", "-") for n in said)


def test_every_part_has_its_hash_its_licence_and_its_place_in_the_graph(wheelhouse: Path, bill: dict[str, Any]) -> None:
    parts = [bill["metadata"]["component"], *bill["components"]]
    files = {hashlib.sha256(path.read_bytes()).hexdigest() for path in wheelhouse.glob("*.whl")}
    graph = {node["ref"]: node.get("dependsOn", []) for node in bill["dependencies"]}
    reached: set[str] = set()
    waiting = [bill["metadata"]["component"]["bom-ref"]]
    while waiting:
        ref = waiting.pop()
        if ref not in reached:
            reached.add(ref)
            waiting += graph[ref]

    assert {part["hashes"][0]["content"] for part in parts} == files
    assert [part["name"] for part in parts if not part.get("licenses")] == []
    assert all(part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}" for part in parts)
    # Nothing lies there that nobody needs.
    assert reached == {part["bom-ref"] for part in parts}


def test_the_demo_runs_where_it_was_installed(installed: Path, tmp_path: Path) -> None:
    altyn = installed / "bin/altyn"

    assert run_off(tmp_path, altyn, "--version").stdout == "altyn, version 0.1.0\n"
    loaded = run_off(tmp_path, altyn, "demo", "project", "--no-serve")
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr
    assert (tmp_path / "project/.altyn/snapshots/000001.json").exists()
    asked = run_off(tmp_path, altyn, "query", "select count(*) from kato", "--project", "project", "--format", "csv")
    assert "15594" in asked.stdout, asked.stderr


def test_the_same_lock_gives_the_same_bytes(wheelhouse: Path) -> None:
    before = (wheelhouse / "SHA256SUMS").read_bytes()
    (wheelhouse / "stray-1.0-py3-none-any.whl").write_bytes(b"")

    assert make(wheelhouse).returncode == 0
    assert (wheelhouse / "SHA256SUMS").read_bytes() == before
    assert not (wheelhouse / "stray-1.0-py3-none-any.whl").exists()


@pytest.mark.parametrize("name", ["click-*.whl", "altyn-*.whl", "requirements.txt"])
def test_a_changed_byte_is_refused(wheelhouse: Path, tmp_path: Path, name: str) -> None:
    carried = copy(wheelhouse, tmp_path)
    path = next(carried.glob(name))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    done = install(carried, tmp_path / "altyn")

    assert done.returncode == 1
    assert f"{path.name}: FAILED\n" in done.stderr
    assert "is not what SHA256SUMS says" in done.stderr
    assert not (tmp_path / "altyn").exists()


@pytest.mark.parametrize("name", ["click-*.whl", "SHA256SUMS"])
def test_a_missing_file_is_refused(wheelhouse: Path, tmp_path: Path, name: str) -> None:
    carried = copy(wheelhouse, tmp_path)
    path = next(carried.glob(name))
    path.unlink()

    done = install(carried, tmp_path / "altyn")

    assert done.returncode == 1
    assert path.name in done.stderr.partition("altyn: ")[0]
    assert not (tmp_path / "altyn").exists()


def test_a_changed_wheel_with_sums_to_match_is_refused_by_its_requirement(wheelhouse: Path, tmp_path: Path) -> None:
    """Whoever forgets one of the two lists is caught by the other, and no half installation stays."""
    carried = copy(wheelhouse, tmp_path)
    path = next(carried.glob("click-*.whl"))
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_bytes(path.read_bytes() + b"\0")
    after = hashlib.sha256(path.read_bytes()).hexdigest()
    sums = (carried / "SHA256SUMS").read_text(encoding="utf-8")
    (carried / "SHA256SUMS").write_text(sums.replace(before, after), encoding="utf-8")

    done = install(carried, tmp_path / "altyn")

    assert done.returncode == 1
    assert "pip refused the wheels" in done.stderr
    assert not (tmp_path / "altyn").exists()


def test_a_folder_that_exists_is_left_alone(wheelhouse: Path, tmp_path: Path) -> None:
    (tmp_path / "altyn").mkdir()
    (tmp_path / "altyn/kept").write_text("", encoding="utf-8")

    done = install(wheelhouse, tmp_path / "altyn")

    assert done.returncode == 1
    assert f"{tmp_path}/altyn exists already; nothing was changed." in done.stderr
    assert [path.name for path in (tmp_path / "altyn").iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("3.9", "These wheels are for Python"),
        ("plan9 mips", "this machine is plan9 mips"),
        ("no ensurepip", "apt-get install python3-venv"),
    ],
)
def test_a_machine_that_does_not_fit_is_told_what_to_do(
    wheelhouse: Path, tmp_path: Path, answer: str, message: str
) -> None:
    """A python that gives one wrong answer to the three questions of install.sh."""
    key = {"3.9": "version_info", "plan9 mips": "platform", "no ensurepip": "ensurepip"}[answer]
    end = "exit 1" if answer == "no ensurepip" else f"echo '{answer}'; exit"
    (tmp_path / "python").write_text(
        f'#!/bin/sh\ncase $* in *{key}*) {end};; esac\nexec {BASE} "$@"\n', encoding="utf-8"
    )
    (tmp_path / "python").chmod(0o700)

    done = install(wheelhouse, tmp_path / "altyn", PYTHON=str(tmp_path / "python"))

    assert done.returncode == 1
    assert message in done.stderr
    assert not (tmp_path / "altyn").exists()


def test_without_python_it_says_so(wheelhouse: Path, tmp_path: Path) -> None:
    done = install(wheelhouse, tmp_path / "altyn", PYTHON="python-that-nobody-has")

    assert done.returncode == 1
    assert "There is no python-that-nobody-has on this machine." in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--platform", "manylinux_2_17_x86_64"], "has no wheel for this platform"),
        (["--platform", "amiga"], "amiga is no platform that this tool knows."),
        (["--python-version", "3.9"], "Altyn needs Python 3.11 or newer."),
        (["--extra", "unicorn"], "uv failed"),
    ],
)
def test_what_cannot_be_made_is_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = make(tmp_path / "wheelhouse", *arguments)

    assert done.returncode == 4
    assert message in done.stderr
    assert not (tmp_path / "wheelhouse/SHA256SUMS").exists()


def test_a_wheelhouse_for_another_machine_holds_its_wheels(tmp_path: Path) -> None:
    folder = tmp_path / "wheelhouse"
    made = make(folder, "--platform", "manylinux_2_28_aarch64", "--python-version", "3.13")

    assert made.returncode == 0, made.stderr
    assert [path.name for path in folder.glob("*.whl") if "x86_64" in path.name or "macosx" in path.name] == []
    assert next(folder.glob("duckdb-*aarch64.whl"))
    done = install(folder, tmp_path / "altyn")
    assert "These wheels are for Python 3.13" in done.stderr or "These wheels are for linux aarch64" in done.stderr
