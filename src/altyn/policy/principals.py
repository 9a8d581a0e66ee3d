"""Principals: who asks. Until login exists there are two: the person at the keyboard and the portal on this machine.

Who a person is, the kernel says: the user number that the process runs under. No variable of the environment can name anybody.
"""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from altyn import settings

# Who logged in, kept by the kernel through `su` and `sudo`; absent in many containers.
_LOGIN = Path("/proc/self/loginuid")
# One number that is none; so all numbers are as many.
_NOBODY_LOGGED_IN = (1 << 32) - 1
# Which numbers of this process stand for which outside of its user namespace.
_UID_MAP = Path("/proc/self/uid_map")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that asks.

    `uid` is the operating system's number of a person at the keyboard. `login_uid`, where the kernel keeps it, is who logged
    in, and `sudo_uid` whom sudo says it was called by: both stand beside the first in records, neither gives a right.
    `outside` is set in a user namespace, which every account may make, and in which `uid` is any number it liked: who it is outside.
    """

    name: str
    kind: Literal["person", "portal"]
    uid: int | None = None
    login_uid: int | None = None
    sudo_uid: int | None = None
    outside: int | None = None

    @property
    def numbers(self) -> frozenset[int]:
        """Every user number that this may be one person with."""
        return frozenset(n for n in (self.uid, self.login_uid, self.sudo_uid, self.outside) if n is not None)


def local() -> Principal:
    """The person whose process this is.

    The effective number, not the real one: it is what the kernel writes on every file the process makes, and an approval is
    proved by the owner of a file. The two differ only in a program that is installed setuid, which Altyn never is.
    """
    uid = os.geteuid()
    outside = _outside(uid)
    # The name that a number has in a namespace may be a colleague's.
    name = user_name(uid) if outside is None else f"namespace-of-{outside}"
    return Principal(f"local:{name}", "person", uid, _login_uid(), _sudo_uid(), outside)


def user_name(uid: int | None = None) -> str:
    """The name of a user number, of this process without one, as the user database says; the number where it has none."""
    uid = os.geteuid() if uid is None else uid
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _outside(uid: int) -> int | None:
    """In a user namespace the number that a number stands for outside of it, -1 where the map does not say; None elsewhere."""
    try:
        lines = [[int(part) for part in line.split()] for line in _UID_MAP.read_bytes().splitlines()]
    except (OSError, ValueError):
        return None  # a system without user namespaces
    if lines == [[0, 0, _NOBODY_LOGGED_IN]]:
        return None
    return next((out + uid - first for first, out, count in lines if first <= uid < first + count), -1)


def _login_uid() -> int | None:
    try:
        found = int(_LOGIN.read_bytes())
    except (OSError, ValueError):
        return None
    return None if found == _NOBODY_LOGGED_IN else found


def _sudo_uid() -> int | None:
    return settings.sudo_uid()


PORTAL = Principal("portal:local", "portal")


def is_keeper(principal: Principal, root: Path) -> bool:
    """Whether somebody keeps the project whose `.altyn` is `root`: a person at the keyboard who owns that folder."""
    if principal.kind != "person" or principal.uid is None:
        return False
    try:
        return root.stat().st_uid == principal.uid
    except OSError:
        return False
