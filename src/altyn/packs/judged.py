"""Judged: texts of contracts that the schemas had nothing to say against, so that they are not asked again by every command.

Asking them takes 0.4 CPU seconds for a dozen contracts, as long as a question. The list is a shortcut in the project's cache: it
counts for the schemas it was made with, and deleting it costs time. Secrets are looked for each time.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import secrets
from collections.abc import Generator
from importlib import resources
from pathlib import Path
from typing import Any, cast

from altyn import __version__

FILE = "cache/judged.json"


@functools.cache
def law() -> str:
    """What a verdict hangs on besides the text: the schemas, and the version that reads them."""
    folder = resources.files("altyn.packs") / "schemas"
    found = hashlib.sha256(__version__.encode())
    for schema in sorted(folder.iterdir(), key=lambda file: file.name):
        found.update(schema.read_bytes())
    return found.hexdigest()


class Judged:
    """Texts that were found sound, by their hash."""

    def __init__(self, known: frozenset[str] = frozenset()) -> None:
        self._known = known
        self._sound = set[str]()

    def knows(self, text: str) -> bool:
        """Whether a text was found sound before."""
        mark = _mark(text)
        if mark in self._known:
            self._sound.add(mark)
        return mark in self._known

    def add(self, text: str) -> None:
        """Note that a text is sound."""
        self._sound.add(_mark(text))

    @property
    def sound(self) -> frozenset[str]:
        """Of all texts that were asked for, those that are sound."""
        return frozenset(self._sound)


@contextlib.contextmanager
def judged_in(root: Path) -> Generator[Judged]:
    """What was judged in a project, whose `.altyn` is `root`; what is new is kept there, where it may be written."""
    path = root / FILE
    known = _read(path)
    judged = Judged(known)
    yield judged
    if judged.sound == known or not root.is_dir():
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, exist_ok=True)
        temporary = path.with_suffix(f".{secrets.token_hex(4)}")
        temporary.write_text(json.dumps({"law": law(), "sound": sorted(judged.sound)}), encoding="utf-8")
        temporary.replace(path)


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _read(path: Path) -> frozenset[str]:
    try:
        found: Any = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return frozenset()
    if not isinstance(found, dict) or cast("dict[str, Any]", found).get("law") != law():
        return frozenset()
    return frozenset(map(str, cast("dict[str, Any]", found).get("sound") or ()))
