"""`.venv` comes up from the lock file on a bare python3, and what cannot work says so."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.judges import require

ROOT = Path(__file__).parents[2]
# Debian's python3 without python3-venv and python3-pip: both modules are simply not there.
HIDE = """
import sys


class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"ensurepip", "pip", "setuptools"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Hidden())
"""


@pytest.fixture
def bootstrap() -> ModuleType:
    """tools/bootstrap.py, which is a script and not part of the package."""
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools/bootstrap.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_old_python_is_told_what_to_do(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))

    assert bootstrap.main(["run"]) == 4
    assert capsys.readouterr().err == (
        "altyn: this is Python 3.9; Altyn needs 3.11 or newer.\n"
        "altyn: Install one and name it: make PYTHON=python3.11\n"
    )


@pytest.mark.parametrize(
    ("system", "machine", "libc", "tag"),
    [
        ("linux", "x86_64", "glibc", "manylinux"),
        ("linux", "aarch64", "glibc", "manylinux"),
        ("linux", "x86_64", "", "musllinux"),
        ("darwin", "arm64", "", "macosx"),
    ],
)
def test_every_platform_we_name_has_its_uv(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, *, system: str, machine: str, libc: str, tag: str
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: machine)
    monkeypatch.setattr(bootstrap.platform, "libc_ver", lambda: (libc, ""))

    wheel = bootstrap.platform_wheel(bootstrap.locked_uv()["wheels"])

    assert tag in wheel["url"]
    assert machine in wheel["url"]
    assert wheel["hash"].startswith("sha256:")


def test_a_uv_with_another_hash_is_never_run(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "download", lambda _address: b"not the wheel")

    with pytest.raises(bootstrap.SetupError, match="is not the one uv"):
        bootstrap.fetched_uv(str(tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_without_a_network_the_message_says_how_to_go_on(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(*_: Any, **__: Any) -> None:
        message = "no route"
        raise OSError(message)

    monkeypatch.setattr(bootstrap.urllib.request, "urlopen", unreachable)
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setenv("PATH", "/nowhere")

    assert bootstrap.main(["run"]) == 4
    said = capsys.readouterr().err
    assert "Could not reach the package index" in said
    assert "set PIP_INDEX_URL" in said


def test_an_index_of_ones_own_is_asked_for_the_same_file(
    bootstrap: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel = {"url": "https://files.pythonhosted.org/packages/aa/bb/uv-9.9-py3-none-any.whl", "hash": "sha256:0"}
    pages = {"https://mirror.example/simple/uv/": b'<a href="../../files/uv-9.9-py3-none-any.whl#sha256=0">uv</a>'}
    monkeypatch.setattr(bootstrap, "download", pages.__getitem__)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple/")
    monkeypatch.delenv("UV_INDEX_URL", raising=False)
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)

    assert bootstrap.wheel_address(wheel) == "https://mirror.example/files/uv-9.9-py3-none-any.whl"


@pytest.mark.slow
@pytest.mark.needs("network")
# Written so, PyPI passes for an index of the user's own, which takes another path.
@pytest.mark.parametrize("index", ["", "https://PyPI.org/simple"], ids=["lock", "own-index"])
def test_venv_comes_up_without_ensurepip(tmp_path: Path, index: str) -> None:
    """A clone, a python3 that has neither ensurepip nor pip, no uv on PATH: `make` sets up what `altyn` needs."""
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    for name in ("tools/bootstrap.py", "Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / name, clone / name)
    shims = tmp_path / "shims"
    shims.mkdir()
    (shims / "sitecustomize.py").write_text(HIDE, encoding="utf-8")
    programs = tmp_path / "bin"
    programs.mkdir()
    base = Path(sys.base_prefix, "bin", f"python3.{sys.version_info.minor}")
    (programs / "python3").write_text(f'#!/bin/sh\nPYTHONPATH={shims} exec {base} "$@"\n', encoding="utf-8")
    (programs / "python3").chmod(0o700)
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    env["PATH"] = f"{programs}:/usr/bin:/bin"
    if index:
        env["PIP_INDEX_URL"] = index
    hidden = subprocess.run(["python3", "-c", "import ensurepip"], env=env, capture_output=True, check=False)
    assert b"No module named 'ensurepip'" in hidden.stderr

    first = subprocess.run(["make", ".venv/ready-run"], cwd=clone, env=env, capture_output=True, text=True, check=False)

    assert first.returncode == 0, first.stderr
    assert "fetching uv" in first.stderr
    version = [clone / ".venv/bin/python", "-c", "import altyn, duckdb; print(altyn.__version__)"]
    assert subprocess.check_output(version, env=env, text=True).strip() == "0.1.0"
    assert not (clone / ".venv/bin/pip").exists()
    assert list((clone / ".venv").rglob("uv")) == [], "uv sets up, and is no part of what runs"

    # The second call finds everything ready: with the network off it does nothing and succeeds.
    off = [require("unshare"), "-rn"]
    again = subprocess.run([*off, "make", ".venv/ready-run"], cwd=clone, env=env, capture_output=True, check=False)
    assert again.returncode == 0
    assert b"up to date" in again.stdout


def test_what_runs_is_set_up_without_uv(bootstrap: ModuleType) -> None:
    assert "bootstrap" not in bootstrap.GROUPS["run"]


def test_lock_names_uv_by_hash(bootstrap: ModuleType) -> None:
    locked = bootstrap.locked_uv()

    assert all(
        len(bytes.fromhex(wheel["hash"].split(":")[1])) == hashlib.sha256().digest_size for wheel in locked["wheels"]
    )
