"""Principals: who asks. Until login exists there are two: the person at the keyboard and the portal on this machine."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that asks; `uid` is the operating system's number of a person at the keyboard."""

    name: str
    kind: Literal["person", "portal"]
    uid: int | None = None


def local() -> Principal:
    """The person whose shell this is, as the operating system says: a variable such as USER can name anybody."""
    uid = os.geteuid()
    try:
        return Principal(f"local:{pwd.getpwuid(uid).pw_name}", "person", uid)
    except KeyError:
        return Principal(f"local:{uid}", "person", uid)


PORTAL = Principal("portal:local", "portal")


def is_keeper(principal: Principal, root: Path) -> bool:
    """Whether somebody keeps the project whose `.altyn` is `root`: a person at the keyboard who owns that folder."""
    if principal.kind != "person" or principal.uid is None:
        return False
    try:
        return root.stat().st_uid == principal.uid
    except OSError:
        return False
