"""The machine a wheelhouse is for: which wheels it accepts, and how PEP 508 names it. CPython only."""

from __future__ import annotations

import platform
import re
import sys
from typing import NamedTuple

from bootstrap import OLDEST, SetupError
from packaging.markers import Environment
from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms, platform_tags

# Names that old wheels use for a version of glibc.
_OLD_NAMES = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}


class Target(NamedTuple):
    """The machine a wheelhouse is for."""

    python: str
    tags: list[Tag]
    markers: Environment


def linux(family: str, newest: tuple[int, int], machine: str) -> list[str]:
    """Platforms that a Linux with this version of glibc or musl accepts, newest first."""
    major, minor = newest
    names: list[str] = []
    for older in range(minor, -1, -1):
        names += [f"{family}_{major}_{older}"]
        names += [_OLD_NAMES[older]] if family == "manylinux" and older in _OLD_NAMES else []
    return [f"{name}_{machine}" for name in [*names, "linux"]]


def target(python: str, wanted: str) -> Target:
    """What a machine accepts, best first; `wanted` is like manylinux_2_28_x86_64, empty for this machine."""
    found = re.fullmatch(r"(manylinux|musllinux|macosx)_(\d+)_(\d+)_(\w+)", wanted)
    if wanted and not found:
        what = f"{wanted} is no platform that this tool knows."
        raise SetupError(what, "Write it like manylinux_2_28_x86_64, musllinux_1_2_aarch64 or macosx_14_0_arm64.")
    if not re.fullmatch(r"3\.\d+", python) or tuple(map(int, python.split("."))) < OLDEST:
        raise SetupError("Altyn needs Python 3.11 or newer.", "Write it like --python-version 3.12.")
    system, machine, platforms = sys.platform, platform.machine(), list(platform_tags())
    if found:
        family, newest, machine = found[1], (int(found[2]), int(found[3])), found[4]
        system = "darwin" if family == "macosx" else "linux"
        platforms = list(mac_platforms(newest, machine)) if family == "macosx" else linux(family, newest, machine)
    major_minor = tuple(map(int, python.split(".")))
    short = "cp" + python.replace(".", "")
    accepted = [
        *cpython_tags(major_minor, [short], platforms),
        *compatible_tags(major_minor, short, platforms),
    ]
    markers: Environment = {
        "implementation_name": "cpython",
        "implementation_version": f"{python}.0",
        "os_name": "posix",
        "platform_machine": machine,
        "platform_python_implementation": "CPython",
        "platform_release": "",  # of a machine we do not see; no package in the lock asks
        "platform_system": {"darwin": "Darwin", "linux": "Linux"}[system],
        "platform_version": "",
        "python_full_version": f"{python}.0",
        "python_version": python,
        "sys_platform": system,
    }
    return Target(python, accepted, markers)
