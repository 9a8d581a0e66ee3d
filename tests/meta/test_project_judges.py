"""A judge that stays away is loud on a user's machine and a failure in CI."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest
from tests import judges

judges.JUDGES["unicorn"] = (lambda: None, "no shop sells one")

@pytest.mark.needs("unicorn")
def test_marked():
    raise AssertionError("must not run")

def test_asking():
    judges.require("unicorn")

def test_plain():
    pass
"""


def _run(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    place = folder / "test_unicorn.py"
    place.write_text(TESTS, encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name not in {"CI", "ALTYN_TEST_REQUIRE_JUDGES"}}
    options = ["-p", "tests.conftest", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", "--rootdir", folder]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, place],
        cwd=ROOT,
        env=env | settings,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_users_machine_skips_loudly(tmp_path: Path) -> None:
    ran = _run(tmp_path)

    assert ran.returncode == 0
    assert "1 passed, 2 skipped" in ran.stdout
    assert "SKIPPED FOR WANT OF" in ran.stdout
    assert "unicorn: no shop sells one  (2 tests did not run)" in ran.stdout


@pytest.mark.parametrize("setting", [{"CI": "true"}, {"ALTYN_TEST_REQUIRE_JUDGES": "1"}], ids=str)
def test_where_judges_are_required_it_fails(tmp_path: Path, setting: dict[str, str]) -> None:
    ran = _run(tmp_path, **setting)

    assert ran.returncode == 1
    assert "FOR WANT OF unicorn: no shop sells one" in ran.stdout
    assert "skipped" not in ran.stdout.splitlines()[-1]
