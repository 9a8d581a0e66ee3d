"""The wheel is the product: built, installed outside the checkout, it runs the demo with the network off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.judges import require

ROOT = Path(__file__).parents[2]
INSTALLED_MB = 400

pytestmark = [pytest.mark.slow, pytest.mark.needs("network")]


def _uv() -> str:
    found = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert found, "the dev environment holds uv"
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our wheel, built by way of the sdist, so that the sdist is known to be complete."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([_uv(), "build", "--quiet", "--out-dir", folder, ROOT], check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment that holds the wheel and what it depends on, as locked, and nothing of the checkout."""
    env = tmp_path_factory.mktemp("empty") / "env"
    wanted = env.with_name("requirements.txt")
    export = ["export", "--frozen", "--quiet", "--no-default-groups", "--no-emit-project", "--output-file", wanted]
    subprocess.run([_uv(), *export], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([_uv(), "venv", "--quiet", "--python", sys.executable, env], check=True)
    install = [_uv(), "pip", "install", "--quiet", "--python", env]
    subprocess.run([*install, "--require-hashes", "-r", wanted], cwd=env.parent, check=True)
    subprocess.run([*install, "--no-deps", wheel], cwd=env.parent, check=True)
    yield env
    shutil.rmtree(env)


def test_wheel_holds_packs_and_assets(wheel: Path) -> None:
    """Every file git knows of the package and of the built-in packs, and nothing a tool left behind."""
    tracked = subprocess.check_output(["git", "ls-files", "src/altyn", "packs"], cwd=ROOT, text=True).splitlines()
    expected = {
        name.removeprefix("src/") if name.startswith("src/") else f"altyn/builtin_packs/{name.removeprefix('packs/')}"
        for name in tracked
        if (ROOT / name).exists()
    }
    held = set(zipfile.ZipFile(wheel).namelist())

    assert expected - held == set()
    assert [name for name in held if "__pycache__" in name or name.startswith(("tests/", "bench/"))] == []


def test_an_operator_finds_units_and_pages_without_a_checkout(installed: Path) -> None:
    shared = installed / "share" / "altyn"

    for name in ("systemd", "docs/errors", "docs/how-to"):
        source = ROOT / ("deploy/systemd" if name == "systemd" else name)
        assert {p.name for p in (shared / name).iterdir()} >= {p.name for p in source.iterdir()}


def test_installed_size(installed: Path) -> None:
    files = {(found.st_dev, found.st_ino): found.st_size for path in installed.rglob("*") if (found := path.lstat())}

    assert sum(files.values()) / 1e6 <= INSTALLED_MB


def test_demo_runs_with_the_network_off(installed: Path, tmp_path: Path) -> None:
    """No network, no checkout, an empty home: only what the wheel brought."""
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "home"), "LANG": "C.UTF-8"}
    (tmp_path / "home").mkdir()
    altyn = installed / "bin/altyn"
    off = [require("unshare"), "-rn"]

    loaded = subprocess.run(
        [*off, altyn, "demo", "project", "--no-serve"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stdout + loaded.stderr

    question = ["query", "select count(*) from kato", "--project", "project", "--format", "csv"]
    asked = subprocess.run([*off, altyn, *question], cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert "15594" in asked.stdout
