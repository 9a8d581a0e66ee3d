"""Measuring: a command as a whole process, by the operating system's own account."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024


@dataclass(frozen=True)
class Row:
    """One line of the bench: what, the figure, its unit, the goal (None: none), and whether that is the least, not the most."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    is_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the figure is within the goal."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.is_least else self.value <= self.goal

    @property
    def shown(self) -> str:
        """The figure as printed."""
        return f"{self.value:.2f} {self.unit}"

    @property
    def goal_shown(self) -> str:
        """The goal as printed."""
        return "" if self.goal is None else f"{'>=' if self.is_least else '<='} {self.goal:g}"


@dataclass(frozen=True)
class Cost:
    """CPU seconds (user and system, children included) and peak memory in MB of the largest process."""

    cpu_s: float
    peak_mb: float
    output: str


def run(command: Sequence[str], folder: Path | None = None) -> Cost:
    """Run a command to its end and return its cost; raise where it fails."""
    environment = {**os.environ, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"}
    # An installed Altyn is compiled once, not at every start.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(list(command), cwd=folder, stdout=out, stderr=subprocess.STDOUT, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode(errors="replace")
    if process.returncode:
        problem = f"{command[:4]} ended with {process.returncode}:\n{text[-2000:]}"
        raise RuntimeError(problem)
    return Cost(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def python(code: str, *arguments: str) -> Cost:
    """Run Python code in a fresh interpreter of this environment."""
    # An engine that spills does so where it stands.
    return run([sys.executable, "-c", code, *arguments], Path(tempfile.gettempdir()))


def altyn(*arguments: str, folder: Path | None = None) -> Cost:
    """Run the `altyn` command of this environment."""
    return run([str(Path(sys.executable).parent / "altyn"), *arguments], folder)
