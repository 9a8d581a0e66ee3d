"""Principals: who asks. Until login exists there are two: the person at the keyboard and the portal on this machine."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that asks."""

    name: str
    kind: Literal["person", "portal"]


def local() -> Principal:
    """The person whose shell this is."""
    try:
        return Principal(f"local:{getpass.getuser()}", "person")
    except (KeyError, OSError):
        return Principal("local:unknown", "person")


PORTAL = Principal("portal:local", "portal")
